"""The battery: every shape's score on a batch of clouds, in one currency."""

import math
from collections.abc import Callable, Collection
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from armillary.shape import axes, clusters, curve, doughnut, lattice, ring, star, surface, tree
from armillary.shape.factor import factors
from armillary.shape.views import (
    IMPOSSIBLE,
    Batch,
    radially_gaussian,
    rank,
    sphere_view,
    whiten,
)

Scores = dict[str, Float[np.ndarray, " draw"]]
PLANE_AXES = 5  # leading axes whose planes are searched
WIDE = 10  # leading axes that enter the whitened scores


def score(scores: Batch, *, families: Collection[str] | None = None) -> Scores:
    """Score every shape on every cloud of a batch.

    Parameters
    ----------
    scores
        Clouds in principal coordinates (zero mean, longest axis first), at least 5 points each.
    families
        Score only these; default all of ``FAMILIES``.

    Returns
    -------
    dict
        For every shape, nats saved against a Gaussian with the cloud's own covariance, the best
        over the subspaces searched; ``product:circle`` is a two-way factor and the ring of what
        is left when it is divided out. Scores are comparable between shapes after subtracting
        their mean under the Haar null, which removes the gain of searching. A shape that a cloud
        has too few axes for scores ``IMPOSSIBLE`` (-1000); hypercubes, grids and cross-polytopes
        that no cloud of this many points and axes can be are left out.
    """
    wanted = set(FAMILIES) if families is None else set(families)
    out: Scores = {}
    for part, makes in PARTS:
        if wanted & set(makes):
            for name, value in part(scores).items():
                _keep_best(out, name, value)
    return {name: out[name] for name in FAMILIES if name in out and name in wanted}


def _round_parts(scores: Batch) -> Scores:
    """Ellipse, cone, helix and flat torus: rings of the whitened axes and what refines them.

    Where variances are alike, principal axes mix a ring with its neighbours: the first three and
    four axes are therefore also turned to independent ones.
    """
    wide = whiten(scores)[:, :, :PLANE_AXES]
    full = rank(wide)
    out: Scores = {}
    for m in (None, 3, 4):
        if m is not None and m > wide.shape[2]:
            continue
        view = wide if m is None else axes.independent_axes(wide[:, :, :m])
        pairs = ring.planes(view.shape[2])
        fits = ring.fit_circles(view, pairs)
        rings = ring.ring_nats(fits) - _naming_cost(pairs)
        found = {
            "ellipse": _best(rings),
            "cone": _best(curve.cone_nats(fits, view, rings, pairs=pairs)),
            "helix": curve.helix_nats(fits, view, rings, pairs=pairs),
            "torus": surface.flat_torus_nats(rings, pairs),
        }
        for name, value in found.items():
            _keep_best(out, name, np.where(full >= (m or 0), value, IMPOSSIBLE))
    return out


def _circle_parts(scores: Batch) -> Scores:
    """Circle and arc, in raw axes (and as whitened bends) and in directions from the centre."""
    out: Scores = {}
    for seen, view in (("", scores), ("@sphere", sphere_view(scores))):
        fits, cost = _circles(view)
        out["circle" + seen] = _best(ring.ring_nats(fits) - cost)
        out["arc" + seen] = _best(ring.arc_nats(fits) - cost)
    bends = curve.bend_nats(whiten(scores)[:, :, :PLANE_AXES])
    _keep_best(out, "arc", bends.max(axis=(1, 2), initial=IMPOSSIBLE))
    return out


def _product_parts(scores: Batch) -> Scores:
    """Divide out a factor of two to four classes: a ring or matched points in what is left."""
    out: Scores = {}
    draw: Int[np.ndarray, " draw"] = np.arange(len(scores))
    for found in factors(scores):
        for view in (whiten(found.rest), sphere_view(found.rest)):
            fits, naming = _circles(view)
            if not naming.size:
                continue
            rings = ring.ring_nats(fits) - naming
            plane = rings.argmax(axis=1)
            _keep_best(out, "ringed", rings[draw, plane])
            partners = lattice.angle_nats(fits.angle[draw, :, plane], found.split)
            _keep_best(out, "product:circle", found.nats + rings[draw, plane] + partners)
        matched = lattice.matched_nats(found)
        _keep_best(out, "lattice", found.nats + matched)
        _keep_best(out, "matched", matched)
        _keep_best(out, "split", found.nats)
    for name in ("product:circle", "ringed"):
        out.setdefault(name, np.full(len(scores), IMPOSSIBLE))
    return out


def _surface_parts(scores: Batch) -> Scores:
    """Segment, disk, spheres, balls and the doughnut, in whitened axes and in raw ones."""
    wide = whiten(scores)[:, :, :WIDE]
    out = {"segment": curve.segment_nats(wide), **_surfaces(wide)}
    for m in range(3, min(wide.shape[2], scores.shape[1] - 3) + 1):
        raw = surface.sphere_nats(scores, tuple(range(m)), fitted=True)
        _keep_best(out, "sphere", raw - math.log(m))
    _keep_best(out, "torus", doughnut.doughnut_nats(scores))
    return out


def _surfaces(wide: Batch) -> Scores:
    draws, _, n_axes = wide.shape
    out = {name: np.full(draws, IMPOSSIBLE) for name in ("disk", "sphere", "torus", "ball")}
    full = rank(wide)

    def keep(name: str, value: Float[np.ndarray, " draw"], last: int) -> None:
        _keep_best(out, name, np.where(full > last, value, IMPOSSIBLE))  # no axis of no length

    for i, j in ring.planes(min(n_axes, 4)):
        cost = math.log(1 + i + j)
        keep("disk", surface.ball_nats(wide, (i, j)) - cost, j)
        keep("disk", surface.sheet_nats(wide, (i, j)) - cost, j)
    for order, triple in enumerate(combinations(range(min(n_axes, 4)), 3)):
        cost = math.log(order + 1)
        keep("sphere", surface.sphere_nats(wide, triple) - cost, triple[2])
        keep("torus", surface.round_torus_nats(wide, triple) - cost, triple[2])
    for m in range(3, n_axes + 1):
        lead = tuple(range(m))
        keep("sphere", surface.sphere_nats(wide, lead) - math.log(m), m - 1)
        keep("ball", surface.ball_nats(wide, lead) - math.log(m), m - 1)
    return out


def _cluster_parts(scores: Batch) -> Scores:
    return {"clusters": _best(clusters.cluster_nats(whiten(scores)[:, :, :WIDE]))}


def _box_parts(scores: Batch) -> Scores:
    return _boxes(whiten(scores)[:, :, :WIDE], most=5)


def _boxes(wide: Batch, *, most: int) -> Scores:
    """Hypercubes and grids in the leading axes, up to ``most`` of them."""
    out: Scores = {}
    n, n_axes = wide.shape[1:]
    full = rank(wide)
    for m in range(2, min(n_axes, most) + 1):
        enough = n >= 2 ** (m - 1)
        if m > 3 and not enough:
            break
        rotated = axes.independent_axes(wide[:, :, :m])
        if m <= 3:
            _keep_best(out, "grid", np.where(full >= m, axes.grid_nats(rotated), IMPOSSIBLE))
        if m >= 3 and enough:
            _keep_best(out, "hypercube", np.where(full >= m, axes.cube_nats(rotated), IMPOSSIBLE))
    return out


def _cross_parts(scores: Batch) -> Scores:
    return _crosses(whiten(scores)[:, :, :WIDE], most=6)


def _crosses(wide: Batch, *, most: int) -> Scores:
    """Cross-polytopes in the leading axes, up to ``most`` of them."""
    n, n_axes = wide.shape[1:]
    out: Scores = {}
    full = rank(wide)
    for m in range(3, min(n_axes, most, n // 2) + 1):
        nats = np.where(full >= m, axes.cross_nats(wide, m), IMPOSSIBLE)
        _keep_best(out, "cross_polytope", nats)
    return out


def _star_parts(scores: Batch) -> Scores:
    return {"star": star.star_nats(whiten(scores)[:, :, :WIDE])}


def _tree_parts(scores: Batch) -> Scores:
    return {"tree": tree.tree_nats(scores)}


FACTORED = ("product:circle", "ringed", "lattice", "matched", "split")
PARTS: tuple[tuple[Callable[[Batch], Scores], tuple[str, ...]], ...] = (
    (_circle_parts, ("circle", "arc", "circle@sphere", "arc@sphere")),
    (_round_parts, ("ellipse", "cone", "helix", "torus")),
    (_surface_parts, ("segment", "disk", "sphere", "ball", "torus")),
    (_product_parts, FACTORED),
    (_cluster_parts, ("clusters",)),
    (_box_parts, ("hypercube", "grid")),
    (_cross_parts, ("cross_polytope",)),
    (_star_parts, ("star",)),
    (_tree_parts, ("tree",)),
)
FAMILIES = tuple(dict.fromkeys(name for _, makes in PARTS for name in makes))


def omnibus_scores(wide: Batch) -> Scores:
    """Score a cheap, pooled part of the battery, to ask whether there is any structure at all.

    Round shapes are scored on the whitened axes, vertex shapes and bends after
    ``radially_gaussian``, which takes most of a heavy tail away. Under the Haar null all depend on
    nothing but the number of points and axes.

    Parameters
    ----------
    wide
        Clouds with unit variance along every axis, longest axis first.

    Returns
    -------
    dict
        Nats for every family, as ``score`` gives them.
    """
    view = wide[:, :, :PLANE_AXES]
    pairs = ring.planes(view.shape[2])
    fits = ring.fit_circles(view, pairs)
    rings = ring.ring_nats(fits) - _naming_cost(pairs)
    out: Scores = {"segment": curve.segment_nats(wide), "circle": _best(rings)}
    out["cone"] = _best(curve.cone_nats(fits, view, rings, pairs=pairs))
    out |= _surfaces(wide)
    even = radially_gaussian(wide)
    pairs = ring.planes(min(wide.shape[2], 4))
    fits = ring.fit_circles(even, pairs)
    out["arc"] = _best(ring.arc_nats(fits) - _naming_cost(pairs))
    bends = curve.bend_nats(even[:, :, :4])
    out["bend"] = bends.max(axis=(1, 2), initial=IMPOSSIBLE)
    out["helix"] = curve.helix_nats(
        fits, even, ring.ring_nats(fits) - _naming_cost(pairs), pairs=pairs
    )
    out["clusters"] = _best(clusters.cluster_nats(even[:, :, :4]))
    return out | _boxes(even, most=3) | _crosses(even, most=4)


def _circles(view: Batch) -> tuple[ring.PlaneCircles, Float[np.ndarray, " plane"]]:
    """Circles in the leading planes of a view, and what naming each plane costs."""
    pairs = ring.planes(min(view.shape[2], PLANE_AXES))
    return ring.fit_circles(view, pairs), _naming_cost(pairs)


def _naming_cost(pairs: list[tuple[int, int]]) -> Float[np.ndarray, " plane"]:
    """Nats to say which plane: leading planes are cheaper to name."""
    return np.log(np.arange(1, len(pairs) + 1))


def _best(nats: Float[np.ndarray, "draw _"]) -> Float[np.ndarray, " draw"]:
    """Best of the subspaces searched; ``IMPOSSIBLE`` if there are none."""
    return nats.max(axis=1, initial=IMPOSSIBLE)


def _keep_best(out: Scores, name: str, value: Float[np.ndarray, " draw"]) -> None:
    out[name] = np.maximum(out[name], value) if name in out else value
