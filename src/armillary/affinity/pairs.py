"""Affinities of two features from the tokens they fire on."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Values = Float[np.ndarray, "*pair"]


@dataclass(frozen=True, slots=True, eq=False)
class PairStatistics:
    """What is known of pairs of features; arrays broadcast against each other.

    Parameters
    ----------
    n_tokens
        Tokens in all.
    both
        Tokens on which both fire.
    first, second
        Tokens on which each of the two fires.
    multiply
        Returns the sum over tokens of the product of the two activations; called when asked for.
    first_sum, second_sum
        Sums of each one's activations.
    first_square, second_square
        Sums of their squares.
    """

    n_tokens: int
    both: Values
    first: Values
    second: Values
    multiply: Callable[[], Values]
    first_sum: Values
    second_sum: Values
    first_square: Values
    second_square: Values

    @property
    def product(self) -> Values:
        """Sum over tokens of the product of the two activations."""
        return self.multiply()


def cofiring(pairs: PairStatistics) -> Values:
    """Count the tokens on which both features fire.

    Parameters
    ----------
    pairs
        What is known of the pairs.

    Returns
    -------
    Float[np.ndarray, "*pair"]
        0 and above. Features that fire often are near everything.
    """
    return pairs.both


def jaccard(pairs: PairStatistics) -> Values:
    """Share the tokens on which both fire among those on which either does.

    ``both / (first + second - both)``; 0 where neither ever fires.

    Parameters
    ----------
    pairs
        What is known of the pairs.

    Returns
    -------
    Float[np.ndarray, "*pair"]
        In [0, 1]; 1 for features that always fire together. Low for a rare feature inside a
        frequent one.
    """
    either = pairs.first + pairs.second - pairs.both
    return pairs.both / np.maximum(either, 1)


def phi(pairs: PairStatistics) -> Values:
    """Correlate firing, yes or no, over tokens.

    ``(n both - first second) / sqrt(first (n - first) second (n - second))`` with n tokens; 0 for
    a feature that fires always or never.

    Parameters
    ----------
    pairs
        What is known of the pairs.

    Returns
    -------
    Float[np.ndarray, "*pair"]
        In [-1, 1]; below 0 if they fire together less often than by chance.
    """
    n = float(pairs.n_tokens)
    spread = pairs.first * (n - pairs.first) * (pairs.second * (n - pairs.second))
    return _ratio(n * pairs.both - pairs.first * pairs.second, np.sqrt(spread))


def code_correlation(pairs: PairStatistics) -> Values:
    """Correlate activations over all tokens, silent ones included as 0.

    Pearson's r from sums, squares and products; 0 for a feature that never changes.

    Parameters
    ----------
    pairs
        What is known of the pairs.

    Returns
    -------
    Float[np.ndarray, "*pair"]
        In [-1, 1]. A few tokens with large activations can decide it.
    """
    n = float(pairs.n_tokens)
    first = n * pairs.first_square - pairs.first_sum**2
    second = n * pairs.second_square - pairs.second_sum**2
    shared = n * pairs.product - pairs.first_sum * pairs.second_sum
    return _ratio(shared, np.sqrt(np.maximum(first, 0) * np.maximum(second, 0)))


def _ratio(above: Values, below: Values) -> Values:
    return np.clip(above / np.where(below > 0, below, 1), -1, 1) * (below > 0)
