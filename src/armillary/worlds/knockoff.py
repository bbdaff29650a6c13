"""Knock-off decoders: the same codes on other vectors, and what the network makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.worlds.drawn import Sample
from armillary.worlds.truth import Readout
from armillary.worlds.world import World


@dataclass(frozen=True, slots=True)
class Placement:
    """Accuracy of the rest of the network on activations rebuilt from codes on other vectors.

    Parameters
    ----------
    as_is
        With no re-fit.
    rotated
        After the best rotation (reflections included) of what was rebuilt.
    """

    as_is: float
    rotated: float


def knockoff_table(
    world: World, sae: SparseAutoencoder, *, rng: np.random.Generator, n: int = 4000
) -> dict[str, Placement]:
    """Measure how much of an autoencoder's use lies in where its decoder vectors point.

    Codes of ``n`` fresh activations stay as they are; the decoder is (1) ``learned``; (2)
    ``permuted`` among the features that fire; (3) ``random``: Gaussian directions with the learned
    lengths; (4) ``jointly rotated`` by one random rotation, which keeps its Gram matrix.

    Parameters
    ----------
    world
        With a readout.
    sae
        Trained on its activations; its vectors must not be rescaled on the way in.
    rng
        Draws activations, placements and the rotation.
    n
        Number of activations.

    Returns
    -------
    dict of str to Placement
        By placement: accuracy as is and after the best rotation. A linear re-fit is not allowed:
        with fewer firing features than dimensions it could undo any placement.

    Raises
    ------
    BadInput
        If the world has no readout.
    """
    if world.truth.readout is None:
        raise BadInput(f"{world.name} has no readout: nothing says what its activations are for")
    sample = world.draw(n, rng)
    codes = np.asarray(sae.encode(sample.activations), dtype=np.float64)
    learned = sae.directions.astype(np.float64)
    firing = np.flatnonzero((codes != 0).any(axis=0))
    permuted = learned.copy()
    permuted[firing] = learned[rng.permutation(firing)]
    drawn = rng.standard_normal(learned.shape)
    drawn *= (np.linalg.norm(learned, axis=1) / np.linalg.norm(drawn, axis=1))[:, None]
    turn, _ = np.linalg.qr(rng.standard_normal((learned.shape[1], learned.shape[1])))
    decoders: Mapping[str, np.ndarray] = {
        "learned": learned,
        "permuted": permuted,
        "random": drawn,
        "jointly rotated": learned @ turn,
    }
    bias = sae.decoder_bias.astype(np.float64)
    return {
        name: placement(codes @ decoder + bias, sample, world.truth.readout)
        for name, decoder in decoders.items()
    }


def placement(
    rebuilt: Float[np.ndarray, "token d_model"], sample: Sample, readout: Readout
) -> Placement:
    """Return the accuracy of rebuilt activations as they are and after the best rotation.

    The rotation is the orthogonal Procrustes solution about the means: ``R`` that minimises
    ``|(y - mean y) R - (x - mean x)|`` over all rows, ``x`` the activations, ``y`` the rebuilt.

    Parameters
    ----------
    rebuilt
        One row a row of the sample.
    sample
        The activations, and what the readout needs.
    readout
        The rest of the network.
    """
    target = sample.activations.astype(np.float64)
    from_mean, to_mean = rebuilt.mean(axis=0), target.mean(axis=0)
    u, _, v = np.linalg.svd((rebuilt - from_mean).T @ (target - to_mean))
    turned = (rebuilt - from_mean) @ (u @ v) + to_mean
    return Placement(readout.accuracy(rebuilt, sample), readout.accuracy(turned, sample))
