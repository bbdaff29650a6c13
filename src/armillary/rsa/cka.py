"""CKA: how alike two layers' spaces of the same points are, up to rotation and scale."""

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput

LEAST = 4  # points below which the unbiased estimator divides by zero


def linear_cka(
    first: Float[np.ndarray, "point d_first"], second: Float[np.ndarray, "point d_second"]
) -> float:
    """Measure centred kernel alignment with linear kernels.

    ``|X' Y|^2 / (|X' X| |Y' Y|)``, columns centred, Frobenius norms.

    Parameters
    ----------
    first, second
        The same points in two spaces, row by row.

    Returns
    -------
    float
        In [0, 1]; 1 where the spaces are the same up to rotation and scale. With fewer points
        than dimensions it is near 1 for noise as well: use ``debiased_cka``.

    Raises
    ------
    BadInput
        If the points differ in number, or do not vary.

    References
    ----------
    Kornblith et al. 2019, arXiv:1905.00414, equation 6.
    """
    _check(first, second, least=2)
    x, y = first - first.mean(axis=0), second - second.mean(axis=0)
    k, m = x @ x.T, y @ y.T
    return _ratio(float((k * m).sum()), float((k * k).sum()), float((m * m).sum()))


def debiased_cka(
    first: Float[np.ndarray, "point d_first"], second: Float[np.ndarray, "point d_second"]
) -> float:
    """Measure linear kernel alignment with an estimator of HSIC whose mean is right.

    With K, M the Gram matrices, diagonals set to 0: ``(tr KM + 1'K1 1'M1 / ((n-1)(n-2)) - 2 1'KM1
    / (n-2)) / (n(n-3))``, and the cosine made of it as CKA is.

    Parameters
    ----------
    first, second
        The same points in two spaces, row by row; at least 4.

    Returns
    -------
    float
        Mean 0 for independent spaces whatever their dimensions; below 0 by chance; 1 for the same
        space.

    Raises
    ------
    BadInput
        If the points differ in number, are too few, or do not vary.

    References
    ----------
    Song et al. 2012, JMLR 13: equation 4. Nguyen et al. 2020, arXiv:2010.15327: its use in CKA.
    """
    _check(first, second, least=LEAST)
    k, m = (_hollow(np.asarray(each, dtype=np.float64)) for each in (first, second))
    return _ratio(_hsic(k, m), _hsic(k, k), _hsic(m, m))


def cka_matrix(
    spaces: Float[np.ndarray, "layer point d_model"],
) -> Float[np.ndarray, "layer layer"]:
    """Measure debiased CKA between all pairs of layers, making each Gram matrix once.

    Parameters
    ----------
    spaces
        The same points in every layer.

    Returns
    -------
    array
        Symmetric, 1 on the diagonal.

    Raises
    ------
    BadInput
        If points are too few or do not vary.
    """
    _check(spaces[0], spaces[0], least=LEAST)
    grams = [_hollow(np.asarray(space, dtype=np.float64)) for space in spaces]
    own = [_hsic(gram, gram) for gram in grams]
    found = np.eye(len(grams))
    for i, j in zip(*np.triu_indices(len(grams), 1), strict=True):
        found[i, j] = found[j, i] = _ratio(_hsic(grams[i], grams[j]), own[i], own[j])
    return found


def _hollow(points: np.ndarray) -> Float[np.ndarray, "point point"]:
    centred = points - points.mean(axis=0)  # changes nothing but rounding
    gram = centred @ centred.T
    np.fill_diagonal(gram, 0.0)
    return gram


def _hsic(k: np.ndarray, m: np.ndarray) -> float:
    n = len(k)
    both = float((k * m).sum())
    sums = float(k.sum() * m.sum()) / ((n - 1) * (n - 2))
    cross = 2 * float(k.sum(axis=0) @ m.sum(axis=0)) / (n - 2)
    return (both + sums - cross) / (n * (n - 3))


def _ratio(both: float, first: float, second: float) -> float:
    if first <= 0 or second <= 0:
        raise BadInput("points of one space do not vary: no alignment; leave that layer out")
    return both / float(np.sqrt(first * second))


def _check(first: np.ndarray, second: np.ndarray, *, least: int) -> None:
    if len(first) != len(second) or len(first) < least:
        raise BadInput(
            f"{len(first)} and {len(second)} points: give the same points in both spaces, "
            f"at least {least}"
        )
