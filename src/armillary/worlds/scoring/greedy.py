"""Greedy least squares: how well few latents rebuild a target, chosen and scored on halves."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

_SINGULAR = 1e-9  # of a latent's variance: what is left below is a copy of chosen ones
_ROWS = 8  # that a latent's variance must come from: fewer are learnt by heart


@dataclass(frozen=True, slots=True)
class Path:
    """Held-out R2 of a growing set of latents.

    Parameters
    ----------
    chosen
        Columns of the codes in the order of choice.
    r2
        ``r2[n]`` with the first ``n`` of them; ``r2[0]`` with none but a constant.
    """

    chosen: tuple[int, ...]
    r2: tuple[float, ...]

    def at(self, n: int) -> float:
        """Return R2 with ``n`` latents; with all of them if there are fewer."""
        return self.r2[min(n, len(self.r2) - 1)]

    @property
    def best(self) -> float:
        """The largest R2 on the path."""
        return max(self.r2)

    def support(self, share: float = 0.95) -> int:
        """Return the smallest number of latents that reaches ``share`` of the best R2."""
        bound = share * self.best if self.best > 0 else self.best
        return next(n for n, value in enumerate(self.r2) if value >= bound)


def greedy_path(
    codes: Float[np.ndarray, "token latent"],
    target: Float[np.ndarray, "token axis"],
    *,
    most: int,
    least_gain: float = 1e-4,
) -> Path:
    """Choose latents one by one for affine least squares, and score every number of them.

    On the first half of the rows, codes and target are centred; each step takes the latent that
    lowers the squared error most given those taken already (exact forward selection). The affine
    fit of every prefix then predicts the second half:
    ``R2 = 1 - sum |y - y'|^2 / sum |y - mean y|^2`` there, all axes of the target together. It can
    fall below 0. The path ends after ``most`` latents, or when a step lowers the error of the fit
    by less than ``least_gain`` of the variance, or once there is a latent for every four rows. A
    latent whose variance comes from fewer than eight rows of the first half (``(sum d^2)^2 / sum
    d^4``, ``d`` its codes less their mean) is not chosen: its weight would be those rows' accident.

    Parameters
    ----------
    codes, target
        One row a token.
    most
        Longest set.
    least_gain
        See above.

    Returns
    -------
    Path
        R2 is 1 where the target is an affine function of the chosen codes. ``(0.0,)`` where it
        does not vary.
    """
    half = len(codes) // 2
    mean, middle = codes[:half].mean(axis=0), target[:half].mean(axis=0)
    fit, asked = (codes[:half] - mean).astype(np.float64), target[:half] - middle
    toward = fit.T @ asked
    left, whole, most = (fit**2).sum(axis=0), float((asked**2).sum()), min(most, max(half // 4, 1))
    if not whole > 0:
        return Path((), (0.0,))
    carried = left**2 / np.maximum((fit**4).sum(axis=0), 1e-300)
    usable, floor = (left > 0) & (carried >= min(_ROWS, half / 4)), _SINGULAR * left
    basis = np.zeros((most, len(left)))
    chosen: list[int] = []
    loads: list[np.ndarray] = []
    for step in range(most):
        gain = np.where(usable & (left > floor), (toward**2).sum(axis=1), 0.0)
        gain = gain / np.where(left > floor, np.maximum(left, 1e-300), 1.0)
        best = int(gain.argmax())
        if gain[best] < least_gain * whole or not usable[best]:
            break
        row = (fit[:, best] @ fit - basis[:step, best] @ basis[:step]) / np.sqrt(left[best])
        load = toward[best] / np.sqrt(left[best])
        basis[step] = row
        toward = toward - np.outer(row, load)
        left = left - row**2
        usable[best] = False
        chosen.append(best)
        loads.append(load)
    if not chosen:
        return Path((), (0.0,))
    lower = basis[: len(chosen), chosen].T
    held = codes[half:, chosen].astype(np.float64) - mean[chosen]
    scores: np.ndarray = held @ np.linalg.inv(lower).T
    return Path(tuple(chosen), _held_out(scores, np.array(loads), target[half:] - middle))


def _held_out(scores: np.ndarray, loads: np.ndarray, target: np.ndarray) -> tuple[float, ...]:
    whole = float(((target - target.mean(axis=0)) ** 2).sum())
    if not whole > 0:
        return (0.0,)
    missed = target.astype(np.float64)
    r2 = [1 - float((missed**2).sum()) / whole]
    for step in range(scores.shape[1]):
        missed = missed - np.outer(scores[:, step], loads[step])
        r2.append(1 - float((missed**2).sum()) / whole)
    return tuple(r2)
