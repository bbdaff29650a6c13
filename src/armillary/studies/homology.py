"""Homology over Z/2 of the complex that simplices span, by gudhi."""

from typing import Any

import numpy as np
from jaxtyping import Int

from armillary.load import require
from armillary.relations.random_complex import Facets

TOP = 2  # holes are counted up to this dimension


def betti_numbers(facets: Facets, *, top: int = TOP) -> Int[np.ndarray, " dimension"]:
    """Count the holes of a simplicial complex by dimension: pieces, loops, voids.

    The rank of the homology groups over the field of two elements. The complex holds every face of
    every simplex given and nothing else.

    Parameters
    ----------
    facets
        Vertices of every simplex.
    top
        Largest dimension counted.

    Returns
    -------
    array
        ``top + 1`` numbers; all 0 of an empty complex.

    Raises
    ------
    MissingExtra
        If gudhi is not installed.
    """
    gudhi: Any = require("gudhi", extra="studies")
    tree: Any = gudhi.SimplexTree()
    for one in set(map(tuple, facets)):
        tree.insert(list(one))
    counted = np.zeros(top + 1, dtype=np.int64)
    if tree.num_vertices() == 0:
        return counted
    tree.prune_above_dimension(top + 1)
    tree.compute_persistence(homology_coeff_field=2, persistence_dim_max=True)
    found = tree.betti_numbers()[: top + 1]
    counted[: len(found)] = found
    return counted


def euler_characteristic(facets: Facets) -> int:
    """Count simplices of even dimension less those of odd, all faces included.

    Raises
    ------
    MissingExtra
        If gudhi is not installed.
    """
    gudhi: Any = require("gudhi", extra="studies")
    tree: Any = gudhi.SimplexTree()
    for one in set(map(tuple, facets)):
        tree.insert(list(one))
    return sum((-1) ** (len(simplex) - 1) for simplex, _ in tree.get_simplices())
