"""Trust: whether those near on a map are near in the space, and those near in the space on the map.

Ranks are exact, of a sample of features among all others, a block at a time.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core import BadInput
from armillary.maps.share import Share, share_of

ROWS = 1000
_ENTRIES = 2**23  # distances held at once
_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Trust:
    """How far to trust a map.

    Parameters
    ----------
    k, rows
        Neighbours looked at, of so many features.
    trustworthiness
        1 where everything near on the map is near in the space; about .5 for a random map.
    continuity
        1 where everything near in the space is near on the map; about .5 for a random map.
    kept
        Share of a feature's k nearest in the space that are among its k nearest on the map.
    chance
        What ``kept`` is for a random map.
    """

    k: int
    rows: int
    trustworthiness: Share
    continuity: Share
    kept: Share
    chance: float

    def record(self) -> dict[str, object]:
        """Return the numbers for a manifest."""
        return {
            "trustworthiness": self.trustworthiness.mean,
            "trustworthiness_interval": self.trustworthiness.record()[1:],
            "continuity": self.continuity.mean,
            "continuity_interval": self.continuity.record()[1:],
            "kept_neighbours": self.kept.mean,
            "kept_neighbours_interval": self.kept.record()[1:],
            "kept_by_chance": self.chance,
            "trust_k": self.k,
            "trust_rows": self.rows,
        }


def trust_of(
    unit: Float[np.ndarray, "feature d_model"],
    xy: Float[np.ndarray, "feature 2"],
    *,
    k: int,
    rng: np.random.Generator,
    rows: int = ROWS,
) -> Trust:
    """Compare ranks in the space with ranks on the map (Venna & Kaski 2001).

    ``1 - 2 / (m k (2 n - 3 k - 1)) * sum(rank - k)``: for trustworthiness over the k nearest on the
    map of m features, of the rank that each has in the space where it exceeds k; for continuity the
    other way round. The rank of the nearest is 1.

    Parameters
    ----------
    unit
        Rows of length 1; near is what has a large cosine.
    xy
        The map, a row each.
    k
        Neighbours looked at; lowered to fewer than half of the others.
    rng
        Source of the sample.
    rows
        Features whose ranks are taken, among all.

    Returns
    -------
    Trust
        Means over the sampled features, each with its interval.

    Raises
    ------
    BadInput
        If the map has other rows than the space, or there are fewer than 3.
    """
    n = unit.shape[0]
    if xy.shape != (n, 2) or n < 3:
        raise BadInput(f"found a map of shape {xy.shape} for {n} features, need (n, 2), n >= 3")
    k = min(k, (n - 1) // 2)
    sample = np.sort(rng.choice(n, min(rows, n), replace=False))
    place = np.asarray(xy, dtype=np.float64)
    step = max(1, min(_BLOCK, _ENTRIES // n))
    parts = [
        _penalties(unit, place, sample[at : at + step], k=k) for at in range(0, sample.size, step)
    ]
    false, torn, kept = (np.concatenate(part) for part in zip(*parts, strict=True))
    most = k * (2 * n - 3 * k - 1) / 2
    return Trust(
        k, sample.size, share_of(1 - false / most), share_of(1 - torn / most), share_of(kept),
        k / (n - 1),
    )  # fmt: skip


def _penalties(
    unit: np.ndarray, place: np.ndarray, rows: Int[np.ndarray, " row"], *, k: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    own = (np.arange(rows.size), rows)
    in_space = unit[rows] @ unit.T
    in_space *= -1
    on_map = np.subtract.outer(place[rows, 0], place[:, 0])
    on_map *= on_map
    across = np.subtract.outer(place[rows, 1], place[:, 1])
    across *= across
    on_map += across
    del across
    in_space[own], on_map[own] = np.inf, np.inf
    near_on_map = np.argpartition(on_map, k - 1, axis=1)[:, :k]
    near_in_space = np.argpartition(in_space, k - 1, axis=1)[:, :k]
    rank_in_space = _ranks(in_space, near_on_map)
    rank_on_map = _ranks(on_map, near_in_space)
    false = np.maximum(rank_in_space - k, 0).sum(axis=1)
    torn = np.maximum(rank_on_map - k, 0).sum(axis=1)
    return false, torn, (rank_in_space <= k).mean(axis=1)


def _ranks(
    far: Float[np.ndarray, "row feature"], found: Int[np.ndarray, "row k"]
) -> Int[np.ndarray, "row k"]:
    value = np.take_along_axis(far, found, axis=1)
    columns = [np.count_nonzero(far < column[:, None], axis=1) for column in value.T]
    return 1 + np.stack(columns, axis=1)
