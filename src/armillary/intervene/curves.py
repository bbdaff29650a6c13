"""Curves through class means, to slide along: closed (harmonics) or open (a polynomial)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A smooth curve; place ``i`` on it belongs to word ``i``.

    Parameters
    ----------
    coefficient
        Closed: mean, then cos and sin of each harmonic. Open: of ``u^0, u^1, ...`` with ``u``
        from -1 at the first word to 1 at the last.
    n_words
        How many words it was fitted to.
    closed
        Whether the first word follows the last.
    """

    coefficient: Float[np.ndarray, "term d_model"]
    n_words: int
    closed: bool

    def at(self, place: Float[np.ndarray, "*point"]) -> np.ndarray:
        """Return points of the curve.

        Parameters
        ----------
        place
            In words: 2.5 is half way from the third to the fourth.

        Returns
        -------
        array
            One vector of d_model a place.
        """
        return self._terms(np.asarray(place, dtype=np.float64)) @ self.coefficient

    def nearest(self, points: Float[np.ndarray, "*point d_model"], *, fineness: int = 32):
        """Return the place on the curve nearest to each point.

        Parameters
        ----------
        points
            Activations.
        fineness
            Places tried from one word to the next.

        Returns
        -------
        array
            In words, in [0, n_words) if closed, else in [0, n_words - 1].
        """
        last = self.n_words if self.closed else self.n_words - 1
        tried = np.linspace(0, last, last * fineness + 1)
        line = self.at(tried)
        distance = (line**2).sum(axis=1) - 2 * points @ line.T
        return tried[distance.argmin(axis=-1)] % (self.n_words if self.closed else np.inf)

    def _terms(self, place: np.ndarray) -> np.ndarray:
        n = self.coefficient.shape[0]
        if not self.closed:
            u = 2 * place / (self.n_words - 1) - 1
            return np.stack([u**power for power in range(n)], axis=-1)
        phase = 2 * np.pi * place / self.n_words
        waves = [np.cos, np.sin]
        terms = [waves[(t - 1) % 2]((t + 1) // 2 * phase) for t in range(1, n)]
        return np.stack([np.ones_like(phase), *terms], axis=-1)


def fit_curve(
    means: Float[np.ndarray, "word d_model"], *, closed: bool = True, order: int = 1
) -> Curve:
    """Fit a curve to class means in their order, by least squares.

    Parameters
    ----------
    means
        Mean activation of each word.
    closed
        Whether the first word follows the last.
    order
        Harmonics of a closed curve (1 an ellipse; half the words or more: through every mean), or
        degree of an open one (1 a line, 2 an arc).

    Returns
    -------
    Curve
        The fit.

    Raises
    ------
    BadInput
        If the order is below 1, or asks for more terms than there are words.
    """
    n = means.shape[0]
    most = n // 2 if closed else n - 1
    if not 1 <= order <= most:
        raise BadInput(f"a curve of order {order} through {n} words: give 1 to {most}")
    empty = Curve(np.zeros((2 * order + 1 if closed else order + 1, means.shape[1])), n, closed)
    terms = empty._terms(np.arange(n, dtype=np.float64))  # pyright: ignore[reportPrivateUsage]
    return Curve(np.linalg.lstsq(terms, means, rcond=None)[0], n, closed)
