"""Assignment: every feature one partner and no partner twice, the sum of similarities largest."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from jaxtyping import Float, Int
from scipy import optimize, sparse
from scipy.sparse import csgraph

from armillary.core.errors import BadInput
from armillary.evaluate.similar import Similar
from armillary.evaluate.streamed import nearest_both_ways, whole

DENSE_BYTES = 1 << 29  # of the whole table; 20 bytes a pair while it is solved
PAIR_BYTES = 20
CANDIDATES = 16
_DRAWS = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Pairs of features, one to one, as many as the smaller dictionary has.

    Parameters
    ----------
    first, second
        Rows of either dictionary, the first rising.
    value
        Similarity of each pair.
    bound
        No assignment has a larger mean. Equal to the mean where the answer is exact.
    method
        ``"dense"`` or ``"sparse"``.
    candidates
        Partners looked at for every feature; 0 for all.
    """

    first: Int[np.ndarray, " pair"]
    second: Int[np.ndarray, " pair"]
    value: Float[np.ndarray, " pair"]
    bound: float
    method: str
    candidates: int

    @property
    def mean(self) -> float:
        """Mean similarity of the pairs: PW-MCC, where similarity is the cosine."""
        return float(self.value.mean(dtype=np.float64))

    @property
    def exact(self) -> bool:
        """Whether it is proved that no other assignment is better (by 1e-6 a pair)."""
        return self.bound - self.mean <= 1e-6

    def interval(self, *, rng: np.random.Generator, level: float = 0.95) -> tuple[float, float]:
        """Return the bootstrap interval of the mean, pairs resampled.

        It knows what other features of these two dictionaries would have given, and nothing of
        other trainings.

        Parameters
        ----------
        rng
            Of the resampling.
        level
            Share of resampled means inside.

        Returns
        -------
        tuple of float
            Lower and upper end.
        """
        return bootstrap_mean(self.value, rng=rng, level=level)


def bootstrap_mean(
    value: Float[np.ndarray, " feature"], *, rng: np.random.Generator, level: float = 0.95
) -> tuple[float, float]:
    """Return the percentile interval of a mean, values resampled.

    Parameters
    ----------
    value
        One a feature or pair.
    rng
        Of 2,000 resamplings.
    level
        In (0, 1).

    Returns
    -------
    tuple of float
        Lower and upper end.
    """
    n, exactly = value.size, value.astype(np.float64)
    means = np.array([exactly[rng.integers(n, size=n)].mean() for _ in range(_DRAWS)])
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def assign(
    similar: Similar, *, candidates: int = CANDIDATES, dense_bytes: int = DENSE_BYTES
) -> Assignment:
    """Assign the features of two dictionaries of any sizes to each other, one to one.

    Where the table fits, all of it is given to the Hungarian method. Past that every feature of
    either side offers its best few partners, and one more choice: to stay alone at the similarity
    of the last partner it offered. No pair outside the candidates is worth more than that, so the
    optimum of this sparse problem bounds every assignment from above; where nobody stays alone it
    is the exact answer. Those who do are then assigned among themselves, and what is lost at most
    is ``bound - mean``.

    Parameters
    ----------
    similar
        The table: cosines, co-firing, or their mean.
    candidates
        Partners offered by every feature in the sparse way. More cost more and lower the gap.
    dense_bytes
        Memory that the dense way may take, 20 bytes a pair.

    Returns
    -------
    Assignment
        As many pairs as the smaller dictionary has features.

    Raises
    ------
    BadInput
        If candidates is below 1.

    Notes
    -----
    24,576 x 24,576 directions in 768 dimensions: docs/families.md has time and memory.
    """
    if candidates < 1:
        raise BadInput(f"candidates is {candidates}, expected 1 or more")
    n_a, n_b = similar.shape
    if n_a * n_b * PAIR_BYTES <= dense_bytes:
        table = whole(similar)
        first, second = _hungarian(table)
        value = table[first, second]
        return Assignment(first, second, value, float(value.mean(dtype=np.float64)), "dense", 0)
    return _sparse(similar, min(candidates, n_a, n_b))


def _sparse(similar: Similar, k: int) -> Assignment:
    by_row, by_column = nearest_both_ways(similar, k)
    n_a, n_b = similar.shape
    row = np.concatenate([np.repeat(np.arange(n_a), k), by_column.index.ravel()]).astype(np.int64)
    column = np.concatenate([by_row.index.ravel(), np.repeat(np.arange(n_b), k)]).astype(np.int64)
    value = np.concatenate([by_row.cosine.ravel(), by_column.cosine.ravel()]).astype(np.float64)
    _, once = np.unique(row * n_b + column, return_index=True)
    row, column, value = row[once], column[once], value[once]
    turned = n_a > n_b  # the smaller side chooses
    if turned:
        row, column, by_row = column, row, by_column
    least, most = sorted((n_a, n_b))
    first, second, bound = _choices(
        row, column, value, alone=by_row.cosine[:, -1].astype(np.float64), n_columns=most
    )
    stays = second >= most
    lone = np.flatnonzero(stays)
    free = np.setdiff1d(np.arange(most), second[~stays])
    if lone.size:
        second[lone] = free[_leftover(similar, lone, free, turned=turned)]
    pairs = (second, first) if turned else (first, second)
    order = np.argsort(pairs[0])
    mine, theirs = pairs[0][order], pairs[1][order]
    gained = similar.pairs(mine, theirs)
    return Assignment(mine, theirs, gained, max(bound / least, float(gained.mean())), "sparse", k)


def _choices(
    row: np.ndarray, column: np.ndarray, value: np.ndarray, *, alone: np.ndarray, n_columns: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Solve the sparse problem; columns past ``n_columns`` mean that the row stays alone."""
    n = alone.size
    cost = 3.0 - np.concatenate([value, alone])  # 2 to 4: a cost of 0 would be no edge
    at = np.concatenate([row, np.arange(n)]), np.concatenate([column, n_columns + np.arange(n)])
    table = sparse.csr_array((cost, at), shape=(n, n_columns + n))
    solved = cast(Any, csgraph).min_weight_full_bipartite_matching(table)
    first, second = (np.asarray(part, dtype=np.int64) for part in solved)
    order = np.argsort(first)
    first, second = first[order], second[order]
    lowest = np.asarray(cast(Any, table)[first, second]).ravel().sum(dtype=np.float64)
    return first, second, 3.0 * n - float(lowest)


def _leftover(
    similar: Similar, lone: np.ndarray, free: np.ndarray, *, turned: bool
) -> Int[np.ndarray, " lone"]:
    """Assign whoever stayed alone to whatever is free, a part at a time if there are many."""
    width = max(1, DENSE_BYTES // (PAIR_BYTES * free.size))
    taken = np.full(lone.size, -1, dtype=np.int64)
    left = np.arange(free.size)
    for start in range(0, lone.size, width):
        part = lone[start : start + width]
        rows, columns = (free[left], part) if turned else (part, free[left])
        table = similar.tile(rows, columns)
        table = table.T if turned else table
        at = _hungarian(table)[1]
        taken[start : start + part.size] = left[at]
        left = np.delete(left, at)
    return taken


def _hungarian(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    found = cast(Any, optimize).linear_sum_assignment(table, maximize=True)
    return cast("tuple[np.ndarray, np.ndarray]", found)
