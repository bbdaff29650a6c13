"""Crossnobis: squared distances of conditions in units of noise, with nothing added by noise."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput
from armillary.rsa.noise import noise_covariance

GROUPS = 4  # of repeats: what whitens a pair of repeats comes from the groups of neither
LEAST_REPEATS = 2 * GROUPS


@dataclass(frozen=True, slots=True, eq=False)
class CrossProducts:
    """Inner products of conditions between repeats, in the metric of the noise.

    Parameters
    ----------
    inner
        ``inner[r, s, i, j] = (x_ri - mean_r)' P_rs (x_sj - mean_s)`` with P the precision of the
        noise, or the identity; 0 where r equals s, which is never used.
    shrinkage
        Mean shrinkage of the covariances that were inverted; None where nothing was whitened.
    """

    inner: Float[np.ndarray, "repeat repeat condition condition"]
    shrinkage: float | None

    def second_moment(
        self, weights: Float[np.ndarray, "draw repeat"] | None = None
    ) -> Float[np.ndarray, "draw condition condition"]:
        """Return the second-moment matrix of the conditions' true patterns, free of noise.

        ``sum over r != s of w_r w_s inner_rs / sum over r != s of w_r w_s``. A repeat drawn twice
        is never paired with itself.

        Parameters
        ----------
        weights
            How often each repeat counts, one row a draw. Default: every repeat once.

        Returns
        -------
        array
            Symmetric, rows sum to 0; not positive: eigenvalues below 0 are noise.
        """
        n_repeats, _, n, _ = self.inner.shape
        w = np.ones((1, n_repeats)) if weights is None else np.asarray(weights, dtype=np.float64)
        once = (w @ self.inner.reshape(n_repeats, -1)).reshape(len(w), n_repeats, n * n)
        both = np.matmul(w[:, None, :], once)[:, 0].reshape(len(w), n, n)
        pairs = w.sum(axis=1) ** 2 - (w**2).sum(axis=1)
        both /= np.where(pairs > 0, pairs, np.nan)[:, None, None]
        return (both + np.swapaxes(both, 1, 2)) / 2

    def squared(
        self, weights: Float[np.ndarray, "draw repeat"] | None = None
    ) -> Float[np.ndarray, "draw condition condition"]:
        """Return crossnobis distances: squared, unbiased, below 0 by chance where there are none.

        Parameters
        ----------
        weights
            As for ``second_moment``.

        Returns
        -------
        array
            Squared distances in squared standard deviations of noise where whitened, else in the
            patterns' unit squared; diagonal 0.
        """
        return squared_of(self.second_moment(weights))


def squared_of(
    moment: Float[np.ndarray, "*draw condition condition"],
) -> Float[np.ndarray, "*draw condition condition"]:
    """Turn second moments into squared distances: ``G_ii + G_jj - 2 G_ij``.

    Parameters
    ----------
    moment
        Second moments of conditions.

    Returns
    -------
    array
        Of the same shape.
    """
    own = np.diagonal(moment, axis1=-2, axis2=-1)
    return own[..., :, None] + own[..., None, :] - moment - np.swapaxes(moment, -1, -2)


def cross_products(
    patterns: Float[np.ndarray, "repeat condition d_model"], *, whiten: bool = True
) -> CrossProducts:
    """Take the inner products that cross-validated distances and their bootstraps are made of.

    Each repeat is centred over conditions. With ``whiten``, repeats are dealt to four groups in
    turn, and the pair of repeats (r, s) is whitened by the shrunk covariance of the noise in
    the groups of neither. A covariance that had seen r or s would have fitted their noise, and
    the distances would come out too large.

    Parameters
    ----------
    patterns
        Every condition in every repeat, at least 2 repeats; 8 to whiten.
    whiten
        By the noise. Where repeats are copies of each other (a model's embeddings) there is none,
        and nothing is whitened.

    Returns
    -------
    CrossProducts
        The mean over draws of ``squared()`` is 0 for conditions that do not differ.

    Raises
    ------
    BadInput
        If there are too few repeats or conditions.

    Notes
    -----
    Rotations and shifts of the space change nothing, shifts of single repeats neither; scale
    changes nothing where whitened. Cost: one decomposition of a (repeat x condition) square matrix
    and ten inversions.

    References
    ----------
    Walther et al. 2016, doi:10.1016/j.neuroimage.2015.12.012: the estimator, whitened once for all.
    """
    n_repeats, n, d_model = patterns.shape
    least = LEAST_REPEATS if whiten else 2
    if n_repeats < least or n < 3:
        raise BadInput(
            f"{n_repeats} repeats of {n} conditions: cross-validated distances need {least} "
            "repeats and 3 conditions; give more contexts or words"
        )
    rows = reduced(patterns)
    if not whiten:
        return CrossProducts(_crossed(rows, rows), None)
    inner = np.zeros((n_repeats, n_repeats, n, n))
    group = np.arange(n_repeats, dtype=np.int64) % GROUPS
    shrunk: list[float] = []
    for a in range(GROUPS):
        for b in range(a, GROUPS):
            noise = noise_covariance(rows[(group != a) & (group != b)], d_model=d_model)
            here, there = np.flatnonzero(group == a), np.flatnonzero(group == b)
            left = rows[here] if noise is None else rows[here] @ noise.inverse
            found = np.einsum("rid,sjd->rsij", left, rows[there], optimize=True)
            inner[np.ix_(here, there)] = found
            inner[np.ix_(there, here)] = found.transpose(1, 0, 3, 2)
            shrunk += [] if noise is None else [noise.shrinkage]
    inner[np.arange(n_repeats), np.arange(n_repeats)] = 0
    return CrossProducts(inner, float(np.mean(shrunk)) if shrunk else None)


def reduced(
    patterns: Float[np.ndarray, "repeat condition d_model"],
) -> Float[np.ndarray, "repeat condition axis"]:
    """Centre each repeat over conditions, and keep the axes in which anything is left.

    Parameters
    ----------
    patterns
        Every condition in every repeat.

    Returns
    -------
    array
        Inner products as before; axes at most ``repeat x (condition - 1)``.
    """
    centred = np.asarray(patterns, dtype=np.float64)
    centred = centred - centred.mean(axis=1, keepdims=True)
    flat = centred.reshape(-1, centred.shape[2])
    if flat.shape[0] >= flat.shape[1]:
        return centred
    left, length, _ = np.linalg.svd(flat, full_matrices=False)
    kept = max(1, int((length > 1e-9 * max(length[0], 1e-300)).sum()))
    return (left[:, :kept] * length[:kept]).reshape(*centred.shape[:2], kept)


def _crossed(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    inner = np.einsum("rid,sjd->rsij", left, right, optimize=True)
    inner[np.arange(len(inner)), np.arange(len(inner))] = 0
    return inner
