"""Angles: features that fire round a circle of a world, in the order in which they fire."""

from typing import Any

import numpy as np

from armillary.explain.subject import FeatureGroup
from armillary.worlds import Sample, World

_CONCENTRATED = 0.5
_FEWEST = 5


def groups_by_angle(world: World, sample: Sample, codes: Any) -> tuple[FeatureGroup, ...]:
    """Return, for every factor with an angle, the features that fire on a part of it, in order.

    A feature's angle is that of ``sum_t f_t exp(i angle_t)`` over the tokens where the factor is
    active; it belongs to the group if the length of this sum is at least half of ``sum_t f_t``.
    Only codes and coordinates are used, never a direction. ``step`` is the rank of the angle.

    Parameters
    ----------
    world
        Its factors are asked.
    sample
        With their coordinates.
    codes
        Of the sample, sparse.

    Returns
    -------
    tuple of FeatureGroup
        Cyclic groups of at least five features.
    """
    found: list[FeatureGroup] = []
    for factor in world.truth.factors:
        if factor.coordinates != ("angle",) or factor.name not in sample.active:
            continue
        on = sample.active[factor.name].astype(np.float64)
        angle = sample.coordinates[factor.name][:, 0]
        size = np.abs(codes)
        total = np.asarray(size.T @ np.ones(len(on)))
        where = np.asarray(size.T @ (on * np.exp(1j * angle)))
        sure = np.flatnonzero((total > 0) & (np.abs(where) >= _CONCENTRATED * total))
        if sure.size < _FEWEST:
            continue
        place = np.angle(where[sure]) % (2 * np.pi)
        rows = sure[np.argsort(place)]
        words = tuple(f"{np.degrees(at):.0f} degrees" for at in np.sort(place))
        step = np.arange(rows.size)
        found.append(FeatureGroup(factor.name, "cyclic", rows, step, words))
    return tuple(found)
