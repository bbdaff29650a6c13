"""Turn: the answers of a model after one edit at one place, and what they amount to."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

Cells = Float[np.ndarray, "template word"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 95 % interval by bootstrap over templates and words.

    Parameters
    ----------
    value
        Over all templates and words.
    low, high
        2.5 and 97.5 per cent quantiles.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Value and interval, two decimals."""
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """What a model answers after one edit at one place, by how many steps.

    Parameters
    ----------
    edit
        Name of the edit.
    layer
        Layer whose output was edited.
    where
        Positions edited: ``word``, ``after`` or ``last``.
    steps
        Steps asked for.
    probability
        Of each word as the answer, summing to 1 over words.
    mass
        Share of the whole vocabulary's probability that these words had.
    kl
        Divergence of the whole vocabulary's distribution from the untouched one, nats.
    base, base_mass
        The same with no turn, under the same edit.
    size
        Mean length of the displacement.
    """

    edit: str
    layer: int
    where: str
    steps: tuple[int, ...]
    probability: Float[np.ndarray, "template step word answer"]
    mass: Float[np.ndarray, "template step word"]
    kl: Float[np.ndarray, "template step word"]
    base: Float[np.ndarray, "template word answer"]
    base_mass: Float[np.ndarray, "template word"]
    size: float

    @property
    def period(self) -> int:
        """Number of words."""
        return self.base.shape[-1]

    @property
    def shift(self) -> Int[np.ndarray, "template step word"]:
        """By how many steps the most probable word moved, in [-n/2, n/2)."""
        moved = self.probability.argmax(axis=-1) - self.base.argmax(axis=-1)[:, None]
        return _wrapped(moved, self.period)

    @property
    def soft_shift(self) -> Float[np.ndarray, "template step word"]:
        """By how many steps the circular mean of the answers moved, in [-n/2, n/2)."""
        moved = _mean_place(self.probability) - _mean_place(self.base)[:, None]
        return _wrapped(moved, self.period)

    def slopes(self, *, soft: bool = False) -> Cells:
        """Return the slope of the achieved shift on the asked one, for each template and word.

        Least squares over the steps, both in [-n/2, n/2); half a turn, which has no sign, is left
        out. 1: the answer moves as far as it was turned; 0: it does not care.

        Parameters
        ----------
        soft
            Shifts of the circular mean instead of the most probable word.

        Returns
        -------
        array
            Slopes; NaN if fewer than two steps are left.
        """
        asked = _wrapped(np.array(self.steps), self.period)
        used = 2 * np.abs(asked) != self.period
        if np.unique(asked[used]).size < 2:
            return np.full(self.base.shape[:2], np.nan)
        k = asked[used] - asked[used].mean()
        got = (self.soft_shift if soft else self.shift)[:, used]
        return np.einsum("s,tsw->tw", k, got) / float(k @ k)

    def hits(self) -> Cells:
        """Return the share of steps where the answer moved by exactly the step."""
        return self._share(np.array(self.steps)[None, :, None])

    def stays(self) -> Cells:
        """Return the share of steps where the answer did not move."""
        return self._share(np.zeros((1, 1, 1), dtype=np.int64))

    def tracking(self) -> Cells:
        """Return the mean cosine of (achieved - asked) as an angle: 1 follows, 0 unrelated."""
        off = self.shift - np.array(self.steps)[None, :, None]
        return np.cos(2 * np.pi * off / self.period).mean(axis=1)

    def _share(self, wanted: np.ndarray) -> Cells:
        return ((self.shift - wanted) % self.period == 0).mean(axis=1)


def estimate(
    cells: Float[np.ndarray, "template word"], *, rng: np.random.Generator, n_draws: int = 2000
) -> Estimate:
    """Average over templates and words, with a bootstrap interval.

    Templates and words are drawn with replacement, each on its own, and the mean is taken over
    the table they make.

    Parameters
    ----------
    cells
        One number a template and word. For a comparison give the difference of two edits' cells.
    rng
        Where randomness comes from.
    n_draws
        Bootstrap draws.

    Returns
    -------
    Estimate
        Mean and 95 % interval. With one template the interval is over words alone.
    """
    t, w = cells.shape
    by_template = rng.multinomial(t, np.full(t, 1 / t), size=n_draws) / t
    by_word = rng.multinomial(w, np.full(w, 1 / w), size=n_draws) / w
    drawn = np.einsum("dt,tw,dw->d", by_template, cells, by_word)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Estimate(float(cells.mean()), float(low), float(high))


def _wrapped(steps: np.ndarray, n: int) -> np.ndarray:
    half = n // 2 if np.issubdtype(steps.dtype, np.integer) else n / 2
    return (steps + half) % n - half


def _mean_place(probability: np.ndarray) -> np.ndarray:
    n = int(probability.shape[-1])
    mean = probability @ np.exp(2j * np.pi * np.arange(n) / n)
    return np.angle(mean) * n / (2 * np.pi)
