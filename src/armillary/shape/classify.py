"""Classify: weigh the battery's scores, name the shape and its runner-up."""

import math
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from armillary.shape.arrangement import arrange, signal_axes
from armillary.shape.clusters import clear_clusters, ward_labels
from armillary.shape.tree import node_tree_nats, tree_nats

Arranged = list[tuple[str, float]]
VERTEX = ("clusters", "hypercube", "grid", "cross_polytope", "tree")
SHEET = 0.35  # variance ratio below which a third axis is short
FLAT = 0.12  # variance ratio at which a line or sheet is told by its spectrum alone
SHARP = 1.2  # nats a point of a ring too sharp to be a cone (radius varies by less than a seventh)
POOR = 0.5  # nats a point below which a ring in a flat cloud may be a disk
SHADOW = 0.3  # nats a point taken from a blunt ring in a cloud with a third axis as long
SPLIT = 0.3  # nats a point that two classes must save before they are divided out
MATCHED = 0.3  # nats a point that partners across the classes must save in a lattice
DECIDED = {"cross_polytope": 0.9, "hypercube": 1.0, "grid": 1.1}
BLURRED = 0.5  # nats a point below which the vertices of a cube, grid or cross-polytope are none
SINGLES = 40  # clouds this small may have one point a vertex


def weigh(
    observed: Mapping[str, float],
    null: Mapping[str, float],
    scores: Float[np.ndarray, "point axis"],
    *,
    arranged: Arranged | None = None,
) -> list[tuple[str, float]]:
    """Rank shapes by nats saved beyond what the Haar null saves, refinements paying extra.

    The excess of a shape is its score minus its null mean. Shapes that contain simpler ones as
    special cases (helix, cone, torus, products) must beat them by 3 + log n. Vertex shapes
    (clusters, cubes, grids, cross-polytopes, trees) compete as one with the best of their scores,
    and the arrangement of their vertices says which it is. Stars must beat clusters by half, for
    every cluster is a short ray. ``none`` stands at 0.

    Parameters
    ----------
    observed, null
        Scores of the cloud, and their means over Haar draws.
    scores
        The cloud in principal coordinates.
    arranged
        What ``vertex_shapes`` said, where it is known already.

    Returns
    -------
    list
        (shape, nats) best first.
    """
    excess = beyond_null(observed, null, scores)
    extra = 3 + math.log(scores.shape[0])
    vertex = sharp_vertices(excess, scores.shape[0])
    best = max(vertex.values())
    out = {"none": 0.0, "arc": excess["arc"], "circle": excess["circle"]}
    out["ellipse"] = excess["ellipse"] - 2
    out |= {shape: excess[shape] - extra for shape in ("helix", "torus")}
    if has_factor(observed, scores.shape[0]):
        if excess["ringed"] > POOR * scores.shape[0]:
            out["product:circle"] = excess["product:circle"] - extra
        if excess["matched"] > MATCHED * scores.shape[0]:
            out["lattice"] = excess["lattice"] - extra
    out |= _by_spectrum(excess, scores)
    variance = (scores**2).mean(axis=0)
    if variance.size > 2 and variance[2] > 0.3 * variance[0]:
        for shape in ("circle", "ellipse", "arc"):  # spheres and tori cast rings as shadows
            if out[shape] < SHARP * scores.shape[0]:
                out[shape] -= SHADOW * scores.shape[0]
    if max(excess["circle"], excess["ellipse"]) < SHARP * scores.shape[0]:
        out["cone"] = excess["cone"] - extra
    out["star"] = excess["star"] - extra if excess["star"] > 1.5 * best else best - extra
    if arranged is None:
        arranged = vertex_shapes(scores, vertex)
    ring = max(out["circle"], out["ellipse"], out["arc"])
    if arranged[0][0] == "ring_of_clusters" and best > 0.75 * ring:
        best = max(best, ring + 1)  # the ring and its clusters are both there
    for rank, (shape, below) in enumerate(arranged[:2]):
        out[shape] = best if rank == 0 else max(best + below, out.get(shape, -math.inf))
    return sorted(out.items(), key=lambda pair: -pair[1])


def has_factor(observed: Mapping[str, float], n: int) -> bool:
    """Tell whether the sharpest split is one into classes, not into parts of one cloud."""
    return observed.get("split", 0.0) > SPLIT * n


def beyond_null(
    observed: Mapping[str, float],
    null: Mapping[str, float],
    scores: Float[np.ndarray, "point axis"],
) -> dict[str, float]:
    """Subtract the null means; of the views of a shape (``circle@sphere``) the best counts.

    In a cloud with two long axes only, all directions from the centre lie on a ring: there the
    view of directions does not count.
    """
    out: dict[str, float] = {}
    flat = is_flat(scores)
    for name, value in observed.items():
        shape, _, view = name.partition("@")
        if not (flat and view):
            out[shape] = max(value - null.get(name, 0.0), out.get(shape, -math.inf))
    return out


def is_flat(scores: Float[np.ndarray, "point axis"]) -> bool:
    """Tell whether the third axis is short beside the second."""
    variance = np.append((scores**2).mean(axis=0), [0.0, 0.0, 0.0])
    return bool(variance[2] < SHEET * variance[1])


def _by_spectrum(
    excess: Mapping[str, float], scores: Float[np.ndarray, "point axis"]
) -> dict[str, float]:
    """Allow a segment, disk or sphere only where one, two or more axes stand out as it needs."""
    variance = np.append((scores**2).mean(axis=0), [0.0, 0.0, 0.0])
    out: dict[str, float] = {"sphere": excess["sphere"]}
    if variance[1] < 0.25 * variance[0]:
        flat = variance[1] < FLAT * variance[0]  # a line by its spectrum alone
        out["segment"] = max(excess["segment"], 1.0 if flat else -math.inf)
    elif is_flat(scores):
        flat = variance[2] < FLAT * variance[1]
        out["disk"] = max(excess["disk"], excess["segment"], 1.0 if flat else -math.inf)
        poor = max(excess["circle"], excess["arc"], excess["ellipse"])
        if poor < POOR * scores.shape[0]:  # a filled disk is a poor ring
            out["disk"] = max(out["disk"], poor + 1)
    return out


def sharp_vertices(excess: Mapping[str, float], n: int) -> dict[str, float]:
    """Take the scores of vertex shapes, templates only where they save ``BLURRED`` nats a point."""
    return {
        s: excess[s]
        for s in VERTEX
        if s in excess and (s in ("clusters", "tree") or excess[s] > BLURRED * n)
    }


def vertex_shapes(
    scores: Float[np.ndarray, "point axis"], excess: Mapping[str, float]
) -> list[tuple[str, float]]:
    """Rank the arrangements of a cloud's vertices; nats relative to the best.

    Where cubes, grids or cross-polytopes score well beside the free mixture (``DECIDED``), the
    battery has decided; else Ward's clusters (or, in small clouds without clear clusters, the
    points) are arranged by template.
    """
    n = scores.shape[0]
    templates = [s for s in excess if s not in ("clusters", "tree")]
    named = max(templates, key=lambda s: excess[s], default="")
    if named and excess[named] > DECIDED[named] * excess["clusters"]:
        return [(named, 0.0), ("k_clusters", min(excess["clusters"] - excess[named], 0.0))]
    points = signal_axes(scores)
    k = clear_clusters(points)
    if k == 0 and n <= SINGLES:
        ranked = arrange(scores, noise=0.12, single=True)
    else:
        k = k or max(3, min(16, n // 4))
        label = ward_labels(points, k)
        centres = np.stack([scores[label == c].mean(axis=0) for c in range(k)])
        ranked = arrange(centres, noise=0.1)
    if ranked[0][0] == "k_clusters" and nested(scores, max(k, 2)):
        ranked = [("tree", 1.0), *ranked]
    return [(shape, merit - ranked[0][1]) for shape, merit in ranked]


def nested(scores: Float[np.ndarray, "point axis"], k: int) -> bool:
    """Tell whether the clusters have clusters in them: a tree, not a flat mixture.

    The tree score must exceed its mean over flat mixtures of the same k clusters by four standard
    deviations.
    """
    n = scores.shape[0]
    if n < 7:
        return False
    label = ward_labels(scores, k)
    centres = np.stack([scores[label == c].mean(axis=0) for c in range(k)])
    sd = np.sqrt(((scores - centres[label]) ** 2).sum(axis=0) / max(n - k, 1))
    noise = np.random.default_rng(n).standard_normal((20, *scores.shape)) * sd
    for measure in (tree_nats, node_tree_nats):
        flat = measure(centres[label] + noise)
        if measure(scores[None])[0] > flat.mean() + 4 * max(float(flat.std()), 0.25):
            return True
    return False
