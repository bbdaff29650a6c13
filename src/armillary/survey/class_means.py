"""Class means: labelled points become one point a label, with distances free of sampling noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core import BadInput
from armillary.inference import NullTest

LEAST_LABELS = 5
LEAST_POINTS = 2  # distinct points a label needs, one for each half
MOST_LABELS = 120  # more are thinned evenly along their order
WIDE = 50  # leading axes in which the test of differing means looks


@dataclass(frozen=True, slots=True, eq=False)
class ClassMeans:
    """Means of labelled points, whole and in halves.

    Parameters
    ----------
    names
        Labels that have a mean, in their order.
    step
        Position of each in the order given, gaps kept.
    period
        Labels in the order given, those without points included.
    rows
        Points of each label.
    means
        Mean of every label over all its points.
    halves
        For each split, the means over one half of every label's points and over the other.
    """

    names: tuple[str, ...]
    step: Int[np.ndarray, " label"]
    period: int
    rows: tuple[Int[np.ndarray, " _"], ...]
    means: Float[np.ndarray, "label d_model"]
    halves: Float[np.ndarray, "split 2 label d_model"]

    @property
    def squared(self) -> Float[np.ndarray, "label label"]:
        """Cross-validated squared distances, the mean over splits."""
        each = [crossed(first, second) for first, second in self.halves]
        return np.mean(each, axis=0)

    def left_out(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Say in a sentence which of these labels have no mean; empty if all have one."""
        absent = sorted({str(label) for label in labels} - set(self.names))
        if not absent:
            return ()
        listed = ", ".join(absent[:5]) + (", ..." if len(absent) > 5 else "")
        return (f"left out (one distinct point, or over {MOST_LABELS} labels): {listed}",)


def crossed(
    first: Float[np.ndarray, "label d_model"], second: Float[np.ndarray, "label d_model"]
) -> Float[np.ndarray, "label label"]:
    """Cross-validated squared distances: (a_i - a_j) . (b_i - b_j) over two halves a and b.

    Their expectation is the squared distance of the true means; noise, which adds the same to every
    plain squared distance and so makes a simplex of any shape, adds nothing. May be below 0.
    """
    gram = first @ second.T
    own = np.diagonal(gram)
    squared = own[:, None] + own[None] - gram - gram.T
    return squared * (1.0 - np.eye(own.size))


def class_means(
    points: Float[np.ndarray, "point d_model"],
    labels: Sequence[str],
    order: Sequence[str],
    *,
    n_splits: int,
    rng: np.random.Generator,
) -> ClassMeans:
    """Average the points of every label, and split them in halves again and again.

    Points that coincide always go to the same half: a repeat is no replicate. Labels with fewer
    than two distinct points are left out; more than 120 labels are thinned evenly.

    Raises
    ------
    BadInput
        If fewer than five labels are left.
    """
    named = np.array([str(label) for label in labels])
    rows: list[np.ndarray] = []
    twins: list[np.ndarray] = []
    step: list[int] = []
    for position, name in enumerate(order):
        here = np.flatnonzero(named == name)
        if here.size < LEAST_POINTS:
            continue
        twin = _twins(points[here])
        if int(twin.max()) + 1 >= LEAST_POINTS:
            rows.append(here)
            twins.append(twin)
            step.append(position)
    if len(rows) < LEAST_LABELS:
        raise BadInput(
            f"{len(rows)} labels have two distinct points or more; a shape of means needs "
            f"{LEAST_LABELS}: give more points a label, or leave labels out to judge the cloud"
        )
    if len(rows) > MOST_LABELS:
        kept = np.unique(np.linspace(0, len(rows) - 1, MOST_LABELS).round().astype(int))
        rows, twins = [rows[k] for k in kept], [twins[k] for k in kept]
        step = [step[k] for k in kept]
    means = np.array([points[r].mean(axis=0) for r in rows])
    halves = [_halves(points, rows, twins, rng) for _ in range(n_splits)]
    names = tuple(str(order[position]) for position in step)
    return ClassMeans(
        names, np.array(step, dtype=np.int64), len(order), tuple(rows), means, np.array(halves)
    )


def _twins(points: Float[np.ndarray, "point d_model"]) -> Int[np.ndarray, " point"]:
    """Give distinct points numbers by first appearance, which no rotation changes."""
    _, first, twin = np.unique(points, axis=0, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[twin.ravel()]


def _halves(
    points: Float[np.ndarray, "point d_model"],
    rows: Sequence[Int[np.ndarray, " _"]],
    twins: Sequence[Int[np.ndarray, " _"]],
    rng: np.random.Generator,
) -> Float[np.ndarray, "2 label d_model"]:
    both: list[list[np.ndarray]] = [[], []]
    for here, twin in zip(rows, twins, strict=True):
        distinct = int(twin.max()) + 1
        first = rng.permutation(distinct)[twin] < (distinct + 1) // 2
        both[0].append(points[here[first]].mean(axis=0))
        both[1].append(points[here[~first]].mean(axis=0))
    return np.array(both)


def differing_means_test(
    points: Float[np.ndarray, "point d_model"],
    classes: ClassMeans,
    *,
    n_draws: int,
    rng: np.random.Generator,
) -> NullTest:
    """Test whether labels have different means at all, against labels dealt to points anew.

    Statistic: sum over labels of (points of the label) x (squared distance of its mean from the
    grand mean), in the 50 leading principal axes, over the total sum of squares.
    """
    held = np.concatenate(classes.rows)
    label = np.repeat(np.arange(len(classes.rows)), [r.size for r in classes.rows])
    centred = points[held] - points[held].mean(axis=0)
    left, length, _ = np.linalg.svd(centred, full_matrices=False)
    axes = (left * length)[:, :WIDE]
    total = max(float((axes**2).sum()), 1e-300)
    hot = (label[:, None] == np.arange(len(classes.rows))).astype(np.float64)
    count = hot.sum(axis=0)

    def between(dealt: Float[np.ndarray, "point axis"]) -> float:
        return float((((hot.T @ dealt) ** 2).sum(axis=1) / count).sum()) / total

    null = [between(axes[rng.permutation(held.size)]) for _ in range(n_draws)]
    return NullTest(between(axes), np.array(null), "labels dealt to points anew")
