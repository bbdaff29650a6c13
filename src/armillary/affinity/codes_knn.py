"""Affinities from codes: neighbours over a whole dictionary, and every pair of a few features."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.affinity.pairs import PairStatistics, phi
from armillary.affinity.tiles import Progress
from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.core.graph import Neighbours

Products = Callable[[], Float[np.ndarray, "*pair"]]
Affinity = Callable[[PairStatistics], Float[np.ndarray, "*pair"]]

AT_ONCE = 1 << 24  # pairs of a block, if all of them fired together


def codes_knn(
    codes: Codes,
    affinity: Affinity = phi,
    *,
    k: int = 16,
    block: int | None = None,
    progress: Progress | None = None,
) -> Neighbours:
    """Find the k features with the largest affinity to each feature.

    Only pairs that fire together at least once are looked at, a block of features against all, by
    sparse products; values below 0 count as 0. Where fewer than k features have an affinity above
    0 the list is filled up with affinity 0. Equal affinities go to the lower row number.

    Parameters
    ----------
    codes
        Non-negative activations.
    affinity
        ``jaccard``, ``phi``, ``cofiring``, ``code_correlation``, or any function of
        ``PairStatistics`` that is not above 0 for pairs that never fire together.
    k
        Neighbours a feature; fewer are returned when there are not k other features.
    block
        Features of one sparse product; its memory is at most 50 bytes times block times features.
        Default: what keeps that below 1 GB.
    progress
        Called with ``(done, total)`` features after every block.

    Returns
    -------
    Neighbours
        Of the same type as by cosine, ``kind`` names the affinity; ``graph(0.0)`` joins only
        features that fire together more than ``affinity`` calls 0.

    Raises
    ------
    BadInput
        If there are fewer than two features, k is below 1, or an activation is negative.

    Notes
    -----
    Exact up to rounding: sums are kept in double precision. Time is the sum over tokens of the
    square of the number of features that fire; no feature x feature table exists.
    """
    n = codes.n_features
    if n < 2 or k < 1:
        raise BadInput(f"found {n} features and k={k}: neighbours need two features and k >= 1")
    tables = _Tables.of(codes)
    k = min(k, n - 1)
    index, value = np.empty((n, k), dtype=np.int32), np.empty((n, k), dtype=np.float64)
    for rows, both in tables.blocks(block or max(1, AT_ONCE // n)):
        row = np.repeat(np.arange(rows.start, rows.stop), np.diff(both.indptr))
        multiply = partial(tables.products, rows)
        pairs = tables.statistics(row, both.indices, both=both.data, multiply=multiply)
        index[rows.start : rows.stop], value[rows.start : rows.stop] = _nearest(
            row, both.indices, affinity(pairs), rows=rows, k=k, n=n
        )
        if progress is not None:
            progress(rows.stop, n)
    return Neighbours(index, value, kind=getattr(affinity, "__name__", "codes"))


def codes_affinity(
    codes: Codes, affinity: Affinity = phi, *, rows: Int[np.ndarray, " member"]
) -> Float[np.ndarray, "member member"]:
    """Return the affinity of every pair of a few features.

    Parameters
    ----------
    codes
        Non-negative activations.
    affinity
        As for ``codes_knn``; values below 0 stay.
    rows
        Columns of the codes.

    Returns
    -------
    Float[np.ndarray, "member member"]
        Symmetric; the diagonal is each feature with itself.

    Raises
    ------
    BadInput
        If an activation is negative or a row does not exist.
    """
    if rows.size and not (rows.min() >= 0 and rows.max() < codes.n_features):
        raise BadInput(f"rows must be columns of the codes, below {codes.n_features}")
    tables = _Tables.of(codes)
    fires, value = tables.fires[:, rows], tables.value[:, rows]
    first, second = np.meshgrid(rows, rows, indexing="ij")
    both = (fires.T @ fires).toarray()
    multiply: Products = (value.T @ value).toarray
    return affinity(tables.statistics(first, second, both=both, multiply=multiply))


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """Codes and what every feature does on its own."""

    fires: Any
    value: Any
    count: Float[np.ndarray, " feature"]
    total: Float[np.ndarray, " feature"]
    square: Float[np.ndarray, " feature"]

    @classmethod
    def of(cls, codes: Codes) -> "_Tables":
        if codes.n_firings and codes.value.min() < 0:
            raise BadInput("activations are negative: split signed features into two first")
        value = codes.matrix().astype(np.float64)
        fires = codes.matrix(binary=True).astype(np.float64)
        square = np.asarray(value.power(2).sum(axis=0)).ravel()
        total = np.asarray(value.sum(axis=0)).ravel()
        return cls(fires, value, codes.firing_count().astype(np.float64), total, square)

    def blocks(self, step: int) -> Iterator[tuple[range, Any]]:
        """Count co-firing for one range of features after the other."""
        n = self.count.size
        for start in range(0, n, step):
            rows = range(start, min(start + step, n))
            yield rows, _against_all(self.fires, rows)

    def products(self, rows: range) -> Float[np.ndarray, " pair"]:
        """Sum products of activations, pairs in the order in which ``blocks`` counts them.

        Both tables have the same entries, and all are above 0, so both products have the same too.
        """
        return _against_all(self.value, rows).data

    def statistics(
        self, first: np.ndarray, second: np.ndarray, *, both: np.ndarray, multiply: Products
    ) -> PairStatistics:
        """Put pairs beside what is known of either feature."""
        return PairStatistics(
            self.fires.shape[0], both, self.count[first], self.count[second], multiply,
            self.total[first], self.total[second], self.square[first], self.square[second],
        )  # fmt: skip


def _against_all(table: Any, rows: range) -> Any:
    return table[:, rows.start : rows.stop].T.tocsr() @ table


def _nearest(
    row: Int[np.ndarray, " pair"],
    other: Int[np.ndarray, " pair"],
    value: Float[np.ndarray, " pair"],
    *,
    rows: range,
    k: int,
    n: int,
) -> tuple[Int[np.ndarray, "row k"], Float[np.ndarray, "row k"]]:
    """Keep the k largest values of every row; fill up with the lowest other rows at 0."""
    kept = (value > 0) & (row != other)
    row, other, value = row[kept] - rows.start, other[kept], value[kept]
    edge = np.searchsorted(row, np.arange(len(rows) + 1))
    bound = np.zeros(len(rows))
    for crowded in np.flatnonzero(np.diff(edge) > k):
        own = value[edge[crowded] : edge[crowded + 1]]
        bound[crowded] = np.partition(own, own.size - k)[own.size - k]
    kept = value >= bound[row]
    row, other, value = row[kept], other[kept], value[kept]
    order = np.lexsort((other, -value, row))
    row, other, value = row[order], other[order], value[order]
    count = np.bincount(row, minlength=len(rows))
    place = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    index, best = np.full((len(rows), k), -1, dtype=np.int64), np.zeros((len(rows), k))
    near = place < k
    index[row[near], place[near]], best[row[near], place[near]] = other[near], value[near]
    for short in np.flatnonzero(count < k):
        have = int(count[short])
        taken = np.append(index[short, :have], rows.start + short)
        spare = np.setdiff1d(np.arange(min(n, k + 1)), taken)
        index[short, have:] = spare[: k - have]
    return index, best
