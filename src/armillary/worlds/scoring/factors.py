"""Factors: whether latents span, tile, shatter or dilute each part of a world."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from armillary.worlds.scoring.evidence import Evidence
from armillary.worlds.scoring.greedy import greedy_path
from armillary.worlds.truth import Factor

MISSED, CAPTURED, LOCAL = 0.5, 0.9, 0.75
FEW, MOST = 12, 64
_FEWEST = 40


@dataclass(frozen=True, slots=True)
class FactorScore:
    """How latents share one factor among them.

    Parameters
    ----------
    name, kind, span_dim
        Of the factor.
    r2_span, r2_twice, r2_few, r2_best
        Held-out R2 of the factor's contribution from the greedy choice of as many latents as its
        span has dimensions, twice as many, 12, and the best on the path (at most 64).
    support
        Fewest latents that reach 95 % of ``r2_best``.
    spread
        Mean spread of the firing sets of the first ``support`` chosen latents; see
        ``receptive_spread``. None where the factor's coordinates do not vary.
    half_space
        Mean spread of half-spaces of the factor's own contribution: what a latent that reads one
        linear coordinate of it has.
    verdict
        ``"spanned"``, ``"tiled"``, ``"shattered"``, ``"diluted"`` or ``"missed"``.
    """

    name: str
    kind: str
    span_dim: int
    r2_span: float
    r2_twice: float
    r2_few: float
    r2_best: float
    support: int
    spread: float | None
    half_space: float | None
    verdict: str


def factor_scores(evidence: Evidence, *, rng: np.random.Generator) -> tuple[FactorScore, ...] | str:
    """Score every factor on its own.

    The target is what the factor adds to each activation, in the coordinates of its span, over the
    rows where it is active; other factors are active there too, and latents that fire for these
    as well predict it worse. Where the contribution does not vary while active (a feature that is
    on or off), the target is over all rows instead, zero where it is not active. Factors active on
    fewer than 40 rows are left out.

    The verdict is the first of these that holds:

    1. ``missed``: the best R2 is below 0.5; not even many latents rebuild half of it.
    2. ``spanned``: R2 at span dimension is at least 0.9; or R2 at twice that is (codes that cannot
       be negative need two latents a dimension) and the chosen latents are not local.
    3. ``tiled``: they are local, and 12 of them (or twice the span dimension, if more) reach 0.9.
    4. ``shattered``: they are local, and as many do not.
    5. ``diluted``: the rest; many latents are needed and each fires on most of the factor.

    *Local*: the mean spread of the firing sets is below three quarters of the half-space's. On a
    circle that is an arc below about 151 degrees, where a half-space is 180. The bounds 0.5, 0.9
    and 0.75 are declared, not estimated.
    """
    if not evidence.world.truth.factors:
        return "the world has no factors"
    seen = [
        factor
        for factor in evidence.world.truth.factors
        if factor.name in evidence.sample.active
        and evidence.sample.active[factor.name].sum() >= _FEWEST
    ]
    if not seen:
        return f"no factor is active on {_FEWEST} rows"
    return tuple(_scored(evidence, factor, rng=rng) for factor in seen)


def verdict(
    r2_span: float, r2_twice: float, r2_few: float, *, best: float, local: bool
) -> str:  # pragma: no branch
    """Return the first verdict that holds; the rules are in ``factor_scores``."""
    if best < MISSED:
        return "missed"
    if r2_span >= CAPTURED or (r2_twice >= CAPTURED and not local):
        return "spanned"
    if not local:
        return "diluted"
    return "tiled" if max(r2_few, r2_twice) >= CAPTURED else "shattered"


def closed(factor: Factor, coordinates: Float[np.ndarray, "token coordinate"]) -> list[bool]:
    """Return which coordinates run in a circle: their ends give the same contribution.

    For each coordinate, rows are moved to its smallest, its largest and its middle value, the
    other coordinates left alone. It is closed where the ends differ (rms over 50 rows) by less
    than a tenth of what the middle differs from an end.
    """
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)

    def at(axis: int, value: float) -> np.ndarray:
        moved = coordinates[:50].astype(np.float64).copy()
        moved[:, axis] = value
        return factor.embed(moved)

    found: list[bool] = []
    for axis in range(coordinates.shape[1]):
        start, end, middle = (
            at(axis, v) for v in (low[axis], high[axis], (low[axis] + high[axis]) / 2)
        )
        gap, whole = (float(np.sqrt(np.mean((v - start) ** 2))) for v in (end, middle))
        found.append(gap < 0.1 * whole)
    return found


def receptive_spread(
    coordinates: Float[np.ndarray, "token coordinate"],
    fires: Bool[np.ndarray, " token"],
    *,
    angles: list[bool],
) -> float | None:
    """Measure how far over a factor a firing set reaches, on its intrinsic coordinates.

    For each coordinate: variance over the rows where the latent fires, divided by variance over
    all rows, at most 1; for an angle the circular variance ``1 - |mean exp(i t)|`` in place of
    the variance. The mean over the coordinates that vary.

    In a report, rows are those where the factor is active; an angle is a coordinate that ``closed``
    finds, its range stretched to 2 pi. Where a coordinate is a whole number (the level of an
    attribute, the number of a face) there are no distances: the contribution's coordinates in
    the span stand in for all of them.

    Returns
    -------
    float or None
        0 for a single place, 1 for everywhere. On a uniform circle an arc of half-width ``a`` has
        ``1 - sin(a) / a``, so a half-circle .363; half of a uniform segment has 1/4. None where no
        coordinate varies or the latent fires on none of the rows.
    """
    if not fires.any():
        return None
    shares: list[float] = []
    for axis, angle in enumerate(angles):
        vary: Callable[[np.ndarray], float] = _circular if angle else _variance
        whole = vary(coordinates[:, axis])
        if whole > 1e-9:
            shares.append(min(1.0, vary(coordinates[fires, axis]) / whole))
    return float(np.mean(shares)) if shares else None


def _circular(angle: np.ndarray) -> float:
    return float(1 - abs(np.exp(1j * angle).mean()))


def _variance(value: np.ndarray) -> float:
    return float(np.var(value))


def _scored(evidence: Evidence, factor: Factor, *, rng: np.random.Generator) -> FactorScore:
    sample, span = evidence.sample, factor.span.shape[0]
    part = evidence.world.contribution(factor.name, sample).astype(np.float64) @ factor.span.T
    on = sample.active[factor.name].astype(bool)
    varies = part[on].var(axis=0).sum() > 1e-6 * (part[on] ** 2).mean(axis=0).sum()
    rows = on if varies else np.ones_like(on)
    path = greedy_path(evidence.codes[rows], part[rows], most=max(MOST, 2 * span))
    support = path.support()
    spread, half_space = _spreads(
        factor, _places(sample.coordinates.get(factor.name), part)[on],
        parts=part[on], fires=evidence.fires[on][:, list(path.chosen[:support])], rng=rng,
    )  # fmt: skip
    local = spread is not None and half_space is not None and spread < LOCAL * half_space
    r2_span, r2_twice, r2_few = (path.at(n) for n in (span, 2 * span, FEW))
    return FactorScore(
        name=factor.name, kind=factor.kind, span_dim=span, r2_span=r2_span, r2_twice=r2_twice,
        r2_few=r2_few, r2_best=path.best, support=support, spread=spread, half_space=half_space,
        verdict=verdict(r2_span, r2_twice, r2_few, best=path.best, local=local),
    )  # fmt: skip


def _places(coordinates: np.ndarray | None, part: np.ndarray) -> np.ndarray:
    """Return intrinsic coordinates, or those in the span where there are none or mere numbers."""
    if coordinates is None or coordinates.shape[1] == 0:
        return part
    whole = (coordinates == np.round(coordinates)).all(axis=0)
    return part if whole.any() else coordinates


def _spreads(
    factor: Factor,
    places: np.ndarray,
    *,
    parts: np.ndarray,
    fires: np.ndarray,
    rng: np.random.Generator,
) -> tuple[float | None, float | None]:
    """Return the mean spread of firing sets, and of 32 half-spaces of the contribution."""
    if len(places) < 2:
        return None, None
    own = places.shape[1] != parts.shape[1] or not np.array_equal(places, parts)
    angles = closed(factor, places) if own else [False] * places.shape[1]
    low, high = places.min(axis=0), places.max(axis=0)
    turned = 2 * np.pi * (places - low) / np.where(high > low, high - low, 1.0)
    places = np.where(angles, turned, places)
    sides = (parts - parts.mean(axis=0)) @ rng.standard_normal((parts.shape[1], 32)) > 0

    def mean_of(sets: np.ndarray) -> float | None:
        found = [receptive_spread(places, one, angles=angles) for one in sets.T]
        known = [value for value in found if value is not None]
        return float(np.mean(known)) if known else None

    return mean_of(fires), mean_of(sides)
