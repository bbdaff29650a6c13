"""What a harvest asks of a language model, and how it tells one from another."""

import hashlib
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

SAMPLED = 1024  # values of each weight that enter the fingerprint


@runtime_checkable
class Model(Protocol):
    """A causal language model, as ``models.LanguageModel`` is one."""

    name: str
    vocab_size: int

    @property
    def bos_id(self) -> int | None:
        """Id of the token that begins a text."""
        ...

    @property
    def device(self) -> Any:
        """Where it runs."""
        ...

    @property
    def dtype(self) -> Any:
        """The precision it runs in."""
        ...

    @property
    def model(self) -> Any:
        """The torch module, for its weights."""
        ...

    def token_text(self, ids: Sequence[int] | np.ndarray) -> list[str]:
        """Return each token as text."""
        ...

    def capture(self, token_id: np.ndarray, at: str | Sequence[str]) -> dict[str, Any]:
        """Return float32 tensors (batch, position, width) by hook name."""
        ...


def fingerprint(lm: Model) -> str:
    """Return a SHA-256 that tells models apart without reading every weight.

    Parameters
    ----------
    lm
        The model.

    Returns
    -------
    str
        Hash of the name, shape and precision of every weight and of 1,024 evenly spaced values of
        each.
    """
    digest = hashlib.sha256()
    for name, weight in lm.model.named_parameters():
        digest.update(f"{name} {tuple(weight.shape)} {weight.dtype}\n".encode())
        flat = weight.detach().reshape(-1)
        step = max(1, flat.numel() // SAMPLED)
        digest.update(flat[::step].float().cpu().numpy().astype("<f4").tobytes())
    return digest.hexdigest()


def model_facts(lm: Model) -> dict[str, str]:
    """Return what a manifest records of the model.

    Parameters
    ----------
    lm
        The model.

    Returns
    -------
    dict
        Its name, fingerprint, precision and device.
    """
    return {
        "name": lm.name,
        "fingerprint": fingerprint(lm),
        "dtype": str(lm.dtype).removeprefix("torch."),
        "device": str(lm.device),
    }
