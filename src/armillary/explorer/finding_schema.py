"""The part of the page's schema that tells of one finding: panels, nulls, contexts."""

from dataclasses import dataclass

from armillary.explorer.list_schema import Fact
from armillary.explorer.wire import Bytes, Reals, Whole


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
