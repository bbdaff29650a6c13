"""From directions to the cloud that is judged."""

import numpy as np
from jaxtyping import Float

from armillary.core import PointCloud
from armillary.shape.tangent import tangent_points

OMNIBUS_AXES = 10  # whitened axes that the placement test looks at
OMNIBUS_VERSION = 7  # raise when any statistic in ``omnibus_scores`` changes
MOST_AXES = 24  # principal axes kept of a cloud


def cloud_scores(
    directions: Float[np.ndarray, "point d_model"],
) -> Float[np.ndarray, "point axis"]:
    """Return the principal coordinates of directions in their tangent plane, at most 24 axes."""
    cloud = PointCloud.from_points(tangent_points(directions))
    return cloud.scores[:, :MOST_AXES]


def omnibus_version() -> str:
    """Name of the null tables these statistics belong to."""
    return f"omnibus{OMNIBUS_VERSION}-a{OMNIBUS_AXES}"
