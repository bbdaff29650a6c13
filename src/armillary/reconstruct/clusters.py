"""All clusters' reconstructions from one pass over the codes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.core.partition import Partition
from armillary.reconstruct.reconstruction import Reconstructions
from armillary.reconstruct.sample import largest_kept, priority

AT_ONCE = 1 << 22  # firings of codes looked at together


def reconstruct_clusters(
    codes: Codes,
    directions: Float[np.ndarray, "feature d_model"],
    partition: Partition,
    *,
    cap: int = 20_000,
    at_once: int = AT_ONCE,
    rng: np.random.Generator,
) -> Reconstructions:
    """Rebuild, for every cluster, each token on which it fires from its features alone.

    One pass over the codes: each firing is dealt to the clusters that hold its feature, firings
    are sorted by cluster, and stay as they are, token by member. No vector in d_model is made
    until one is asked for.

    Parameters
    ----------
    codes
        Activations whose columns are the rows of ``directions`` (``Codes.columns_for``).
    directions
        Decoder rows.
    partition
        Clusters; they may overlap, and need not cover the space.
    cap
        Most tokens kept of a cluster. Of those that fire, the ones with the ``cap`` smallest values
        of a hash of (seed, cluster, token) are kept: a uniform sample without replacement, the
        same however the codes are cut into blocks.
    at_once
        Firings looked at together; memory is about 40 bytes each, plus what is kept.
    rng
        Draws the seed of that hash, which the result records.

    Returns
    -------
    Reconstructions
        ``result[i].points`` equals the sum over members of activation times decoder row.

    Raises
    ------
    BadInput
        If codes, directions and partition do not speak of the same number of features, or the cap
        is below 1.

    Notes
    -----
    Time is linear in firings times the clusters a feature is in.

    References
    ----------
    Engels et al. 2024, arXiv:2405.14860: reconstruction restricted to a cluster.
    """
    sizes = {codes.n_features, directions.shape[0], partition.n_features}
    if len(sizes) > 1:
        raise BadInput(
            f"codes have {codes.n_features} features, directions {directions.shape[0]}, the "
            f"partition {partition.n_features}: align the codes with Codes.columns_for"
        )
    if cap < 1:
        raise BadInput(f"cap must be at least 1, got {cap}")
    seed = int(rng.integers(2**63))
    places = _Places.of(partition)
    keeper = _Keeper(len(partition), cap=cap, seed=seed)
    for start, stop in _blocks(codes.offset, at_once):
        keeper.add(_deal(codes, places, start, stop))
    firings = keeper.merged()
    offset = np.searchsorted(firings.cluster, np.arange(len(partition) + 1))
    return Reconstructions(
        partition, directions, offset, firings.token, firings.member, firings.value,
        keeper.n_active, cap, seed,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Which clusters each feature is in, and where in them."""

    count: np.ndarray
    first: np.ndarray
    cluster: np.ndarray
    member: np.ndarray

    @classmethod
    def of(cls, partition: Partition) -> "_Places":
        none = np.empty(0, dtype=np.int64)
        feature = np.concatenate([*partition.members, none])
        cluster = np.repeat(np.arange(len(partition), dtype=np.int32), partition.size)
        member = np.concatenate([*(np.arange(n, dtype=np.int32) for n in partition.size), none])
        order = np.argsort(feature, kind="stable")
        count = np.bincount(feature, minlength=partition.n_features)
        first = np.cumsum(count) - count
        return cls(count, first, cluster[order], member[order].astype(np.int32))


@dataclass(frozen=True, slots=True, eq=False)
class _Firings:
    """Firings by cluster, then token, then member."""

    cluster: np.ndarray
    token: np.ndarray
    member: np.ndarray
    value: np.ndarray

    def take(self, kept: np.ndarray) -> "_Firings":
        return _Firings(*(column[kept] for column in self.columns))

    @property
    def columns(self) -> tuple[np.ndarray, ...]:
        return self.cluster, self.token, self.member, self.value

    @property
    def opens_pair(self) -> np.ndarray:
        """Mark the first firing of every (cluster, token) pair."""
        opens = np.ones(self.cluster.size, dtype=np.bool_)
        opens[1:] = (self.token[1:] != self.token[:-1]) | (self.cluster[1:] != self.cluster[:-1])
        return opens


class _Keeper:
    """What is kept so far, and the priority a token of each cluster has to stay under."""

    def __init__(self, n_clusters: int, *, cap: int, seed: int) -> None:
        whole = np.empty(0, dtype=np.int32)
        self._firings = _Firings(whole, whole.astype(np.int64), whole, whole.astype(np.float32))
        self._waiting: list[_Firings] = []
        self._ceiling = np.full(n_clusters, np.iinfo(np.uint64).max, dtype=np.uint64)
        self.n_active = np.zeros(n_clusters, dtype=np.int64)
        self._cap, self._seed = cap, seed

    def add(self, dealt: _Firings) -> None:
        """Take what is below the ceilings; merge when as much waits as is kept."""
        of_pair = dealt.cluster[dealt.opens_pair]
        self.n_active += np.bincount(of_pair, minlength=self.n_active.size)
        if (self.n_active > self._cap).any():
            dealt = dealt.take(_below(dealt, self._ceiling, seed=self._seed))
        self._waiting.append(dealt)
        if sum(w.cluster.size for w in self._waiting) > self._firings.cluster.size:
            self.merged()

    def merged(self) -> _Firings:
        """Sort what waits among what is kept, and keep the ``cap`` smallest of every cluster."""
        parts = [self._firings, *self._waiting] if self._firings.cluster.size else self._waiting
        self._waiting = []
        if len(parts) == 1:
            self._firings = parts[0]
        elif parts:
            columns = zip(*(part.columns for part in parts), strict=True)
            together = _Firings(*(np.concatenate(column) for column in columns))
            self._firings = together.take(_by_cluster(together.cluster))
        if (self.n_active > self._cap).any():
            self._trim()
        return self._firings

    def _trim(self) -> None:
        opens = self._firings.opens_pair
        cluster, token = self._firings.cluster[opens], self._firings.token[opens]
        self._ceiling = largest_kept(
            priority(cluster, token, self._seed),
            cluster,
            cap=self._cap,
            n_clusters=self.n_active.size,
        )
        self._firings = self._firings.take(_below(self._firings, self._ceiling, seed=self._seed))


def _below(firings: _Firings, ceiling: np.ndarray, *, seed: int) -> np.ndarray:
    return priority(firings.cluster, firings.token, seed) <= ceiling[firings.cluster]


def _deal(codes: Codes, places: _Places, start: int, stop: int) -> _Firings:
    """Give the firings of tokens ``start .. stop`` to the clusters that hold their features."""
    here = slice(int(codes.offset[start]), int(codes.offset[stop]))
    feature = codes.feature[here]
    count = places.count[feature]
    firing = np.repeat(np.arange(feature.size), count)
    among = np.arange(firing.size) - np.repeat(np.cumsum(count) - count, count)
    place = places.first[feature[firing]] + among
    cluster = places.cluster[place]
    order = _by_cluster(cluster)
    firing, place = firing[order], place[order]
    token = codes.token_of_firing(start, stop)[firing]
    value = np.asarray(codes.value[here])[firing]
    return _Firings(cluster[order], token, places.member[place], value)


def _by_cluster(cluster: Int[np.ndarray, " firing"]) -> Int[np.ndarray, " firing"]:
    """Sort by cluster, leaving the order within one alone; few clusters take a radix sort."""
    small = np.uint16 if cluster.size == 0 or cluster.max() < 2**16 else np.int32
    return np.argsort(cluster.astype(small), kind="stable")


def _blocks(offset: Int[np.ndarray, " boundary"], at_once: int) -> list[tuple[int, int]]:
    """Cut tokens into ranges of about ``at_once`` firings, at least one token each."""
    n_tokens = offset.size - 1
    cuts = [0]
    while cuts[-1] < n_tokens:
        end = int(offset[cuts[-1]]) + at_once
        reach = int(np.searchsorted(offset, end, side="right")) - 1
        cuts.append(min(n_tokens, max(reach, cuts[-1] + 1)))
    return list(zip(cuts[:-1], cuts[1:], strict=True))
