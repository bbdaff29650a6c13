"""Placement of a group that a person chose, against unit rows of its own mean and spectrum.

The survey asks this of groups that pass a quicker test. A group chosen by eye need not be one of
near features, and of features that have little in common the quicker test is far too lenient (of 12
random directions in 256 dimensions it rejects four in five), so here it is asked at once.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from armillary.inference import NullTest
from armillary.shape import OMNIBUS_AXES, UnitLengthNull, whiten
from armillary.survey.omnibus import Statistics, statistics
from armillary.survey.unit_length import NAME as UNIT_ROWS

N_REFERENCE = 200  # draws that scale every statistic, never counted in p
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
    unit_rows = UnitLengthNull(directions)
    n = len(directions)
    n_null = n_null if n <= LARGE else min(n_null, FEWER)
    drawn: list[Statistics] = []
    total, step = N_REFERENCE + n_null, max(1, min(100, 2_000_000 // (n * n)))
    for begin in range(0, total, step):
        drawn.append(_values(unit_rows.draw(min(step, total - begin), rng=rng)))
        tell(begin / total)
    every = np.vstack(drawn)
    reference, null = every[:N_REFERENCE], every[N_REFERENCE:]
    middle = np.median(reference, axis=0)
    scale = np.maximum(np.quantile(reference, 0.95, axis=0) - middle, 0.5)
    own = _values(unit_rows.observed())
    observed = float(((own - middle) / scale).max())
    return NullTest(observed, ((null - middle) / scale).max(axis=1), UNIT_ROWS)


def _values(clouds: Float[np.ndarray, "draw point axis"]) -> Statistics:
    axes = min(OMNIBUS_AXES, clouds.shape[1] - 2, clouds.shape[2])
    return statistics(whiten(clouds)[:, :, :axes])
