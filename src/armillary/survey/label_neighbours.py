"""Neighbours kept: labels next to each other in their own order and in a fitted one."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core import ShapeFit
from armillary.survey.class_means import ClassMeans


@dataclass(frozen=True, slots=True)
class Adjacency:
    """How many neighbours in a fitted order are neighbours in the order of the labels.

    Parameters
    ----------
    leading
        By angle in the plane of the first two principal axes of the means (along the first axis
        alone for a segment).
    fitted
        By the order that the fit of the called shape puts the means in.
    held_out
        As ``leading``, the plane from one half of the points and the angles from the other; mean
        over splits.
    possible
        Pairs of neighbours: all labels round a circle, one fewer along a line.
    """

    leading: int
    fitted: int
    held_out: float
    possible: int


def neighbours_kept(
    fit: ShapeFit, classes: ClassMeans, scores: Float[np.ndarray, "label axis"], *, order: str
) -> Adjacency:
    """Count neighbours kept, round a circle (``order`` "cyclic") or along a line ("linear").

    Neighbours are those among the labels that have points.
    """
    n = classes.step.size
    straight = fit.shape == "segment"
    crossed: list[int] = []
    for first, second in classes.halves:
        centre = first.mean(axis=0)
        axes = np.linalg.svd(first - centre, full_matrices=False)[2][:2]
        seen = (second - second.mean(axis=0)) @ axes.T
        crossed.append(_kept(_ordered(seen, straight=straight), order))
    plane = np.pad(scores, ((0, 0), (0, 1)))[:, :2]  # means along one axis have no second one
    leading = _kept(_ordered(plane, straight=straight), order)
    possible = n if order == "cyclic" else n - 1
    return Adjacency(leading, _kept(fit.order, order), float(np.mean(crossed)), possible)


def _kept(sequence: Int[np.ndarray, " label"], order: str) -> int:
    """Count neighbours in this sequence of label numbers that are neighbours by number."""
    apart = np.abs(np.diff(np.append(sequence, sequence[0])))
    if order == "cyclic":
        return int(np.isin(apart, (1, sequence.size - 1)).sum())
    return int((apart[:-1] == 1).sum())


def _ordered(plane: Float[np.ndarray, "label _"], *, straight: bool) -> Int[np.ndarray, " label"]:
    """Order points along the first axis, or by angle from the far side of the widest gap."""
    if straight or plane.shape[1] < 2:
        return np.argsort(plane[:, 0])
    angle = np.arctan2(plane[:, 1], plane[:, 0])
    order = np.argsort(angle)
    ranked = angle[order]
    gaps = np.append(np.diff(ranked), ranked[0] + 2 * np.pi - ranked[-1])
    return np.roll(order, -(int(gaps.argmax()) + 1))
