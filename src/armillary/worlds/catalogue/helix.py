"""A helix of positions: finitely many points on a drifting coil, like positional embeddings."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.worlds.charted import DIGITS, digits
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding, gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.exact import lookup_autoencoder
from armillary.worlds.facets import gram_distance
from armillary.worlds.truth import Factor, Gauge, Truth
from armillary.worlds.world import World

_TILTS = np.concatenate([[0.0], *([t, -t] for t in np.geomspace(1e-4, 1, 25))])
_GRAINS = 1e-5


def coil(
    position: Float[np.ndarray, " token"] | Int[np.ndarray, " token"],
    n: int,
    *,
    turns: float,
    rise: float,
    drift: float,
) -> Float[np.ndarray, "token 3"]:
    """Return ``(a cos w t, a sin w t, rise (t - 1/2))`` with ``t = position / n``.

    ``w = 2 pi turns`` and ``a = 1 + drift (1/2 - t)``, all over the root mean squared length of the
    n points: mean height near 0, amplitude falling slowly along the coil.
    """

    def raw(at: np.ndarray) -> np.ndarray:
        t = at / n
        a, angle = 1 + drift * (0.5 - t), 2 * np.pi * turns * t
        return np.column_stack([a * np.cos(angle), a * np.sin(angle), rise * (t - 0.5)])

    size = np.sqrt((raw(np.arange(n)) ** 2).sum(axis=1).mean())
    return raw(position) / size


def outward(n: int, *, turns: float, rise: float, drift: float) -> Float[np.ndarray, "point 3"]:
    """Return for each point a direction in which it lies further than all others, where there is.

    Of the normals ``N + s T``, with N the outward normal of the cone that the coil winds round, T
    across the coil in its tangent plane and 51 tilts s between -1 and 1, the one that leaves the
    largest gap. Below two turns every point has one; with more, a point between two others on one
    line of the cone has none.
    """
    points = coil(np.arange(n), n, turns=turns, rise=rise, drift=drift)
    step = 1e-4
    tangent = coil(np.arange(n) + step, n, turns=turns, rise=rise, drift=drift) - points
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    # along a line of the cone the amplitude falls by drift where the height rises by rise
    ring = points[:, :2] / np.linalg.norm(points[:, :2], axis=1, keepdims=True)
    line = np.column_stack([-drift * ring, np.full(n, rise)])
    normal = np.cross(tangent, line)
    normal *= np.sign((normal[:, :2] * ring).sum(axis=1))[:, None]
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    across = np.cross(normal, tangent)
    best, widest = normal.copy(), np.full(n, -np.inf)
    for tilt in _TILTS:
        tried = normal + tilt * across
        reach = tried @ points.T
        own = np.diag(reach).copy()
        np.fill_diagonal(reach, -np.inf)
        gap = own - reach.max(axis=1)
        better = gap > widest
        best[better], widest[better] = tried[better], gap[better]
    return best


def build(
    *,
    seed: int,
    size: str,
    n: int,
    d_model: int,
    turns: float = 1.5,
    rise: float = 1.5,
    drift: float = 0.3,
) -> World:
    """Draw one of n positions and lay its point of ``coil`` into d_model by a random frame.

    Parameters
    ----------
    seed, size
        As everywhere.
    n
        Number of positions, all equally frequent.
    d_model
        Dimension of the activations.
    turns
        Of the whole coil. Below two, points are in convex position and one latent a position
        rebuilds the world with one code a row (``truth.exact_sae``; None where single precision
        cannot keep the gaps).
    rise
        Height of the coil over its mean amplitude.
    drift
        Amplitude lost along it.
    """
    shape = {"turns": turns, "rise": rise, "drift": drift}
    axes = embedding(d_model, 3, rng=np.random.default_rng([seed, 11]))

    def embed(at: np.ndarray) -> np.ndarray:
        return (coil(at[:, 0], n, **shape) @ axes).astype(np.float32)

    def draw(rows: int, rng: np.random.Generator) -> Sample:
        place = rng.integers(n, size=rows)
        at = place[:, None].astype(np.float64)
        on = {"position": np.ones(rows, dtype=bool)}
        return Sample(embed(at), {"position": at}, on, {"position": place})

    points = coil(np.arange(n), n, **shape)
    exact = lookup_autoencoder(points @ axes, outward(n, **shape) @ axes)
    truth = Truth(
        kind="manifold",
        params={"n": n, "d_model": d_model, **shape},
        factors=(Factor("position", "helix", axes, embed, ("position",), {"n": n, **shape}),),
        gauge=Gauge(rotation=("position",), words="the frame may turn and be reflected"),
        exact_sae=exact,
        nulls=("gaussian", "shuffled", "more_turns", "no_drift"),
    )
    return World("helix", size, seed, d_model, draw, truth)


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Compare the inner products of all different rows with those of the claimed positions.

    ``n (log n + 12)`` rows are drawn: a position is left out with a chance below ``e^-12``. Rows
    equal to 1e-5 in every coordinate are one point. ``value = -2 log10`` of the largest difference
    between the sorted inner products of the points found and claimed (1 where they are not equally
    many): unmoved by turns, reflections and order. The bound allows a thousand roundings of single
    precision.
    """
    params = world.truth.params
    n = int(params["n"])
    rows = world.activations(int(n * (np.log(n) + 12)), rng)
    keys = np.round(rows.astype(np.float64) / _GRAINS).astype(np.int64)
    first = np.unique(keys, axis=0, return_index=True)[1]
    claimed = coil(
        np.arange(n), n,
        turns=float(params["turns"]), rise=float(params["rise"]), drift=float(params["drift"]),
    )  # fmt: skip
    apart = gram_distance(rows[first].astype(np.float64), claimed)
    return Recovered(
        "digits to which the points are the claimed coil's",
        digits(apart),
        DIGITS,
        {"rows": len(rows), "points": len(first), "inner products differ by": apart},
    )


def _other(change: Callable[[dict[str, float]], dict[str, float]]) -> Callable[..., World]:
    def control(*, seed: int, size: str, n: int, d_model: int, **shape: Any) -> World:
        claimed = build(seed=seed, size=size, n=n, d_model=d_model, **shape)
        kept = {name: float(claimed.truth.params[name]) for name in ("turns", "rise", "drift")}
        other = build(seed=seed, size=size, n=n, d_model=d_model, **change(kept))
        return replace(claimed, draw=other.draw)

    return control


def shuffled(*, seed: int, size: str, n: int, d_model: int, **shape: Any) -> World:
    """Make the control whose heights are shuffled over the positions: a cylinder, no coil."""
    claimed = build(seed=seed, size=size, n=n, d_model=d_model, **shape)
    kept = {name: float(claimed.truth.params[name]) for name in ("turns", "rise", "drift")}
    points = coil(np.arange(n), n, **kept)
    points[:, 2] = np.random.default_rng([seed, 211]).permutation(points[:, 2])
    laid = (points @ claimed.truth.factors[0].span).astype(np.float32)

    def draw(rows: int, rng: np.random.Generator) -> Sample:
        return Sample(laid[rng.integers(n, size=rows)])

    return replace(claimed, draw=draw)


ENTRY = Entry(
    name="helix",
    family="manifolds",
    title="n positions on a coil whose amplitude drifts",
    motive="positional embeddings of GPT-2, counters of characters in a line",
    sizes={"tiny": {"n": 64, "d_model": 8}, "full": {"n": 1024, "d_model": 64}},
    build=build,
    recover=recover,
    controls={
        "gaussian": gaussian_twin(build),
        "shuffled": shuffled,
        "more_turns": _other(lambda shape: {**shape, "turns": shape["turns"] * 1.05}),
        "no_drift": _other(lambda shape: {**shape, "drift": 0.0}),
    },
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("relu", 32, l1=0.05),
        "full": SaePlan("relu", 512, l1=0.05, steps=3000),
    },
    expected="as many latents as positions: one each, L0 1 (closed form); fewer: tiles, guessed",
)
