"""Plans: what a harvest reads, in which batches, and which rows it keeps."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from armillary.core import BadInput, Corpus, Tokens
from armillary.harvest.windows import Bos, Windows, cut_windows


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a harvest reads, in which batches, and which rows it keeps.

    Rows are kept in reading order. A shard holds the rows of consecutive windows; its batches
    depend on nothing outside it, so that a shard made again is made the same way. Nothing here is
    random.

    Parameters
    ----------
    corpus
        The documents.
    windows
        Those that keep at least one row.
    skip
        First positions of each window that are not kept.
    windows_at_once, tokens_at_once
        A batch has so many windows of full length; of shorter ones, as many as have no more
        positions together.
    row
        First row of each window, and one more entry where the last one ends.
    """

    corpus: Corpus
    windows: Windows
    skip: int
    windows_at_once: int
    tokens_at_once: int
    row: Int[np.ndarray, " boundary"]

    def shards(self, rows: int) -> list[range]:
        """Return the windows of each shard.

        Parameters
        ----------
        rows
            After so many, a shard ends with its window.

        Returns
        -------
        list of ranges
            Consecutive windows, every one in exactly one shard.
        """
        shard = self.row[:-1] // rows
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

    def first(self, windows: Int[np.ndarray, " window"]) -> int:
        """Return the first position that is kept of windows that are read together."""
        return max(self.skip, int(self.windows.bos[windows[0]]))

    def ids(
        self, windows: Int[np.ndarray, " window"], *, bos_id: int | None
    ) -> Int[np.ndarray, "window position"]:
        """Return what the model reads.

        Parameters
        ----------
        windows
            Windows that are read together.
        bos_id
            Id of the BOS token, where windows have one.

        Returns
        -------
        array of int64
            Token ids.

        Raises
        ------
        BadInput
            If a BOS is needed and the model has none.
        """
        first = windows[0]
        place = self.windows.start[windows][:, None] + np.arange(int(self.windows.length[first]))
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
        place: np.ndarray = np.repeat(begin - self.row[:-1], kept) + np.arange(int(kept.sum()))
        document: np.ndarray = np.searchsorted(self.corpus.offset, place, side="right") - 1
        position = place - self.corpus.offset[document]
        ids: np.ndarray = np.asarray(self.corpus.token_id[place])
        return Tokens(
            ids.astype(np.int32), document.astype(np.int32), position.astype(np.int32), vocabulary
        )


def plan_harvest(
    corpus: Corpus,
    *,
    context_size: int,
    batch_size: int,
    bos: Bos,
    skip: int,
) -> Plan:
    """Decide which windows of a corpus are read and which rows of them are kept.

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
            f"{int(np.diff(corpus.offset).max(initial=0)):,} tokens, and the first {skip} "
            "positions of a window are left out; bring longer text, or --skip-first 0"
        )
    row = np.append(0, np.cumsum(windows.stored(skip)))
    return Plan(corpus, windows, skip, batch_size, batch_size * context_size, row)
