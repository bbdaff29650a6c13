"""Independent sparse features: what sparse autoencoders were made for."""

from dataclasses import replace

import numpy as np

from armillary.worlds.background import unit_rows
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.exact import feature_space, unmixing_autoencoder
from armillary.worlds.facets import ROUNDING
from armillary.worlds.rays import many, repeated_directions, singles, sparse_sum
from armillary.worlds.truth import Factor, Gauge, Truth
from armillary.worlds.world import World

_LEAST = 3
_ROWS_A_FEATURE = 14


def build(*, seed: int, size: str, n: int, d_model: int, chance: float) -> World:
    """Draw strengths, uniform on [0, s] with a chance and else 0, of n random unit directions.

    ``s = (n chance / 3)^(-1/2)``: squared lengths of the features that fire sum to 1 on average.
    """
    directions = unit_rows(np.random.default_rng([seed, 1]).standard_normal((n, d_model)))
    scale = float((n * chance / 3) ** -0.5)

    def draw(rows: int, rng: np.random.Generator) -> Sample:
        return sparse_sum(directions, rows, chance=chance, scale=scale, rng=rng)

    def ray(i: int) -> Factor:
        def embed(at: np.ndarray) -> np.ndarray:
            return (at * directions[i]).astype(np.float32)

        return Factor(f"feature {i}", "direction", directions[i : i + 1], embed, ("strength",))

    exact = None
    if n <= d_model:
        least = float(np.linalg.svd(directions, compute_uv=False)[-1])
        silence = 10 * ROUNDING * scale / least
        exact = unmixing_autoencoder(directions, silence=silence, signed="positive")
    truth = Truth(
        kind="mixture",
        params={"n": n, "d_model": d_model, "chance": chance, "scale": scale},
        factors=tuple(ray(i) for i in range(n)),
        gauge=Gauge(words="features have no order; lengths trade against strengths"),
        exact_sae=exact,
        nulls=("gaussian", "directions_redrawn", "pairs_tied"),
    )
    space = feature_space(directions, world="iid_sparse")
    return World("iid_sparse", size, seed, d_model, draw, truth, space)


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Find the directions of rows on which one feature fires, and match them to those claimed.

    Rows are drawn until 14 are expected of each feature alone. A direction that 3 rows share
    exactly (``rays.repeated_directions``) is found; a claimed one is matched if a found one differs
    by less than 10^-5. ``value`` = matched / max(claimed, found). A feature is missed where fewer
    than 3 of its Poisson(14) rows came, chance q = 9.4e-5 each: the bound is
    ``1 - (m + 4 sqrt m) / n`` with ``m = n q`` expected misses, 1 where that is less than one
    feature's share.
    """
    assert world.space is not None
    params = world.truth.params
    n = int(params["n"])
    rows = int(_ROWS_A_FEATURE / singles(n, float(params["chance"])))
    found = repeated_directions(many(world, rows, rng=rng), least=_LEAST, rng=rng)
    claimed = world.space.directions.astype(np.float64)
    matched = 0
    if len(found):
        cosine = claimed @ found.T
        nearest = found[cosine.argmax(axis=1)]
        matched = int((np.linalg.norm(nearest - claimed, axis=1) < 1e-5).sum())
    missed = n * np.exp(-14) * (1 + 14 + 98)
    bound = 1 - np.floor(missed + 4 * np.sqrt(missed)) / n
    return Recovered(
        "share of directions found in rows of one feature",
        matched / max(n, len(found)),
        float(bound),
        {"rows": rows, "directions": len(found), "matched": matched},
    )


def directions_redrawn(*, seed: int, size: str, n: int, d_model: int, chance: float) -> World:
    """Make the control of other directions than it claims."""
    claimed = build(seed=seed, size=size, n=n, d_model=d_model, chance=chance)
    other = build(seed=seed + 10_000, size=size, n=n, d_model=d_model, chance=chance)
    return replace(claimed, draw=other.draw)


def pairs_tied(*, seed: int, size: str, n: int, d_model: int, chance: float) -> World:
    """Make the control where features 2i and 2i + 1 always fire together, equally strongly.

    Every row is a sparse sum of the claimed directions, but what fires is n / 2 sums of two.
    """
    claimed = build(seed=seed, size=size, n=n, d_model=d_model, chance=chance)
    assert claimed.space is not None
    directions = claimed.space.directions.astype(np.float64)
    pairs = directions[0 : n - n % 2 : 2] + directions[1::2]
    scale = float(claimed.truth.params["scale"])

    def draw(rows: int, rng: np.random.Generator) -> Sample:
        return sparse_sum(pairs, rows, chance=chance, scale=scale, rng=rng)

    return replace(claimed, draw=draw)


ENTRY = Entry(
    name="iid_sparse",
    family="controls",
    title="independent sparse strengths of random directions",
    motive="the linear representation hypothesis at its plainest: the positive control",
    sizes={
        "tiny": {"n": 16, "d_model": 32, "chance": 0.1},
        "full": {"n": 1024, "d_model": 256, "chance": 0.003},
    },
    build=build,
    recover=recover,
    controls={
        "gaussian": gaussian_twin(build),
        "directions_redrawn": directions_redrawn,
        "pairs_tied": pairs_tied,
    },
    rates=(0.99, 0.0),
    sae={
        "tiny": SaePlan("relu", 16, l1=0.05),
        "full": SaePlan("topk", 1024, k=4, steps=6000),
    },
    expected="one latent a feature, mean maximal cosine above 0.99: measured on the tiny size",
)
