"""Held-out values: what probes learn from and what they are asked, of groups and of worlds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.explain.knockoff import Knockoff
from armillary.explain.subject import FeatureGroup, Subject
from armillary.worlds import Factor, Sample

_SPLITS = 21
_VALUES = 7  # a week: two of seven are held out
_FEW = 10  # rows a value that probes may learn from
_ASKED = 40  # rows a value that they are asked


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Rows with values, and which values each split leaves out.

    Parameters
    ----------
    group
        What it is about.
    rows
        Makes the inputs of a knockoff, one row an example.
    target
        What is to be read of each row.
    train, asked
        Which rows each split learns from, and which it is asked.
    """

    group: str
    rows: Callable[[Knockoff], Float[np.ndarray, "row input"]]
    target: Float[np.ndarray, "row target"]
    train: Bool[np.ndarray, "split row"]
    asked: Bool[np.ndarray, "split row"]


def group_question(group: FeatureGroup, *, seed: int) -> Question | None:
    """Ask a named group of features: learn all words but two, read the other two.

    The target of a cyclic group is ``cos, sin`` of ``2 pi step / number of words``, of a linear one
    the step, scaled to mean 0 and variance 1. All pairs of words are left out in turn, or 21 pairs
    drawn at random where there are more.

    Parameters
    ----------
    group
        Cyclic or linear, else None is returned; as where fewer than five words have a feature.
    seed
        Of the pairs that are drawn.
    """
    present = np.unique(group.step)
    if group.kind not in ("cyclic", "linear") or present.size < 5:
        return None
    if group.kind == "cyclic":
        target = _circled(2 * np.pi * group.step / len(group.words))
    else:
        step = group.step.astype(np.float64)[:, None]
        target = (step - step.mean()) / step.std()
    left_out = _pairs(present.size, seed=seed)
    asked = np.stack([np.isin(group.step, present[pair]) for pair in left_out])
    rows = np.asarray(group.rows)
    return Question(group.name, lambda made: made.turned()[rows], target, ~asked, asked)


def factor_question(subject: Subject, factor: Factor, *, seed: int) -> Question | None:
    """Ask a factor of a world: learn five sevenths of its values from few rows, read the rest.

    Inputs are knockoff activations: of ten calibration rows a value that is learned, of forty test
    rows a value that is asked. What a *value* and the target are:

    - an angle: sevenths of the circle; the target is its cosine and sine;
    - an attribute: combinations with the other attributes (cells), a seventh of which each; the
      target is one number a value, 1 or 0. A value that was never learned cannot be read, a
      combination can;
    - other coordinates: sevenths of the first by rank; the targets are all coordinates, scaled.

    Parameters
    ----------
    subject
        Of a world.
    factor
        One of its factors.
    seed
        Of the rows.

    Returns
    -------
    Question or None
        None where samples do not know the factor, or it is active on too few rows.
    """
    samples: list[Sample] = [subject.parts["calibration"], subject.parts["sample"]]
    if factor.name not in samples[0].active or not factor.coordinates:
        return None
    chosen: list[Int[np.ndarray, " row"]] = []
    values: list[Int[np.ndarray, " row"]] = []
    targets: list[np.ndarray] = []
    middle = _scale(factor, samples[0])
    for which, (sample, count) in enumerate(zip(samples, (_FEW, _ASKED), strict=True)):
        on = np.flatnonzero(sample.active[factor.name])
        value = _value(factor, samples[0], sample)[on]
        rng = np.random.default_rng([seed, which])
        picked = np.concatenate([
            rng.permutation(np.flatnonzero(value == v))[:count] for v in range(_VALUES)
        ])  # fmt: skip
        if np.bincount(value[picked], minlength=_VALUES).min() < 2:
            return None
        chosen.append(on[picked])
        values.append(value[picked])
        targets.append(_target(factor, sample.coordinates[factor.name][on[picked]], middle))
    learned = np.arange(sum(map(len, values))) < len(values[0])
    value = np.concatenate(values)
    left_out = np.stack([np.isin(value, pair) for pair in _pairs(_VALUES, seed=seed)])

    def rows(made: Knockoff) -> np.ndarray:
        parts = zip((subject.calibration, subject.test), chosen, strict=True)
        return np.concatenate([
            made.refit.apply(
                np.asarray(split.codes[at] @ made.directions, dtype=np.float32)
                + subject.offset(made.directions)
            )
            for split, at in parts
        ])  # fmt: skip

    return Question(
        f"factor {factor.name}",
        rows,
        np.concatenate(targets),
        learned & ~left_out,
        ~learned & left_out,
    )


def _pairs(n: int, *, seed: int) -> Int[np.ndarray, "split 2"]:
    every = np.array(list(combinations(range(n), 2)))
    if len(every) <= _SPLITS:
        return every
    return every[np.sort(np.random.default_rng(seed).permutation(len(every))[:_SPLITS])]


def _circled(angle: Float[np.ndarray, " row"]) -> Float[np.ndarray, "row 2"]:
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _scale(factor: Factor, sample: Sample) -> tuple[np.ndarray, np.ndarray]:
    at = sample.coordinates[factor.name][sample.active[factor.name]]
    spread = at.std(axis=0)
    return at.mean(axis=0), np.where(spread > 0, spread, 1.0)


def _value(factor: Factor, calibration: Sample, sample: Sample) -> Int[np.ndarray, " token"]:
    """Return which of seven values each row has."""
    at = sample.coordinates[factor.name][:, 0]
    if factor.kind == "attribute" and factor.name in sample.cells and len(sample.cells) > 1:
        shift = sum(np.asarray(value) * (i + 1) for i, value in enumerate(sample.cells.values()))
        return np.asarray(shift) % _VALUES
    if factor.coordinates == ("angle",):
        return np.minimum((at % (2 * np.pi)) / (2 * np.pi) * _VALUES, _VALUES - 1).astype(np.int64)
    known = calibration.coordinates[factor.name][calibration.active[factor.name], 0]
    cuts = np.quantile(known, np.arange(1, _VALUES) / _VALUES)
    return np.searchsorted(cuts, at)


def _target(factor: Factor, at: np.ndarray, scale: Sequence[np.ndarray]) -> np.ndarray:
    if factor.coordinates == ("angle",):
        return _circled(at[:, 0])
    if factor.kind == "attribute":
        return np.eye(int(factor.parameters["levels"]))[at[:, 0].astype(np.int64)]
    return (at - scale[0]) / scale[1]
