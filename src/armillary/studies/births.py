"""Births: from which layer on a ring is there, by three measures, and how sure that layer is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.lexicon import Hypothesis
from armillary.rsa import RingTests, cross_products, longest_run, ring_tests
from armillary.rsa.crossnobis import squared_of
from armillary.rsa.rdm import as_vector
from armillary.rsa.ring import births, harmonic, orders, placement_shares
from armillary.studies.rsa_toolbox import scores
from armillary.studies.word_models import word_models

LEVEL = 0.05
METHOD = "corr_cov"
RIVALS = ("line", "clusters", "tree")
FEW = 999  # orders within each draw of the bootstrap, where they are too many to list
FEW_PLACED = 2_000  # placements with a word left out, or as many as so many layers need
NOWHERE = -2  # among first layers, of which -1 is the embeddings

Moments = Float[np.ndarray, "layer word word"]
Starts = Callable[
    [Float[np.ndarray, "draw layer word word"], Int[np.ndarray, " word"]], Int[np.ndarray, "draw 2"]
]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is drawn.

    Parameters
    ----------
    n_boot
        Draws of contexts for intervals.
    n_dual
        Draws of folds and words for errors of the competition.
    n_orders
        Orders of the labels, where they are too many to list.
    n_placed
        Random placements of the spectrum null.
    """

    n_boot: int = 400
    n_dual: int = 300
    n_orders: int = 4_999
    n_placed: int = 4_000


@dataclass(frozen=True, slots=True, eq=False)
class Birth:
    """From which layer to which something holds without a gap, and how sure that is.

    Parameters
    ----------
    run
        First and last layer of the longest run, by all orders and placements looked at; None if it
        holds nowhere.
    interval
        2.5 and 97.5 % points of the first layer over draws of contexts, each beside up to ``FEW``
        orders; None if no draw has it.
    share
        Share of draws that have it at all.
    without_one
        Least and largest first layer when any one word is left out; ``NOWHERE`` (-2) counts as the
        least of all.
    """

    run: tuple[int, int] | None
    interval: tuple[float, float] | None
    share: float
    without_one: tuple[int, int]


def three_births(
    moments: Moments,
    drawn: Float[np.ndarray, "draw layer word word"],
    words: Hypothesis,
    *,
    ring: RingTests,
    spectra: Float[np.ndarray, "layer axis"],
    least: Float[np.ndarray, " layer"],
    effort: Effort,
    rng: np.random.Generator,
) -> dict[str, Birth]:
    """Find where three things begin that a ring may be taken for.

    ``order``: the first harmonic holds more than under other orders of the words (p over all layers
    together at most 0.05). ``placed``: and more than random placement in the layer's spectrum
    reaches (0.05 over the number of layers). ``winning``: the order holds, and the ring scores
    above line, clusters and tree.

    Parameters
    ----------
    moments
        Second moments of the words, by layer from the embeddings on.
    drawn
        The same in draws of contexts.
    words
        The list.
    ring
        Tests of ``moments`` against other orders: what the runs rest on.
    spectra
        Of other words, by layer.
    least
        Share that random placement reaches with all words.
    effort
        How much is drawn.
    rng
        Source of randomness.

    Returns
    -------
    dict
        ``Birth`` by name.
    """
    n, n_layers = moments.shape[-1], len(moments)
    few = min(effort.n_orders, FEW)
    n_placed = max(FEW_PLACED, ceil(n_layers / LEVEL))

    def placed(some: np.ndarray, step: np.ndarray) -> np.ndarray:
        bar = least if step.size == n else thresholds(
            placements(spectra, harmonic(step, n), n_draws=n_placed, rng=rng), n_layers
        )  # fmt: skip
        return births(some, orders(step, n, n_draws=few, rng=rng), level=LEVEL, least=bar)

    def order(some: np.ndarray, step: np.ndarray) -> np.ndarray:
        known = orders(step, n, n_draws=few, rng=rng)
        return births(some, known, level=LEVEL, least=-np.inf)

    def above(some: np.ndarray, step: np.ndarray) -> np.ndarray:
        i, j = np.triu_indices(n, 1)
        kept = np.isin(i, step) & np.isin(j, step)
        models = {k: v[kept] for k, v in word_models(words).items() if k in ("ring", *RIVALS)}
        return ring_wins(some.reshape(-1, *some.shape[2:]), models).reshape(some.shape[:2])

    def winning(some: np.ndarray, step: np.ndarray) -> np.ndarray:
        known = orders(step, n, n_draws=few, rng=rng)
        ordered = [ring_tests(each, known).p_joint <= LEVEL for each in some]
        held = above(some, step) & np.array(ordered)
        return np.array([longest_run(each) or (-1, -1) for each in held])

    ordered = ring.p_joint <= LEVEL
    every = np.arange(n, dtype=np.int64)
    found: dict[str, tuple[np.ndarray, Starts]] = {
        "order": (ordered, order),
        "placed": (ordered & (ring.share > least), placed),
        "winning": (ordered & above(moments[None], every)[0], winning),
    }
    return {name: _birth(held, moments, drawn, starts) for name, (held, starts) in found.items()}


def placements(
    spectra: Float[np.ndarray, "layer axis"],
    frame: Float[np.ndarray, "word 2"],
    *,
    n_draws: int,
    rng: np.random.Generator,
) -> Float[np.ndarray, "layer draw"]:
    """Draw the ring's share of words placed at random, in the spectrum of every layer.

    Parameters
    ----------
    spectra
        Variances, by layer.
    frame
        Of ``rsa.ring.harmonic``.
    n_draws
        Draws a layer.
    rng
        Source of randomness.

    Returns
    -------
    array
        Shares.
    """
    return np.array([placement_shares(each, frame, n_draws=n_draws, rng=rng) for each in spectra])


def thresholds(null: Float[np.ndarray, "layer draw"], n_layers: int) -> Float[np.ndarray, " layer"]:
    """Return the share to exceed so that p times the number of layers is at most 0.05.

    Of ``N`` draws and the observation, ``c + 1 = floor(0.05 / n_layers (N + 1))`` may be as large:
    the bar is the ``c + 1``-th largest draw, and what lies above it has at most ``c`` draws as
    large, ``p = (1 + c) / (N + 1)`` or less.

    Parameters
    ----------
    null
        Of ``placements``.
    n_layers
        Layers looked at.

    Returns
    -------
    array
        One a layer; infinite where there are fewer than ``n_layers / 0.05 - 1`` draws, so that no
        share would be rare enough.

    References
    ----------
    Phipson and Smyth 2010, doi:10.2202/1544-6115.1585: the observation counts as a draw.
    """
    n_draws = null.shape[1]
    rank = floor(LEVEL * (n_draws + 1) / n_layers + 1e-9)
    if rank < 1:
        return np.full(len(null), np.inf)
    return np.partition(null, n_draws - rank, axis=1)[:, n_draws - rank]


def spectra_of(
    others: Float[np.ndarray, "layer text other d_model"],
) -> Float[np.ndarray, "layer axis"]:
    """Return the spectrum of other words in every layer, measured as the list is.

    Parameters
    ----------
    others
        Their activations.

    Returns
    -------
    array
        Eigenvalues of their cross-validated second moments; those below 0 are noise.
    """
    moments = [cross_products(layer).second_moment()[0] for layer in others]
    return np.array([np.linalg.eigvalsh(moment) for moment in moments])


def ring_wins(
    moments: Float[np.ndarray, "draw word word"], models: Mapping[str, Float[np.ndarray, " pair"]]
) -> Bool[np.ndarray, " draw"]:
    """Say where the ring scores above every rival, by ``METHOD``.

    Parameters
    ----------
    moments
        Second moments of the words.
    models
        ``ring`` and its rivals.

    Returns
    -------
    array
        One answer a draw.
    """
    rdms = as_vector(squared_of(moments))
    many = {str(k): rdm for k, rdm in enumerate(rdms)}
    each = {name: [*scores(model[None], many, METHOD).values()] for name, model in models.items()}
    return np.all([np.array(each["ring"]) > np.array(each[rival]) for rival in RIVALS], axis=0)


def _birth(held: np.ndarray, moments: np.ndarray, drawn: np.ndarray, starts: Starts) -> Birth:
    n = moments.shape[-1]
    every = np.arange(n, dtype=np.int64)
    run = longest_run(held)
    firsts = starts(drawn, every)[:, 0]
    without: list[int] = []
    for word in range(n):
        step = np.delete(every, word)
        part = _centred(moments[:, step][:, :, step])
        without.append(int(starts(part[None], step)[0, 0]) - 1)
    has = firsts[firsts >= 0] - 1
    ends = np.quantile(has, [0.025, 0.975]) if has.size else None
    return Birth(
        run=None if run is None else (run[0] - 1, run[1] - 1),
        interval=None if ends is None else (float(ends[0]), float(ends[1])),
        share=float(has.size / firsts.size),
        without_one=(min(without), max(without)),
    )


def _centred(moments: np.ndarray) -> np.ndarray:
    moments = moments - moments.mean(axis=-1, keepdims=True)
    return moments - moments.mean(axis=-2, keepdims=True)
