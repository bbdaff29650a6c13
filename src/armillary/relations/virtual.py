"""Virtual weights: what a later encoder reads of an earlier decoder through the residual stream."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import special

from armillary.core.errors import BadInput
from armillary.inference import NullTest, benjamini_hochberg


@dataclass(frozen=True, slots=True, eq=False)
class VirtualWeights:
    """Direct-path weights between two dictionaries, with the null of a spectrum-matched decoder.

    Parameters
    ----------
    weight
        ``V[i, j] = d_i . e_j``: decoder row of the earlier feature, encoder column of the later.
    z
        ``V`` less its mean over earlier features, in units of their spread, for every later one.
    q
        Benjamini-Hochberg over all pairs of the two-sided normal tail of ``z``.

    Notes
    -----
    If earlier decoder rows were Gaussian with the mean and covariance they have, ``V[:, j]`` would
    be normal with just the mean and variance that the column has: ``z`` needs no draws. Pairs that
    exceed it exceed the spectrum. Real dictionaries have heavier tails than a Gaussian of their
    spectrum, so small q means "stands out", not "computes".
    """

    weight: Float[np.ndarray, "earlier later"]
    z: Float[np.ndarray, "earlier later"]
    q: Float[np.ndarray, "earlier later"]

    def strongest(self, level: float = 0.05) -> Bool[np.ndarray, "earlier later"]:
        """Return which pairs stand out upwards at a false discovery rate."""
        return (self.q <= level) & (self.z > 0)


def virtual_weights(
    directions: Float[np.ndarray, "earlier d_model"], encoder: Float[np.ndarray, "d_model later"]
) -> VirtualWeights:
    """Multiply an earlier decoder with a later encoder.

    They see what passes through the residual stream unchanged: the identity path. They cannot see
    what attention or an MLP between the two layers computes, nor which features ever fire together.

    Parameters
    ----------
    directions
        Decoder rows of the earlier dictionary, in the residual stream's units.
    encoder
        Encoder columns of the later one, in the same.

    Returns
    -------
    VirtualWeights
        Linear in both. Rotating the stream changes nothing.

    Raises
    ------
    BadInput
        If the two do not share a space.
    """
    if directions.shape[1] != encoder.shape[0]:
        raise BadInput(
            f"decoder rows of {directions.shape[1]} dimensions, encoder columns of "
            f"{encoder.shape[0]}: both must live in one residual stream"
        )
    weight = directions.astype(np.float64) @ encoder.astype(np.float64)
    spread = weight.std(axis=0)
    z = (weight - weight.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    p = np.clip(2 * special.ndtr(-np.abs(z)), 1e-300, 1.0)
    q = benjamini_hochberg(p.ravel()).reshape(p.shape)
    return VirtualWeights(weight, z, q)


def carried_share(
    virtual: VirtualWeights,
    edges: tuple[Int[np.ndarray, " edge"], Int[np.ndarray, " edge"]],
    *,
    draws: int = 999,
    rng: np.random.Generator,
) -> NullTest:
    """Measure how far virtual weights agree with edges found otherwise.

    The mean ``z`` of the edges, beside the same when earlier features change their names at random:
    every later feature keeps its number of edges, every earlier one its partners.

    Parameters
    ----------
    virtual
        Weights of the same two dictionaries.
    edges
        Earlier and later column of each.
    draws
        Permutations.
    rng
        Draws them.

    Returns
    -------
    NullTest
        0 on average without any relation.

    Raises
    ------
    BadInput
        If there is no edge.
    """
    first, second = edges
    if first.size == 0:
        raise BadInput(
            "no edge to compare virtual weights with: lower the level or give more tokens"
        )
    n = virtual.z.shape[0]
    null = [virtual.z[rng.permutation(n)[first], second].mean() for _ in range(draws)]
    return NullTest(
        float(virtual.z[first, second].mean()), np.array(null), "earlier features renamed at random"
    )
