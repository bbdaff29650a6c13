"""The formats, in the order in which they are asked whether a file is theirs."""

from collections.abc import Callable
from dataclasses import dataclass

from armillary.load.sae import (
    dictionary_learning,
    gemma_scope,
    llama_scope,
    openai,
    plain,
    saelens,
    sparsify,
)
from armillary.load.sae.stored_sae import SaeFiles, StoredSae


@dataclass(frozen=True, slots=True)
class Format:
    """How one library writes an autoencoder.

    Parameters
    ----------
    name
        As it is called in messages.
    claims
        Tells, from names and config alone, whether a file is of this format.
    read
        Describes it, or refuses it.
    layouts
        Weights and the configs that may lie beside them, as paths within a folder.
    """

    name: str
    claims: Callable[[SaeFiles], bool]
    read: Callable[[SaeFiles], StoredSae]
    layouts: tuple[tuple[str, tuple[str, ...]], ...] = ()


_CHECKPOINTS = tuple(f"checkpoints/{kept}.safetensors" for kept in ("pruned", "final"))

FORMATS = (
    Format(
        saelens.NAME,
        saelens.claims,
        saelens.read,
        (("sae_weights.safetensors", ("cfg.json",)),),
    ),
    Format(
        llama_scope.NAME,
        llama_scope.claims,
        llama_scope.read,
        (
            *((w, ("config.json",)) for w in ("sae_weights.safetensors", "sae_weights.pt")),
            *((w, ("config.json", "hyperparams.json")) for w in _CHECKPOINTS),
        ),
    ),
    Format(sparsify.NAME, sparsify.claims, sparsify.read, (("sae.safetensors", ("cfg.json",)),)),
    Format(
        dictionary_learning.NAME,
        dictionary_learning.claims,
        dictionary_learning.read,
        (("ae.pt", ("config.json",)),),
    ),
    Format(openai.NAME, openai.claims, openai.read),
    Format(
        gemma_scope.NAME,
        gemma_scope.claims,
        gemma_scope.read,
        (("params.npz", ()), ("params.safetensors", ("config.json",))),
    ),
)
PLAIN = Format(plain.NAME, plain.claims, plain.read)
EXTRA_FILES = ("sparsity.safetensors", "activation_scaler.json", "activation_whitening.safetensors")
