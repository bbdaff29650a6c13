"""Layouts: where a causal language model keeps its layers, and what a layer calls its parts."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from torch import nn

from armillary.core.errors import BadInput

_LAYERS = (
    "model.layers",  # Llama, Mistral, Qwen, Gemma, Phi, OLMo
    "transformer.h",  # GPT-2, GPT-J, GPT-Neo, Falcon, Bloom
    "gpt_neox.layers",  # Pythia
    "model.decoder.layers",  # OPT
    "transformer.blocks",  # MPT
    "model.language_model.layers",  # language half of a model that also sees
    "language_model.model.layers",
)
_ATTENTION = ("self_attn", "attn", "attention", "self_attention")
_MLP = ("mlp", "feed_forward", "fc2")
# layers that normalise what they add: the normalised vector is what joins the stream
_AFTER_ATTENTION = ("post_self_attn_layernorm", "post_attention_layernorm")
_AFTER_MLP = ("post_mlp_layernorm", "post_feedforward_layernorm")
_BEFORE_MLP = ("pre_feedforward_layernorm", "post_attention_layernorm", "ln_2")
_POSITION = ("wpe", "embed_positions", "position_embeddings")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of one model are, as dotted module paths.

    Parameters
    ----------
    layers
        The list of layers; layer 9 is ``f"{layers}.9"``.
    n_layers
        How many there are.
    embedding
        The token embedding.
    position
        The table of learned position embeddings, None where there is none (rotary models).
    attention, mlp
        Within a layer: the module whose output attention (the MLP) adds to the residual stream;
        None where no module's output is that.
    before_mlp
        Within a layer: the module whose input is the stream between attention and MLP; None where
        the two run side by side.
    """

    layers: str
    n_layers: int
    embedding: str
    position: str | None
    attention: str | None
    mlp: str | None
    before_mlp: str | None


def layout_of(model: nn.Module) -> Layout:
    """Find the layers, the embeddings and the parts of a layer.

    Parameters
    ----------
    model
        A causal language model as transformers builds it.

    Returns
    -------
    Layout
        Dotted paths.

    Raises
    ------
    BadInput
        If no list of layers is found.
    """
    modules = modules_of(model)
    layers = _layers_of(modules)
    parts = dict(modules[f"{layers}.0"].named_children())
    normalises = any(name in parts for name in _AFTER_MLP)
    parallel = _is_parallel(modules[f"{layers}.0"], modules)
    mlp = _first(parts, (*_AFTER_MLP, *_MLP))
    before = _first(parts, (*_BEFORE_MLP, "mlp")) if mlp is not None else None
    if normalises and before in _AFTER_ATTENTION:  # such a norm stands after attention (OLMo 2)
        before = "mlp"
    after_attention = _AFTER_ATTENTION if normalises else ()
    return Layout(
        layers=layers,
        n_layers=len(cast(nn.ModuleList, modules[layers])),
        embedding=_embedding_of(model, modules),
        position=next((n for n, m in modules.items() if _is_position_table(n, m)), None),
        attention=_first(parts, (*after_attention, *_ATTENTION)),
        mlp=mlp,
        before_mlp=None if parallel or before == "fc2" else before,
    )


def modules_of(model: nn.Module) -> dict[str, nn.Module]:
    """List every module of a model by its dotted path; the model itself is at the empty one."""
    found: Any = model.named_modules()
    return dict(cast(Iterable[tuple[str, nn.Module]], found))


def _layers_of(modules: dict[str, nn.Module]) -> str:
    lists = {n: m for n, m in modules.items() if isinstance(m, nn.ModuleList) and len(m)}
    for path in _LAYERS:
        if path in lists:
            return path
    if not lists:
        raise BadInput(
            f"no list of layers in this model (of class {type(modules['']).__name__}): a causal "
            "language model of transformers is expected"
        )
    return max(lists, key=lambda name: (len(lists[name]), -name.count(".")))


def _embedding_of(model: nn.Module, modules: dict[str, nn.Module]) -> str:
    table: Any = cast(Any, model).get_input_embeddings()
    found = next((name for name, module in modules.items() if module is table), None)
    if found is None:
        raise BadInput(f"{type(model).__name__} does not say where its token embedding is")
    return found


def _is_position_table(name: str, module: nn.Module) -> bool:
    return name.rpartition(".")[2] in _POSITION and isinstance(module, nn.Embedding)


def _is_parallel(layer: nn.Module, modules: dict[str, nn.Module]) -> bool:
    config = getattr(modules[""], "config", None)
    flags = ("use_parallel_residual", "parallel_attn", "parallel_attn_output")
    told = any(bool(getattr(config, flag, False)) for flag in flags)
    return told or type(layer).__name__ in ("GPTJBlock", "PhiDecoderLayer", "CohereDecoderLayer")


def _first(parts: dict[str, nn.Module], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if name in parts), None)
