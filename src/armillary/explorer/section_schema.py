"""The part of the page's schema that tells of the views beside the list: rebuilt, tree, curves."""

from dataclasses import dataclass

from armillary.explorer.claim_schema import RebuiltClaim
from armillary.explorer.list_schema import ShapeCount
from armillary.explorer.wire import Reals, Whole


@dataclass(frozen=True, slots=True)
class RebuiltBody:
    """What the codes rebuild: groups tested, claims by shape, the claims, what was left out."""

    tested: int
    claims: int
    smallest_q: float | None
    shapes: tuple[ShapeCount, ...]
    shown: tuple[str, ...]
    listed: tuple[RebuiltClaim, ...]


@dataclass(frozen=True, slots=True)
class TreeBody:
    """Nodes of a forest, parents before children.

    Parameters
    ----------
    parent
        Of each node; -1 at a root.
    height
        Where a node stands, 0 at the leaves.
    size
        Features below it.
    line
        Line of the findings list, or -1.
    label
        What it is called.
    features
        Ids of the features below each node, end to end; ``begin`` has one entry more than nodes.
    note
        How the tree was made.
    """

    parent: Whole
    height: Reals
    size: Whole
    line: Whole
    label: tuple[str, ...]
    features: Whole
    begin: Whole
    note: str


@dataclass(frozen=True, slots=True)
class CurveSpot:
    """One theory on an explanation curve: what it costs a feature, and what it keeps [95 %]."""

    label: str
    family: str
    bits: float
    free: bool
    above: bool
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class CurveView:
    """Function kept against bits, of one reader under one gauge; ``codecs`` is the line to beat."""

    reader: str
    gauge: str
    spots: tuple[CurveSpot, ...]
    codecs: tuple[tuple[float, float], ...]
    zero: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of a verdict."""

    question: str
    answer: str
    lead: str
    rest: str


@dataclass(frozen=True, slots=True)
class CurvesBody:
    """An explanation: its curves, the main reader's first, and what they say."""

    source: str
    features: int
    families: tuple[str, ...]
    curves: tuple[CurveView, ...]
    verdict: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class StudyTable:
    """A table of a study as text: its head, its first rows, and how many there are."""

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    of: int


@dataclass(frozen=True, slots=True)
class StudyChart:
    """A chart of a study, drawn: ``svg`` is a whole document."""

    title: str
    svg: str


@dataclass(frozen=True, slots=True)
class StudyView:
    """One study: the command that made it, what it said, its tables and charts."""

    name: str
    title: str
    command: str
    said: tuple[str, ...]
    tables: tuple[StudyTable, ...]
    charts: tuple[StudyChart, ...]


@dataclass(frozen=True, slots=True)
class StudiesBody:
    """Every study beside the atlas."""

    studies: tuple[StudyView, ...]
