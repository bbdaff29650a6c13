"""A circle: one angle, two dimensions, nothing else."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding, gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.truth import Factor, Gauge, Symmetry, Truth
from armillary.worlds.world import World

_ROWS = 2000


def build(*, seed: int, size: str, d_model: int) -> World:
    """Draw angles uniformly and lay ``(cos t, sin t)`` into d_model by a random frame."""
    axes = embedding(d_model, 2, rng=np.random.default_rng([seed, 8]))

    def embed(angle: Float[np.ndarray, "token 1"]) -> Float[np.ndarray, "token d_model"]:
        return (np.column_stack([np.cos(angle), np.sin(angle)]) @ axes).astype(np.float32)

    def draw(n: int, rng: np.random.Generator) -> Sample:
        angle = rng.uniform(0, 2 * np.pi, (n, 1))
        return Sample(embed(angle), {"angle": angle}, {"angle": np.ones(n, dtype=bool)})

    def turned(by: float) -> Callable[[Sample], np.ndarray]:
        return lambda sample: embed(sample.coordinates["angle"] + by)

    truth = Truth(
        kind="manifold",
        params={"radius": 1.0, "d_model": d_model},
        factors=(Factor("angle", "circle", axes, embed, ("angle",), {"radius": 1.0}),),
        gauge=Gauge(rotation=("angle",), words="the angle's zero and its sense are free"),
        symmetry=Symmetry("O(2)", None, {
            "a turn by 1 rad": turned(1.0),
            "a turn by pi": turned(np.pi),
            "a reflection": lambda s: embed(-s.coordinates["angle"]),
        }),
        nulls=("gaussian",),
    )  # fmt: skip
    return World("circle", size, seed, d_model, draw, truth)


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Measure how constant the radius in the two leading axes is, and that there is no third.

    ``value = 1 - var(r^2) / mean(r^2)^2`` over 2,000 rows, times the share of variance in the
    leading two axes. On a circle both are 1. In a Gaussian of two equal variances ``r^2`` is
    exponential, so the first is 0; bound 0.9.
    """
    rows = world.activations(_ROWS, rng).astype(np.float64)
    rows = rows - rows.mean(axis=0)
    _, singular, axes = np.linalg.svd(rows, full_matrices=False)
    share = float((singular[:2] ** 2).sum() / (singular**2).sum())
    squared = ((rows @ axes[:2].T) ** 2).sum(axis=1)
    constancy = 1 - float(squared.var() / squared.mean() ** 2)
    found = {"share of two axes": share, "constancy of radius": constancy}
    return Recovered("constancy of the radius in a plane", constancy * share, 0.9, found)


ENTRY = Entry(
    name="circle",
    family="manifolds",
    title="(cos t, sin t) in a random plane, t uniform",
    motive="weekdays and months; tiling of one-dimensional manifolds",
    sizes={"tiny": {"d_model": 8}, "full": {"d_model": 64}},
    build=build,
    recover=recover,
    controls={"gaussian": gaussian_twin(build)},
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("relu", 12, l1=0.05),
        "full": SaePlan("relu", 200, l1=0.05, steps=3000),
    },
    expected="tiles (L1), an antipodal code (TopK 2) or clusters (TopK 1), by kind and k: measured",
)
