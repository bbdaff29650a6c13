"""Turns: how much of a circle, or how many circles, labelled points go round."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import stdtrit

LOWEST = 0.3  # below it a bent line cannot be told from a straight one
STEP = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """Number of turns that points make in label order, with an interval.

    Parameters
    ----------
    turns
        Best-fitting number of turns; 0.3 is the lower end of the search and means a line.
    low, high
        95 % jackknife interval over points, within the range searched.
    r2
        Share of the variance of squared distances that the fit explains, in [0, 1].
    """

    turns: float
    low: float
    high: float
    r2: float

    @property
    def closed(self) -> bool:
        """Whether one full turn is inside the interval."""
        return self.low <= 1.0 <= self.high


def fit_turns(
    squared: Float[np.ndarray, "point point"],
    step: Int[np.ndarray, " point"],
    *,
    period: int | None = None,
) -> Turns:
    """Fit how many turns the points make as their label runs once through the period.

    Least squares of ``squared_ij = a + b (1 - cos(2 pi s |step_i - step_j| / period))`` over
    ``a``, ``b >= 0`` and ``s`` on a grid from 0.3 to ``min(3, period / 2)`` in steps of 0.01.

    Parameters
    ----------
    squared
        Squared distances between points, any unit. Average those of replicates (spelling
        variants, prompts) first, or use cross-validated distances.
    step
        Label of each point; distinct, gaps allowed.
    period
        Steps in a full turn. Default: one more than the largest label.

    Returns
    -------
    Turns
        About 1 for a closed circle, 0.8 for three quarters of one, 0.5 for half a circle and for
        a random walk in label order, 2 for a helix of two turns, 0.3 for a line. Noise and
        nuisance factors go into ``a`` and lower ``r2``.

    Raises
    ------
    ValueError
        If there are fewer than five points or labels repeat.

    Notes
    -----
    At moderate noise the interval of three quarters of a circle holds one full turn three times in
    ten with seven points, never in a hundred with twelve. Rotation, scale and shift of the points
    change nothing. Cost ``270 points^3``.

    References
    ----------
    Shinn 2023, doi:10.1073/pnas.2311420120: smooth random signals look like oscillations in PCA.
    """
    n = step.size
    if n < 5 or np.unique(step).size != n or squared.shape != (n, n):
        raise ValueError(f"expected 5 or more points with distinct labels, got labels {step}")
    turn = int(step.max()) + 1 if period is None else period
    grid = np.arange(LOWEST, min(3.0, turn / 2) + STEP / 2, STEP)
    i, j = np.triu_indices(n, 1)
    apart = np.abs(step[i] - step[j])
    curve = 1 - np.cos(2 * np.pi * np.outer(grid, apart) / turn)
    data = squared[i, j]
    turns, r2 = _best(curve, data, grid)
    without = np.array(
        [
            _best(curve[:, keep], data[keep], grid)[0]
            for keep in ((i != k) & (j != k) for k in range(n))
        ]
    )
    pseudo = n * turns - (n - 1) * without
    error = float(pseudo.std(ddof=1)) / float(np.sqrt(n))
    half = max(float(stdtrit(n - 1, 0.975)) * error, STEP)  # no finer than the grid
    ends = np.clip([turns - half, turns + half], grid[0], grid[-1])
    return Turns(turns, float(ends[0]), float(ends[1]), r2)


def _best(
    curve: Float[np.ndarray, "turns pair"],
    data: Float[np.ndarray, " pair"],
    grid: Float[np.ndarray, " turns"],
) -> tuple[float, float]:
    """Return the turns of the best rising fit, and its r squared; the straightest if none rises."""
    curve = curve - curve.mean(axis=1, keepdims=True)
    data = data - data.mean()
    length = np.sqrt((curve**2).sum(axis=1) * (data**2).sum())
    fit = (curve @ data) / np.where(length > 0, length, np.inf)
    best = int(np.argmax(fit))
    return float(grid[best]), float(max(fit[best], 0.0) ** 2)
