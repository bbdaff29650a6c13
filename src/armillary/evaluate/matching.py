"""Matching: which features of two dictionaries are the same, split, merged, or only in one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8

from armillary.core.errors import BadInput
from armillary.evaluate.matched_nulls import NULLS, Directions, Rows, rows_of

KINDS = ("matched", "split", "merged", "near", "only here")
MATCHED, SPLIT, MERGED, NEAR, ONLY_HERE = range(5)
SHARED = 0.5  # of the best one's squared cosine, that a further child must have to make a split
_BLOCK = 2048
_DRAWS = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The nearest direction of the other dictionary to each of this one, and its cosine."""

    partner: Int[np.ndarray, " feature"]
    cosine: Float[np.ndarray, " feature"]


@dataclass(frozen=True, slots=True, eq=False)
class MatchedSide:
    """One of two dictionaries.

    Parameters
    ----------
    partner, cosine
        The nearest direction of the other side, its row and the signed cosine.
    kind
        A position in ``KINDS`` for each feature.
    parts
        Of a split feature, median over them: squared length of its projection on the best of its
        parts, and on its best two together. 1 says that the parts make up the whole direction; nan
        where nothing is split.
    """

    partner: Int[np.ndarray, " feature"]
    cosine: Float[np.ndarray, " feature"]
    kind: UInt8[np.ndarray, " feature"]
    parts: tuple[float, float]

    @property
    def counts(self) -> dict[str, int]:
        """Features of each kind."""
        held = np.bincount(self.kind, minlength=len(KINDS))
        return {name: int(n) for name, n in zip(KINDS, held, strict=True)}

    @property
    def mean_max_cosine(self) -> float:
        """Mean cosine with the nearest direction of the other side."""
        return float(self.cosine.mean())

    def matched_share(self, *, rng: np.random.Generator) -> tuple[float, float, float]:
        """Return the share of matched features with its 95 % interval.

        The interval resamples features of this side; of a share that is a binomial draw. It does
        not know of the training of either dictionary, which is one draw each.

        Parameters
        ----------
        rng
            Of the resampling.

        Returns
        -------
        tuple of float
            Share, lower and upper end.
        """
        n, share = self.kind.size, float((self.kind == MATCHED).mean())
        low, high = np.quantile(rng.binomial(n, share, size=_DRAWS) / n, [0.025, 0.975])
        return share, float(low), float(high)


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """Two dictionaries matched, beside what chance matches.

    Parameters
    ----------
    a, b
        Both sides.
    threshold
        Cosine that a partner must exceed: the largest of ``by_null``.
    by_null
        Quantile of the best cosine with each null dictionary, by its name.
    quantile
        Which quantile.
    chance_a, chance_b
        Each side against a fresh null of the other one, at the same threshold.
    """

    a: MatchedSide
    b: MatchedSide
    threshold: float
    by_null: Mapping[str, float]
    quantile: float
    chance_a: MatchedSide
    chance_b: MatchedSide

    @property
    def strictest(self) -> str:
        """Name of the null that set the threshold, and that chance is drawn from."""
        return max(self.by_null, key=lambda name: self.by_null[name])


def match_features(
    a: Directions, b: Directions, *, rng: np.random.Generator, quantile: float = 0.999,
    rows: int = 4096,
) -> Matching:  # fmt: skip
    """Match two dictionaries feature by feature, by the cosine of their directions.

    Every feature has a best partner on the other side (exact, signed cosine). Against the threshold
    and in this order a feature is *split* if several of the other side have it as their best
    partner (the best of them, and others whose squared cosine is at least half of the best one's);
    *merged* if it is one of those several; *matched* if it and its partner are each other's best;
    *near* if its partner is past the threshold but prefers another; else *only here*.

    The threshold is the given quantile of the best cosine that features of either side reach with
    a null dictionary of the other side's size, the larger over both sides and over two nulls that
    keep its mean and covariance: Gaussian, and with every principal coordinate permuted.

    Parameters
    ----------
    a, b
        Spaces or directions of one d_model, each of two rows at least.
    rng
        Of the null dictionaries and of the rows sampled for the threshold.
    quantile
        In (0, 1). At .999 about one feature in a thousand is past the threshold by chance.
    rows
        Features sampled for the threshold.

    Returns
    -------
    Matching
        Both sides, the threshold, and the same counts for chance.

    Raises
    ------
    BadInput
        If dimensions differ, a side has fewer than two rows or one of no direction, or quantile is
        not inside (0, 1).

    Notes
    -----
    Invariant to a common rotation and to lengths. Three products of n_a x n_b x d_model, a block at
    a time: 24,576 x 24,576 x 576 takes about 65 s of processor time and 0.7 GB.
    """
    unit_a, unit_b = (rows_of(one) for one in (a, b))
    if unit_a.shape[1] != unit_b.shape[1]:
        raise BadInput(
            f"directions in {unit_a.shape[1]} and in {unit_b.shape[1]} dimensions cannot be "
            "compared by cosine: give two dictionaries of one layer"
        )
    if not 0 < quantile < 1 or rows < 1:
        raise BadInput(f"need quantile in (0, 1) and rows >= 1, got {quantile} and {rows}")
    sides = ((unit_a, unit_b), (unit_b, unit_a))
    by_null = {
        name: max(
            float(np.quantile(_best(_some(here, rows, rng), draw(other, rng)), quantile))
            for here, other in sides
        )
        for name, draw in NULLS.items()
    }
    threshold = max(by_null.values())
    draw = NULLS[max(by_null, key=lambda name: by_null[name])]
    found_a, found_b = _matched(unit_a, unit_b, threshold)
    chance_a = _matched(unit_a, draw(unit_b, rng), threshold)[0]
    chance_b = _matched(unit_b, draw(unit_a, rng), threshold)[0]
    return Matching(found_a, found_b, threshold, by_null, quantile, chance_a, chance_b)


def best_partners(unit_a: Rows, unit_b: Rows, *, block: int = _BLOCK) -> tuple[Best, Best]:
    """Return the nearest row of the other matrix for every row, both ways; ties go to the first.

    Parameters
    ----------
    unit_a, unit_b
        Rows of length 1, float32.
    block
        Rows a side of one product; never more than ``block`` x ``block`` cosines are held.

    Returns
    -------
    tuple of Best
        Of the first and of the second.
    """
    first, second = _empty(len(unit_a)), _empty(len(unit_b))
    for i in range(0, len(unit_a), block):
        for j in range(0, len(unit_b), block):
            tile = unit_a[i : i + block] @ unit_b[j : j + block].T
            _offer(first, tile, row=i, column=j)
            _offer(second, np.ascontiguousarray(tile.T), row=j, column=i)
    return first, second


def _matched(unit_a: Rows, unit_b: Rows, threshold: float) -> tuple[MatchedSide, MatchedSide]:
    best_a, best_b = best_partners(unit_a, unit_b)
    split_a, child_b = _splits(best_b, threshold, n=len(unit_a))
    split_b, child_a = _splits(best_a, threshold, n=len(unit_b))
    parts_a = _parts(unit_b, best_b, child_b)
    parts_b = _parts(unit_a, best_a, child_a)
    sides: list[MatchedSide] = []
    for here, other, split, child, theirs, parts in (
        (best_a, best_b, split_a, child_a, split_b, parts_a),
        (best_b, best_a, split_b, child_b, split_a, parts_b),
    ):
        past = here.cosine > threshold
        mutual = other.partner[here.partner] == np.arange(here.partner.size)
        kind = np.select(
            [split, child, past & mutual & ~theirs[here.partner], past],
            [SPLIT, MERGED, MATCHED, NEAR], ONLY_HERE,
        )  # fmt: skip
        sides.append(MatchedSide(here.partner, here.cosine, kind.astype(np.uint8), parts))
    return sides[0], sides[1]


def _splits(
    best: Best, threshold: float, *, n: int
) -> tuple[Bool[np.ndarray, " parent"], Bool[np.ndarray, " child"]]:
    """Return which rows several others have as their best partner, and which others those are."""
    past = best.cosine > threshold
    strongest = np.zeros(n, dtype=np.float32)
    np.maximum.at(strongest, best.partner[past], best.cosine[past])
    close = past & (best.cosine**2 >= SHARED * strongest[best.partner] ** 2)
    split = np.bincount(best.partner[close], minlength=n) >= 2
    return split, close & split[best.partner]


def _parts(
    unit: Rows, best: Best, child: Bool[np.ndarray, " child"]
) -> tuple[float, float]:  # fmt: skip
    """Return how much of a split direction its best part holds, and its best two; medians."""
    rows = np.flatnonzero(child)
    rows = rows[np.lexsort((-best.cosine[rows], best.partner[rows]))]
    if rows.size == 0:
        return float("nan"), float("nan")
    first = np.flatnonzero(np.r_[True, np.diff(best.partner[rows]) != 0])
    one, two = rows[first], rows[first + 1]  # a split feature has two at least
    p, q = (best.cosine[part].astype(np.float64) for part in (one, two))
    between = np.einsum("ij,ij->i", unit[one], unit[two]).astype(np.float64)
    apart = np.maximum(1 - between**2, 1e-6)  # of two alike the second adds nothing
    return float(np.median(p**2)), float(np.median(p**2 + (q - p * between) ** 2 / apart))


def _best(unit_a: Rows, unit_b: Rows) -> Float[np.ndarray, " feature"]:
    found = np.full(len(unit_a), -np.inf, dtype=np.float32)
    for j in range(0, len(unit_b), _BLOCK):
        np.maximum(found, (unit_a @ unit_b[j : j + _BLOCK].T).max(axis=1), out=found)
    return found


def _empty(n: int) -> Best:
    return Best(np.zeros(n, dtype=np.int64), np.full(n, -np.inf, dtype=np.float32))


def _offer(best: Best, tile: np.ndarray, *, row: int, column: int) -> None:
    at = tile.argmax(axis=1)
    value = tile[np.arange(len(tile)), at]
    rows = slice(row, row + len(tile))
    better = value > best.cosine[rows]
    best.cosine[rows] = np.where(better, value, best.cosine[rows])
    best.partner[rows] = np.where(better, at + column, best.partner[rows])


def _some(unit: Rows, rows: int, rng: np.random.Generator) -> Rows:
    if len(unit) <= rows:
        return unit
    return unit[np.sort(rng.choice(len(unit), rows, replace=False))]
