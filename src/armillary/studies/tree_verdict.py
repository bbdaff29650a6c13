"""Tree, ring or neither: one region against clouds that have its spectrum and no structure."""

from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput, PointCloud
from armillary.shape import UnitLengthNull, cloud_scores, haar_clouds, judge, score
from armillary.trees import (
    RING,
    TREE,
    Evidence,
    evidence,
    folds_of,
    gromov_delta,
    quartets,
    squared_distances,
)

FEWEST = 6  # points of a region that is tested
MOST_POINTS = 48  # of a larger region, drawn at random
SAME = 1e-6  # unit rows of float32 that differ by less in every coordinate differ by rounding
LEVEL = 0.05  # of a verdict other than neither; half for either claim
N_DRAWS = 199
NAMING_DRAWS = 20  # null clouds that the shapes' mean scores are taken from
ROUND = ("circle", "ellipse")
AXES = 24  # principal axes that rings are looked for in
RING_CLAIM = (*ROUND, RING)
TREES = ("tree",)
RINGS = ("circle", "ellipse", "ring_of_clusters")
SPECTRUM, ROWS = "same spectrum", "unit rows of the same mean and spectrum"

Kind = Literal["tree", "ring", "neither"]


@dataclass(frozen=True, slots=True, eq=False)
class RegionVerdict:
    """What was measured of one region, and what it is.

    Parameters
    ----------
    kind
        The verdict.
    shape
        What the survey's judge calls it, of all shapes it knows.
    n_tested
        Points that were tested.
    p_tree
        Of the claim that both tree statistics hold, the larger over the nulls asked.
    p_ring
        Of the claim that a round score or held-out triplets say ring, likewise.
    observed
        Statistics of the region; ``four-point`` is the excess, 0 for a tree.
    null_mean
        Their means over clouds of the same spectrum.
    pvalue
        Of each, against clouds of the same spectrum.
    delta
        Gromov's hyperbolicity over the diameter, of squared distances.
    nulls
        Nulls asked: the second one only of what passes the first.
    """

    kind: Kind
    shape: str
    n_tested: int
    p_tree: float
    p_ring: float
    observed: dict[str, float]
    null_mean: dict[str, float]
    pvalue: dict[str, float]
    delta: float
    nulls: tuple[str, ...]

    @property
    def pvalue_either(self) -> float:
        """Of the verdict being other than neither: twice the smaller, at most 1."""
        return min(1.0, 2 * min(self.p_tree, self.p_ring))


def tree_or_ring(
    rows: Float[np.ndarray, "point d_model"], *, rng: np.random.Generator, level: float = LEVEL,
    n_draws: int = N_DRAWS,
) -> RegionVerdict:  # fmt: skip
    """Say whether rows are a tree, a ring, or neither.

    Both claims are tested against clouds of the same spectrum, and what passes a second time
    against unit rows of the same mean and spectrum: tree by the four-point condition and held-out
    triplets, both of which must pass; ring by the survey's circle and ellipse scores and held-out
    triplets, pooled. The cophenetic correlation is measured beside them: it says whether a tree is
    an ultrametric, which one with points at inner nodes is not. A claim that passes at half the
    level is the verdict if the survey's judge, who weighs every shape, gives the region that name:
    clusters are a tree of one storey, and a helix casts the shadow of a ring.

    Parameters
    ----------
    rows
        Rows of the region about the mean of their space, at least ``FEWEST``; lengths are ignored.
    rng
        Source of randomness.
    level
        Largest chance of a verdict other than neither where there is no structure.
    n_draws
        Clouds of each null.

    Returns
    -------
    RegionVerdict
        With everything measured.

    Raises
    ------
    BadInput
        If there are fewer than five rows, or all point the same way.
    """
    if len(rows) > MOST_POINTS:
        rows = rows[np.sort(rng.choice(len(rows), MOST_POINTS, replace=False))]
    rows = np.asarray(rows, dtype=np.float64)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    if np.ptp(unit, axis=0).max() < SAME:
        raise BadInput(f"its {len(rows)} rows tested all point the same way: there is no shape")
    four, folds = quartets(len(unit), rng=rng), folds_of(len(unit), rng=rng)

    def measured(clouds: Float[np.ndarray, "draw point axis"]) -> Evidence:
        values = evidence(clouds, four=four, folds=folds).values
        return Evidence({**values, **score(clouds[:, :, :AXES], families=ROUND)})

    cloud = PointCloud.from_points(unit).scores[None]
    drawn = haar_clouds(cloud[0], n_draws=n_draws, rng=rng)
    found = measured(np.concatenate([cloud, drawn]))
    p_tree, p_ring, nulls = found.every(TREE), found.any(RING_CLAIM), (SPECTRUM,)
    if min(p_tree, p_ring) <= level / 2:
        null = UnitLengthNull(unit)
        again = measured(np.concatenate([null.observed(), null.draw(n_draws, rng=rng)]))
        p_tree = max(p_tree, again.every(TREE))
        p_ring = max(p_ring, again.any(RING_CLAIM))
        nulls = (SPECTRUM, ROWS)
    shape = judge(
        cloud_scores(unit), n_null=NAMING_DRAWS, n_rival=0, n_resample=0, rng=rng
    )[0].fit.shape  # fmt: skip
    observed = {name: float(value[0]) for name, value in found.values.items()}
    mean = {name: float(value[1:].mean()) for name, value in found.values.items()}
    for told in (observed, mean):
        told["four-point"] = 1 - told["four-point"]
    return RegionVerdict(
        _kind(p_tree, p_ring, shape, level), shape, len(unit), p_tree, p_ring, observed, mean,
        {name: found.pvalue(name) for name in found.values},
        float(gromov_delta(squared_distances(cloud), four)[0]), nulls,
    )  # fmt: skip


def check_draws(n_draws: int, *, level: float) -> None:
    """Refuse a number of null clouds with which no verdict but neither is possible.

    The smallest p of ``n_draws`` clouds and the region is ``1 / (n_draws + 1)``, and a claim must
    pass at half the level.

    Raises
    ------
    BadInput
        If there are too few draws, or the level is not above 0.
    """
    if not 0 < level <= 1:
        raise BadInput(f"level {level:g} was asked for, expected one above 0 and at most 1")
    if 1 / (n_draws + 1) > level / 2:
        least = ceil(2 / level) - 1
        raise BadInput(
            f"draws must be at least {least:,} at level {level:g}, got {n_draws:,}: no p is below "
            f"1 in {n_draws + 1:,}, and a claim must pass at half the level"
        )


def _kind(p_tree: float, p_ring: float, shape: str, level: float) -> Kind:
    if p_tree <= level / 2 and shape in TREES:
        return "tree"
    return "ring" if p_ring <= level / 2 and shape in RINGS else "neither"
