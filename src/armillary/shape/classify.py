"""Classify: weigh the battery's scores, name the shape and its runner-up."""

import math
from collections.abc import Mapping
from typing import Any

import fastcluster
import numpy as np
from jaxtyping import Float

from armillary.shape.arrangement import arrange, signal_axes
from armillary.shape.clusters import ward_labels

VERTEX = ("clusters", "hypercube", "grid", "cross_polytope", "tree")
SHARP = 1.2  # nats a point of a ring too sharp to be a cone (radius varies by less than a seventh)
SINGLES = 40  # clouds this small may have one point a vertex


def weigh(
    observed: Mapping[str, float],
    null: Mapping[str, float],
    scores: Float[np.ndarray, "point axis"],
) -> list[tuple[str, float]]:
    """Rank shapes by nats saved beyond what the Haar null saves, refinements paying extra.

    The excess of a shape is its score minus its null mean. Shapes that contain simpler ones as
    special cases (helix, cone, torus, products) must beat them by 3 + log n. Vertex shapes
    (clusters, cubes, grids, cross-polytopes, trees) compete as one with the best of their scores,
    and the arrangement of their vertices says which it is. Stars must beat clusters by half, for
    every cluster is a short ray. ``none`` stands at 0.

    Returns
    -------
    list
        (shape, nats) best first.
    """
    excess = {shape: value - null[shape] for shape, value in observed.items()}
    extra = 3 + math.log(scores.shape[0])
    out = {"none": 0.0, "arc": excess["arc"], "circle": excess["circle"]}
    out["ellipse"] = excess["ellipse"] - 2
    out |= {shape: excess[shape] - extra for shape in ("helix", "torus", "product:circle", "lattice")}
    out |= _by_spectrum(excess, scores)
    if max(excess["circle"], excess["ellipse"]) < SHARP * scores.shape[0]:
        out["cone"] = excess["cone"] - extra
    vertex = {s: excess[s] for s in VERTEX if s in excess}
    best = max(vertex.values())
    out["star"] = excess["star"] - extra if excess["star"] > 1.5 * best else best - extra
    for rank, (shape, below) in enumerate(vertex_shapes(scores, vertex)[:2]):
        out[shape] = best if rank == 0 else max(best + below, out.get(shape, -math.inf))
    return sorted(out.items(), key=lambda pair: -pair[1])


def _by_spectrum(
    excess: Mapping[str, float], scores: Float[np.ndarray, "point axis"]
) -> dict[str, float]:
    """Allow a segment, disk or sphere only where one, two or more axes stand out as it needs."""
    variance = np.append((scores**2).mean(axis=0), [0.0, 0.0, 0.0])
    out: dict[str, float] = {"sphere": excess["sphere"]}
    if variance[1] < 0.25 * variance[0]:
        out["segment"] = excess["segment"]
    elif variance[2] < 0.35 * variance[1]:
        out["disk"] = max(excess["disk"], excess["segment"])
        if excess["circle"] < 0.45 * scores.shape[0]:  # a filled disk is a poor ring
            out["disk"] = max(out["disk"], excess["circle"] + 1)
    return out


def vertex_shapes(
    scores: Float[np.ndarray, "point axis"], excess: Mapping[str, float]
) -> list[tuple[str, float]]:
    """Rank the arrangements of a cloud's vertices; nats relative to the best.

    Where cubes, grids or cross-polytopes outscore the free mixture by a tenth, the battery has
    decided; else Ward's clusters (or, in small clouds without clear clusters, the points) are
    arranged by template.
    """
    named = max((s for s in excess if s not in ("clusters", "tree")), key=lambda s: excess[s])
    if excess[named] > 1.1 * excess["clusters"]:
        return [(named, 0.0), ("k_clusters", excess["clusters"] - excess[named])]
    n = scores.shape[0]
    points = signal_axes(scores)
    k = clear_clusters(points)
    if k == 0 and n <= SINGLES:
        ranked = arrange(scores, noise=0.12, single=True)
    else:
        k = k or max(3, min(16, n // 4))
        label = ward_labels(points, k)
        centres = np.stack([scores[label == c].mean(axis=0) for c in range(k)])
        ranked = arrange(centres, noise=0.1)
    return [(shape, merit - ranked[0][1]) for shape, merit in ranked]


def clear_clusters(points: Float[np.ndarray, "point axis"]) -> int:
    """Number of clusters at the sharpest drop of Ward's merge heights (at least twofold); else 0."""
    n = points.shape[0]
    tree: Any = fastcluster.linkage_vector(points, method="ward")
    height = np.maximum(tree[::-1, 2][: min(33, n // 2 + 1)], 1e-12)
    ratio = height[1:-1] / height[2:]  # merge to k clusters against merge to k + 1, from k = 3
    if ratio.size == 0 or ratio.max() < 2.0:
        return 0
    return int(ratio.argmax()) + 3
