"""RDMs: distances of conditions as vectors, one RDM a fold of repeats, and models of them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from armillary.core import BadInput
from armillary.inference.orderings import circular_steps
from armillary.rsa.crossnobis import CrossProducts


def as_vector(
    squared: Float[np.ndarray, "*draw condition condition"],
) -> Float[np.ndarray, "*draw pair"]:
    """Take the entries above the diagonal, row by row.

    Parameters
    ----------
    squared
        A symmetric matrix, or a stack.

    Returns
    -------
    array
        ``n (n - 1) / 2`` entries each.
    """
    i, j = np.triu_indices(squared.shape[-1], 1)
    return squared[..., i, j]


def fold_rdms(
    products: CrossProducts, *, per_fold: int = 4, rng: np.random.Generator
) -> Float[np.ndarray, "fold pair"]:
    """Make one crossnobis RDM of every few repeats: independent witnesses of one geometry.

    Parameters
    ----------
    products
        Of all repeats.
    per_fold
        Repeats a fold, at least 2; what is left over goes to the first folds.
    rng
        Deals repeats to folds.

    Returns
    -------
    array
        One RDM a fold.

    Raises
    ------
    BadInput
        If there are not enough repeats for three folds.
    """
    n_repeats = len(products.inner)
    n_folds = n_repeats // per_fold
    if per_fold < 2 or n_folds < 3:
        raise BadInput(
            f"{n_repeats} repeats make {n_folds} folds of {per_fold}; a noise ceiling needs 3 "
            "folds of 2 repeats: give more contexts"
        )
    weights = np.zeros((n_folds, n_repeats))
    weights[np.arange(n_repeats) % n_folds, rng.permutation(n_repeats)] = 1
    return as_vector(products.squared(weights))


def ring_rdm(step: Int[np.ndarray, " condition"], period: int) -> Float[np.ndarray, " pair"]:
    """Return squared chords of an even circle: ``2 - 2 cos(2 pi k / period)``, k steps apart.

    Parameters
    ----------
    step, period
        Place of each condition on the circle.

    Returns
    -------
    array
        In [0, 4].
    """
    return as_vector(2 - 2 * np.cos(2 * np.pi * circular_steps(step, period) / period))


def line_rdm(step: Int[np.ndarray, " condition"]) -> Float[np.ndarray, " pair"]:
    """Return squared distances on an even line: ``(step_i - step_j)^2``.

    Parameters
    ----------
    step
        Place of each condition on the line.

    Returns
    -------
    array
        At least 0.
    """
    return as_vector((step[:, None] - step[None, :]).astype(np.float64) ** 2)


def tree_rdm(paths: Sequence[Sequence[str]]) -> Float[np.ndarray, " pair"]:
    """Return an ultrametric: levels of a hierarchy at which two conditions have parted.

    Parameters
    ----------
    paths
        For every condition, the branches from the root down, all equally long; the condition
        itself is a last level below them. One level is a partition into clusters (1 inside, 2
        across), none is one category.

    Returns
    -------
    array
        1 for conditions on the same branch to the end, one more for every level above.

    Raises
    ------
    BadInput
        If paths differ in length.
    """
    if len({len(path) for path in paths}) != 1:
        raise BadInput(f"branches of {len(paths)} conditions differ in number: give each as many")
    n, depth = len(paths), len(paths[0])
    apart = np.ones((n, n))
    for level in range(1, depth + 1):
        head = [tuple(path[:level]) for path in paths]
        apart += np.array([[one != other for other in head] for one in head])
    return as_vector(apart)


def category_rdm(n: int) -> Float[np.ndarray, " pair"]:
    """Return equal distances: words of one kind, with no order among them.

    Parameters
    ----------
    n
        Conditions.

    Returns
    -------
    array
        Ones.
    """
    return np.ones(n * (n - 1) // 2)


def halving_paths(n: int) -> tuple[tuple[str, ...], ...]:
    """Return a hierarchy over an order: halved, and each half halved again.

    Parameters
    ----------
    n
        Conditions, in order; at least 4.

    Returns
    -------
    tuple
        Two branches a condition.
    """
    quarter = [4 * i // n for i in range(n)]
    return tuple((f"half {q // 2}", f"quarter {q}") for q in quarter)
