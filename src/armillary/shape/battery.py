"""The battery: every shape's score on a batch of clouds, in one currency."""

import math
from collections.abc import Callable, Collection
from itertools import combinations

import numpy as np
from jaxtyping import Float

from armillary.shape import axes, clusters, curve, lattice, ring, star, surface, tree
from armillary.shape.views import Batch, look, radially_gaussian, whiten

Scores = dict[str, Float[np.ndarray, " draw"]]
WIDE = 10  # leading axes that enter the whitened scores


def score(scores: Batch, *, families: Collection[str] | None = None) -> Scores:
    """Score every shape on every cloud of a batch.

    Parameters
    ----------
    scores
        Clouds in principal coordinates (zero mean), at least 5 points each.
    families
        Score only these (and what comes with them for free); default all of ``FAMILIES``.

    Returns
    -------
    dict
        For every shape, nats saved against a Gaussian with the cloud's own covariance, the best
        over the subspaces searched; ``product:circle`` is a two-way factor and the ring of what
        is left when it is divided out. Scores are comparable between shapes after subtracting
        their mean under the Haar null, which removes the gain of searching.
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
    wide = whiten(scores)[:, :, :5]
    views = [wide] + [axes.independent_axes(wide[:, :, :m]) for m in (3, 4) if m <= wide.shape[2]]
    out: Scores = {}
    for view in views:
        pairs = ring.planes(view.shape[2])
        fits = ring.fit_circles(view, pairs)
        rings = ring.ring_nats(fits) - _naming_cost(pairs)
        _keep_best(out, "ellipse", rings.max(axis=1))
        _keep_best(out, "cone", curve.cone_nats(fits, view, rings, pairs).max(axis=1))
        _keep_best(out, "helix", curve.helix_nats(fits, view, rings, pairs).max(axis=1))
        _keep_best(out, "torus", surface.flat_torus_nats(rings, pairs))
    return out


def _circle_parts(scores: Batch) -> Scores:
    """Circle and arc, in raw axes, in directions from the centre, and as whitened bends."""
    out: Scores = {}
    for view in (scores, look(scores).sphere):
        circle, arc = _rings(view)
        _keep_best(out, "circle", circle)
        _keep_best(out, "arc", arc)
    _keep_best(out, "arc", curve.bend_nats(whiten(scores)[:, :, :5]).max(axis=(1, 2)))
    return out


def _product_parts(scores: Batch) -> Scores:
    """A two-way or four-way factor, with a ring or matched points in what is left."""
    out: Scores = {}
    for divisions in (1, 2):
        views = look(scores, divisions=divisions)
        rest = np.maximum(_rings(views.divided)[0], _rings(views.divided_sphere)[0])
        cost = (divisions - 1) * math.log(scores.shape[1])
        _keep_best(out, "product:circle", views.split_nats + rest - cost)
        matched = lattice.lattice_nats(scores, views.split)
        _keep_best(out, "lattice", views.split_nats + matched - cost)
        _keep_best(out, "matched", matched - cost)
        _keep_best(out, "split", views.split_nats - cost)
    return out


def _surface_parts(scores: Batch) -> Scores:
    """Segment, disk, spheres, balls and the doughnut."""
    wide = whiten(scores)[:, :, :WIDE]
    return {"segment": curve.segment_nats(wide), **_surfaces(wide)}


def _surfaces(wide: Batch) -> Scores:
    out: Scores = {}
    n_axes = wide.shape[2]
    for i, j in ring.planes(min(n_axes, 4)):
        cost = math.log(1 + i + j)
        _keep_best(out, "disk", surface.ball_nats(wide, (i, j)) - cost)
        _keep_best(out, "disk", surface.sheet_nats(wide, (i, j)) - cost)
    for rank, triple in enumerate(combinations(range(min(n_axes, 4)), 3)):
        _keep_best(out, "sphere", surface.sphere_nats(wide, triple) - math.log(rank + 1))
        _keep_best(out, "torus", surface.round_torus_nats(wide, triple) - math.log(rank + 1))
    for m in range(3, n_axes + 1):
        lead = tuple(range(m))
        _keep_best(out, "sphere", surface.sphere_nats(wide, lead) - math.log(m))
        _keep_best(out, "ball", surface.ball_nats(wide, lead) - math.log(m))
    return out


def _cluster_parts(scores: Batch) -> Scores:
    return {"clusters": clusters.cluster_nats(whiten(scores)[:, :, :WIDE]).max(axis=1)}


def _box_parts(scores: Batch) -> Scores:
    return _boxes(whiten(scores)[:, :, :WIDE], most=5)


def _boxes(wide: Batch, *, most: int) -> Scores:
    """Hypercubes and grids in the leading axes, up to ``most`` of them."""
    out: Scores = {}
    for m in range(2, min(wide.shape[2], most) + 1):
        cube, grid = axes.cube_and_grid_nats(wide, m)
        if m <= 3:
            _keep_best(out, "grid", grid)
        if m >= 3 and wide.shape[1] >= 2 ** (m - 1):
            _keep_best(out, "hypercube", cube)
    return out


def _cross_parts(scores: Batch) -> Scores:
    return _crosses(whiten(scores)[:, :, :WIDE], most=6)


def _crosses(wide: Batch, *, most: int) -> Scores:
    """Cross-polytopes in the leading axes, up to ``most`` of them."""
    n, n_axes = wide.shape[1:]
    out: Scores = {}
    for m in range(3, min(n_axes, most, n // 2) + 1):
        _keep_best(out, "cross_polytope", axes.cross_nats(wide, m))
    return out


def _star_parts(scores: Batch) -> Scores:
    return {"star": star.star_nats(whiten(scores)[:, :, :WIDE])}


def _tree_parts(scores: Batch) -> Scores:
    return {"tree": tree.tree_nats(scores)}


PARTS: tuple[tuple[Callable[[Batch], Scores], tuple[str, ...]], ...] = (
    (_circle_parts, ("circle", "arc")),
    (_round_parts, ("ellipse", "cone", "helix", "torus")),
    (_surface_parts, ("segment", "disk", "sphere", "ball", "torus")),
    (_product_parts, ("product:circle", "lattice", "matched", "split")),
    (_cluster_parts, ("clusters",)),
    (_box_parts, ("hypercube", "grid")),
    (_cross_parts, ("cross_polytope",)),
    (_star_parts, ("star",)),
    (_tree_parts, ("tree",)),
)
FAMILIES = tuple(dict.fromkeys(name for _, makes in PARTS for name in makes))


def omnibus_scores(wide: Batch) -> Scores:
    """Score a cheap, pooled part of the battery: is there any structure at all?

    Round shapes are scored on the whitened axes, vertex shapes and bends after
    ``radially_gaussian``: the null is then the same for every elliptical distribution, and depends
    on nothing but the number of points.
    """
    view = wide[:, :, :5]
    pairs = ring.planes(view.shape[2])
    fits = ring.fit_circles(view, pairs)
    rings = ring.ring_nats(fits) - _naming_cost(pairs)
    out: Scores = {"segment": curve.segment_nats(wide), "circle": rings.max(axis=1)}
    out["cone"] = curve.cone_nats(fits, view, rings, pairs).max(axis=1)
    out |= _surfaces(wide)
    even = radially_gaussian(wide)
    pairs = ring.planes(min(wide.shape[2], 4))
    fits = ring.fit_circles(even, pairs)
    out["arc"] = (ring.arc_nats(fits) - _naming_cost(pairs)).max(axis=1)
    out["bend"] = curve.bend_nats(even[:, :, :4]).max(axis=(1, 2))
    out["helix"] = curve.helix_nats(fits, even, 0 * fits.variance, pairs).max(axis=1)
    out["clusters"] = clusters.cluster_nats(even[:, :, :4]).max(axis=1)
    return out | _boxes(even, most=3) | _crosses(even, most=4)


def _rings(view: Batch) -> tuple[Float[np.ndarray, " draw"], Float[np.ndarray, " draw"]]:
    """Best ring and best arc over the planes of a view."""
    view = view[:, :, :5]
    pairs = ring.planes(view.shape[2])
    fits = ring.fit_circles(view, pairs)
    cost = _naming_cost(pairs)
    arc = (ring.arc_nats(fits) - cost).max(axis=1)
    return (ring.ring_nats(fits) - cost).max(axis=1), arc


def _naming_cost(pairs: list[tuple[int, int]]) -> Float[np.ndarray, " plane"]:
    """Nats to say which plane: leading planes are cheaper to name."""
    return np.log(np.arange(1, len(pairs) + 1))


def _keep_best(out: Scores, name: str, value: Float[np.ndarray, " draw"]) -> None:
    out[name] = np.maximum(out[name], value) if name in out else value
