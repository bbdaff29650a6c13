"""What the page is told: one schema for report.html, report.json, the server and TypeScript.

Each of ``BODIES`` travels by itself, as ``wire.encode`` writes it. Every text is plain text, never
HTML; invisible characters are spelled out. Every view has a file of its own; all their names are
here too.
"""

from dataclasses import dataclass

from armillary.explorer.claim_schema import RebuiltClaim
from armillary.explorer.finding_schema import (
    Context,
    ContextsBody,
    FeatureContexts,
    Null,
    NullBody,
    NullDraw,
    Panel,
)
from armillary.explorer.list_schema import Fact, Header, Row, ShapeCount
from armillary.explorer.map_schema import CompareBody, Layout, MapBody, Side
from armillary.explorer.section_schema import (
    Answer,
    CurvesBody,
    CurveSpot,
    CurveView,
    RebuiltBody,
    StudiesBody,
    StudyChart,
    StudyTable,
    StudyView,
    TreeBody,
)
from armillary.explorer.server_schema import JobBody, Note, NotesBody

__all__ = [
    "Answer", "AtlasBody", "BODIES", "CompareBody", "Context", "ContextsBody", "CurveSpot",
    "CurveView", "CurvesBody", "Fact", "FeatureContexts", "Header", "JobBody", "Layout",
    "MapBody", "Note", "NotesBody", "Null", "NullBody", "NullDraw", "Panel", "Parts",
    "RebuiltBody", "RebuiltClaim", "Row", "SCHEMA", "ShapeCount", "Side", "StudiesBody",
    "StudyChart", "StudyTable", "StudyView", "TreeBody",
]  # fmt: skip

SCHEMA = 2


@dataclass(frozen=True, slots=True)
class Parts:
    """Which other bodies there are.

    ``panels`` counts lines of the list from 0, ``nulls`` are lines too; ``contexts`` says whether
    the contexts of every finding with a panel can be asked for.
    """

    panels: int
    nulls: tuple[int, ...]
    contexts: bool
    map: bool
    rebuilt: bool
    compare: bool
    tree: bool
    curves: bool
    studies: bool


@dataclass(frozen=True, slots=True)
class AtlasBody:
    """What is read first: the survey, the ranked list, and which further bodies there are."""

    schema: int
    header: Header
    taxonomy: tuple[ShapeCount, ...]
    findings: tuple[Row, ...]
    parts: Parts


BODIES: tuple[type, ...] = (
    AtlasBody, MapBody, Panel, NullBody, ContextsBody, RebuiltBody, CompareBody, TreeBody,
    CurvesBody, StudiesBody, JobBody, NotesBody,
)  # fmt: skip
