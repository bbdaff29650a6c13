"""What the page is told: one schema for report.html, report.json, the server and TypeScript.

Each of ``BODIES`` travels by itself, as ``wire.encode`` writes it. Every text is plain text, never
HTML; invisible characters are spelled out.
"""

from dataclasses import dataclass
from typing import Literal

from armillary.explorer.claim_schema import RebuiltClaim
from armillary.explorer.wire import Bytes, Places, Reals, Whole

SCHEMA = 2


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
    stays when the atlas is written again; empty for a group tested just now. ``level`` is 0 (not significant) to 3 (rare here).
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
    heat, heat_of
        Cosine between members about the group's mean, -1 to 1 as 0 to 255, row by row, and which
        of the points shown these are, in fitted order; at most 60.
    heat_axes
        Leading axes that these cosines are taken in: those that the atlas keeps of a group.
    evidence
        What speaks for and against the claim, one sentence each.
    """

    row: int
    n: int
    n_shown: int
    axes: tuple[int, ...]
    points: Reals
    labels: tuple[str, ...]
    ids: Whole
    order: tuple[int, ...]
    plane: tuple[int, int]
    plane_points: Reals
    own_plane: bool
    planes: tuple[tuple[int, int], ...]
    solid: tuple[int, ...]
    curve: tuple[tuple[float, float], ...]
    spectrum: tuple[float, ...]
    nulls: tuple[Null, ...]
    evidence: tuple[str, ...]
    parameters: tuple[Fact, ...]
    heat: Bytes
    heat_of: tuple[int, ...]
    heat_axes: int


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
class Context:
    """One place in the text where a feature fires."""

    value: float
    before: str
    token: str
    after: str
    document: int
    position: int


@dataclass(frozen=True, slots=True)
class FeatureContexts:
    """A feature's strongest firings."""

    id: int
    contexts: tuple[Context, ...]


@dataclass(frozen=True, slots=True)
class ContextsBody:
    """Strongest firings of the members of one finding; ``line`` as in the findings list."""

    line: int
    features: tuple[FeatureContexts, ...]


@dataclass(frozen=True, slots=True)
class NullDraw:
    """One draw of a null, put through the same fit as the group itself.

    Parameters
    ----------
    points
        float32, as many rows and columns as the panel's ``points``: principal coordinates.
    plane_points
        float32, rows x 2: where the same shape fits this draw best.
    curve
        The fitted circle or arc among ``plane_points``.
    order
        Points as the fit orders them; empty where the finding itself has no order.
    nats
        What the shape saves on this draw over a Gaussian, beyond its mean over Haar draws, a
        point; None where it was not fitted.
    """

    points: Reals
    plane_points: Reals
    curve: tuple[tuple[float, float], ...]
    order: tuple[int, ...]
    nats: float | None


@dataclass(frozen=True, slots=True)
class NullBody:
    """The panels of one finding, drawn from its null.

    ``name`` is the null that was drawn. ``keeps`` and ``breaks`` say in words what it leaves of the
    group and what it destroys. ``nats`` is what the shape saves on the group itself, as a draw's;
    None where the null deals labels, which no fit sees.
    """

    line: int
    name: str
    keeps: str
    breaks: str
    seed: int
    nats: float | None
    draws: tuple[NullDraw, ...]


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
    CurvesBody, JobBody, NotesBody,
)  # fmt: skip
