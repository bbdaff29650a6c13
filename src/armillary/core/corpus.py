"""Corpora: documents as token ids."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Int, Integer

from armillary.core.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Documents one after the other, as token ids of one tokenizer.

    Iterating gives one array of ids a document.

    Parameters
    ----------
    token_id
        Ids of all documents, in reading order.
    offset
        Where each document begins, and one more entry where the last one ends.
    source
        Where the text comes from.

    Raises
    ------
    BadInput
        If the offsets do not cut the tokens into documents, or an id is negative.
    """

    token_id: Integer[np.ndarray, " token"]
    offset: Int[np.ndarray, " boundary"]
    source: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        """Check that documents follow one another."""
        whole = self.offset.size and self.offset[0] == 0 and self.offset[-1] == self.token_id.size
        if not whole or (np.diff(self.offset) < 0).any():
            raise BadInput(
                f"documents must begin at 0, never fall and end at {self.token_id.size:,} tokens"
            )
        if self.token_id.size and self.token_id.min() < 0:
            raise BadInput(f"token ids must not be negative; got {self.token_id.min()}")
        object.__setattr__(self, "source", MappingProxyType(dict(self.source)))

    @property
    def n_tokens(self) -> int:
        """Number of tokens."""
        return self.token_id.size

    @property
    def n_documents(self) -> int:
        """Number of documents, empty ones included."""
        return self.offset.size - 1

    @property
    def sha256(self) -> str:
        """Hash of the token ids and of where documents begin."""
        digest = hashlib.sha256(np.ascontiguousarray(self.token_id, dtype="<i4").data)
        digest.update(np.ascontiguousarray(self.offset, dtype="<i8").data)
        return digest.hexdigest()

    def __iter__(self) -> Iterator[Integer[np.ndarray, " token"]]:
        """Give the documents."""
        for start, end in zip(self.offset, self.offset[1:], strict=False):
            yield self.token_id[start:end]

    def take(self, n_tokens: int) -> "Corpus":
        """Return the first tokens; the last document may be cut.

        Parameters
        ----------
        n_tokens
            How many; all of them if there are fewer.

        Returns
        -------
        Corpus
            A view, with the same source.
        """
        if n_tokens >= self.n_tokens:
            return self
        kept = int(np.searchsorted(self.offset, n_tokens))
        offset = np.append(self.offset[:kept], n_tokens)
        return Corpus(self.token_id[:n_tokens], offset, self.source)
