"""What the page is told: one schema for report.html, report.json and any later server.

Numbers that a view draws in bulk are base64 of little-endian arrays; their type stands in the
field's docstring. Every text is plain text, never HTML; invisible characters are spelled out.
"""

from dataclasses import dataclass

from armillary.explorer.claim_schema import RebuiltClaim

SCHEMA = 1


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
        Counts: features surveyed, groups tested, claims made, claims at ``q <= alpha``.
    smallest_q
        Over every group tested; None if none was.
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

    ``finding`` is the row in the atlas. ``level`` is 0 (not significant) to 3 (rare here).
    ``thumb`` is uint8 x, y pairs, 0 to 255 and y upward, in fitted order where ``ordered``.
    ``search`` is lower-case text to look labels up in.
    """

    finding: int
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
    thumb: str


@dataclass(frozen=True, slots=True)
class Null:
    """A null histogram with the observed value: 40 equal bins from ``low`` to ``high``."""

    title: str
    name: str
    observed: float | None
    low: float | None
    high: float | None
    counts: tuple[int, ...]
    n_draws: int
    p: float | None
    effect: float | None


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything one finding's section draws.

    Parameters
    ----------
    row
        Line of the findings table.
    axes
        Principal axes present in ``points``, by number.
    points
        float32, ``n_shown`` x ``len(axes)``, row by row.
    labels, ids
        Of the points shown.
    order
        Points in fitted order; empty if the shape has none.
    plane
        The two positions in ``axes`` that the shape lives in.
    plane_points, own_plane
        float32, ``n_shown`` x 2: the plane drawn large; these axes, or the fit's own coordinates.
    planes
        Further pairs of positions, drawn small.
    solid
        Three positions for the 3-D view; empty if the cloud has fewer axes.
    curve
        Fitted circle or arc among ``plane_points``, as x, y pairs; empty if none.
    spectrum
        Share of variance along each axis of the group.
    map_rows
        Points of the map that are members.
    evidence
        What speaks for and against the claim, one sentence each.
    """

    row: int
    n: int
    n_shown: int
    axes: tuple[int, ...]
    points: str
    labels: tuple[str, ...]
    ids: tuple[int, ...]
    order: tuple[int, ...]
    plane: tuple[int, int]
    plane_points: str
    own_plane: bool
    planes: tuple[tuple[int, int], ...]
    solid: tuple[int, ...]
    curve: tuple[tuple[float, float], ...]
    spectrum: tuple[float, ...]
    nulls: tuple[Null, ...]
    evidence: tuple[str, ...]
    parameters: tuple[Fact, ...]
    map_rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """Every feature in the plane.

    uint16 ``x``, ``y`` over the map's square; int32 ``row`` of the findings table, or -1.
    """

    total: int
    shown: int
    x: str
    y: str
    row: str
    labels: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class RebuiltWords:
    """What the codes rebuild: groups tested, claims by shape, the claims, what was left out."""

    tested: int
    claims: int
    smallest_q: float | None
    shapes: tuple[ShapeCount, ...]
    shown: tuple[str, ...]
    listed: tuple[RebuiltClaim, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole page; ``rebuilt`` is None where the survey had no codes."""

    schema: int
    header: Header
    taxonomy: tuple[ShapeCount, ...]
    findings: tuple[Row, ...]
    panels: tuple[Panel, ...]
    map: Map | None
    rebuilt: RebuiltWords | None
