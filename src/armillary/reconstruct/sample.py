"""Samples that do not depend on how the data were cut: the smallest values of a hash."""

import numpy as np
from jaxtyping import Int, UInt64


def priority(
    cluster: Int[np.ndarray, " pair"], token: Int[np.ndarray, " pair"], seed: int
) -> UInt64[np.ndarray, " pair"]:
    """Return a hash of (seed, cluster, token), as good as a uniform random 64-bit number.

    The seed plus odd multiples of cluster and token, put twice through the SplitMix64 finalizer.

    Parameters
    ----------
    cluster, token
        Numbers of the pair, 0 or more.
    seed
        Any whole number below ``2 ** 64``.

    Returns
    -------
    UInt64[np.ndarray, " pair"]
        Equal pairs get equal numbers; ties between different pairs have chance ``2 ** -64``.

    References
    ----------
    Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195: the mixing function.
    """
    key = _mixed(cluster.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed))
    return _mixed(key + token.astype(np.uint64) * np.uint64(0xD1342543DE82EF95))


def largest_kept(
    value: UInt64[np.ndarray, " pair"],
    cluster: Int[np.ndarray, " pair"],
    *,
    cap: int,
    n_clusters: int,
) -> UInt64[np.ndarray, " ceiling"]:
    """Return each cluster's ``cap``-th smallest value; the largest number where there are fewer.

    Parameters
    ----------
    value
        Priorities, one a pair.
    cluster
        Cluster of each pair, never falling.
    cap, n_clusters
        How many are to be kept of each, and how many clusters there are.

    Returns
    -------
    UInt64[np.ndarray, " ceiling"]
        One a cluster. Keeping values up to this one keeps ``cap`` of them.
    """
    edge = np.searchsorted(cluster, np.arange(n_clusters + 1))
    ceiling = np.full(n_clusters, np.iinfo(np.uint64).max, dtype=np.uint64)
    for crowded in np.flatnonzero(np.diff(edge) > cap):
        own = value[edge[crowded] : edge[crowded + 1]]
        ceiling[crowded] = np.partition(own, cap - 1)[cap - 1]
    return ceiling


def _mixed(key: UInt64[np.ndarray, " pair"]) -> UInt64[np.ndarray, " pair"]:
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> np.uint64(31))
