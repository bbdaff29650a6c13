"""Leftover: what an autoencoder does not rebuild, its spectrum, and what could be known of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core import BadInput, SparseAutoencoder
from armillary.inference.monte_carlo import NullTest

FOLDS = 5
RIDGE = 0.01  # of the number of rows, on columns of variance 1
BLOCK = 2048
ROUNDING = 1e-5  # of the vectors' size: a residual below it is single precision's

Rows = Float[np.ndarray, "token d_model"]


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Variances along the principal axes of vectors, largest first.

    Parameters
    ----------
    variance
        Eigenvalues of the covariance.
    """

    variance: Float[np.ndarray, " axis"]

    @property
    def total(self) -> float:
        """Variance in all."""
        return float(self.variance.sum())

    @property
    def effective(self) -> float:
        """Participation ratio ``(sum v)^2 / sum v^2``: how many axes carry the variance."""
        square = float(np.square(self.variance).sum())
        return self.total**2 / square if square > 0 else 0.0

    def axes_for(self, share: float) -> int:
        """Return how many axes carry a share of the variance.

        Parameters
        ----------
        share
            In (0, 1].

        Returns
        -------
        int
            At least 1.
        """
        return 1 + int(np.searchsorted(np.cumsum(self.variance), share * self.total * (1 - 1e-12)))


def spectrum(rows: Rows) -> Spectrum:
    """Return the spectrum of vectors about their mean.

    Parameters
    ----------
    rows
        At least two.

    Returns
    -------
    Spectrum
        Variances, none below 0.

    Raises
    ------
    BadInput
        If there are fewer than two rows.
    """
    if len(rows) < 2:
        raise BadInput(f"{len(rows)} vectors have no spectrum: give two or more")
    about = rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)
    value = np.linalg.eigvalsh(about.T @ about / len(rows))[::-1]
    return Spectrum(np.maximum(value, 0.0))


def residual(sae: SparseAutoencoder, rows: Rows) -> Rows:
    """Return ``x - x'``: what an autoencoder leaves of vectors.

    Parameters
    ----------
    sae
        The autoencoder.
    rows
        Vectors that it was made for.

    Returns
    -------
    Float[np.ndarray, "token d_model"]
        float32.

    Raises
    ------
    BadInput
        If it is a transcoder or the vectors have another dimension.
    """
    if sae.directions.shape[1] != sae.d_model:
        raise BadInput("a transcoder writes another space than it reads: nothing is left over")
    blocks = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
    return np.concatenate([block - sae.reconstruct(block) for block in blocks]).astype(np.float32)


def gaussian_like(rows: Rows, *, rng: np.random.Generator) -> Rows:
    """Draw as many Gaussian vectors of the same mean and covariance.

    Parameters
    ----------
    rows
        What to imitate.
    rng
        Of the draw.

    Returns
    -------
    Float[np.ndarray, "token d_model"]
        float32.
    """
    mean = rows.mean(axis=0, dtype=np.float64)
    about = rows.astype(np.float64) - mean
    value, axes = np.linalg.eigh(about.T @ about / len(rows))
    root = (axes * np.sqrt(np.maximum(value, 0.0))).T
    return (rng.standard_normal(rows.shape) @ root + mean).astype(np.float32)


def predictable(
    x: Float[np.ndarray, "token d_x"],
    y: Float[np.ndarray, "token d_y"],
    *,
    document: Int[np.ndarray, " token"] | None = None,
    n_draws: int = 19,
    rng: np.random.Generator,
) -> NullTest:
    """Measure how much of one set of vectors a linear map of another predicts on new documents.

    ``R^2 = 1 - sum |y - y'|^2 / sum |y - mean y|^2`` with ridge regression (``0.01 n`` on columns
    of variance 1) fitted on four fifths of the documents, the mean of the same; over all five
    fifths. Null: documents of ``y`` dealt out in another order, what stands within one kept.

    Parameters
    ----------
    x, y
        Row by row.
    document
        Of each row, in blocks; every row its own where None.
    n_draws
        Of the null.
    rng
        Of folds and draws.

    Returns
    -------
    NullTest
        ``observed`` at most 1; 0 and below: nothing is predicted. Invariant to rotating ``y``.

    Raises
    ------
    BadInput
        If rows do not agree, or there are fewer than ten documents.
    """
    n = len(x)
    own: np.ndarray = np.arange(n) if document is None else np.asarray(document)
    names, first = np.unique(own, return_index=True)
    if len(y) != n or own.size != n or names.size < 2 * FOLDS:
        raise BadInput(
            f"{n} and {len(y)} rows of {names.size} documents: expected as many of either, of at "
            f"least {2 * FOLDS} documents"
        )
    fold_of = dict(zip(names.tolist(), rng.permutation(names.size) % FOLDS, strict=True))
    fold = np.array([fold_of[one] for one in own.tolist()])
    fit = _fitting(x, fold)
    cuts: list[int] = [*np.sort(first).tolist(), n]
    blocks: list[np.ndarray] = [np.arange(a, b) for a, b in zip(cuts, cuts[1:], strict=False)]
    null = np.empty(n_draws)
    for draw in range(n_draws):
        order: np.ndarray = np.concatenate([blocks[int(k)] for k in rng.permutation(len(blocks))])
        null[draw] = fit(y[order])
    return NullTest(fit(y), null, "documents dealt out in another order")


def _fitting(x: np.ndarray, fold: np.ndarray) -> Callable[[np.ndarray], float]:
    """Return a function that fits any targets on the same folds; factorised once."""
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
    for held in range(FOLDS):
        train, test = fold != held, fold == held
        mean, spread = x[train].mean(axis=0), x[train].std(axis=0)
        scale = np.where(spread > 1e-8 * max(float(spread.max()), 1e-30), spread, np.inf)
        a = ((x[train] - mean) / scale).astype(np.float64)
        b = ((x[test] - mean) / scale).astype(np.float64)
        gram: np.ndarray = a.T @ a + RIDGE * len(a) * np.eye(a.shape[1])
        inverse: np.ndarray = np.linalg.inv(gram)
        reads: np.ndarray = b @ inverse
        parts.append((train, test, a, reads))

    def fit(y: np.ndarray) -> float:
        missed = spread = 0.0
        for train, test, a, reads in parts:
            mean = y[train].mean(axis=0, dtype=np.float64)
            made = reads @ (a.T @ (y[train] - mean))
            missed += float(np.square(y[test] - mean - made).sum())
            spread += float(np.square(y[test] - mean).sum())
        return 1 - missed / spread if spread > 0 else 0.0

    return fit


@dataclass(frozen=True, slots=True)
class PlantedShare:
    """Where a planted part of activations went.

    Parameters
    ----------
    share
        Of its energy along itself, what is found in the residual: ``sum z . e / sum z . z`` about
        the means; 0 all rebuilt, 1 all left over.
    from_rebuilt, from_residual
        R^2 on new rows of a ridge from the reconstruction, and from the residual, to the part.
    """

    share: float
    from_rebuilt: float
    from_residual: float


def planted_share(planted: Rows, x: Rows, left: Rows, *, rng: np.random.Generator) -> PlantedShare:
    """Measure how much of a planted part of activations an autoencoder left over.

    Parameters
    ----------
    planted
        What one factor adds to each activation (``World.contribution``).
    x, left
        Activations, and what is left of them.
    rng
        Of the folds.

    Returns
    -------
    PlantedShare
        Parts that go with the planted one count with it. A residual of rounding alone says nothing.

    Raises
    ------
    BadInput
        If the planted part is constant.
    """
    z = planted.astype(np.float64) - planted.mean(axis=0, dtype=np.float64)
    energy = float(np.square(z).sum())
    if energy == 0:
        raise BadInput("the planted part is the same on every row: there is nothing to follow")
    share = float((z * (left - left.mean(axis=0))).sum()) / energy
    whole = float(np.square(x).mean(dtype=np.float64))
    nothing = float(np.square(left).mean(dtype=np.float64)) <= ROUNDING**2 * whole
    held = np.zeros_like(left) if nothing else left
    read = [predictable(one, z, n_draws=0, rng=rng).observed for one in (x - left, held)]
    return PlantedShare(share, *read)
