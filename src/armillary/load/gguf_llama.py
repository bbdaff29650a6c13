"""GGUF as a checkpoint: the tensors and config of a Llama, as transformers names them."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.load.gguf_file import open_gguf
from armillary.load.gguf_header import read_gguf_header

_IN_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_OUTSIDE = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


def llama_config(path: Path) -> dict[str, Any]:
    """Return what a ``config.json`` of transformers says of the Llama in a GGUF file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    dict
        JSON-ready. Embeddings are tied where the file has no ``output.weight``.

    Raises
    ------
    BadInput
        If the model is no Llama, or the header lacks a size.
    """
    header = read_gguf_header(path)
    fields = header.fields
    kind = fields.get("general.architecture", b"")
    if kind != b"llama":
        raise BadInput(f"{path}: architecture {kind!r}, only 'llama' is turned into a checkpoint")

    def told(name: str) -> Any:
        if f"llama.{name}" not in fields:
            raise BadInput(f"{path}: its header has no llama.{name}; the file is damaged")
        return fields[f"llama.{name}"]

    width, heads = int(told("embedding_length")), int(told("attention.head_count"))
    tokens = {
        f"{name}_token_id": int(fields[f"tokenizer.ggml.{key}_token_id"])
        for name, key in (("bos", "bos"), ("eos", "eos"), ("pad", "padding"))
        if f"tokenizer.ggml.{key}_token_id" in fields
    }
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": width,
        "intermediate_size": int(told("feed_forward_length")),
        "num_hidden_layers": int(told("block_count")),
        "num_attention_heads": heads,
        "num_key_value_heads": int(fields.get("llama.attention.head_count_kv", heads)),
        "head_dim": int(fields.get("llama.rope.dimension_count", width // heads)),
        "vocab_size": header.tensors["token_embd.weight"].shape[0],
        "max_position_embeddings": int(told("context_length")),
        "rms_norm_eps": _shortest(told("attention.layer_norm_rms_epsilon")),
        "rope_theta": _shortest(fields.get("llama.rope.freq_base", 10_000.0)),
        "tie_word_embeddings": "output.weight" not in header.tensors,
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        **tokens,
    }


def llama_arrays(path: Path) -> dict[str, Float[np.ndarray, "..."]]:
    """Read every tensor of the Llama in a GGUF file, in float32, as transformers names them.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    dict
        Arrays by name; the rows of ``q_proj`` and ``k_proj`` in the order transformers has them.

    Raises
    ------
    BadInput
        If a tensor has no place in a Llama (biases, experts, scaled rotary frequencies).
    MissingExtra
        If the package that knows the block formats is not installed.
    """
    config = llama_config(path)
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    out: dict[str, np.ndarray] = {}
    for name, stored in open_gguf(path).tensors.items():
        values = stored.read()
        parts = name.split(".")
        if name in _OUTSIDE:
            out[_OUTSIDE[name]] = values
        elif len(parts) == 4 and parts[0] == "blk" and parts[2] in _IN_LAYER:
            if parts[2] in heads:
                values = unpermuted_rows(values, n_heads=heads[parts[2]])
            out[f"model.layers.{parts[1]}.{_IN_LAYER[parts[2]]}.{parts[3]}"] = values
        else:
            raise BadInput(f"{path}: tensor {name!r} has no place in a plain Llama")
    return out


def unpermuted_rows(
    weight: Float[np.ndarray, "row d_model"], *, n_heads: int
) -> Float[np.ndarray, "row d_model"]:
    """Undo the order in which llama.cpp keeps the rows of a query or key projection.

    Rotary embedding turns pairs of coordinates. transformers pairs row ``i`` of a head with row
    ``i + h/2`` (h rows a head); llama.cpp keeps the two side by side, at ``2i`` and ``2i + 1``.

    Parameters
    ----------
    weight
        Rows as llama.cpp keeps them.
    n_heads
        Query heads, or key heads for a key projection; divides the number of rows.

    Returns
    -------
    array
        The same rows as transformers keeps them.
    """
    pairs = weight.reshape(n_heads, -1, 2, weight.shape[1])
    return np.ascontiguousarray(pairs.swapaxes(1, 2)).reshape(weight.shape)


def _shortest(value: float) -> float:
    """Return the shortest decimal that is the same float32: 1e-05, not 9.999999747e-06."""
    return float(str(np.float32(value)))
