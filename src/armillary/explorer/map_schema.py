"""The part of the page's schema that tells of maps: of one space, or of two compared."""

from dataclasses import dataclass

from armillary.explorer.list_schema import Fact
from armillary.explorer.wire import Bytes, Places, Whole


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to lay all features out in the plane.

    Parameters
    ----------
    name
        For example ``"UMAP"``.
    x, y
        Over the map's square, y upward; one of each feature shown.
    trust
        Share of a feature's true nearest neighbours that are near on the map; None if not measured.
    facts
        Method, seed, stability across seeds, and whether the map has more structure than the same
        method shows of spectrum-matched random vectors.
    steady
        Share of each feature's neighbours on the map that other seeds agree on, 0 to 255 for 0 to
        1; empty where no other seed was tried.
    """

    name: str
    x: Places
    y: Places
    trust: float | None
    facts: tuple[Fact, ...]
    steady: Bytes


@dataclass(frozen=True, slots=True)
class Colour:
    """One number a feature, measured by a study, that the map may be coloured by.

    Parameters
    ----------
    name, said
        Title, and what the number is, in words.
    low, high
        Of the features shown.
    values
        0 to 254 for low to high, 255 where there is none; one of each feature shown.
    """

    name: str
    said: str
    low: float
    high: float
    values: Bytes


@dataclass(frozen=True, slots=True)
class MapBody:
    """Every feature in the plane, and its true neighbours.

    Parameters
    ----------
    total, shown
        Features of the space, and those that are here.
    ids, labels
        Of the features shown.
    line
        Line of the findings list that a feature is drawn for, or -1.
    layouts
        At least one; the first is shown first.
    n_near, near, near_cosine
        ``n_near`` true nearest neighbours of each, as places in ``ids`` (-1: not shown), and the
        cosine, 0 to 255 for 0 to 1. Zero if the survey kept none.
    colours
        What studies beside the atlas measured of every feature.
    """

    total: int
    shown: int
    ids: Whole
    labels: tuple[str, ...]
    line: Whole
    layouts: tuple[Layout, ...]
    n_near: int
    near: Whole
    near_cosine: Bytes
    colours: tuple[Colour, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One of two dictionaries: ``kind`` is a position in ``CompareBody.kinds`` for each feature.

    ``counts`` are of every feature, by kind. ``partner`` is a place on the other side, or -1;
    ``cosine`` of the two is 0 to 255 for 0 to 1.
    """

    name: str
    total: int
    ids: Whole
    labels: tuple[str, ...]
    x: Places
    y: Places
    kind: Bytes
    counts: tuple[int, ...]
    partner: Whole
    cosine: Bytes


@dataclass(frozen=True, slots=True)
class CompareBody:
    """Two dictionaries, or one and its null, feature by feature.

    Parameters
    ----------
    kinds
        What a feature can be, in words: matched, split, merged, only here.
    a, b
        Both sides; each has a map of its own.
    facts
        Counts and the summary of the match, with what chance gives.
    note
        How the match was made.
    """

    kinds: tuple[str, ...]
    a: Side
    b: Side
    facts: tuple[Fact, ...]
    note: str
