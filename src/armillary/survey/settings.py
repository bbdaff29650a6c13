"""Settings: every number a survey depends on, in one record."""

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float, Int

SIZES = (*range(5, 65), 80, 100, 128, 160, 200, 256, 320, 400)
"""Group sizes that null tables exist for; others are tested on a random subset of their rows."""
ENOUGH = 10  # points from which a group has the whole weight
FEW = 0.1  # weight of smaller ones
MOST_JUDGED = SIZES[-1]  # a larger group is judged on this many of its features, at random


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is searched, how hard, and with which seed.

    Parameters
    ----------
    seed
        Of everything random.
    min_size, max_size
        Smallest and largest group considered.
    level
        False discovery rate that ``q`` is compared with.
    n_neighbours, flatten, quantile
        Neighbours a feature; strength of spectrum flattening in the affinity (0 is the plain
        cosine); quantile of null nearest-neighbour cosines that an edge must exceed.
    resolutions, cuts, bases
        Leiden (CPM) resolutions and average-linkage cuts at which groups are looked for, and
        resolutions of the communities that are merged to larger groups.
    alike
        Jaccard overlap from which two groups count as one.
    n_placement, n_omnibus
        Haar draws every group gets in the placement test, and the most one may get.
    n_unit
        Draws of unit rows that a group gets which the Haar draws let pass.
    n_spectrum
        Draws of the spectrum test (is one axis, or are two or three, out of proportion?).
    n_null, n_rival, n_resample
        Draws a finding gets: Haar draws for null means, impostor clouds, resamples.
    """

    seed: int = 0
    min_size: int = 5
    max_size: int = 5000
    level: float = 0.05
    n_neighbours: int = 16
    flatten: float = 0.5
    quantile: float = 0.999
    resolutions: tuple[float, ...] = (0.05, 0.1, 0.2, 0.35, 0.5)
    alike: float = 0.85
    bases: tuple[float, ...] = (0.2, 0.5)
    cuts: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 0.85)
    n_placement: int = 1000
    n_omnibus: int = 20000
    n_unit: int = 500
    n_spectrum: int = 999
    n_null: int = 20
    n_rival: int = 99
    n_resample: int = 8

    def key(self, source: str) -> str:
        """Hash of the settings and of the source: what a resumed run must share."""
        text = json.dumps([asdict(self), source], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def size_weights(size: Int[np.ndarray, " group"]) -> Float[np.ndarray, " group"]:
    """Return the weight of each group's p among all: less for those too small to show much.

    A perfect shape of fewer than ``ENOUGH`` points hardly reaches the p that thousands of tests
    ask for, and more than half of all groups are that small. They get a tenth of the weight.
    """
    return np.where(size < ENOUGH, FEW, 1.0)


def judged_size(n: int) -> int:
    """Return the largest tabulated size not above n."""
    return max(size for size in SIZES if size <= n)
