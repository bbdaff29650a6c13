"""Scores: losses by unit beside their zero and their one, and the interval of what they say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from armillary.explain.knockoff import Knockoff

_DRAWS = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """What one reader says of one knockoff.

    Parameters
    ----------
    reader
        For example ``"splice"``.
    value
        0: no better than saying nothing; 1: as good as the true decoder. May leave that range.
        nan: the true decoder itself says nothing here.
    low, high
        95 % interval over units (bootstrap); nan where there are none.
    raw
        The reader's own numbers, in the units that their names say.
    group
        The named group of features it is about; empty: all.
    units
        Per unit the sums of loss under the knockoff, under the zero and under the one; None where
        a score is no ratio of losses. Units of two theories are paired.
    """

    reader: str
    value: float
    low: float = float("nan")
    high: float = float("nan")
    raw: Mapping[str, float] = field(default_factory=dict[str, float])
    group: str = ""
    units: Float[np.ndarray, "unit 3"] | None = None


@runtime_checkable
class Reader(Protocol):
    """Measures what survives in a knockoff; made once a subject, so that it keeps its own scale."""

    name: str
    by_gauge: bool  # whether the re-fit can change what it says

    def score(self, knockoff: Knockoff) -> list[Score]:
        """Return one score, or several (of kinds of probe, of groups)."""
        ...


def kept(
    reader: str,
    units: Float[np.ndarray, "unit 3"],
    *,
    raw: Mapping[str, float] | None = None,
    group: str = "",
    seed: int = 0,
) -> Score:
    """Score losses by unit: ``(zero - loss) / (zero - one)``, sums over units.

    Parameters
    ----------
    reader, raw, group
        As in the score.
    units
        Columns: loss of the knockoff, of the zero, of the one.
    seed
        Of the bootstrap over units, which keeps the three losses of a unit together.

    Returns
    -------
    Score
        nan where the zero is not worse than the one by more than twice its standard error.
    """
    gap = units[:, 1] - units[:, 2]
    error = gap.std(ddof=1) * np.sqrt(gap.size) if gap.size > 1 else 0.0
    if gap.sum() <= 2 * error:
        return Score(reader, float("nan"), raw=dict(raw or {}), group=group, units=units)
    draws = bootstrap(units, seed=seed)
    low, high = np.quantile(draws, [0.025, 0.975]) if len(units) > 1 else (np.nan, np.nan)
    value = float((units[:, 1] - units[:, 0]).sum() / gap.sum())
    return Score(reader, value, float(low), float(high), dict(raw or {}), group, units)


def bootstrap(units: Float[np.ndarray, "unit 3"], *, seed: int = 0) -> Float[np.ndarray, " draw"]:
    """Draw units with replacement and score each draw.

    Parameters
    ----------
    units
        As in ``kept``.
    seed
        The same seed draws the same units, so that draws of two theories are paired.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.integers(len(units), size=(_DRAWS, len(units)))
    loss, zero, one = units[chosen].sum(axis=1).T
    return (zero - loss) / np.where(zero > one, zero - one, np.nan)
