"""The part of the page's schema that only a server tells: jobs and notes."""

from dataclasses import dataclass
from typing import Literal

from armillary.explorer.finding_schema import Panel
from armillary.explorer.list_schema import Row


@dataclass(frozen=True, slots=True)
class JobBody:
    """A computation that a server runs: ``stage`` and ``share`` done, and what came of it."""

    id: str
    state: Literal["running", "done", "failed"]
    stage: str
    share: float
    error: str
    row: Row | None
    panel: Panel | None


@dataclass(frozen=True, slots=True)
class Note:
    """What a person wrote about a finding or a group of their own, and whether it has a star.

    ``finding`` is -1 for a group, whose features ``members`` then names, ascending.
    """

    finding: int
    star: bool
    text: str
    members: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NotesBody:
    """Every note beside an atlas."""

    notes: tuple[Note, ...]
