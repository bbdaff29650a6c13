"""Cophenetic distances: the height at which a tree joins two points."""

from typing import Any

import fastcluster
import numpy as np
from jaxtyping import Float
from scipy.cluster import hierarchy


def linkage_of(distance: Float[np.ndarray, "point point"]) -> Float[np.ndarray, "merge 4"]:
    """Return the average-linkage tree of a matrix of distances, as scipy writes one."""
    link: Any = fastcluster
    return link.linkage(distance[np.triu_indices(len(distance), 1)], method="average")


def cophenetic(distance: Float[np.ndarray, "point point"]) -> Float[np.ndarray, "point point"]:
    """Return the heights at which average linkage joins each pair; 0 on the diagonal."""
    n = len(distance)
    flat: Any = hierarchy
    out = np.zeros((n, n))
    out[np.triu_indices(n, 1)] = flat.cophenet(linkage_of(distance))
    return out + out.T


def cophenetic_correlation(
    distance: Float[np.ndarray, "draw point point"],
) -> Float[np.ndarray, " draw"]:
    """Correlate distances with the heights at which average linkage joins the pairs.

    Parameters
    ----------
    distance
        Distances of each draw, symmetric; at least three points.

    Returns
    -------
    Float[np.ndarray, " draw"]
        1 for an ultrametric, never below 0 for average linkage; 0 where all distances are alike.

    References
    ----------
    Sokal and Rohlf 1962, The comparison of dendrograms by objective methods, Taxon 11.
    """
    pair = np.triu_indices(distance.shape[1], 1)
    return np.array([_correlated(one[pair], cophenetic(one)[pair]) for one in distance])


def _correlated(first: np.ndarray, second: np.ndarray) -> float:
    a, b = first - first.mean(), second - second.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    alike = 1e-9 * first.size * float(first.mean()) ** 2
    return 0.0 if size <= alike else float(a @ b) / size
