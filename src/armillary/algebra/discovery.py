"""Discovery: bundles of parallel offsets among near neighbours, found without a list of words.

An offset of two near neighbours is in a bundle if several others, of other points, point its way.
How many do so by chance is asked of two nulls: points without structure beyond their spectrum, and
these points' own pairs with offsets redrawn from the offsets' spectrum. The larger p-value counts.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.algebra.parallel import Partners, parallel_partners, unit_offsets
from armillary.inference.multiplicity import benjamini_hochberg

PARTNERS = 3  # other offsets that must be parallel: a bundle has at least four pairs
MOST_SEEDS = 4096
POOL = 20_000  # null statistics wanted, at least, of each null
SAME = 0.7  # cosine of two bundles' directions from which they are one
MEMBER_TAIL = 1e-3  # share of null offsets with any partner this parallel

Pairs = Int[np.ndarray, "pair 2"]
DrawNull = Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]
Made = tuple[np.ndarray, Pairs, np.ndarray | None]  # points, pairs, offsets if not their own
MakeNull = Callable[[np.random.Generator], Made]
Members = tuple[Int[np.ndarray, "_ 2"], np.ndarray, np.ndarray]  # pairs, cosines, direction
OF_POINTS = "spectrum of points"


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """Pairs of points whose offsets are parallel.

    Parameters
    ----------
    pairs
        Point from, point to; the offset of each points along ``direction``. No point is there
        twice.
    cosine
        Of each offset with the direction, largest first.
    direction
        Unit vector.
    pvalue, q
        Of the seed that it was found from.
    """

    pairs: Pairs
    cosine: Float[np.ndarray, " pair"]
    direction: Float[np.ndarray, " d_model"]
    pvalue: float
    q: float


@dataclass(frozen=True, slots=True, eq=False)
class Discovered:
    """What was found among all pairs, with what chance gives.

    Parameters
    ----------
    bundles
        Most pairs first.
    statistic
        Of every seed: the cosine of its third most parallel partner.
    pvalue, q
        Of every seed; q by Benjamini and Hochberg over the seeds.
    null
        The statistic under each null, by name.
    threshold
        Cosine from which an offset counts as a member.
    n_pairs
        Offsets compared.
    by_chance
        Bundles that a draw of each null gives when seeds as parallel as the least that passed are
        gathered there; the mean over draws, by name. Empty where nothing passed.
    """

    bundles: Sequence[Bundle]
    statistic: Float[np.ndarray, " seed"]
    pvalue: Float[np.ndarray, " seed"]
    q: Float[np.ndarray, " seed"]
    null: dict[str, Float[np.ndarray, " draw"]]
    threshold: float
    n_pairs: int
    by_chance: dict[str, float] = field(default_factory=dict[str, float])


def parallel_bundles(
    points: Float[np.ndarray, "point d_model"],
    pairs: Pairs,
    *,
    draw_null: DrawNull,
    level: float = 0.05,
    most_seeds: int = MOST_SEEDS,
    partners: int = PARTNERS,
    pool: int = POOL,
    rng: np.random.Generator,
    say: Callable[[str], None] = lambda _: None,
) -> Discovered:
    """Find bundles of parallel offsets among pairs of points.

    Parameters
    ----------
    points
        As they are compared: centred, and of unit length if that is how pairs were found.
    pairs
        Two different points each; an unordered pair once.
    draw_null
        ``draw_null(rng)`` gives points without structure and their pairs, found as these were.
    level
        False discovery rate over the seeds.
    most_seeds
        Pairs asked whether they have partners, drawn at random; partners are sought among all.
    partners
        Other offsets that must be parallel.
    pool
        Null statistics wanted of each null; draws are made until there are so many.
    rng
        Source of seeds and draws.
    say
        Told of each step.

    Returns
    -------
    Discovered
        No bundles where nothing is there.

    Notes
    -----
    Time: ``2 seeds pairs d_model`` operations for the data and for each draw. A partner shares no
    point with the seed, no two partners share one, and none lies closer to the seed than either is
    long: near copies of one pair do not count as parallels. p is not below ``1 / (1 + pool)``, so
    that few bundles among many seeds need a larger pool.
    """
    if len(pairs) <= partners:
        empty = np.zeros(0)
        return Discovered([], empty, empty, empty, {}, 1.0, len(pairs))
    seeds = _seeds(len(pairs), most_seeds, rng)
    real = parallel_partners(points, pairs, seeds, partners=partners)
    nulls = _nulls(points, pairs, draw_null)
    null: dict[str, list[_Drawn]] = {name: [] for name in nulls}
    while sum(len(one.partners.last) for one in null[OF_POINTS]) < pool:
        say(f"null draw {len(null[OF_POINTS]) + 1}")
        for name, kept in null.items():
            kept.append(_drawn(nulls[name], most_seeds, partners, rng=rng))
    pooled = {name: np.concatenate([one.partners.last for one in kept])
              for name, kept in null.items()}  # fmt: skip
    pvalue = np.max([_pooled_pvalue(real.last, one) for one in pooled.values()], axis=0)
    q = benjamini_hochberg(pvalue)
    threshold = max(
        float(np.quantile(np.concatenate([one.partners.first for one in kept]), 1 - MEMBER_TAIL))
        for kept in null.values()
    )
    found = np.flatnonzero(q <= level)
    say(f"{found.size:,} of {seeds.size:,} seeds have partners beyond chance")
    order = found[np.argsort(-real.last[found], kind="stable")]
    unit = unit_offsets(points[pairs[:, 1]] - points[pairs[:, 0]])
    groups = _gathered(unit, pairs, seeds[order], threshold, partners)
    bundles = [
        Bundle(*members, float(pvalue[order[at]]), float(q[order[at]])) for at, members in groups
    ]
    by_chance = dict[str, float]()
    if found.size:
        cut = float(real.last[found].min())
        for name, kept in null.items():
            count = [_bundles(nulls[name], one, cut, threshold, partners) for one in kept]
            by_chance[name] = float(np.mean(count))
    ranked = sorted(bundles, key=lambda one: -len(one.pairs))
    return Discovered(ranked, real.last, pvalue, q, pooled, threshold, len(pairs), by_chance)


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """One draw of a null: what makes it once more, its seeds, and their partners."""

    rng: np.random.Generator
    seeds: Int[np.ndarray, " seed"]
    partners: Partners


def _nulls(
    points: Float[np.ndarray, "point d_model"], pairs: Pairs, draw_null: DrawNull
) -> dict[str, MakeNull]:
    root = _root(points[pairs[:, 1]] - points[pairs[:, 0]])

    def of_points(rng: np.random.Generator) -> Made:
        return (*draw_null(rng), None)

    def of_offsets(rng: np.random.Generator) -> Made:
        return points, pairs, rng.standard_normal((len(pairs), root.shape[0])) @ root

    return {OF_POINTS: of_points, "spectrum of offsets": of_offsets}


def _drawn(make: MakeNull, most_seeds: int, partners: int, *, rng: np.random.Generator) -> _Drawn:
    before = deepcopy(rng)
    points, pairs, offsets = make(rng)
    if len(pairs) <= partners:
        return _Drawn(before, np.zeros(1, dtype=np.int64), Partners(*np.full((2, 1), -1.0)))
    few = _seeds(len(pairs), most_seeds, rng)
    own = parallel_partners(points, pairs, few, partners=partners, offsets=offsets)
    return _Drawn(before, few, own)


def _bundles(make: MakeNull, drawn: _Drawn, cut: float, threshold: float, partners: int) -> int:
    """Count the bundles of a null draw from seeds at least as parallel as ``cut``."""
    last = drawn.partners.last
    order = np.argsort(-last, kind="stable")[: int((last >= cut).sum())]
    if order.size == 0:
        return 0
    points, pairs, offsets = make(deepcopy(drawn.rng))
    moved = points[pairs[:, 1]] - points[pairs[:, 0]] if offsets is None else offsets
    return len(_gathered(unit_offsets(moved), pairs, drawn.seeds[order], threshold, partners))


def _seeds(n: int, most: int, rng: np.random.Generator) -> Int[np.ndarray, " seed"]:
    return np.arange(n) if n <= most else np.sort(rng.choice(n, most, replace=False))


def _pooled_pvalue(
    real: Float[np.ndarray, " seed"], null: Float[np.ndarray, " draw"]
) -> Float[np.ndarray, " seed"]:
    as_large = null.size - np.searchsorted(np.sort(null), real - 1e-12, side="left")
    return (1 + as_large) / (1 + null.size)


def _root(offsets: Float[np.ndarray, "pair d_model"]) -> Float[np.ndarray, "axis d_model"]:
    """Return R with ``R' R`` the second moment of offsets of unit length."""
    unit = unit_offsets(offsets).astype(np.float64)
    value, axes = np.linalg.eigh(unit.T @ unit / len(unit))
    return (np.sqrt(np.maximum(value, 0.0)) * axes).T


def _gathered(
    unit: Float[np.ndarray, "pair d_model"],
    pairs: Pairs,
    seeds: Int[np.ndarray, " found"],
    threshold: float,
    partners: int,
) -> list[tuple[int, Members]]:
    """Grow a bundle from the clearest seed that is in none yet, and go on; tell which seed's."""
    free: Bool[np.ndarray, " pair"] = np.ones(len(pairs), dtype=bool)
    bundles: list[tuple[int, Members]] = []
    for at, here in enumerate(seeds.tolist()):
        if not free[here]:
            continue
        direction = unit[here]
        cosine = unit @ direction
        for _ in range(2):
            near = np.flatnonzero(free & (np.abs(cosine) >= threshold))
            if near.size == 0:
                break
            mean = (np.sign(cosine[near])[:, None] * unit[near]).mean(axis=0)
            direction = mean / max(float(np.linalg.norm(mean)), 1e-12)
            cosine = unit @ direction
        near = np.flatnonzero(free & (np.abs(cosine) >= threshold))
        free[near] = False
        free[here] = False
        if any(abs(float(one[2] @ direction)) >= SAME for _, one in bundles):
            continue
        members = _apart(pairs, near[np.argsort(-np.abs(cosine[near]), kind="stable")])
        if members.size <= partners:
            continue
        turned = np.where(cosine[members, None] > 0, pairs[members], pairs[members][:, ::-1])
        bundles.append((at, (turned, np.abs(cosine[members]), direction)))
    return bundles


def _apart(pairs: Pairs, ranked: Int[np.ndarray, " near"]) -> Int[np.ndarray, " member"]:
    """Keep pairs in order that share no point with one kept before."""
    used: set[int] = set()
    kept: list[int] = []
    for k in ranked.tolist():
        a, b = int(pairs[k, 0]), int(pairs[k, 1])
        if a not in used and b not in used:
            used |= {a, b}
            kept.append(k)
    return np.array(kept, dtype=np.int64)
