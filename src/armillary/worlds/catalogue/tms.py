"""Toy model of superposition: sparse features in a trained layer that is too small for them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core.space import FeatureSpace
from armillary.networks.superposition import (
    POLYTOPES,
    Polytope,
    departure,
    sparse_features,
    train_toy_model,
)
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.truth import Factor, Gauge, Readout, Symmetry, Truth
from armillary.worlds.world import World

_ROWS = 40_000
_REPEATS = 10  # rows on one ray before it counts as a feature


def build(
    *, seed: int, size: str, n: int, m: int, p: float, instances: int, steps: int, batch: int
) -> World:
    """Train instances of ``relu(W^T W x + b)``; activations are ``W x`` of the first that passes.

    An instance passes where it is the polytope of its sizes (equal dimensionality where none is
    known); how many did is in ``params``. Where none did the first is taken, and flagged:
    ``params["reached"]`` is false and ``recover`` fails. Activations are divided by one number, so
    that their root mean square length is 1; most rows are 0, since few features are on.
    """
    model = train_toy_model(
        n, m, p=p, instances=instances, steps=steps, batch=batch, lr=3e-3 if n < 20 else 5e-3,
        seed=seed,
    )  # fmt: skip
    polytope = polytope_of(n, m)
    chosen = model.first_reached(polytope)
    taken = 0 if chosen is None else chosen
    params = {
        "n": n, "m": m, "p": p, "polytope": polytope.name if polytope else None,
        "reached": chosen is not None, "instances": instances,
        "instances_reached": int((model.departures(polytope) <= 1).sum()),
    }  # fmt: skip
    return world_of(
        model.features[taken], bias=model.bias[taken], params=params, seed=seed, size=size
    )


def polytope_of(n: int, m: int) -> Polytope | None:
    """Return the polytope of ``n`` features in ``m`` dimensions, where one is known."""
    return next((known for known in POLYTOPES if (known.n, known.m) == (n, m)), None)


def world_of(
    features: Float[np.ndarray, "feature d_model"],
    *,
    bias: Float[np.ndarray, " feature"],
    params: dict[str, Any],
    seed: int,
    size: str,
) -> World:
    """Return the world of one instance."""
    n, m = features.shape[0], features.shape[1]
    p = params["p"]
    x = sparse_features(20_000, n, p=p, rng=np.random.default_rng([seed, 41]))
    scale = float(((x @ features).astype(np.float64) ** 2).sum(axis=1).mean()) ** 0.5
    rows = features / np.float32(scale)

    def draw(rows_wanted: int, rng: np.random.Generator) -> Sample:
        value = sparse_features(rows_wanted, n, p=p, rng=rng)
        return Sample(
            value @ rows,
            {f"feature {i}": value[:, i : i + 1] for i in range(n)},
            {f"feature {i}": value[:, i] > 0 for i in range(n)},
            codes=value, inputs=value, targets=value,
        )  # fmt: skip

    def embedded(row: Float[np.ndarray, " d_model"]) -> Callable[[np.ndarray], np.ndarray]:
        return lambda value: (value @ row[None, :]).astype(np.float32)

    factors = tuple(
        Factor(
            f"feature {i}", "direction", row[None, :] / max(float(np.linalg.norm(row)), 1e-12),
            embedded(row), ("value",), {"norm": float(np.linalg.norm(row) * scale)},
        )
        for i, row in enumerate(rows)
    )  # fmt: skip
    truth = Truth(
        kind="polytope",
        params={**params, "scale": scale},
        factors=factors,
        gauge=Gauge(words="features have no order; length trades against strength"),
        symmetry=_dihedral(rows) if m == 2 else None,
        readout=Readout(
            "the decoder of the model: is each feature above one quarter?",
            lambda h, sample: np.maximum(h * scale @ features.T + bias, 0),
            lambda made, sample: (made > 0.25) == (np.asarray(sample.targets) > 0.25),
            chance=1 - 0.75 * p,
        ),
        nulls=tuple(CONTROLS),
    )
    space = FeatureSpace(rows, np.arange(n, dtype=np.int64), source={"uri": "world:tms"})
    return World("tms", size, seed, m, draw, truth, space)


def _dihedral(rows: Float[np.ndarray, "feature 2"]) -> Symmetry:
    """Turn and flip the features in the order in which they go round."""
    n, order = len(rows), np.argsort(np.arctan2(rows[:, 1], rows[:, 0]))

    def moved(onto: np.ndarray) -> Callable[[Sample], np.ndarray]:
        return lambda sample: np.asarray(sample.inputs)[:, order] @ rows[order[onto]]

    turned, flipped = (np.arange(n) + 1) % n, np.arange(n)[::-1]
    elements = {"one step round": moved(turned), "a reflection": moved(flipped)}
    return Symmetry(f"D_{n}", 2 * n, elements)


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Find the features as rays that rows repeat, and compare their arrangement with the claim.

    Rows with one feature on lie on its ray, and no two other rows share a direction; so directions
    (to four decimals) of at least 10 of 40,000 rows are features, and the longest row on a ray has
    nearly the feature's length. There must be ``n`` of them. ``value`` is minus their ``departure``
    (dimensionality within 0.02 of ``m / n``; sorted cosines within 0.05 of the polytope's, where
    there is one; every length above 0.8 of the input's unit), bound -1.
    """
    params = world.truth.params
    found = rays(world.activations(_ROWS, rng).astype(np.float64))
    n, m, scale = params["n"], params["m"], params["scale"]
    far = departure(found * scale, polytope_of(n, m)) if len(found) == n else 1e9
    seen = {"features found": len(found), "reached in training": params["reached"]}
    return Recovered("minus the departure from the polytope", -far, -1.0, seen)


def rays(rows: Float[np.ndarray, "token d_model"]) -> Float[np.ndarray, "feature d_model"]:
    """Return one vector for each direction that many rows share: the longest of them."""
    norm = np.linalg.norm(rows, axis=1)
    rows, norm = rows[norm > 1e-3], norm[norm > 1e-3]
    if not len(rows):
        return rows
    unique: Any = np.unique(
        (rows / norm[:, None]).round(4), axis=0, return_inverse=True, return_counts=True
    )  # pyright: ignore
    inverse, count = unique[1].ravel(), unique[2]
    longest: list[np.ndarray] = []
    for cell in np.flatnonzero(count >= _REPEATS):
        mine = np.flatnonzero(inverse == cell)
        row = rows[mine[np.argmax(norm[mine])]]
        twins = [
            i for i, other in enumerate(longest)
            if row @ other > (1 - 1e-6) * np.linalg.norm(row) * np.linalg.norm(other)
        ]  # fmt: skip
        if not twins:
            longest.append(row)
        elif np.linalg.norm(row) > np.linalg.norm(longest[twins[0]]):
            longest[twins[0]] = row  # one ray on the border of two cells
    return np.array(longest).reshape(-1, rows.shape[1])


def _spoilt(spoil: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> Any:
    def control(*, seed: int, size: str, **parameters: Any) -> World:
        made = build(seed=seed, size=size, **parameters)
        assert made.space is not None
        trained = made.space.directions * np.float32(made.truth.params["scale"])
        other = spoil(trained, np.random.default_rng([seed, 42])).astype(np.float32)
        params = {k: v for k, v in made.truth.params.items() if k != "scale"}
        bias = np.zeros(len(other), dtype=np.float32)
        return world_of(other, bias=bias, params=params, seed=seed, size=size)

    return control


def _random(trained: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As many vectors as long, in random directions."""
    drawn = rng.standard_normal(trained.shape)
    lengths = np.linalg.norm(trained, axis=1) / np.linalg.norm(drawn, axis=1)
    return drawn * lengths[:, None]


def _dropped(trained: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One feature given up, as in an instance that failed."""
    out = trained.copy()
    out[rng.integers(len(out))] = 0
    return out


def gaussian(**parameters: Any) -> World:
    """Build the world's Gaussian twin; nothing reads it."""
    twin = gaussian_twin(build)(**parameters)
    return replace(twin, truth=replace(twin.truth, readout=None))


CONTROLS = {
    "random_directions": _spoilt(_random),
    "dropped": _spoilt(_dropped),
    "gaussian": gaussian,
}


ENTRY = Entry(
    name="tms",
    family="superposition",
    title="the hidden layer of a trained relu(W^T W x + b), x sparse",
    motive="superposition: more features than dimensions, arranged as a polytope",
    sizes={
        "tiny": {"n": 5, "m": 2, "p": 0.05, "instances": 6, "steps": 2000, "batch": 256},
        "full": {"n": 40, "m": 10, "p": 0.05, "instances": 2, "steps": 3000, "batch": 512},
    },
    build=build,
    recover=recover,
    controls=CONTROLS,
    rates=(0.9, 0.0),
    sae={
        "tiny": SaePlan("relu", 5, l1=0.05),
        "full": SaePlan("relu", 40, l1=0.05, steps=3000),
    },
    expected="atoms are the polytope's vertices: guessed",
    needs_torch=True,
)
