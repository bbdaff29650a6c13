"""Orderings: which relabellings of a template tie, and every one that does not."""

import itertools
from math import factorial, inf

import numpy as np
from jaxtyping import Float, Int

EVERY_UP_TO = 25_000  # orderings; above it they are drawn


def circular_steps(
    step: Int[np.ndarray, " point"], period: int
) -> Float[np.ndarray, "point point"]:
    """Measure how many steps apart labels are round a circle of ``period`` steps, the short way.

    Parameters
    ----------
    step
        Label of each point, ``0 .. period-1``.
    period
        Steps in a full turn.

    Returns
    -------
    Float[np.ndarray, "point point"]
        ``min(k, period - k)`` with ``k = |step_i - step_j|``.
    """
    apart = np.abs(step[:, None] - step[None, :]).astype(np.float64)
    return np.minimum(apart, period - apart)


def symmetries(template: Float[np.ndarray, "point point"]) -> Int[np.ndarray, "symmetry point"]:
    """List the relabellings that leave a template of distances on a line or circle unchanged.

    Parameters
    ----------
    template
        Distances between labels; no two labels at distance 0.

    Returns
    -------
    Int[np.ndarray, "symmetry point"]
        Permutations ``s`` with ``template[s][:, s] == template``; the identity is among them.

    Notes
    -----
    On a line or a circle the images of two neighbours fix all others, or all but a mirrored
    choice; candidates are grown point by point and abandoned at the first mismatch.
    """
    n = template.shape[0]
    partial: list[tuple[int, ...]] = [()]
    for point in range(n):
        grown: list[tuple[int, ...]] = []
        for image in partial:
            wanted = template[point, :point]
            fits = (template[:, list(image)] == wanted).all(axis=1)
            grown += [(*image, int(other)) for other in np.flatnonzero(fits) if other not in image]
        partial = grown
    return np.array(partial, dtype=np.int64).reshape(-1, n)


def n_orderings(n: int, n_symmetries: int) -> float:
    """Count orderings of ``n`` labels that a template can tell apart: ``n! / n_symmetries``.

    Parameters
    ----------
    n
        Number of labels.
    n_symmetries
        Orderings that tie with each one, itself included.

    Returns
    -------
    float
        Its inverse is the smallest p-value a permutation of labels can reach.
    """
    return factorial(n) / n_symmetries if n <= 170 else inf  # 171! is no float


def every_other_ordering(same: Int[np.ndarray, "symmetry point"]) -> Int[np.ndarray, "order point"]:
    """List one permutation from each class of ties, leaving out the identity's own class.

    Parameters
    ----------
    same
        Permutations that tie with the identity, as from ``symmetries``.

    Returns
    -------
    Int[np.ndarray, "order point"]
        ``n! / n_symmetries - 1`` permutations.
    """
    n: int = same.shape[1]
    every = np.array(list(itertools.permutations(range(n))), dtype=np.int64)
    weight: Int[np.ndarray, " point"] = np.power(n, np.arange(n)[::-1])
    key = every @ weight
    first = np.min([s[every] @ weight for s in same], axis=0)  # smallest key in the class
    identity = np.min(same @ weight)
    return every[(key == first) & (key != identity)]
