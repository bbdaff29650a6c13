"""The catalogue: every shape by name, and the sizes in which it makes sense."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.worlds import branches, clusters, curves, lattices, polytopes, surfaces
from armillary.worlds.point_set import PointSet, Sampler

SAMPLERS: Mapping[str, Sampler] = MappingProxyType(
    {
        "segment": curves.segment,
        "arc": curves.arc,
        "circle": curves.circle,
        "ellipse": curves.ellipse,
        "cone": curves.cone,
        "helix": curves.helix,
        "disk": surfaces.disk,
        "sheet": surfaces.sheet,
        "sphere": surfaces.sphere,
        "hypersphere": surfaces.hypersphere,
        "torus": surfaces.torus,
        "k_clusters": clusters.k_clusters,
        "ring_of_clusters": clusters.ring_of_clusters,
        "simplex": polytopes.simplex,
        "cross_polytope": polytopes.cross_polytope,
        "hypercube": polytopes.hypercube,
        "grid": lattices.grid,
        "tree": branches.tree,
        "star": branches.star,
        "product": lattices.product,
        "lattice": lattices.lattice,
    }
)
"""Shapes by name."""

DECOYS: Mapping[str, Sampler] = MappingProxyType(
    {"gaussian": clusters.gaussian, "heavy_tailed": clusters.heavy_tailed}
)
"""Clouds without shape, by name."""

NATURAL_SIZE: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "segment": (5, 100),
        "arc": (5, 100),
        "circle": (5, 100),
        "ellipse": (7, 100),
        "cone": (12, 200),
        "helix": (16, 200),
        "disk": (16, 200),
        "sheet": (16, 200),
        "sphere": (16, 200),
        "hypersphere": (32, 200),
        "torus": (40, 200),
        "k_clusters": (12, 200),
        "ring_of_clusters": (16, 200),
        "simplex": (12, 100),
        "cross_polytope": (6, 60),
        "hypercube": (8, 80),
        "grid": (9, 200),
        "tree": (7, 128),
        "star": (10, 150),
        "product": (10, 75),
        "lattice": (8, 75),
        "gaussian": (5, 200),
        "heavy_tailed": (5, 200),
    }
)
"""Smallest and largest number of points a world plants of each."""


def draw_shape(shape: str, n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw a shape by name, with what was drawn.

    Parameters
    ----------
    shape
        A key of ``SAMPLERS`` or ``DECOYS``.
    n
        Wanted number of points; a shape that cannot have it takes the nearest it can.
    rng
        Source of randomness.

    Returns
    -------
    PointSet
        Centred, mean squared norm 1.

    Raises
    ------
    BadInput
        If the name is unknown.
    """
    sampler = SAMPLERS.get(shape) or DECOYS.get(shape)
    if sampler is None:
        known = ", ".join([*SAMPLERS, *DECOYS])
        raise BadInput(f"no shape is called {shape!r}; known shapes: {known}")
    return sampler(n, rng=rng)


def sample(shape: str, n: int, *, rng: np.random.Generator) -> Float[np.ndarray, "point dim"]:
    """Draw the points of a shape by name, centred, mean squared norm 1.

    As ``draw_shape``, without the parameters.
    """
    return draw_shape(shape, n, rng=rng).points
