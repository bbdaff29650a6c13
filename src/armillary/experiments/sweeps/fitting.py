"""Fitting: which structures can have given an FVU, and whether a structure can be named."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

NUMBERS = ("log_fvu", "l0", "alive")
_LEVEL = 0.95
_FLOOR = 1e-6


def which_fit(
    rows: Sequence[Mapping[str, Any]], *, asked: Sequence[float], names: Sequence[str]
) -> dict[str, Any]:
    """Return which structures fit at each FVU, in one cell of width and k.

    A structure's seeds give an interval in which a further run's log10 FVU lies with 95 %:
    ``mean +- t * sd * sqrt(1 + 1 / n)`` (Student's t, n - 1 degrees). With the noise known to be
    none, a structure fits where the interval holds the FVU. With unknown isotropic noise it can
    give any FVU from there up (noise only adds what cannot be rebuilt; the limit is a Gaussian),
    so it fits where the FVU is not below the interval.

    Parameters
    ----------
    rows
        With ``world``, ``fvu`` and ``seed``, of one cell.
    asked
        FVUs.
    names
        Of the structures, in the order of the answer.

    Returns
    -------
    dict
        ``interval`` by structure (FVU, low and high), ``own`` (for every structure, how many fit at
        its own median FVU when noise is known), ``noise_known`` and ``noise_unknown``: for each FVU
        asked the names that fit.
    """
    fvu = {name: [r["fvu"] for r in rows if r["world"] == name] for name in names}
    interval = {name: _interval(fvu[name]) for name in names}
    middle = {name: float(np.median(fvu[name])) for name in names}

    def known(fvu: float) -> list[str]:
        return [name for name in names if interval[name][0] <= fvu <= interval[name][1]]

    return {
        "interval": interval,
        "own": {name: known(max(middle[name], _FLOOR)) for name in names},
        "asked": list(asked),
        "noise_known": [known(fvu) for fvu in asked],
        "noise_unknown": [[n for n in names if interval[n][0] <= fvu] for fvu in asked],
    }


def _interval(fvu: Sequence[float]) -> tuple[float, float]:
    logs = np.log10(np.maximum(fvu, _FLOOR))
    n = len(logs)
    if n < 2:
        return float(10 ** logs[0]), float(10 ** logs[0])
    student: Any = stats.t
    reach = float(student.ppf(0.5 + _LEVEL / 2, n - 1)) * float(logs.std(ddof=1))
    reach *= (1 + 1 / n) ** 0.5
    return float(10 ** (logs.mean() - reach)), float(10 ** (logs.mean() + reach))


def told_apart(
    rows: Sequence[Mapping[str, Any]],
    *,
    measures: Sequence[str],
    of: Sequence[Mapping[str, Any]] | None = None,
) -> float:
    """Return how often the nearest mean of a structure is the right one.

    Each seed's rows are named by the means of the other seeds' (worlds and autoencoders of that
    seed have taken no part). Every measure is divided by its standard deviation within structures,
    pooled, plus a hundredth of its standard deviation over all rows.

    Parameters
    ----------
    rows
        To learn from.
    measures
        Columns to use; ``log_fvu`` is log10 of ``fvu``, at least 1e-6.
    of
        Rows to name, matched by seed; None is the same.

    Returns
    -------
    float
        Share named rightly; chance is one over the number of structures.
    """
    right: list[bool] = []
    for seed in sorted({row["seed"] for row in rows}):
        learnt = [row for row in rows if row["seed"] != seed]
        names = sorted({row["world"] for row in learnt})
        x, world = _matrix(learnt, measures), np.array([row["world"] for row in learnt])
        means = np.array([x[world == name].mean(axis=0) for name in names])
        within = np.sqrt(np.mean([x[world == name].var(axis=0) for name in names], axis=0))
        scale = within + 0.01 * x.std(axis=0) + 1e-12
        for row in of if of is not None else rows:
            if row["seed"] == seed:
                gap = (_matrix([row], measures) - means) / scale
                right.append(names[int((gap**2).sum(axis=1).argmin())] == row["world"])
    return float(np.mean(right))


def _matrix(rows: Sequence[Mapping[str, Any]], measures: Sequence[str]) -> np.ndarray:
    return np.array([[_value(row, name) for name in measures] for row in rows])


def _value(row: Mapping[str, Any], name: str) -> float:
    if name == "log_fvu":
        return float(np.log10(max(row["fvu"], _FLOOR)))
    return float(row[name])
