"""Codes of a whole corpus, a block of tokens at a time, onto disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.core.tokens import Tokens
from armillary.evaluate.vectors import StoredVectors, blocks_of
from armillary.load import CodesWriter, open_codes


@runtime_checkable
class TextedVectors(StoredVectors, Protocol):
    """Stored vectors that know the text they belong to."""

    @property
    def tokens(self) -> Tokens:
        """Token id, document and position of every vector."""
        ...


def encode_corpus(
    sae: SparseAutoencoder,
    activations: TextedVectors | np.ndarray,
    folder: str | Path,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Codes:
    """Encode every vector and write the codes to a folder, in bounded memory.

    Parameters
    ----------
    sae
        What encodes.
    activations
        Stored activations, whose text goes along, or an array without text.
    folder
        Must not hold codes already; what an interrupted call left there is written again.
    progress
        Called as ``(tokens done, tokens in all)`` after every block.

    Returns
    -------
    Codes
        Memory-mapped from the folder.

    Raises
    ------
    BadInput
        If the folder holds codes, a vector is not finite, or dimensions differ.
    """
    bare = isinstance(activations, np.ndarray)
    n_tokens = len(activations) if bare else activations.n_tokens
    if n_tokens == 0:
        raise BadInput("there are no vectors to encode")
    ids = np.arange(sae.n_features)
    text = None if bare else activations.tokens
    source = {
        "sae": dict(sae.source),
        "activations": {} if bare else dict(getattr(activations, "source", {})),
    }
    with CodesWriter(Path(folder), ids, with_text=text is not None, source=source) as writer:
        done = 0
        for block in blocks_of(activations, np.arange(n_tokens)):
            writer.append(_codes(sae.encode(block), ids, _part(text, done, done + len(block))))
            done += len(block)
            if progress is not None:
                progress(done, n_tokens)
    return open_codes(folder)


def _part(text: Tokens | None, start: int, stop: int) -> Tokens | None:
    if text is None:
        return None
    part = slice(start, stop)
    return Tokens(text.token_id[part], text.document[part], text.position[part])


def _codes(dense: np.ndarray, ids: np.ndarray, text: Tokens | None) -> Codes:
    at = np.flatnonzero(dense)
    token, feature = np.divmod(at, dense.shape[1])
    offset = np.searchsorted(token, np.arange(len(dense) + 1))
    return Codes(offset, feature, dense.reshape(-1)[at], ids, text)
