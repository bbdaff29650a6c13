"""The part of the page's schema that tells of the survey and of its list: header, counts, lines."""

from dataclasses import dataclass

from armillary.explorer.wire import Bytes


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of provenance or of a fit's parameters."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Header:
    """What was surveyed and what came of it.

    Parameters
    ----------
    title, source, version, command, seed
        What ran on what.
    features, groups, findings, significant
        Counts: features surveyed, groups tested without names, claims made, claims at
        ``q <= alpha``.
    smallest_q
        Over every group tested without names; None if none was.
    nulls
        Names of every null used.
    shown
        What this page leaves out of the atlas, one sentence each.
    left_out
        What the survey itself left out, one sentence each.
    facts
        Further provenance: hash, parameters, timings, memory.
    """

    title: str
    source: str
    version: str
    command: str
    seed: str
    features: int
    groups: int
    findings: int
    significant: int
    alpha: float
    smallest_q: float | None
    nulls: tuple[str, ...]
    shown: tuple[str, ...]
    left_out: tuple[str, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class ShapeCount:
    """How often a shape was found at ``q <= alpha``.

    ``levels`` counts the claims whose grade is structured, against its rivals, and rare here;
    ``examples`` are rows of the findings list, strongest first.
    """

    shape: str
    family: str
    count: int
    levels: tuple[int, int, int]
    examples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the findings table.

    ``finding`` is the row in the atlas, ``key`` a hash of shape, members and hypothesis, which
    stays when the atlas is written again. ``level`` is 0 (not significant) to 3 (rare here).
    ``thumb`` is uint8 x, y pairs, 0 to 255 and y upward, in fitted order where ``ordered``.
    ``search`` is lower-case text to look labels up in.
    """

    finding: int
    key: str
    group: int
    shape: str
    family: str
    rank: int
    excerpt: str
    search: str
    n: int
    p: float | None
    q: float | None
    runner_up: str
    margin: float | None
    weakest_null: str
    grade: str
    level: int
    stability: float | None
    hypothesis: str
    ordered: bool
    closed: bool
    thumb: Bytes
