"""Listing: which worlds there are."""

import importlib

from armillary.core.errors import BadInput
from armillary.worlds.entry import Entry, Size
from armillary.worlds.world import World

NAMES: tuple[str, ...] = (
    "iid_sparse",
    "gauss",
    "polytope",
    "tms",
    "bows",
    "ngon_boundary",
    "icosphere",
    "circle",
    "sphere",
    "torus",
    "helix",
    "manifold_mix",
    "hypersurface",
    "tesseract",
    "blue_boats",
    "semantic_space",
    "analogy",
    "tree",
    "modadd_pizza",
    "modadd_clock",
    "modadd_torus",
    "modadd_mlp",
    "bool_trained",
    "bool_uand",
    "mess3",
)


def entry(name: str) -> Entry:
    """Return one entry of the catalogue.

    Raises
    ------
    BadInput
        If there is no such world.
    """
    if name not in NAMES:
        raise BadInput(f"there is no world {name!r}: {', '.join(NAMES)}")
    return importlib.import_module(f"armillary.worlds.catalogue.{name}").ENTRY


def entries() -> tuple[Entry, ...]:
    """Return every entry, in the catalogue's order."""
    return tuple(entry(name) for name in NAMES)


def make(name: str, size: Size = "tiny", *, seed: int = 0) -> World:
    """Build a world of the catalogue.

    Parameters
    ----------
    name
        One of ``NAMES``.
    size
        ``"tiny"`` takes seconds, ``"full"`` up to two minutes where a network is trained.
    seed
        Of everything that is drawn once.

    Returns
    -------
    World
        With ``draw``, ``truth`` and, where there is one, the space of true features.

    Raises
    ------
    BadInput
        If there is no such world or size.
    MissingExtra
        If a network must be trained and torch is not installed.
    """
    return entry(name).make(size, seed=seed)
