"""Methods: everything that can lay a space out in the plane, by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput, Neighbours
from armillary.maps.by_pacmap import pacmap_of
from armillary.maps.by_umap import umap_of
from armillary.maps.plane import plane_of

LaidOut = tuple[Float[np.ndarray, "feature 2"], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Method:
    """One way to lay a space out.

    Parameters
    ----------
    name, title
        As asked for, and as shown.
    seeded
        Whether two seeds give two maps.
    lay_out
        Called as ``lay_out(directions, neighbours, seed=seed)``.
    seconds
        What a feature costs on one core, for the estimate given beforehand.
    module
        The optional package that does it; empty if none is needed.
    """

    name: str
    title: str
    seeded: bool
    lay_out: Callable[..., LaidOut]
    seconds: float
    module: str = ""

    @property
    def installed(self) -> bool:
        """Whether its package is here."""
        return not self.module or find_spec(self.module) is not None


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            Method("umap", "UMAP", True, umap_of, 3.5e-4, "umap"),
            Method("pacmap", "PaCMAP", True, pacmap_of, 4.6e-4, "pacmap"),
            Method("pca", "Principal plane", False, plane_of, 1e-5),
        )
    }
)


def lay_out(
    method: str,
    directions: Float[np.ndarray, "feature d_model"],
    neighbours: Neighbours,
    *,
    seed: int,
) -> LaidOut:
    """Lay a space out by one method.

    Parameters
    ----------
    method
        ``"umap"``, ``"pacmap"`` or ``"pca"``.
    directions
        Unit rows that the neighbours were found in.
    neighbours
        Of every row.
    seed
        Of whatever is random in the method.

    Returns
    -------
    xy : Float[np.ndarray, "feature 2"]
        Float32.
    facts : dict
        How it was made.

    Raises
    ------
    BadInput
        If there is no such method, or it left a feature without a place.
    MissingExtra
        If the method's library is not installed.
    """
    if method not in METHODS:
        raise BadInput(f"map method {method!r} is not known: use {', '.join(METHODS)}")
    xy, facts = METHODS[method].lay_out(directions, neighbours, seed=seed)
    lost = int((~np.isfinite(xy).all(axis=1)).sum())
    if lost:
        raise BadInput(f"{METHODS[method].title} gave {lost:,} of {len(xy):,} features no place")
    return xy, facts
