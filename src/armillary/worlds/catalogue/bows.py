"""Bags of words: features that occur together lie together in an autoencoder."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core.space import FeatureSpace
from armillary.networks.bags_of_words import (
    BagModel,
    Shape,
    draw_bags,
    train_bag_model,
    word_places,
)
from armillary.worlds.drawn import Sample
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.truth import Factor, Gauge, Readout, Truth
from armillary.worlds.world import World

_DRAWS = 999


def build(
    *, seed: int, size: str, shape: Shape, n: int, m: int, weight_decay: float, epochs: int
) -> World:
    """Train a tied autoencoder on bags of words; activations are its hidden layer ``W x``.

    Feature ``f`` is in a bag with probability ``sigmoid(10 place_f . z)``, where ``z`` is uniform
    on a circle, a figure-eight or a sphere and the places are spread over it. The sample's
    coordinates have ``z`` under ``"place"``. Activations are divided by one number, so that their
    root mean square length is 1; they are the exact sum of the features that are on.
    """
    model = train_bag_model(shape, n, m, weight_decay=weight_decay, epochs=epochs, seed=seed)
    params = {"shape": shape, "n": n, "m": m, "weight_decay": weight_decay, "sharpness": 10.0}
    return world_of(model, params=params, seed=seed, size=size)


def world_of(model: BagModel, *, params: dict[str, Any], seed: int, size: str) -> World:
    """Return the world of one autoencoder."""
    shape, n, m = params["shape"], model.features.shape[0], model.features.shape[1]
    bags, _ = draw_bags(shape, n, rows=20_000, rng=np.random.default_rng([seed, 43]))
    made = bags.astype(np.float32) @ model.features
    scale = float((made.astype(np.float64) ** 2).sum(axis=1).mean()) ** 0.5
    rows = model.features / np.float32(scale)
    rate = bags.mean(axis=0)

    def draw(rows_wanted: int, rng: np.random.Generator) -> Sample:
        drawn, z = draw_bags(shape, n, rows=rows_wanted, rng=rng)
        codes = drawn.astype(np.float32)
        none = np.zeros((rows_wanted, 0))
        return Sample(
            codes @ rows,
            {**{f"feature {i}": none for i in range(n)}, "place": z},
            {f"feature {i}": drawn[:, i] for i in range(n)},
            codes=codes, inputs=drawn, targets=drawn,
        )  # fmt: skip

    def embedded(row: Float[np.ndarray, " d_model"]) -> Callable[[np.ndarray], np.ndarray]:
        return lambda value: np.tile(row, (len(value), 1))

    factors = tuple(
        Factor(
            f"feature {i}", "direction", row[None, :] / max(float(np.linalg.norm(row)), 1e-12),
            embedded(row), (), {"place": place.tolist()},
        )
        for i, (row, place) in enumerate(zip(rows, word_places(shape, n), strict=True))
    )  # fmt: skip
    truth = Truth(
        kind="mixture",
        params={**params, "scale": scale},
        factors=factors,
        gauge=Gauge(
            scale=False,
            words="features have no order; in few dimensions sums of features coincide",
        ),
        readout=Readout(
            "the decoder of the autoencoder: is each feature in the bag?",
            lambda h, sample: np.maximum(h * scale @ model.features.T + model.bias, 0),
            lambda out, sample: (out > 0.5) == np.asarray(sample.targets),
            chance=float(np.maximum(rate, 1 - rate).mean()),
        ),
        nulls=tuple(CONTROLS),
    )
    space = FeatureSpace(rows, np.arange(n, dtype=np.int64), source={"uri": "world:bows"})
    return World("bows", size, seed, m, draw, truth, space, model)


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Ask whether the features lie as the places do that make them occur together.

    The features are the columns of the least-squares map from bags to activations (2,000 rows).
    ``value`` on a circle is the cyclic concordance of their angles in the plane of their two
    leading components, ``max over s = +-1 of |mean exp(i (angle_f - s 2 pi f / n))|^2``; with
    random angles ``n`` times it is exponential, hence the bound ``ln(2 / 0.0001) / n``. On the
    other shapes it is the correlation of the features' Gram matrix with that of the places over
    all pairs, and the bound is the largest of 999 with the places shuffled.
    """
    sample = world.draw(2000, rng)
    if sample.inputs is None:
        return Recovered("order of the features", float("nan"), 0.0)
    bags = np.column_stack([np.asarray(sample.inputs, dtype=float), np.ones(2000)])
    features = np.linalg.lstsq(bags, sample.activations.astype(float), rcond=None)[0][:-1]
    n, shape = len(features), world.truth.params["shape"]
    likeness, bound = gram_likeness(features, word_places(shape, n), rng=rng)
    found = {
        "correlation of the Gram matrices": likeness, "largest of shuffled": bound,
        "circulant share": circulant_share(features),
    }  # fmt: skip
    if shape != "circle":
        return Recovered("correlation of the Gram matrices", likeness, bound, found)
    limit = float(np.log(2e4) / n)
    return Recovered("cyclic concordance", concordance(features), limit, found)


def concordance(features: Float[np.ndarray, "feature d_model"]) -> float:
    """Return how closely features go round in order in their two leading components, 0 to 1."""
    centred = features - features.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    angle = np.arctan2(left[:, 1] * singular[1], left[:, 0] * singular[0])
    step = 2 * np.pi * np.arange(len(features)) / len(features)
    return max(float(abs(np.exp(1j * (angle - s * step)).mean()) ** 2) for s in (1, -1))


def circulant_share(features: Float[np.ndarray, "feature d_model"]) -> float:
    """Return the share of the Gram matrix's off-diagonal variance that steps ``i - j`` explain.

    1 where the Gram matrix is circulant: where turning the labels by one changes nothing.
    """
    gram, n = features @ features.T, len(features)
    step = (np.arange(n)[:, None] - np.arange(n)) % n
    values, steps = gram[step > 0], step[step > 0]
    mean = np.bincount(steps, weights=values, minlength=n)[steps] / n
    return 1 - float(((values - mean) ** 2).sum() / ((values - values.mean()) ** 2).sum())


def gram_likeness(
    features: Float[np.ndarray, "feature d_model"],
    places: Float[np.ndarray, "feature axis"],
    *,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Return the correlation of two Gram matrices over pairs, and the largest of 999 shuffles."""
    pairs = np.triu_indices(len(features), 1)
    ours, theirs = features @ features.T, places @ places.T

    def correlation(order: np.ndarray) -> float:
        return float(np.corrcoef(ours[pairs], theirs[np.ix_(order, order)][pairs])[0, 1])

    shuffled = [correlation(rng.permutation(len(features))) for _ in range(_DRAWS)]
    return correlation(np.arange(len(features))), max(shuffled)


def alone(
    *, seed: int, size: str, shape: Shape, n: int, m: int, weight_decay: float, epochs: int
) -> World:
    """Build the world of an autoencoder trained on the same rates without any correlation."""
    model = train_bag_model(
        shape, n, m, weight_decay=weight_decay, epochs=epochs, together="alone", seed=seed
    )
    params = {"shape": shape, "n": n, "m": m, "weight_decay": weight_decay, "sharpness": 10.0}
    return world_of(model, params=params, seed=seed, size=size)


def relabelled(**parameters: Any) -> World:
    """Build the world with its features' vectors dealt out anew: the same cloud, no order."""
    made = build(**parameters)
    model: Any = made.network
    order = np.random.default_rng([parameters["seed"], 44]).permutation(len(model.features))
    params = {k: v for k, v in made.truth.params.items() if k != "scale"}
    shuffled = replace(model, features=model.features[order], bias=model.bias[order])
    return world_of(shuffled, params=params, seed=made.seed, size=made.size)


CONTROLS: dict[str, Callable[..., World]] = {"alone": alone, "relabelled": relabelled}


ENTRY = Entry(
    name="bows",
    family="superposition",
    title="x_f ~ sigmoid(10 place_f . z), z on a circle; the hidden layer of a tied autoencoder",
    motive="months on a circle: features that occur together lie together under superposition",
    sizes={
        "tiny": {
            "shape": "circle", "n": 12, "m": 2, "weight_decay": 1.0, "epochs": 40,
        },
        "full": {
            "shape": "circle", "n": 48, "m": 8, "weight_decay": 6.0, "epochs": 200,
        },
    },
    build=build,
    recover=recover,
    controls=CONTROLS,
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("relu", 12, l1=0.05),
        "full": SaePlan("relu", 96, l1=0.05, steps=3000),
    },
    expected="arcs of the circle rather than words: guessed",
    needs_torch=True,
)  # fmt: skip
