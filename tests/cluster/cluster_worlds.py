"""Planted groups on a sphere, with the graph that their cosines give."""

import numpy as np

from armillary.core import FeatureGraph


def planted(sizes, *, d=256, cosine=0.6, background=200, seed=0):
    """Return unit rows, and the rows of each planted group; the rest is background."""
    rng = np.random.default_rng(seed)
    total = sum(sizes) + background
    unit = rng.standard_normal((total, d))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    order = rng.permutation(total)
    groups = [np.sort(part) for part in np.split(order, np.cumsum(sizes))[:-1]]
    for rows in groups:
        centre = rng.standard_normal(d)
        centre /= np.linalg.norm(centre)
        unit[rows] = np.sqrt(cosine) * centre + np.sqrt(1 - cosine) * unit[rows]
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    return unit.astype(np.float32), groups


def graph_above(unit, threshold):
    """Return every pair whose cosine is above the threshold."""
    cosine = unit @ unit.T
    low, high = np.nonzero(np.triu(cosine > threshold, 1))
    return FeatureGraph(len(unit), low, high, cosine[low, high])


def as_sets(groups):
    """Return groups as a set of frozen sets, for comparison without order."""
    return {frozenset(np.asarray(rows).tolist()) for rows in groups}
