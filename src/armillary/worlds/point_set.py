"""Point sets: samples of a shape, centred and of unit size, with what was drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class PointSet:
    """A sample of one shape in its own coordinates.

    Parameters
    ----------
    points
        Centred at their mean; mean squared norm 1.
    parameters
        What the sampler drew, JSON-ready (number of clusters, turns, extent...).
    """

    points: Float[np.ndarray, "point dim"]
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Sampler(Protocol):
    """A function that draws a shape with about ``n`` points."""

    def __call__(self, n: int, *, rng: np.random.Generator) -> PointSet:
        """Draw about ``n`` points of the shape."""
        ...


def standardised(
    points: Float[np.ndarray, "point dim"], parameters: Mapping[str, Any] | None = None
) -> PointSet:
    """Centre points at their mean and scale them to mean squared norm 1.

    Raises
    ------
    BadInput
        If all points coincide.
    """
    points = np.asarray(points, dtype=np.float64)
    points = points - points.mean(axis=0)
    radius = float(np.sqrt((points**2).sum(axis=1).mean()))
    if radius < 1e-12:
        raise BadInput("all points coincide: they have no size to scale to 1")
    return PointSet(points / radius, dict(parameters or {}))


def spread(n: int, *, rng: np.random.Generator) -> Float[np.ndarray, " point"]:
    """Draw one uniform position in each of ``n`` equal cells of [0, 1), in increasing order.

    ``(i + u_i) / n`` with ``u_i`` uniform on [0, 1): random, but without the long gaps of
    independent positions, which at seven points would turn most circles into arcs.
    """
    return (np.arange(n) + rng.uniform(size=n)) / n


def split_counts(n: int, parts: int, *, least: int, rng: np.random.Generator) -> np.ndarray:
    """Divide ``n`` points over parts unequally, at least ``least`` in each.

    The surplus ``n - parts * least`` is dealt by a multinomial with Dirichlet(2) weights.
    """
    surplus = n - parts * least
    return least + rng.multinomial(surplus, rng.dirichlet(np.full(parts, 2.0)))


def balanced_labels(n: int, parts: int) -> np.ndarray:
    """Return labels ``0 .. parts-1`` whose counts differ by one at most."""
    return np.arange(n) % parts
