"""Gaussian rows of a subspace: a world with nothing in it but its covariance."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from armillary.worlds.beyond_covariance import beyond_covariance
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.exact import cross_autoencoder
from armillary.worlds.truth import Factor, Gauge, Symmetry, Truth
from armillary.worlds.world import World

_ROWS = {"tiny": 1000, "full": 2000}
_DRAWS = 399
_LEVEL = 0.01


def build(*, seed: int, size: str, dim: int, d_model: int) -> World:
    """Draw Gaussian coordinates of variance 1 / dim and lay them into d_model by a random frame.

    The exact autoencoder is the cross-polytope's: 2 dim features, of which dim fire on every row.
    """
    axes = embedding(d_model, dim, rng=np.random.default_rng([seed, 2]))

    def embed(at: np.ndarray) -> np.ndarray:
        return (at @ axes).astype(np.float32)

    def draw(n: int, rng: np.random.Generator) -> Sample:
        at = rng.standard_normal((n, dim)) / np.sqrt(dim)
        return Sample(embed(at), {"subspace": at}, {"subspace": np.ones(n, dtype=bool)})

    def moved(matrix: np.ndarray) -> Callable[[Sample], np.ndarray]:
        return lambda s: embed(s.coordinates["subspace"] @ matrix.T)

    random_turn = embedding(dim, dim, rng=np.random.default_rng([seed, 202]))
    names = tuple(f"coordinate {i}" for i in range(dim))
    truth = Truth(
        kind="subspace",
        params={"dim": dim, "d_model": d_model},
        factors=(Factor("subspace", "subspace", axes, embed, names),),
        gauge=Gauge(
            rotation=("subspace",), words="any frame of the subspace is as good as any other"
        ),
        symmetry=Symmetry(f"O({dim})", None, {
            "a random turn": moved(random_turn),
            "the inversion": moved(-np.eye(dim)),
        }),
        exact_sae=cross_autoencoder(axes),
        nulls=("sphere", "cube", "sparse"),
    )  # fmt: skip
    return World("gauss", size, seed, d_model, draw, truth)


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Test that rows hold nothing beyond their covariance; ``value`` is the p-value.

    The truth is *nothing*, so what is recovered is that a test with power against the controls
    does not reject (``beyond_covariance`` on the leading dim axes, 399 draws). The bound is the
    level 0.01: a Gaussian world fails in at most 1 of 100 draws of rows.
    """
    dim = int(world.truth.params["dim"])
    rows = world.activations(_ROWS.get(world.size, 1000), rng).astype(np.float64)
    axes: np.ndarray = np.linalg.svd(rows, full_matrices=False)[2][:dim]
    seen = beyond_covariance(rows @ axes.T, draws=_DRAWS, rng=rng)
    found = {"kurtosis over a Gaussian's": seen.kurtosis, "largest skewness": seen.skewness}
    return Recovered("p-value of rows against a Gaussian", seen.pvalue, _LEVEL, found)


def _other(
    coordinates: Callable[[int, int, np.random.Generator], np.ndarray],
) -> Callable[..., World]:
    def control(*, seed: int, size: str, dim: int, d_model: int) -> World:
        claimed = build(seed=seed, size=size, dim=dim, d_model=d_model)
        axes = claimed.truth.factors[0].span

        def draw(n: int, rng: np.random.Generator) -> Sample:
            return Sample((coordinates(n, dim, rng) @ axes).astype(np.float32))

        return replace(claimed, draw=draw)

    return control


def _sphere(n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
    at = rng.standard_normal((n, dim))
    return at / np.linalg.norm(at, axis=1, keepdims=True)


def _cube(n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(-1, 1, (n, dim)) * np.sqrt(3 / dim)


def _sparse(n: int, dim: int, rng: np.random.Generator) -> np.ndarray:
    on = rng.random((n, dim)) < 0.25
    return on * rng.standard_normal((n, dim)) * np.sqrt(4 / dim)


ENTRY = Entry(
    name="gauss",
    family="controls",
    title="isotropic Gaussian rows of a random subspace",
    motive="what reconstruction is worth where there are no features: the negative control",
    sizes={"tiny": {"dim": 8, "d_model": 16}, "full": {"dim": 64, "d_model": 128}},
    build=build,
    recover=recover,
    controls={"sphere": _other(_sphere), "cube": _other(_cube), "sparse": _other(_sparse)},
    rates=(0.99, 0.0),
    sae={
        "tiny": SaePlan("topk", 16, k=4),
        "full": SaePlan("topk", 256, k=16, steps=3000),
    },
    expected="low FVU and seeds that disagree (matched cosine about .55 at d 16): measured",
)
