"""Haar null of unit rows: clouds of a group's mean and spectrum, every row of length 1."""

from typing import Any, cast

import numpy as np
from jaxtyping import Float
from scipy import linalg

from armillary.core.cloud import PointCloud
from armillary.shape.cloud import MOST_AXES
from armillary.shape.haar import haar_clouds
from armillary.shape.tangent import tangent_points

BATCHED = 100  # points up to which all axes of many clouds are found at once


class UnitLengthNull:
    """Rows of one group, drawn anew as unit rows and taken through every step the group took.

    ``haar_clouds`` keeps a spectrum, and is exact for rows of a Gaussian. Rows of a survey have
    length 1 besides: how far a row goes along the long axes then says how far it goes along the
    short ones, a loose group in many dimensions is nearer to a shell than a Gaussian, and its
    tangent plane stretches some rows more than others. None of that is structure. A draw turns the
    rows about their mean, brings them to length 1, projects them on their own tangent plane and
    finds their principal axes again, as ``cloud_scores`` does.

    Parameters
    ----------
    directions
        Rows of the group about the mean of their space; their lengths are ignored.

    Raises
    ------
    BadInput
        If all rows coincide.

    Notes
    -----
    Not exact: what is kept is the spectrum before rows are brought to length 1 again, which changes
    it a little. `benchmarks/unit_length.py` measures the size on groups with nothing in them.
    """

    def __init__(self, directions: Float[np.ndarray, "point d_model"]) -> None:
        unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
        cloud = PointCloud.from_points(unit)
        inside = cloud.axes @ cloud.mean
        beside = np.sqrt(max(float(cloud.mean @ cloud.mean - inside @ inside), 0.0))
        self.scores = cloud.scores
        self.place = np.append(inside, beside)  # of the mean: in the group's axes and one more

    def observed(self) -> Float[np.ndarray, "one point axis"]:
        """Return the group itself, by the way its draws go."""
        return self._seen(self.scores[None])

    def draw(self, n_draws: int, *, rng: np.random.Generator) -> Float[np.ndarray, "draw _ _"]:
        """Return clouds in principal coordinates, at most 24 axes, longest first.

        Parameters
        ----------
        n_draws
            How many.
        rng
            Source of randomness.
        """
        return self._seen(haar_clouds(self.scores, n_draws=n_draws, rng=rng))

    def _seen(self, scores: Float[np.ndarray, "draw point axis"]) -> Float[np.ndarray, "draw _ _"]:
        flat = tangent_points(np.pad(scores, ((0, 0), (0, 0), (0, 1))) + self.place)
        flat = flat - flat.mean(axis=1, keepdims=True)
        return _principal(flat @ np.swapaxes(flat, 1, 2), most=min(MOST_AXES, scores.shape[2]))


def _principal(
    gram: Float[np.ndarray, "draw point point"], *, most: int
) -> Float[np.ndarray, "draw point axis"]:
    """Return the leading principal coordinates of centred rows from their inner products."""
    n = gram.shape[1]
    kept = min(most, n - 1)
    if n <= BATCHED:
        value, vector = np.linalg.eigh(gram)
        value, vector = value[:, -kept:], vector[:, :, -kept:]
    else:
        solver = cast("Any", linalg)  # its types are unknown
        pairs = [solver.eigh(one, subset_by_index=[n - kept, n - 1]) for one in gram]
        value, vector = (np.stack(part) for part in zip(*pairs, strict=True))
    scores: np.ndarray = (vector * np.sqrt(np.maximum(value, 0))[:, None, :])[:, :, ::-1]
    return scores
