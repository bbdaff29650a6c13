"""Placement of a group that was not found by nearness: the Haar null taken through every step.

The survey compares a group's coordinates with Haar clouds of their spectrum. That is exact for rows
of a Gaussian, and close for groups of near features, which is what clustering finds. Features that
have little in common are another matter: unit length and the tangent plane leave a mark of their
own (of 12 random directions in 256 dimensions, the plain test rejects four in five). So the null
here is drawn before those steps: unit rows of the same mean and spectrum, turned, brought to unit
length again, projected and rotated like the group itself.
"""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from jaxtyping import Float
from scipy import linalg

from armillary.core import PointCloud
from armillary.inference import NullTest
from armillary.shape import OMNIBUS_AXES, haar_clouds, tangent_points, whiten
from armillary.shape.cloud import MOST_AXES
from armillary.survey.omnibus import Statistics, statistics

N_REFERENCE = 200  # draws that scale every statistic, never counted in p
NAME = "same mean and spectrum (Haar)"
LARGE = 100  # points beyond which fewer draws are made
FEWER = 299


def chosen_placement_test(
    directions: Float[np.ndarray, "point d_model"],
    *,
    n_null: int,
    rng: np.random.Generator,
    tell: Callable[[float], None],
) -> NullTest:
    """Test directions for any structure beyond their mean and their spectrum.

    The statistics are those of the survey's level a; the largest of them, standardised by draws
    that are not counted, is compared with the same of ``n_null`` draws.

    Parameters
    ----------
    directions
        Rows about the mean of their space; their lengths are ignored.
    n_null
        Draws; at most ``FEWER`` of more than ``LARGE`` points.
    rng
        Source of randomness.
    tell
        Told the share done.

    Returns
    -------
    NullTest
        Larger is more structured.
    """
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    cloud = PointCloud.from_points(unit)
    n = cloud.n_points
    inside = cloud.axes @ cloud.mean
    beside = np.sqrt(max(float(cloud.mean @ cloud.mean - inside @ inside), 0.0))
    place = np.append(inside, beside)  # of the mean, in the group's own axes and one more
    n_null = n_null if n <= LARGE else min(n_null, FEWER)
    drawn: list[Statistics] = []
    total, step = N_REFERENCE + n_null, max(1, min(100, 2_000_000 // (n * n)))
    for begin in range(0, total, step):
        turned = haar_clouds(cloud.scores, n_draws=min(step, total - begin), rng=rng)
        drawn.append(_values(np.stack([_coordinates(_placed(one, place)) for one in turned])))
        tell(begin / total)
    every = np.vstack(drawn)
    reference, null = every[:N_REFERENCE], every[N_REFERENCE:]
    middle = np.median(reference, axis=0)
    scale = np.maximum(np.quantile(reference, 0.95, axis=0) - middle, 0.5)
    own = _values(_coordinates(_placed(cloud.scores, place))[None])
    observed = float(((own - middle) / scale).max())
    return NullTest(observed, ((null - middle) / scale).max(axis=1), NAME)


def _values(clouds: Float[np.ndarray, "draw point axis"]) -> Statistics:
    axes = min(OMNIBUS_AXES, clouds.shape[1] - 2, clouds.shape[2])
    return statistics(whiten(clouds)[:, :, :axes])


def _placed(
    scores: Float[np.ndarray, "point axis"], place: Float[np.ndarray, " more"]
) -> Float[np.ndarray, "point more"]:
    """Return rows about the origin again: one more axis for where the mean leaves the group's."""
    return np.pad(scores, ((0, 0), (0, 1))) + place


def _coordinates(rows: Float[np.ndarray, "point more"]) -> Float[np.ndarray, "point axis"]:
    """Return the leading principal coordinates in the tangent plane, as ``cloud_scores`` does."""
    flat = tangent_points(rows)
    flat = flat - flat.mean(axis=0)
    n, axes = flat.shape[0], min(MOST_AXES, flat.shape[0] - 1, flat.shape[1])
    solver = cast("Any", linalg)  # its types are unknown
    found = solver.eigh(flat @ flat.T, subset_by_index=[n - axes, n - 1])
    value, vector = cast("tuple[np.ndarray, np.ndarray]", found)
    scores: np.ndarray = vector[:, ::-1] * np.sqrt(np.maximum(value[::-1], 0))
    return scores
