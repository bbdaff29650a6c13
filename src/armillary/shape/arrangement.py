"""Arrangement of vertices: the polytope, ring, grid or tree that k points or centres form."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse.csgraph import (
    minimum_spanning_tree,  # pyright: ignore[reportUnknownVariableType]
    shortest_path,  # pyright: ignore[reportUnknownVariableType]
)

from armillary.shape.axes import OCCUPIED, independent_axes
from armillary.shape.tree import cophenetic, squared_distances
from armillary.shape.views import whiten

N_NULL = 8  # Gaussian configurations that a template's score is compared with
PLANAR = 0.8  # share of the variance that a ring's plane must hold
LEAST = 3.0  # nats by which a template must beat them


@dataclass(frozen=True, slots=True)
class Template:
    """A template fitted to squared distances.

    ``choice`` is the nats that it takes to say which of its sites are occupied.
    """

    shape: str
    misfit: float
    choice: float = 0.0


def arrange(
    centres: Float[np.ndarray, "vertex axis"], *, noise: float, single: bool = False
) -> list[tuple[str, float]]:
    """Rank templates for the arrangement of vertices, best first.

    Every template predicts the squared distances D between vertices. With e the root mean square
    of (D - prediction) / mean(D) and ``noise`` its expectation from scatter about the vertices, its
    score is k times what log(e^2 + noise^2) lies below its mean over Gaussian vertices of the same
    spread, less two standard deviations; and less 3 nats. The free arrangement ``k_clusters``
    stands at 0.

    Parameters
    ----------
    centres
        Vertices: cluster centres, or the points themselves.
    noise
        Expected relative error of a squared distance.
    single
        One point a vertex: noise adds a constant to every D, which trees may then subtract.
    """
    axes = signal_axes(centres).shape[1]
    own = _misfits(centres, axes, single=single)
    k = centres.shape[0]
    rng = np.random.default_rng(k)
    sd = (centres - centres.mean(axis=0)).std(axis=0)
    drawn = [
        _misfits(rng.standard_normal(centres.shape) * sd, axes, single=single)
        for _ in range(N_NULL)
    ]
    out = [("k_clusters", 0.0)]
    for shape, misfit in own.items():
        null = np.log(np.array([d.get(shape, 1.0) for d in drawn]) ** 2 + noise**2)
        gain = k * (float(null.mean() - 2 * null.std()) - math.log(misfit**2 + noise**2))
        out.append((shape, gain - LEAST))
    return sorted(out, key=lambda pair: -pair[1])


def _misfits(
    centres: Float[np.ndarray, "vertex axis"], axes: int, *, single: bool
) -> dict[str, float]:
    """Smallest relative misfit of every template that one configuration admits."""
    points = _leading(centres, axes)
    distance = squared_distances(points)
    upper = np.triu_indices(points.shape[0], 1)
    observed = distance[upper] / max(float(distance[upper].mean()), 1e-12)
    templates = [Template("simplex", _rms(observed - 1))] if points.shape[0] >= 4 else []
    templates += _cross(distance, observed, upper, axes=points.shape[1])
    templates += _cube(points, observed, upper)
    templates += _grid(points, observed, upper) + _ring(points, observed, upper)
    templates += _tree(squared_distances(centres), single=single)
    out: dict[str, float] = {}
    for template in templates:
        misfit = template.misfit * math.exp(template.choice / points.shape[0])
        out[template.shape] = min(misfit, out.get(template.shape, math.inf))
    return out


def _leading(centres: Float[np.ndarray, "vertex axis"], axes: int) -> np.ndarray:
    centred = centres - centres.mean(axis=0)
    left, length, _ = np.linalg.svd(centred, full_matrices=False)
    return left[:, :axes] * length[:axes]


def signal_axes(points: Float[np.ndarray, "point axis"]) -> Float[np.ndarray, "point kept"]:
    """Keep the principal axes before the largest relative drop in variance (at least 5 % of it)."""
    centred = points - points.mean(axis=0)
    left, length, _ = np.linalg.svd(centred, full_matrices=False)
    variance = length**2
    kept = int((variance > 0.03 * variance[0]).sum())
    if kept < 2:
        return left[:, :1] * length[:1]
    ratio = variance[:kept] / np.maximum(np.append(variance[1:], 0.0)[:kept], 0.02 * variance[0])
    cut = int(ratio.argmax()) + 1 if ratio.max() > 2.5 else kept
    return left[:, :cut] * length[:cut]


def _residual(
    design: Float[np.ndarray, "pair _"], observed: Float[np.ndarray, " pair"]
) -> Float[np.ndarray, " pair"]:
    """Return what least squares on the columns of the design leaves."""
    weight = np.asarray(np.linalg.lstsq(design, observed, rcond=None)[0], dtype=np.float64)
    return observed - design @ weight


def _rms(residual: Float[np.ndarray, " pair"]) -> float:
    return float(np.sqrt((residual**2).mean()))


def _cross(
    distance: Float[np.ndarray, "vertex vertex"],
    observed: Float[np.ndarray, " pair"],
    upper: tuple[np.ndarray, np.ndarray],
    *,
    axes: int,
) -> list[Template]:
    k = distance.shape[0]
    far = distance.argmax(axis=1)
    if k < 6 or k % 2 or axes < k // 2 or not np.array_equal(far[far], np.arange(int(k))):
        return []
    antipodal = (far[upper[0]] == upper[1]).astype(float)
    prediction = 1 + antipodal
    prediction *= float(prediction @ observed) / float(prediction @ prediction)
    return [Template("cross_polytope", _rms(observed - prediction))]


def _cube(
    points: Float[np.ndarray, "vertex axis"],
    observed: Float[np.ndarray, " pair"],
    upper: tuple[np.ndarray, np.ndarray],
) -> list[Template]:
    k = points.shape[0]
    out: list[Template] = []
    for m in range(2, min(points.shape[1], 5) + 1):
        if not max(2 ** (m - 1), OCCUPIED * 2**m) < k <= 2**m:
            continue
        sign = independent_axes(whiten(points[None, :, :m]))[0] > 0
        if np.unique(sign, axis=0).shape[0] < k:
            continue
        differs = (sign[upper[0]] != sign[upper[1]]).astype(float)
        name = "hypercube" if m >= 3 else "grid"
        choice = k * math.log(2**m / k)
        out.append(Template(name, _rms(_residual(differs, observed)), choice))
    return out


def _grid(
    points: Float[np.ndarray, "vertex axis"],
    observed: Float[np.ndarray, " pair"],
    upper: tuple[np.ndarray, np.ndarray],
) -> list[Template]:
    out: list[Template] = []
    for m in (2, 3):
        if points.shape[1] < m or points.shape[0] < 6:
            continue
        rotated = independent_axes(whiten(points[None, :, :m]))[0]
        levels = np.column_stack([_levels(rotated[:, a]) for a in range(m)])
        if np.unique(levels, axis=0).shape[0] < points.shape[0] or levels.max() < 2:
            continue
        step = (levels[upper[0]] - levels[upper[1]]).astype(float) ** 2
        sites = math.prod(int(top) + 1 for top in levels.max(axis=0))
        choice = points.shape[0] * math.log(sites / points.shape[0])
        out.append(Template("grid", _rms(_residual(step, observed)), choice))
    return out


def _levels(values: Float[np.ndarray, " vertex"]) -> Int[np.ndarray, " vertex"]:
    """Round values to integer levels of the best equal spacing."""
    best, out = math.inf, np.zeros(values.size, dtype=np.int64)
    low, spread, centred = values.min(), np.ptp(values), values - values.mean()
    for count in range(2, 9):
        level = np.rint((values - low) / spread * (count - 1))
        step = level - level.mean()
        rest = centred - (step @ centred) / (step @ step) * step
        cost = float((rest**2).mean()) * count**2  # rounding error shrinks as 1 / count^2 by chance
        if cost < best:
            best, out = cost, level.astype(np.int64)
    return out


def _ring(
    points: Float[np.ndarray, "vertex axis"],
    observed: Float[np.ndarray, " pair"],
    upper: tuple[np.ndarray, np.ndarray],
) -> list[Template]:
    k = points.shape[0]
    if points.shape[1] < 2 or k < 5:
        return []
    length = (points**2).sum(axis=0)
    if length[:2].sum() < PLANAR * length.sum():
        return []
    angle = np.arctan2(points[:, 1], points[:, 0])
    prediction = 1 - np.cos(angle[upper[0]] - angle[upper[1]])
    prediction *= float(prediction @ observed) / max(float(prediction @ prediction), 1e-12)
    return [Template("ring_of_clusters", _rms(observed - prediction))]


def _tree(distance: Float[np.ndarray, "vertex vertex"], *, single: bool) -> list[Template]:
    """Fit leaves of an ultrametric tree, and all nodes of a tree (paths on the spanning tree)."""
    k = distance.shape[0]
    if k < 6:
        return []
    upper = np.triu_indices(k, 1)
    observed = distance[upper] / distance[upper].mean()
    heights = cophenetic(distance)
    between = np.asarray(
        shortest_path(minimum_spanning_tree(distance), directed=False), dtype=np.float64
    )
    paths = between[upper]
    out: list[Template] = []
    for prediction in (heights, paths):
        if prediction.std() < 0.15 * prediction.mean():
            continue  # one height only: a simplex, not a tree
        design = np.column_stack([prediction, np.full(prediction.size, float(single))])
        out.append(Template("tree", _rms(_residual(design, observed))))
    return out
