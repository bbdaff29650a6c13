"""Threshold autoencoder: one latent a set of points that a hyperplane cuts off, in closed form."""

import numpy as np
from jaxtyping import Float

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.core.firing import ReLU


def threshold_sae(
    reads: Float[np.ndarray, "feature d_model"],
    *,
    top: Float[np.ndarray, " feature"] | float,
    below: Float[np.ndarray, " feature"] | float,
    writes: Float[np.ndarray, "feature d_model"],
    centre: Float[np.ndarray, " d_model"] | None = None,
) -> SparseAutoencoder:
    """Return the autoencoder whose latents are 1 where ``reads . x = top`` and 0 where it is less.

    ``code_j = ReLU((reads_j . (x - centre) - h_j) / (top_j - h_j))`` with ``h_j`` halfway between
    ``below_j`` and ``top_j``, and ``x' = centre + sum_j code_j writes_j``. On points where every
    ``reads_j . (x - centre)`` is either ``top_j`` or at most ``below_j`` the codes are 0 or 1.

    Parameters
    ----------
    reads
        What each latent looks along.
    top, below
        The value on the points it is for, and the largest value on the others.
    writes
        What each latent adds where it fires.
    centre
        Taken off before reading and added to what is written; None is the origin.

    Raises
    ------
    BadInput
        If some latent's points are not cut off: ``top`` is not above ``below``.
    """
    n, d_model = reads.shape
    high, low = np.broadcast_to(top, (n,)), np.broadcast_to(below, (n,))
    if not (high > low).all():
        worst = int(np.argmin(high - low))
        raise BadInput(
            f"latent {worst} reads {high[worst]:.4g} on its own points and {low[worst]:.4g} on "
            "others: no hyperplane cuts its points off, so it cannot fire on them alone"
        )
    bar = (high + low) / 2
    return SparseAutoencoder(
        directions=writes.astype(np.float32),
        encoder=np.ascontiguousarray((reads / (high - bar)[:, None]).T.astype(np.float32)),
        encoder_bias=(-bar / (high - bar)).astype(np.float32),
        decoder_bias=(np.zeros(d_model) if centre is None else centre).astype(np.float32),
        firing=ReLU(),
        centred=centre is not None,
    )


def cross_polytope_sae(axes: Float[np.ndarray, "axis d_model"]) -> SparseAutoencoder:
    """Return the autoencoder with both ends of every axis as latents: exact on all of the span.

    ``codes = [ReLU(axes x), ReLU(-axes x)]``; L0 is the number of axes. It rebuilds whatever lies
    in the span of these orthonormal axes, turned in any way, and so says nothing about it.
    """
    both = np.vstack([axes, -axes]).astype(np.float32)
    return SparseAutoencoder(
        directions=both,
        encoder=np.ascontiguousarray(both.T),
        encoder_bias=np.zeros_like(both[:, 0]),
        decoder_bias=np.zeros_like(both[0]),
        firing=ReLU(),
        centred=False,
    )
