"""Spectrum of an embedding of residues: its key frequencies, one of them alone, its circularity."""

from typing import cast

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput


def frequency_shares(embedding: Float[np.ndarray, "residue d_embed"]) -> Float[np.ndarray, " k"]:
    """Return each frequency's share of the embedding's variance.

    Parameters
    ----------
    embedding
        One row a residue, an odd number of them.

    Returns
    -------
    numpy.ndarray
        Entry ``k - 1`` is the power of ``cos, sin 2 pi k a / p``, for ``k = 1 .. (p - 1) / 2``;
        they sum to 1.

    Raises
    ------
    BadInput
        If the number of residues is even.
    """
    p = embedding.shape[0]
    if p % 2 == 0:
        raise BadInput(f"{p} residues: frequencies pair up for odd p only")
    power = (np.abs(np.fft.rfft(embedding, axis=0)) ** 2)[1:].sum(axis=1)
    return power / power.sum()


def key_frequencies(embedding: Float[np.ndarray, "residue d_embed"]) -> tuple[int, ...]:
    """Return the frequencies with more than their even share of the variance, largest first.

    The even share is ``2 / (p - 1)``. An embedding without structure has no key frequencies to
    find, and about half of all are returned.
    """
    shares = frequency_shares(embedding)
    order = np.argsort(-shares, kind="stable")
    return tuple(int(k) + 1 for k in order if shares[k] > 1 / shares.size)


def isolate(
    embedding: Float[np.ndarray, "residue d_embed"], frequency: int
) -> Float[np.ndarray, "residue d_embed"]:
    """Return the embedding with one frequency and its mean, all else removed."""
    modes = np.fft.rfft(embedding, axis=0)
    kept = np.zeros_like(modes)
    kept[[0, frequency]] = modes[[0, frequency]]
    return cast(np.ndarray, np.fft.irfft(kept, n=embedding.shape[0], axis=0))


def circularity(embedding: Float[np.ndarray, "residue d_embed"]) -> float:
    """Measure how purely the leading principal components are single frequencies.

    The mean over the first four principal components of the largest share of a component's
    variance that one frequency holds: 1 where each is a wave.

    References
    ----------
    Zhong et al. 2023, arXiv:2306.17844.
    """
    u, singular, _ = np.linalg.svd(embedding - embedding.mean(axis=0), full_matrices=False)
    leading = u[:, :4][:, singular[:4] > singular[0] * 1e-9]
    return float(np.mean([frequency_shares(column[:, None]).max() for column in leading.T]))
