"""The boundary of a regular polygon: a closed curve that sparse codes rebuild exactly."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding, gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.exact import feature_space, vertex_autoencoder
from armillary.worlds.facets import recover_surface
from armillary.worlds.solids import polygon, polygon_sides
from armillary.worlds.truth import Factor, Gauge, Symmetry, Truth
from armillary.worlds.world import World

Moved = Callable[[Sample], np.ndarray]


def build(*, seed: int, size: str, n: int, d_model: int) -> World:
    """Draw points ``(1 - s) v_i + s v_{i+1}`` with i and s uniform, in a random plane.

    Codes are the barycentric coordinates on the corners, at most two of them not 0. The exact
    autoencoder is ``z_i = ReLU((v_i . x - h) / (1 - h))``, ``h = cos(2 pi / n)``: the neighbours of
    a corner lie on the line ``v_i . x = h`` and all others beyond it.
    With n = 3 there are no others: the third code is 0 on the opposite side only to rounding.
    """
    axes = embedding(d_model, 2, rng=np.random.default_rng([seed, 6]))
    corners = polygon(n)

    def codes(position: Float[np.ndarray, "token 1"]) -> Float[np.ndarray, "token feature"]:
        wrapped = position[:, 0] % n
        side = np.minimum(wrapped.astype(np.int64), n - 1)
        out = np.zeros((len(side), n))
        out[np.arange(len(side)), side] = 1 - (wrapped - side)
        out[np.arange(len(side)), (side + 1) % n] = wrapped - side
        return out

    def embed(position: Float[np.ndarray, "token 1"]) -> Float[np.ndarray, "token d_model"]:
        return (codes(position) @ corners @ axes).astype(np.float32)

    def draw(rows: int, rng: np.random.Generator) -> Sample:
        position = rng.uniform(0, n, (rows, 1))
        return Sample(
            embed(position),
            {"boundary": position},
            {"boundary": np.ones(rows, dtype=bool)},
            {"side": position[:, 0].astype(np.int64)},
            codes(position),
        )

    def moved(sign: int, by: float) -> Moved:
        return lambda sample: embed(sign * sample.coordinates["boundary"] + by)

    truth = Truth(
        kind="simplicial_complex",
        params={"n": n, "d_model": d_model, "facets": polygon_sides(n).tolist()},
        factors=(Factor("boundary", "polygon", axes, embed, ("position",), {"corners": n}),),
        gauge=Gauge(words="corners have no order; each can be longer where its codes are smaller"),
        symmetry=Symmetry(f"D_{n}", 2 * n, {
            "a turn by one side": moved(1, 1.0),
            "a reflection through a corner": moved(-1, 0.0),
            "a reflection through a side": moved(-1, 1.0),
        }),
        exact_sae=vertex_autoencoder(corners, axes, height=np.full(n, np.cos(2 * np.pi / n))),
        nulls=("gaussian", "circle", "one_more_side"),
    )  # fmt: skip
    space = feature_space(corners @ axes, world="ngon_boundary")
    return World("ngon_boundary", size, seed, d_model, draw, truth, space)


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Read the sides and corners off the rows (``facets.recover_surface``), given only n."""
    n = int(world.truth.params["n"])
    return recover_surface(world, polygon(n), polygon_sides(n), rng=rng)


def circle(*, seed: int, size: str, n: int, d_model: int) -> World:
    """Make the control on the circle round the corners: smooth where the polygon has corners."""
    world = build(seed=seed, size=size, n=n, d_model=d_model)
    axes = world.truth.factors[0].span

    def draw(rows: int, rng: np.random.Generator) -> Sample:
        angle = rng.uniform(0, 2 * np.pi, rows)
        return Sample((np.column_stack([np.cos(angle), np.sin(angle)]) @ axes).astype(np.float32))

    return replace(world, draw=draw)


def one_more_side(*, seed: int, size: str, n: int, d_model: int) -> World:
    """Make the control on the regular polygon of n + 1 sides, claimed to have n."""
    claimed = build(seed=seed, size=size, n=n, d_model=d_model)
    return replace(claimed, draw=build(seed=seed, size=size, n=n + 1, d_model=d_model).draw)


ENTRY = Entry(
    name="ngon_boundary",
    family="exact",
    title="(1 - s) v_i + s v_{i+1} on the sides of a regular n-gon",
    motive="perfect reconstruction need not mean features: a curve that pieces rebuild exactly",
    sizes={"tiny": {"n": 6, "d_model": 8}, "full": {"n": 24, "d_model": 64}},
    build=build,
    recover=recover,
    controls={
        "gaussian": gaussian_twin(build),
        "circle": circle,
        "one_more_side": one_more_side,
    },
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("relu", 12, l1=0.05),
        "full": SaePlan("relu", 48, l1=0.05, steps=3000),
    },
    expected="corners with codes in pairs (exact, closed form); trained: open",
)
