"""Point cloud: a group of points in its own principal coordinates."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class PointCloud:
    """Points seen from their mean along their principal axes.

    ``points = mean + scores @ axes``; ``scores`` has orthogonal, zero-mean columns of
    non-increasing length.

    Parameters
    ----------
    scores
        Principal coordinates, in the units of the original space.
    axes
        Orthonormal principal axes, one row an axis.
    mean
        Centroid.
    feature_id
        Id of each point.
    """

    scores: Float[np.ndarray, "point axis"]
    axes: Float[np.ndarray, "axis d_model"]
    mean: Float[np.ndarray, " d_model"]
    feature_id: Int[np.ndarray, " point"]

    @classmethod
    def from_points(
        cls,
        points: Float[np.ndarray, "point d_model"],
        feature_id: Int[np.ndarray, " point"] | None = None,
    ) -> "PointCloud":
        """Rotate points into their principal axes.

        Axes whose standard deviation is below 1e-6 of the largest are dropped: they are rounding.

        Raises
        ------
        BadInput
            If fewer than two distinct points are given.
        """
        points = np.asarray(points, dtype=np.float64)
        mean = points.mean(axis=0)
        left, length, axes = np.linalg.svd(points - mean, full_matrices=False)
        kept = length > max(1e-6 * length[0], 1e-12)
        if not kept.any():
            raise BadInput("all points coincide: a cloud needs at least two distinct points")
        ids: np.ndarray = np.arange(len(points), dtype=np.int64)
        ids = ids if feature_id is None else feature_id
        return cls(left[:, kept] * length[kept], axes[kept], mean, ids)

    @property
    def n_points(self) -> int:
        """Number of points."""
        return self.scores.shape[0]

    @property
    def sd(self) -> Float[np.ndarray, " axis"]:
        """Standard deviation along each axis (divisor n)."""
        return np.sqrt((self.scores**2).mean(axis=0))

    @property
    def whitened(self) -> Float[np.ndarray, "point axis"]:
        """Scores scaled to unit variance along every axis (divisor n)."""
        return self.scores / self.sd
