"""Rings: how much of the variance between conditions goes round once in their known order."""

from dataclasses import dataclass
from math import factorial

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.inference.orderings import (
    EVERY_UP_TO,
    circular_steps,
    every_other_ordering,
    symmetries,
)

MOST_EXACT = 8  # points of which every ordering is listed


@dataclass(frozen=True, slots=True, eq=False)
class RingTests:
    """The ring in several layers, beside the same labels in other orders.

    Parameters
    ----------
    share
        Of the variance between conditions, what the first harmonic of the order holds; not a number
        where noise has left no variance. By chance ``2 / (conditions - 1)``.
    effect
        Null standard deviations above the mean over orders.
    p
        Share of orders with as much, a layer by itself.
    p_joint
        Share of orders whose largest effect over all layers is as large: holds for all layers
        together.
    n_orders
        Orders looked at, the known one among them.
    exact
        Whether these are all that can be told apart.
    """

    share: Float[np.ndarray, " layer"]
    effect: Float[np.ndarray, " layer"]
    p: Float[np.ndarray, " layer"]
    p_joint: Float[np.ndarray, " layer"]
    n_orders: int
    exact: bool


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Projections on the first harmonic, of the known order first and of others after it.

    Parameters
    ----------
    projections
        One matrix an order, flat.
    exact
        Whether they are all that can be told apart.
    """

    projections: Float[np.ndarray, "order entry"]
    exact: bool


def harmonic(step: Int[np.ndarray, " condition"], period: int) -> Float[np.ndarray, "condition 2"]:
    """Return orthonormal coordinates of conditions in the plane of one turn.

    Parameters
    ----------
    step, period
        Place of each condition on the circle; gaps allowed.

    Returns
    -------
    array
        Columns of mean 0, norm 1; without gaps cosine and sine over ``sqrt(n / 2)``.
    """
    angle = 2 * np.pi * np.asarray(step) / period
    wave = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    wave -= wave.mean(axis=0)
    left, _, right = np.linalg.svd(wave, full_matrices=False)
    return left @ right  # the orthonormal frame nearest to cosine and sine


def orders(
    step: Int[np.ndarray, " condition"], period: int, *, n_draws: int, rng: np.random.Generator
) -> Orders:
    """List the orders that labels may be dealt in, or draw some.

    Parameters
    ----------
    step, period
        Place of each condition on the circle.
    n_draws
        Orders drawn where there are too many to list (from nine conditions on).
    rng
        Not used where every order is listed.

    Returns
    -------
    Orders
        Up to rotation and mirroring where listed: 360 of seven conditions in an even circle.
    """
    frame = harmonic(step, period)
    n = len(step)
    same = symmetries(np.round(circular_steps(np.asarray(step), period), 9))
    exact = n <= MOST_EXACT and factorial(n) // len(same) <= EVERY_UP_TO
    if exact:
        other = every_other_ordering(same)
    else:
        other = rng.permuted(np.repeat(np.arange(n)[None], n_draws, axis=0), axis=1)
    dealt = frame[np.concatenate([np.arange(n)[None], other])]
    return Orders(np.einsum("oia,oja->oij", dealt, dealt).reshape(len(dealt), -1), exact)


def ring_shares(
    moment: Float[np.ndarray, "*draw condition condition"], frame: Float[np.ndarray, "condition 2"]
) -> Float[np.ndarray, "*draw"]:
    """Measure the share of the first harmonic in the variance between conditions.

    ``tr(H' G H) / tr(G)``, H the harmonic, G the second moments, centred.

    Parameters
    ----------
    moment
        Second moments of conditions, rows summing to 0.
    frame
        Of ``harmonic``.

    Returns
    -------
    array
        1 for an even circle and nothing else; not a number where the trace is not above 0.
    """
    inside = np.einsum("...ij,ia,ja->...", moment, frame, frame)
    whole = np.trace(moment, axis1=-2, axis2=-1)
    return np.asarray(inside / np.where(whole > 0, whole, np.nan))


def ring_tests(moments: Float[np.ndarray, "layer condition condition"], known: Orders) -> RingTests:
    """Test the ring in every layer, and in all of them together, against other orders.

    An order is dealt to all layers at once, so that layers may depend on each other as they like.

    Parameters
    ----------
    moments
        Second moments of the conditions, a layer each.
    known
        Of ``orders``.

    Returns
    -------
    RingTests
        Exact p-values where the conditions could carry each other's labels; at least one over
        the number of orders, however many layers there are.

    Notes
    -----
    Shuffled labels do not tell a ring from an arc, or from a random walk in label order: the turns
    (``inference.fit_turns``) and the competition of models do.

    References
    ----------
    Westfall and Young 1993: the largest statistic over tests. Shinn 2023,
    doi:10.1073/pnas.2311420120: smooth signals look like rings.
    """
    flat = moments.reshape(len(moments), -1)
    inside = known.projections @ flat.T
    effect = _standard(inside)
    most = effect.max(axis=1)
    whole = np.trace(moments, axis1=1, axis2=2)
    return RingTests(
        share=inside[0] / np.where(whole > 0, whole, np.nan),
        effect=effect[0],
        p=(effect >= effect[0] - 1e-9).mean(axis=0),
        p_joint=(most[:, None] >= effect[0] - 1e-9).mean(axis=0),
        n_orders=len(effect),
        exact=known.exact,
    )


def placement_shares(
    spectrum: Float[np.ndarray, " axis"],
    frame: Float[np.ndarray, "condition 2"],
    *,
    n_draws: int,
    rng: np.random.Generator,
) -> Float[np.ndarray, " draw"]:
    """Draw the ring's share of conditions placed at random in a space of that spectrum.

    Parameters
    ----------
    spectrum
        Variances of the space's axes; those below 0 count as 0.
    frame
        Of ``harmonic``.
    n_draws
        Draws.
    rng
        Source of randomness.

    Returns
    -------
    array
        Shares in [0, 1] of Gaussian conditions; of mean ``2 / (conditions - 1)``, and the wider
        the fewer axes hold the variance.
    """
    root = np.sqrt(np.maximum(spectrum, 0))
    found = np.empty(n_draws)
    for start in range(0, n_draws, 500):
        n = min(500, n_draws - start)
        rows = rng.standard_normal((n, len(frame), root.size)) * root
        rows -= rows.mean(axis=1, keepdims=True)
        inside = (np.einsum("dia,ib->dba", rows, frame) ** 2).sum(axis=(1, 2))
        found[start : start + n] = inside / (rows**2).sum(axis=(1, 2))
    return found


def longest_run(above: Bool[np.ndarray, " layer"]) -> tuple[int, int] | None:
    """Return first and last index of the longest unbroken run; the earliest of equal ones.

    Parameters
    ----------
    above
        Where something holds.

    Returns
    -------
    tuple or None
        None if it holds nowhere.
    """
    edges = np.diff(np.concatenate([[0], np.asarray(above, dtype=np.int64), [0]]))
    first, after = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if first.size == 0:
        return None
    best = int(np.argmax(after - first))
    return int(first[best]), int(after[best]) - 1


def births(
    moments: Float[np.ndarray, "draw layer condition condition"],
    known: Orders,
    *,
    level: float = 0.05,
    least: Float[np.ndarray, " layer"] | float = 0.0,
) -> Int[np.ndarray, "draw 2"]:
    """Find where the ring begins and ends in every draw of a bootstrap.

    Parameters
    ----------
    moments
        Second moments of the conditions, by draw and layer.
    known
        Of ``orders``.
    level
        Of the joint test.
    least
        Share that a layer must exceed as well, such as a quantile of ``placement_shares``.

    Returns
    -------
    array
        First and last layer's index of the longest run; -1 where there is none.
    """
    found = np.full((len(moments), 2), -1)
    for draw, layers in enumerate(moments):
        found_here = ring_tests(layers, known)
        run = longest_run((found_here.p_joint <= level) & (found_here.share > least))
        if run is not None:
            found[draw] = run
    return found


def _standard(inside: Float[np.ndarray, "order layer"]) -> Float[np.ndarray, "order layer"]:
    spread = inside.std(axis=0)
    size = np.abs(inside).max(axis=0)
    flat = spread <= 1e-12 * np.maximum(size, 1e-300)  # all orders alike: no evidence
    return np.where(flat, 0.0, (inside - inside.mean(axis=0)) / np.where(flat, 1.0, spread))
