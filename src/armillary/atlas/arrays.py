"""The atlas's arrays: scores of every group, null histograms, the map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core import Finding, Group, Neighbours
from armillary.inference import NullTest

BINS = 40
N_NEAR = 5  # true nearest neighbours kept of every feature


@dataclass(frozen=True, slots=True, eq=False)
class NullSummary:
    """A null distribution as the atlas keeps it: a histogram, its moments, the observed value.

    Parameters
    ----------
    name
        Which null this is.
    observed
        The statistic on the data.
    low, high
        Smallest and largest draw: the outer edges of the bins.
    counts
        Draws in each of 40 equal bins.
    mean, sd
        Of the draws.
    n_draws
        How many draws.
    """

    name: str
    observed: float
    low: float
    high: float
    counts: Int[np.ndarray, " bin"]
    mean: float
    sd: float
    n_draws: int

    @property
    def effect(self) -> float:
        """Observed minus null mean, in null standard deviations; 0 if the null is constant."""
        return (self.observed - self.mean) / self.sd if self.sd > 0 else 0.0


def pack_arrays(
    groups: Sequence[Group],
    findings: Sequence[Finding],
    map_xy: Float[np.ndarray, "feature 2"] | None,
    *,
    neighbours: Neighbours | None = None,
    shares: Float[np.ndarray, " axis"] | None = None,
) -> dict[str, np.ndarray]:
    """Return every array of the atlas by file name.

    ``scores`` holds all groups' principal coordinates end to end, row by row: group ``i`` is
    ``scores[scores_offset[i]:scores_offset[i + 1]].reshape(-1, scores_axes[i])`` and its rows of
    the space are ``members[members_offset[i]:members_offset[i + 1]]``. ``null_counts`` is
    (finding, level, bin) and ``null_stats`` is (finding, level, [observed, low, high, mean, sd,
    n_draws]); level 0 is the placement null, level 1 the rival's, with no draws if not reached.

    Three arrays are there only where the survey handed them over; older atlases have none:
    ``near`` (int32, feature x at most 5) holds every feature's exact nearest neighbours as rows of
    the space, nearest first, ``near_cosine`` (float16) their cosines; both of the flattened
    directions that groups are found in. ``shares`` is the spectrum of the whole space: variance of
    its unit directions along each of their principal axes, from which the spectrum null draws.
    """
    flat = [np.asarray(group.scores, dtype=np.float32) for group in groups]
    arrays: dict[str, np.ndarray] = {
        "scores": _joined([block.ravel() for block in flat], np.float32),
        "scores_offset": _offsets([block.size for block in flat]),
        "scores_axes": np.array([block.shape[1] for block in flat], dtype=np.int32),
        "members": _joined([group.rows for group in groups], np.int64),
        "members_offset": _offsets([group.rows.size for group in groups]),
        "null_counts": np.zeros((len(findings), 2, BINS), dtype=np.uint32),
        "null_stats": np.full((len(findings), 2, 6), np.nan),
    }
    arrays["null_stats"][:, :, 5] = 0
    for i, finding in enumerate(findings):
        for level, test in enumerate((finding.placement, finding.rival)):
            if test is not None:
                counts, stats = _summary(test)
                arrays["null_counts"][i, level], arrays["null_stats"][i, level] = counts, stats
    if map_xy is not None:
        arrays["map"] = np.asarray(map_xy, dtype=np.float32)
    if neighbours is not None:
        arrays["near"] = neighbours.index[:, :N_NEAR].astype(np.int32)
        arrays["near_cosine"] = neighbours.cosine[:, :N_NEAR].astype(np.float16)
    if shares is not None:
        arrays["shares"] = np.asarray(shares, dtype=np.float32)
    return arrays


def unpack_scores(arrays: Mapping[str, np.ndarray], group: int) -> Float[np.ndarray, "member axis"]:
    """Return the principal coordinates of the group in row ``group`` of the groups table."""
    begin, end = arrays["scores_offset"][group : group + 2]
    return arrays["scores"][begin:end].reshape(-1, max(int(arrays["scores_axes"][group]), 1))


def unpack_null(
    arrays: Mapping[str, np.ndarray], finding: int, *, level: int, name: str
) -> NullSummary | None:
    """Return one finding's null at one level, or None if no draw was made."""
    observed, low, high, mean, sd, n_draws = arrays["null_stats"][finding, level].tolist()
    if n_draws == 0:
        return None
    counts = arrays["null_counts"][finding, level].astype(np.int64)
    return NullSummary(name, observed, low, high, counts, mean, sd, int(n_draws))


def _summary(
    test: NullTest,
) -> tuple[Int[np.ndarray, " bin"], Float[np.ndarray, " stat"]]:
    null = np.asarray(test.null, dtype=np.float64)
    null = null[np.isfinite(null)]
    if null.size == 0:
        nothing = [test.observed, np.nan, np.nan, np.nan, np.nan, 0]
        return np.zeros(BINS, dtype=np.int64), np.array(nothing)
    low, high = float(null.min()), float(null.max())
    wide = high if high > low else low + max(abs(low), 1.0) * 1e-6
    counts, _ = np.histogram(null, bins=BINS, range=(low, wide))
    stats = [test.observed, low, wide, null.mean(), null.std(), null.size]
    return counts.astype(np.int64), np.array(stats, dtype=np.float64)


def _joined(blocks: Sequence[np.ndarray], dtype: Any) -> np.ndarray:
    empty: np.ndarray = np.empty(0, dtype=dtype)
    joined: np.ndarray = np.concatenate([*blocks, empty])
    return joined.astype(dtype)


def _offsets(sizes: Sequence[int]) -> Int[np.ndarray, " offset"]:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
