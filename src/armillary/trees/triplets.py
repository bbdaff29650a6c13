"""Held-out triplets: who is nearer to a new point, foretold by a tree and by a ring."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.core.errors import BadInput
from armillary.trees.cophenetic import cophenetic

FOLDS = 5
FEW = 10  # points up to which each is held out alone
ANCHORS = 2  # nearest kept points, by which a held-out one is placed
PLANES = ((0, 1), (0, 2), (1, 2))  # of principal axes, in which a ring is looked for


@dataclass(frozen=True, slots=True, eq=False)
class Foretold:
    """Share of held-out triplets foretold, by either metric; 1/2 is guessing.

    Parameters
    ----------
    tree
        By the heights of a tree of the points kept.
    ring
        By angles around a ring of the points kept, on the same triplets.
    """

    tree: Float[np.ndarray, " draw"]
    ring: Float[np.ndarray, " draw"]


def folds_of(n: int, *, rng: np.random.Generator) -> list[Int[np.ndarray, "_"]]:
    """Deal points into parts to be held out in turn: ``FOLDS`` of them, or one a point where few.

    Raises
    ------
    BadInput
        If there are fewer than five points: two must be left to ask about.
    """
    if n < 5:
        raise BadInput(f"held-out triplets need five points, got {n}")
    parts = n if n <= FEW else FOLDS
    return [np.sort(part) for part in np.array_split(rng.permutation(n), parts)]


def held_out_triplets(
    clouds: Float[np.ndarray, "draw point axis"],
    distance: Float[np.ndarray, "draw point point"],
    folds: list[Int[np.ndarray, "_"]],
) -> Foretold:
    """Foretell which of two points is nearer to a third that neither metric has seen.

    A tree (average linkage) and a ring (angles in the plane of principal axes that fits best) are
    fitted to the points kept. A held-out point says only which two kept points are its nearest;
    whatever those two are nearer to, by the mean of their heights or of 1 - cos of their angles,
    the held-out one should be nearer to. Triplets that the tree leaves open, because it foretells
    one distance for both, are asked of neither.

    Parameters
    ----------
    clouds
        Coordinates.
    distance
        Their distances.
    folds
        Which points are held out together, as from ``folds_of``; the same for every draw.

    Returns
    -------
    Foretold
        Shares in [0, 1].
    """
    n = distance.shape[1]
    won = np.zeros((len(clouds), 2))
    asked = np.zeros(len(clouds))
    for held in folds:
        outside = [one for one in range(n) if one not in set(held.tolist())]
        kept = np.array(outside, dtype=np.int64)
        for draw, (points, whole) in enumerate(zip(clouds, distance, strict=True)):
            inside = whole[np.ix_(kept, kept)]
            seen = whole[np.ix_(held, kept)]
            near = seen.argsort(axis=1)[:, :ANCHORS]
            told = [cophenetic(inside), ring_metric(points[kept], inside)]
            right, total = _concordant(seen, near, *(by[near].mean(axis=1) for by in told))
            won[draw] += right
            asked[draw] += total
    share = 0.5 + 0.5 * won / np.maximum(asked, 1)[:, None]
    return Foretold(share[:, 0], share[:, 1])


def _concordant(
    seen: Float[np.ndarray, "held kept"], near: Int[np.ndarray, "held anchor"],
    tree: Float[np.ndarray, "held kept"], ring: Float[np.ndarray, "held kept"],
) -> tuple[Float[np.ndarray, "2"], int]:  # fmt: skip
    """Return right less wrong answers of both, and how many triplets were asked."""
    n = seen.shape[1]
    first, second = np.triu_indices(n, 1)
    said = tree[:, first] - tree[:, second]
    free: Bool[np.ndarray, "held kept"] = np.ones(seen.shape, dtype=np.bool_)
    np.put_along_axis(free, near, False, axis=1)
    asked = (np.abs(said) > 1e-12) & free[:, first] & free[:, second]
    truth = np.sign(seen[:, first] - seen[:, second]) * asked
    around = ring[:, first] - ring[:, second]
    right = [(truth * np.sign(by)).sum() for by in (said, around)]
    return np.array(right), int(asked.sum())


def ring_metric(
    points: Float[np.ndarray, "kept axis"], distance: Float[np.ndarray, "kept kept"]
) -> Float[np.ndarray, "kept kept"]:
    """Return 1 - cos of the angle between points, in the plane where that fits distances best."""
    centred = points - points.mean(axis=0)
    value, vector = np.linalg.eigh(centred @ centred.T)
    axes = (vector * np.sqrt(np.maximum(value, 0)))[:, ::-1]
    pair = np.triu_indices(len(points), 1)
    wanted = distance[pair] - distance[pair].mean()
    best, out = -np.inf, np.zeros_like(distance)
    for i, j in PLANES:
        plane = axes[:, [i, j]]
        length = np.linalg.norm(plane, axis=1, keepdims=True)
        plane = plane / np.maximum(length, 1e-12)
        metric = 1 - plane @ plane.T
        apart = metric[pair] - metric[pair].mean()
        fit = float(wanted @ apart) / max(float(np.sqrt(apart @ apart)), 1e-12)
        if fit > best:
            best, out = fit, metric
    return out
