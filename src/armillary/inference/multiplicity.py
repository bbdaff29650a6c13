"""Adjusted p-values: what many tests at once leave of each one's evidence."""

import numpy as np
from jaxtyping import Float


def benjamini_hochberg(p: Float[np.ndarray, " test"]) -> Float[np.ndarray, " test"]:
    """Adjust p-values for the false discovery rate, tests independent or positively dependent.

    With p sorted upward, ``q_(i) = min over j >= i of m p_(j) / j``, capped at 1. Rejecting
    ``q <= level`` keeps the expected share of false rejections at or below ``level``.

    Parameters
    ----------
    p
        p-values in (0, 1], any order.

    Returns
    -------
    Float[np.ndarray, " test"]
        q-values in the order of ``p``, never below it. Testing more groups raises them.

    Raises
    ------
    ValueError
        If a p-value is outside [0, 1] or not a number.

    Notes
    -----
    ``m`` tests whose p-values cannot go below ``r`` give no q below ``m r / k`` when ``k`` of them
    reach ``r``. Seven ordered labels have ``r = 1/360``: among a thousand groups, a label test
    alone needs 56 perfect groups before any of them has ``q <= 0.05``.

    References
    ----------
    Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    p = _checked(p)
    return _step_up(p, p.size / np.arange(1, p.size + 1))


def benjamini_yekutieli(p: Float[np.ndarray, " test"]) -> Float[np.ndarray, " test"]:
    """Adjust p-values for the false discovery rate, whatever the dependence between tests.

    Benjamini and Hochberg's q times ``1 + 1/2 + ... + 1/m``, capped at 1.

    Parameters
    ----------
    p
        p-values in (0, 1], any order.

    Returns
    -------
    Float[np.ndarray, " test"]
        q-values in the order of ``p``; about ``log(m) + 0.58`` times the Benjamini-Hochberg ones.

    Raises
    ------
    ValueError
        If a p-value is outside [0, 1] or not a number.

    References
    ----------
    Benjamini and Yekutieli 2001, doi:10.1214/aos/1013699998: theorem 1.3.
    """
    p = _checked(p)
    rank = np.arange(1, p.size + 1)
    return _step_up(p, p.size * (1.0 / rank).sum() / rank)


def holm(p: Float[np.ndarray, " test"]) -> Float[np.ndarray, " test"]:
    """Adjust p-values for the chance of even one false rejection, whatever the dependence.

    With p sorted upward, the adjusted value is ``max over j <= i of (m + 1 - j) p_(j)``, capped
    at 1.

    Parameters
    ----------
    p
        p-values in (0, 1], any order.

    Returns
    -------
    Float[np.ndarray, " test"]
        Adjusted values in the order of ``p``, never below it and never below Benjamini-Hochberg's.

    Raises
    ------
    ValueError
        If a p-value is outside [0, 1] or not a number.

    References
    ----------
    Holm 1979, Scandinavian Journal of Statistics 6, 65-70.
    """
    p = _checked(p)
    order = np.argsort(p)
    raised = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(raised, 1.0)
    return adjusted


def weighted(
    p: Float[np.ndarray, " test"], weight: Float[np.ndarray, " test"] | None
) -> Float[np.ndarray, " test"]:
    """Divide p-values by how much is expected of each test, before they are adjusted.

    Parameters
    ----------
    p
        p-values in [0, 1].
    weight
        Positive, of any sum: they are scaled to mean 1. None for none. They must not depend on the
        p-values under the null, as a group's size does not.

    Returns
    -------
    Float[np.ndarray, " test"]
        ``p / weight``, at most 1. Adjusting these controls the same error as adjusting p does.

    References
    ----------
    Genovese, Roeder and Wasserman 2006, doi:10.1093/biomet/93.3.509.
    """
    if weight is None or not p.size:
        return p
    return np.minimum(1.0, p * (weight.mean() / weight))


def _step_up(
    p: Float[np.ndarray, " test"], factor: Float[np.ndarray, " test"]
) -> Float[np.ndarray, " test"]:
    order = np.argsort(p)
    lowered = np.minimum.accumulate((p[order] * factor)[::-1])[::-1]
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(lowered, 1.0)
    return adjusted


def _checked(p: Float[np.ndarray, " test"]) -> Float[np.ndarray, " test"]:
    p = np.asarray(p, dtype=np.float64)
    wrong = np.flatnonzero(~((p >= 0) & (p <= 1)))
    if wrong.size:
        raise ValueError(f"p-values lie in [0, 1], got {p[wrong[0]]} at {wrong[0]}")
    return p
