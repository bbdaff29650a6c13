"""A word list followed through the layers: its ring, its rivals, where they begin, how it turns."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput
from armillary.inference import fit_turns
from armillary.lexicon import Hypothesis
from armillary.rsa import RingTests, cross_products, ring_tests
from armillary.rsa.cka import cka_matrix
from armillary.rsa.crossnobis import squared_of
from armillary.rsa.planes import Turning, crossed_axes, mean_crossed, ring_axes, ring_turning
from armillary.rsa.procrustes import angular_distance
from armillary.rsa.rdm import fold_rdms
from armillary.rsa.ring import harmonic, orders
from armillary.studies.births import (
    METHOD,
    Birth,
    Effort,
    placements,
    spectra_of,
    three_births,
    thresholds,
)
from armillary.studies.rsa_toolbox import (
    COMPARATORS,
    Competition,
    competition,
    noise_ceiling,
    scores,
)
from armillary.studies.word_models import word_models
from armillary.studies.words_in_text import LEAST_CONTEXTS, LEAST_WORDS


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """What was found of one list; axes over layers start at -1, the embeddings.

    Parameters
    ----------
    words, n_contexts
        What was followed.
    ring
        Its tests against other orders.
    band
        2.5 and 97.5 % points of the ring's share over draws of contexts.
    placed
        Share to exceed for level 0.05 over all layers (see ``births.thresholds``), and the mean of
        random placement.
    p_placed
        p against random placement, times the number of layers.
    turns
        Turns round the circle, low, high.
    score
        Of every model by ``METHOD``; of all comparators at the chosen layers in ``compared``.
    ceiling
        Low and high.
    births
        Where the order begins, where it is more than random placement, where the ring wins: see
        ``births.three_births``.
    radius
        Of the ring in the residual stream, in its unit: root of the mean squared distance of words
        from the centre within the ring's axes, free of noise.
    step
        Turning between each layer and the next; ``step_band`` the interval of its angle.
    stream
        Alignment of the ring in every two layers.
    cka, shape
        Debiased CKA of all words in all contexts; angular distance of the mean words.
    competitions
        Dual bootstraps at chosen layers.
    """

    words: Hypothesis
    n_contexts: int
    shrinkage: tuple[float | None, ...]
    ring: RingTests
    band: Float[np.ndarray, "2 layer"]
    placed: Float[np.ndarray, "2 layer"]
    p_placed: Float[np.ndarray, " layer"]
    turns: Float[np.ndarray, "3 layer"]
    score: Mapping[str, Float[np.ndarray, " layer"]]
    ceiling: Float[np.ndarray, "2 layer"]
    births: Mapping[str, Birth]
    radius: Float[np.ndarray, " layer"]
    step: Turning
    step_band: Float[np.ndarray, "2 step"]
    stream: Float[np.ndarray, "layer layer"]
    cka: Float[np.ndarray, "layer layer"]
    shape: Float[np.ndarray, " step"]
    competitions: Mapping[int, Competition]
    compared: Mapping[int, Mapping[str, Mapping[str, float]]]


def follow(
    patterns: Float[np.ndarray, "layer context word d_model"],
    words: Hypothesis,
    others: Float[np.ndarray, "layer text other d_model"],
    *,
    effort: Effort,
    seed: int,
) -> Followed:
    """Follow a cyclic list through the layers of a model.

    Parameters
    ----------
    patterns
        The words' activations, from the embeddings on, in at least 12 contexts.
    words
        In cyclic order.
    others
        Activations of other words, whose spectrum random placement takes.
    effort
        How much is drawn.
    seed
        Of everything random.

    Returns
    -------
    Followed
        Distances are crossnobis; where contexts are copies (the embeddings) they are plain.

    Raises
    ------
    BadInput
        If contexts are too few.
    MissingExtra
        If rsatoolbox is not installed.
    """
    rng = np.random.default_rng(seed)
    n_layers, n_contexts, n, _ = patterns.shape
    if n_contexts < LEAST_CONTEXTS or n < LEAST_WORDS:
        raise BadInput(
            f"{n} words in {n_contexts} contexts: {LEAST_WORDS} words in {LEAST_CONTEXTS} contexts "
            "are needed; give more"
        )
    products = [cross_products(layer) for layer in patterns]
    moments = np.array([each.second_moment()[0] for each in products])
    even = np.full(n_contexts, 1 / n_contexts)
    weights = rng.multinomial(n_contexts, even, effort.n_boot).astype(np.float64)
    drawn = np.stack([each.second_moment(weights) for each in products], axis=1)
    step = np.arange(n, dtype=np.int64)
    known = orders(step, n, n_draws=effort.n_orders, rng=rng)
    ring = ring_tests(moments, known)
    frame = harmonic(step, n)
    spectra = spectra_of(others)
    null = placements(spectra, frame, n_draws=effort.n_placed, rng=rng)
    least = thresholds(null, n_layers)
    p_placed = (1 + (null >= ring.share[:, None]).sum(axis=1)) / (1 + null.shape[1])
    folds = [fold_rdms(each, rng=rng) for each in products]
    found = three_births(
        moments, drawn, words, ring=ring, spectra=spectra, least=least, effort=effort, rng=rng
    )
    score, ceiling = _scored(folds, words)
    shares = _shares(drawn, frame)
    turned, step_band, stream, radius = _turned(patterns, frame, weights)
    chosen = sorted({0, int(np.nanargmax(score["ring"])), n_layers - 1})
    models = word_models(words)
    return Followed(
        words, n_contexts, tuple(each.shrinkage for each in products), ring,
        band=np.nanquantile(shares, [0.025, 0.975], axis=0),
        placed=np.stack([least, null.mean(axis=1)]),
        p_placed=np.minimum(1.0, p_placed * n_layers),
        turns=_turns(moments), score=score, ceiling=ceiling, births=found,
        radius=radius, step=turned, step_band=step_band, stream=stream,
        cka=cka_matrix(_points(patterns)), shape=_shapes(patterns),
        competitions={
            layer - 1: competition(folds[layer], models, METHOD, n_boot=effort.n_dual, seed=seed)
            for layer in chosen
            if products[layer].shrinkage is not None  # copies have no folds to draw
        },
        compared={layer - 1: _compared(folds[layer], words) for layer in chosen},
    )  # fmt: skip


def _shares(drawn: np.ndarray, frame: np.ndarray) -> Float[np.ndarray, "draw layer"]:
    whole = np.trace(drawn, axis1=2, axis2=3)
    inside = np.einsum("blij,ia,ja->bl", drawn, frame, frame, optimize=True)
    return inside / np.where(whole > 0, whole, np.nan)


def _scored(
    folds: list[np.ndarray], words: Hypothesis
) -> tuple[dict[str, np.ndarray], Float[np.ndarray, "2 layer"]]:
    each = [scores(fold, word_models(words), METHOD) for fold in folds]
    ceiling = np.array([noise_ceiling(fold, METHOD) for fold in folds]).T
    return {name: np.array([one[name] for one in each]) for name in each[0]}, ceiling


def _compared(folds: np.ndarray, words: Hypothesis) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for method in COMPARATORS:
        low, high = noise_ceiling(folds, method)
        found[method] = {**scores(folds, word_models(words), method), "low": low, "high": high}
    return found


def _turns(moments: np.ndarray) -> Float[np.ndarray, "3 layer"]:
    step = np.arange(moments.shape[-1], dtype=np.int64)
    each = [fit_turns(squared_of(moment), step) for moment in moments]
    return np.array([[t.turns, t.low, t.high] for t in each]).T


def _turned(
    patterns: np.ndarray, frame: np.ndarray, weights: Float[np.ndarray, "draw context"]
) -> tuple[Turning, np.ndarray, np.ndarray, np.ndarray]:
    axes = [ring_axes(layer, frame) for layer in patterns]
    once = np.ones((1, patterns.shape[1]))
    own = [crossed_axes(a, a) for a in axes]
    mean_own = np.array([mean_crossed(o, once)[0] for o in own])
    n = len(axes)
    i, j = np.triu_indices(n)
    crossed = (crossed_axes(axes[a], axes[b]) for a, b in zip(i, j, strict=True))
    between = np.array([mean_crossed(each, once)[0] for each in crossed])
    every = ring_turning(between, mean_own[i], mean_own[j])
    stream = np.empty((n, n))
    stream[i, j] = stream[j, i] = every.alignment
    here = j == i + 1
    step = Turning(*(getattr(every, key)[here] for key in ("alignment", "angle", "plane", "phase")))
    bands: list[np.ndarray] = []
    for layer in range(n - 1):
        drawn = ring_turning(
            mean_crossed(crossed_axes(axes[layer], axes[layer + 1]), weights),
            mean_crossed(own[layer], weights),
            mean_crossed(own[layer + 1], weights),
        )
        bands.append(np.nanquantile(drawn.angle, [0.025, 0.975]))
    held = np.maximum(np.trace(mean_own, axis1=1, axis2=2), 0)
    return step, np.array(bands).T, stream, np.sqrt(held / len(frame))


def _points(patterns: np.ndarray) -> Float[np.ndarray, "layer point d_model"]:
    """Return every word in every context, less what the words of a context share."""
    centred = patterns - patterns.mean(axis=2, keepdims=True)
    return centred.reshape(len(patterns), -1, patterns.shape[-1])


def _shapes(patterns: np.ndarray) -> Float[np.ndarray, " step"]:
    means = patterns.mean(axis=1)
    return np.array([angular_distance(a, b) for a, b in zip(means[:-1], means[1:], strict=True)])
