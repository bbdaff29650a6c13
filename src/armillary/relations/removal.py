"""Removal: what becomes of a complex as simplices are taken away or features are clamped."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.relations.random_complex import Facets

Betti = Callable[[Facets], Int[np.ndarray, " dimension"]]
SHARES = tuple(np.linspace(0, 0.9, 10).tolist())


def removal_curve(
    facets: Facets, order: Sequence[int] | np.ndarray, *, betti: Betti,
    shares: Sequence[float] = SHARES,
) -> Float[np.ndarray, "share dimension"]:  # fmt: skip
    """Take simplices away, in order, and count the holes of what is left.

    Parameters
    ----------
    facets
        Vertices of every simplex.
    order
        Numbers of the simplices; the first goes first.
    betti
        Counts holes by dimension.
    shares
        Shares of the simplices taken away, each in [0, 1).

    Returns
    -------
    array
        Betti numbers after each share; what loses its last simplex is gone, no point stays behind.

    Raises
    ------
    BadInput
        If the order is not one of all simplices, or a share is out of range.
    """
    numbers = np.asarray(order, dtype=np.int64)
    if not np.array_equal(np.sort(numbers), np.arange(len(facets))):
        raise BadInput(f"the order must name each of {len(facets)} simplices once")
    if not all(0 <= share < 1 for share in shares):
        raise BadInput(f"shares {list(shares)}: expected numbers in [0, 1)")
    found: list[np.ndarray] = []
    for share in shares:
        left: list[int] = numbers[round(share * len(facets)) :].tolist()
        found.append(betti([facets[k] for k in left]))
    return np.stack(found).astype(np.float64)


def clamped(facets: Facets, vertices: Sequence[int]) -> list[tuple[int, ...]]:
    """Take earlier features out of every simplex: what is left when they never fire.

    A later feature keeps its other earlier ones, so its simplex loses a dimension; one that had no
    other is gone.

    Parameters
    ----------
    facets
        Vertices of every simplex.
    vertices
        The features that are held at zero.

    Returns
    -------
    list of tuple of int
        The simplices that are not empty.
    """
    gone = set(vertices)
    left = (tuple(v for v in one if v not in gone) for one in facets)
    return [one for one in left if one]
