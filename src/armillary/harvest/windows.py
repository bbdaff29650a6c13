"""Windows: documents cut into the stretches that a model reads at once."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Bool, Int

from armillary.core import BadInput


class Bos(StrEnum):
    """Where a beginning-of-sequence token is put in front."""

    none = "none"
    document = "each-document"
    window = "each-window"


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Stretches of documents in reading order; none spans two documents.

    Parameters
    ----------
    start
        Where the first token of each window stands in the corpus.
    length
        Tokens of the text in each window.
    bos
        Whether a BOS token is put in front of them.
    """

    start: Int[np.ndarray, " window"]
    length: Int[np.ndarray, " window"]
    bos: Bool[np.ndarray, " window"]

    @property
    def read(self) -> Int[np.ndarray, " window"]:
        """Positions that the model reads in each window, BOS included."""
        return self.length + self.bos

    def stored(self, skip: int) -> Int[np.ndarray, " window"]:
        """Return how many tokens of each window are kept.

        Parameters
        ----------
        skip
            First positions left out, as the model counts them. BOS is never kept.

        Returns
        -------
        array of int
            0 where a window has nothing left.
        """
        return np.maximum(self.read - np.maximum(skip, self.bos), 0)


def cut_windows(
    offset: Int[np.ndarray, " boundary"], *, context_size: int, bos: Bos = Bos.none
) -> Windows:
    """Cut documents into windows, every token in exactly one.

    A document gives windows of ``context_size`` positions, BOS included, and one shorter window
    with what is left.

    Parameters
    ----------
    offset
        Where each document begins, and one more entry where the last ends.
    context_size
        Positions that the model reads at once.
    bos
        Which windows begin with BOS.

    Returns
    -------
    Windows
        In reading order; a document without tokens gives none.

    Raises
    ------
    BadInput
        If a window would have no room for text.
    """
    first = context_size - (bos is not Bos.none)
    later = context_size - (bos is Bos.window)
    if min(first, later) < 1:
        raise BadInput(f"a context of {context_size} leaves no room for text: use 2 or more")
    size = np.diff(offset)
    n = (size > 0) + -(-np.maximum(size - first, 0) // later)
    document = np.repeat(np.arange(size.size), n)
    number = np.arange(document.size) - np.repeat(np.cumsum(n) - n, n)  # within its document
    inside = np.where(number == 0, 0, first + (number - 1) * later)
    length = np.minimum(np.where(number == 0, first, later), size[document] - inside)
    has_bos = np.full(number.size, bos is Bos.window) | ((number == 0) & (bos is Bos.document))
    return Windows(offset[document] + inside, length, has_bos)
