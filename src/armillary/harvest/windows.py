"""Windows: documents cut into the stretches that a model reads at once."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Bool, Int

from armillary.core import BadInput, Corpus, Tokens


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


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a harvest reads, in which batches, and which rows it keeps.

    Rows are kept in reading order. A shard holds the rows of consecutive windows; its batches
    depend on nothing outside it, so that a shard made again is made the same way.

    Parameters
    ----------
    corpus
        The documents.
    windows
        Those that keep at least one row.
    skip
        First positions of each window that are not kept.
    tokens_at_once
        Most positions of a batch, unless one window alone has more.
    shard_rows
        Rows after which a shard ends with its window.
    """

    corpus: Corpus
    windows: Windows
    skip: int
    tokens_at_once: int
    shard_rows: int

    @property
    def row(self) -> Int[np.ndarray, " boundary"]:
        """First row of each window, and one more entry where the last one ends."""
        return np.append(0, np.cumsum(self.windows.stored(self.skip)))

    def shards(self) -> list[range]:
        """Return the windows of each shard."""
        if not self.windows.start.size:
            return []
        shard = self.row[:-1] // self.shard_rows
        cuts = [0, *(np.flatnonzero(np.diff(shard)) + 1).tolist(), shard.size]
        return [range(a, b) for a, b in zip(cuts, cuts[1:], strict=False)]

    def batches(self, shard: range) -> list[Int[np.ndarray, " window"]]:
        """Group the windows of a shard by length, so that no batch needs padding.

        Parameters
        ----------
        shard
            Windows of one shard.

        Returns
        -------
        list of arrays
            Windows read together, all of one length and all with BOS or all without; the
            longest first.
        """
        window = np.arange(shard.start, shard.stop)
        kind = 2 * self.windows.read[window] + self.windows.bos[window]
        found: list[np.ndarray] = []
        for value in np.unique(kind)[::-1]:
            alike = window[kind == value]
            n = max(1, self.tokens_at_once // int(value // 2))
            found += [alike[i : i + n] for i in range(0, alike.size, n)]
        return found

    def ids(
        self, windows: Int[np.ndarray, " window"], *, bos_id: int | None
    ) -> Int[np.ndarray, "window position"]:
        """Return what the model reads: the token ids of windows of one length."""
        first = windows[0]
        place = self.windows.start[windows][:, None] + np.arange(self.windows.length[first])
        ids = np.asarray(self.corpus.token_id[place]).astype(np.int64)
        if not self.windows.bos[first]:
            return ids
        if bos_id is None:
            raise BadInput("this model has no BOS token: use --bos none")
        return np.concatenate([np.full((windows.size, 1), bos_id), ids], axis=1)

    def tokens(self, vocabulary: np.ndarray | None = None) -> Tokens:
        """Return token id, document and position of every row.

        Parameters
        ----------
        vocabulary
            Text of every token id.

        Returns
        -------
        Tokens
            Documents are counted as in the corpus, positions within their document.
        """
        kept = self.windows.stored(self.skip)
        begin = self.windows.start + self.windows.length - kept
        place = np.repeat(begin - self.row[:-1], kept) + np.arange(kept.sum())
        document = np.searchsorted(self.corpus.offset, place, side="right") - 1
        position = place - self.corpus.offset[document]
        ids = np.asarray(self.corpus.token_id[place])
        return Tokens(*(a.astype(np.int32) for a in (ids, document, position)), vocabulary)


def plan_harvest(
    corpus: Corpus,
    *,
    context_size: int,
    batch_size: int,
    bos: Bos,
    skip: int,
    shard_rows: int,
) -> Plan:
    """Decide the windows, rows and shards of a harvest; nothing here is random.

    Parameters
    ----------
    corpus
        The documents.
    context_size
        Positions that the model reads at once.
    batch_size
        Windows of full length read together; of shorter ones as many more as have the same number
        of positions.
    bos
        Which windows begin with BOS.
    skip
        First positions of each window that are not kept.
    shard_rows
        Rows after which a shard ends with its window.

    Returns
    -------
    Plan
        At least one row.

    Raises
    ------
    BadInput
        If no token would be kept.
    """
    windows = cut_windows(corpus.offset, context_size=context_size, bos=bos)
    used = windows.stored(skip) > 0
    windows = Windows(windows.start[used], windows.length[used], windows.bos[used])
    if not used.any():
        raise BadInput(
            f"no token would be kept: the longest of {corpus.n_documents:,} documents has "
            f"{int(np.diff(corpus.offset).max(initial=0)):,} tokens, and the first {skip} positions "
            "of a window are left out; bring longer text, or --skip-first 0"
        )
    return Plan(corpus, windows, skip, batch_size * context_size, shard_rows)
