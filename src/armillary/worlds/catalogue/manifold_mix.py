"""Several manifolds, a few of them active at a time: sparse sums of curves and surfaces."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from armillary.core.errors import BadInput
from armillary.worlds.charts import Chart, chart, chart_factor, normalised
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding, gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.exact import unmixing_autoencoder
from armillary.worlds.facets import ROUNDING
from armillary.worlds.truth import Factor, Gauge, Symmetry, Truth
from armillary.worlds.world import World

_ROWS = 2000
_SWAPPED = {
    "disk": "circle", "circle": "disk", "sphere": "helix", "helix": "sphere",
    "moebius": "swiss_roll", "swiss_roll": "moebius",
}  # fmt: skip


def build(
    *,
    seed: int,
    size: str,
    kinds: Sequence[str],
    copies: int,
    active: int,
    d_model: int,
    noise: float = 0.0,
) -> World:
    """Draw ``active`` of all factors a row, and add a uniform point of each one's manifold.

    Every manifold is centred, has root mean squared length ``1 / sqrt(active)`` (so a row has 1)
    and a random orthonormal frame of its own; frames are not orthogonal to each other.

    Parameters
    ----------
    seed, size
        As everywhere.
    kinds
        Names in ``worlds.charts.CHARTS``.
    copies
        Factors of each kind.
    active
        Number of active factors of every row.
    d_model
        Dimension.
    noise
        Standard deviation of Gaussian noise on every coordinate.
    """
    rng = np.random.default_rng([seed, 12])
    charts = _charts(kinds, copies, active)
    factors = tuple(
        chart_factor(name, c, embedding(d_model, c.points(c.grid()[:1]).shape[1], rng=rng))
        for name, c in charts.items()
    )
    stacked = np.vstack([factor.span for factor in factors])
    silence = _tolerance(stacked, noise)
    exact = noise == 0 and silence < 1e-3

    def draw(n: int, rng: np.random.Generator) -> Sample:
        return _draw(n, factors, charts, active=active, noise=noise, rng=rng)

    truth = Truth(
        kind="manifold",
        params={
            "kinds": list(kinds), "copies": copies, "active": active, "d_model": d_model,
            "noise": noise, "sum of span dimensions": len(stacked),
        },
        factors=factors,
        gauge=Gauge(
            rotation=tuple(f.name for f in factors),
            words="factors have no order; each manifold's own coordinates are free up to its "
            "symmetries and the turn of its frame",
        ),
        symmetry=_symmetry(factors),
        exact_sae=unmixing_autoencoder(stacked, silence=silence) if exact else None,
        nulls=("gaussian", "frames_redrawn", "shapes_swapped", "one_more_active"),
    )  # fmt: skip
    return World("manifold_mix", size, seed, d_model, draw, truth)


def _charts(kinds: Sequence[str], copies: int, active: int) -> dict[str, Chart]:
    return {
        f"{kind} {copy + 1}": normalised(chart(kind), size=active**-0.5)
        for kind in kinds
        for copy in range(copies)
    }


def _tolerance(stacked: np.ndarray, noise: float) -> float:
    """Return what a coordinate that is zero can come to, by rounding and noise; inf if anything.

    ``(10 * 2^-24 + 6 noise) / (least singular value of the frames)``.
    """
    if len(stacked) > stacked.shape[1]:
        return np.inf
    return (10 * ROUNDING + 6 * noise) / float(np.linalg.svd(stacked, compute_uv=False)[-1])


def _draw(
    n: int,
    factors: tuple[Factor, ...],
    charts: dict[str, Chart],
    *,
    active: int,
    noise: float,
    rng: np.random.Generator,
) -> Sample:
    chosen = np.argpartition(rng.random((n, len(factors))), active - 1, axis=1)[:, :active]
    on = np.zeros((n, len(factors)), dtype=bool)
    np.put_along_axis(on, chosen, np.ones((), dtype=bool), axis=1)
    rows = noise * rng.standard_normal((n, factors[0].span.shape[1])) if noise else 0.0
    rows = np.zeros((n, factors[0].span.shape[1])) + rows
    coordinates: dict[str, np.ndarray] = {}
    for mask, factor in zip(on.T, factors, strict=True):
        at = charts[factor.name].draw(n, rng=rng)
        rows[mask] += charts[factor.name].points(at[mask]) @ factor.span
        coordinates[factor.name] = at
    names = [factor.name for factor in factors]
    return Sample(rows.astype(np.float32), coordinates, dict(zip(names, on.T, strict=True)))


def _symmetry(factors: tuple[Factor, ...]) -> Symmetry:
    def moved(kind: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[..., np.ndarray]:
        def element(sample: Sample) -> np.ndarray:
            rows = sample.activations.astype(np.float64)
            for factor in factors:
                if factor.kind == kind:
                    on, at = sample.active[factor.name], sample.coordinates[factor.name]
                    rows[on] += factor.embed(change(at[on])) - factor.embed(at[on])
            return rows.astype(np.float32)

        return element

    offered: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray]]] = {
        "every circle turned by 1 rad": ("circle", lambda at: at + 1.0),
        "every segment reflected": ("segment", lambda at: -at),
        "every torus' circles exchanged": ("torus", lambda at: at[:, ::-1]),
    }  # fmt: skip
    kinds = {factor.kind for factor in factors}
    return Symmetry(
        "product of the factors' own groups", None,
        {name: moved(*how) for name, how in offered.items() if how[0] in kinds},
    )  # fmt: skip


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Count the rows whose factors and shapes are read right, given frames, kinds and how many.

    The frames ``A`` (all spans stacked) are linearly independent, so ``x A^+`` gives every
    factor's part of every row. The tolerance is what rounding and noise make of a zero,
    ``(10 * 2^-24 + 6 noise) / (least singular value of A)``. A row is right if ``A`` leaves less
    of it than that, exactly ``active`` parts are longer, and each of those is within 20 times the
    tolerance of the point of its manifold that has its coordinates (the charts stretch an error
    of a coordinate by less than 20). ``value`` is the share of 2,000 rows that are right: 1, but
    for parts shorter than the tolerance and noise beyond six standard deviations; the bound 0.99
    leaves room for both.

    Raises
    ------
    BadInput
        If the spans together have more dimensions than d_model: parts are then not determined.
    """
    params = world.truth.params
    active = int(params["active"])
    stacked = np.vstack([factor.span for factor in world.truth.factors])
    if len(stacked) > world.d_model:
        raise BadInput(
            f"{len(stacked)} dimensions of factors in {world.d_model}: raise d_model, or recover "
            "factors with a trained featurizer"
        )
    tolerance = _tolerance(stacked, float(params["noise"]))
    rows = world.activations(_ROWS, rng).astype(np.float64)
    coordinates = rows @ np.linalg.pinv(stacked)
    right = np.linalg.norm(rows - coordinates @ stacked, axis=1) < tolerance
    count, start = np.zeros(_ROWS, dtype=np.int64), 0
    charts = _charts(params["kinds"], int(params["copies"]), active)
    for factor in world.truth.factors:
        part = coordinates[:, start : start + len(factor.span)]
        start += len(factor.span)
        on = np.linalg.norm(part, axis=1) > tolerance
        count += on
        right[on] &= charts[factor.name].off(part[on]) < 20 * tolerance
    exact = count == active
    found = {
        "share with the right number of active factors": float(exact.mean()),
        "share of active parts' rows on their manifolds": float(right.mean()),
        "tolerance": tolerance,
    }
    return Recovered("share of rows read right", float((exact & right).mean()), 0.99, found)


def _claimed(world: World, claim: World) -> World:
    return replace(claim, draw=world.draw)


def frames_redrawn(*, seed: int, size: str, **parameters: Any) -> World:
    """Make the control whose manifolds lie in other random frames than it claims."""
    claim = build(seed=seed, size=size, **parameters)
    return _claimed(build(seed=seed + 10_000, size=size, **parameters), claim)


def one_more_active(*, seed: int, size: str, active: int, **parameters: Any) -> World:
    """Make the control with one more active factor a row than it claims."""
    claim = build(seed=seed, size=size, active=active, **parameters)
    return _claimed(build(seed=seed, size=size, active=active + 1, **parameters), claim)


def shapes_swapped(*, seed: int, size: str, kinds: Sequence[str], **parameters: Any) -> World:
    """Make the control with disk for circle, helix for sphere, roll for band, and back.

    Spans, activity, means and lengths are as claimed; only the shapes inside the spans are not.
    """
    claim = build(seed=seed, size=size, kinds=kinds, **parameters)
    other = [_SWAPPED.get(kind, kind) for kind in kinds]
    return _claimed(build(seed=seed, size=size, kinds=other, **parameters), claim)


_SIX = ("segment", "disk", "circle", "sphere", "helix", "torus")

ENTRY = Entry(
    name="manifold_mix",
    family="manifolds",
    title="sums of 3 or 4 active manifolds of 12 or 48, each in its own random frame",
    motive="many manifolds in one residual stream: shatter, capture and dilution of features",
    sizes={
        "tiny": {"kinds": _SIX, "copies": 2, "active": 3, "d_model": 48},
        "full": {
            "kinds": (*_SIX, "moebius", "swiss_roll"), "copies": 6, "active": 4, "d_model": 128,
        },
    },
    build=build,
    recover=recover,
    controls={
        "gaussian": gaussian_twin(build),
        "frames_redrawn": frames_redrawn,
        "shapes_swapped": shapes_swapped,
        "one_more_active": one_more_active,
    },
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("topk", 96, k=8, steps=3000),
        "full": SaePlan("topk", 512, k=10, steps=6000),
    },
    expected="shatters at small k, captures near the active span dimensions, dilutes beyond: "
    "measured on 12 factors",
)  # fmt: skip
