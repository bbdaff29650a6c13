"""Two numbers that tell clocks from pizzas: distance irrelevance, gradient symmetricity."""

import numpy as np
from jaxtyping import Float

from armillary.networks.modular.network import ModularNetwork, every_pair, logits_of

_CONSTANT = 1e-9


def distance_irrelevance(network: ModularNetwork) -> float:
    """Measure how little the correct logit depends on ``a - b``.

    With the correct logit laid out by ``(a + b, a - b)``: the mean over ``a - b`` of its standard
    deviation over ``a + b``, divided by its standard deviation over everything.

    Parameters
    ----------
    network
        Any network of this room, with all its frequencies or with one alone.

    Returns
    -------
    float
        0 for an exact pizza, whose correct logit is a function of ``a - b``; near 1 where the
        difference says nothing. A constant correct logit, an exact clock's, gives 1.

    References
    ----------
    Zhong et al. 2023, arXiv:2306.17844.
    """
    p = network.p
    pairs = every_pair(p)
    total = pairs.sum(axis=1) % p
    correct = np.take_along_axis(logits_of(network, pairs), total[:, None], axis=1)[:, 0]
    table = np.empty((p, p))
    table[total, (pairs[:, 0] - pairs[:, 1]) % p] = correct
    overall = table.std()
    if overall <= _CONSTANT * np.abs(table).max():
        return 1.0
    return float(table.std(axis=0).mean() / overall)


def gradient_symmetricity(
    network: ModularNetwork, *, rng: np.random.Generator, rows: int = 1000
) -> float:
    """Measure how alike a logit's gradients by the two embeddings are.

    The mean cosine of ``d logit_c / d E_a`` and ``d logit_c / d E_b`` over random ``(a, b, c)``;
    pairs with a vanishing gradient are left out.

    Parameters
    ----------
    network
        Any network of this room, with all its frequencies or with one alone.
    rng
        Draws the triples.
    rows
        How many.

    Returns
    -------
    float
        In [-1, 1]. A network of ``E_a + E_b`` has 1, an exact clock 0 on average. Components
        outside of the isolated circle count, as they do in the published metric.

    References
    ----------
    Zhong et al. 2023, arXiv:2306.17844.
    """
    triples = rng.integers(0, network.p, (rows, 3))
    by_first, by_last = network.gradients(triples[:, :2], triples[:, 2])
    length = np.linalg.norm(by_first, axis=1) * np.linalg.norm(by_last, axis=1)
    seen = length > _CONSTANT
    if not seen.any():
        return float("nan")
    return float(((by_first * by_last).sum(axis=1)[seen] / length[seen]).mean())


def profile(network: ModularNetwork, frequency: int) -> Float[np.ndarray, " difference"]:
    """Return the strength of ``cos w (a + b - c)`` in the logits as a function of ``a - b``.

    ``g(d) = 2 / p^2 sum_{a - b = d} sum_c logit_c(a, b) cos w (a + b - c)``: constant for a clock,
    ``|cos(w d / 2)|`` for a pizza.

    Parameters
    ----------
    network
        Any network of this room, with all its frequencies or with one alone.
    frequency
        ``w = 2 pi frequency / p``.

    Returns
    -------
    numpy.ndarray
        ``g(0) .. g(p - 1)``.
    """
    p = network.p
    pairs = every_pair(p)
    turn = 2 * np.pi * frequency / p
    wave = np.cos(turn * (pairs.sum(axis=1)[:, None] - np.arange(p)))
    strength = (logits_of(network, pairs) * wave).sum(axis=1)
    difference = (pairs[:, 0] - pairs[:, 1]) % p
    return 2 / p**2 * np.bincount(difference, weights=strength, minlength=p)
