"""One point cloud surveyed: its own shape, or the shape that the means of its labels form."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput, PointCloud, ShapeFit
from armillary.inference import OrderTest, Turns, cyclic_order_test, fit_turns, linear_order_test
from armillary.shape import Verdict, judge, tangent_points
from armillary.shape.fitting import fit_shape
from armillary.survey.class_means import ClassMeans, class_means, differing_means_test
from armillary.survey.label_models import HeldOut, held_out_models
from armillary.survey.label_neighbours import neighbours_kept
from armillary.survey.points_placement import (
    any_placement_test,
    arranged_placement_test,
    curve_placement_test,
)
from armillary.survey.points_result import PointsResult

Points = Float[np.ndarray, "point d_model"]
Scores = Float[np.ndarray, "point axis"]

MOST_POINTS = 400  # judged of a cloud without labels
MOST_AXES = 24
LEVEL = 0.05
LEAST_POINTS = 5
SAME_NAME = {"product:circle": "circle"}
CALLED = {
    "ellipse": "circle",
    "ring_of_clusters": "circle",
    "k_clusters": "clusters",
    "simplex": "clusters",
}
AMONG_MEANS = ("circle", "arc", "segment", "clusters")
CLOSES = {"circle": "cyclic", "arc": "linear", "segment": "linear"}
SAME_MEANS = "labels have no different means: nothing to arrange"


def survey_points(
    points: Points,
    *,
    labels: Sequence[str] | None = None,
    order: Literal["cyclic", "linear"] | None = None,
    label_order: Sequence[str] | None = None,
    seed: int = 0,
    n_null: int = 999,
    n_splits: int = 20,
    tangent: bool = False,
) -> PointsResult:
    """Name the shape of a point cloud, or of the means of its labels.

    Without labels the cloud goes through the battery as a group of features would. With labels the
    points of each are averaged, and judged by what one half of the points predicts about the
    other. Where ``label_order`` says how labels follow each other, ``circle`` is called if labels
    shuffled do not follow as well (p <= 0.05), a closed curve predicts held-out distances better
    than an open one or a line, and the means do not keep to a part of the ring; ``arc`` or
    ``segment`` if the open models predict better; ``none`` otherwise.

    Parameters
    ----------
    points
        Rows, at least 5, finite.
    labels
        One a point. At least 5 of them need 2 distinct points.
    order
        How labels follow each other; None tests both ways and doubles p.
    label_order
        The labels in their order (Monday .. Sunday), also those that have no points. Without it,
        only the arrangement of the means is judged.
    seed
        Fixes subsampling, splits and null draws.
    n_null
        Draws of the placement null and of shuffled labels (at least 9,999 of the latter).
    n_splits
        Random halvings of the points.
    tangent
        Project rows from the origin to the plane tangent at their mean direction first: for
        directions, whose lengths mean nothing.

    Returns
    -------
    PointsResult
        The shape with its runner-up, nulls, floors, stability and notes.

    Raises
    ------
    BadInput
        If points are not finite, labels do not match them in number, a label is missing from
        ``label_order``, or fewer than 5 points or usable labels are left.

    Notes
    -----
    Seven labels cannot tell three quarters of a circle from a whole one; a note then says so.
    Codes that follow the order of the labels pass through any fixed linear map: shuffled labels
    alone do not show that a model *placed* the means, which is what ``placement`` is for.
    Turning, mirroring, shifting and scaling the points change nothing (without ``tangent``).
    """
    points = _checked(points, labels, label_order)
    rng = np.random.default_rng(seed)
    if tangent:
        points = tangent_points(points)
    if labels is None:
        return _cloud(points, n_null=n_null, rng=rng)
    sequence = sorted({str(label) for label in labels}) if label_order is None else label_order
    classes = class_means(points, labels, sequence, n_splits=n_splits, rng=rng)
    scores = _scores(classes.means)
    test = arranged_placement_test if label_order is None else curve_placement_test
    placement = test(scores, n_null=n_null, rng=rng)
    differ = differing_means_test(points, classes, n_draws=min(n_null, 199), rng=rng)
    verdict = judge(scores, n_null=99, n_rival=99, n_resample=0, rng=rng)[0]
    blank = PointsResult(
        n_points=points.shape[0], labels=classes.names, fit=ShapeFit("none", 0.0),
        runner_up=ShapeFit("none", 0.0), margin=float("nan"), margin_error=float("nan"),
        placement=placement, differ=differ, label_tests={}, turns=None, adjacency=None,
        held_out={}, stability=float("nan"), verdict=verdict, squared=classes.squared,
        notes=classes.left_out(labels),
    )  # fmt: skip
    if label_order is None:
        return _arranged(blank, scores)
    return _ordered(blank, classes, scores, order=order, n_draws=max(n_null, 9_999), rng=rng)


def _checked(
    points: Points, labels: Sequence[str] | None, label_order: Sequence[str] | None
) -> Points:
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[0] < LEAST_POINTS:
        raise BadInput(f"expected 5 or more points as rows, got an array of shape {points.shape}")
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if bad.size:
        raise BadInput(
            f"{bad.size} rows hold NaN or infinity, the first is row {bad[0]}: drop them"
        )
    if labels is None:
        if label_order is not None:
            raise BadInput("label_order needs labels: give one label a point")
        return points
    if len(labels) != points.shape[0]:
        raise BadInput(f"{len(labels)} labels for {points.shape[0]} points: give one a point")
    if label_order is not None:
        unknown = sorted({str(label) for label in labels} - {str(label) for label in label_order})
        if unknown or len(set(label_order)) < len(label_order):
            raise BadInput(
                f"label_order must name every label once; it lacks {unknown[:5]} or repeats one"
            )
    return points


def _scores(points: Points) -> Scores:
    return PointCloud.from_points(points).scores[:, :MOST_AXES]


def _cloud(points: Points, *, n_null: int, rng: np.random.Generator) -> PointsResult:
    """Judge a cloud without labels."""
    n = points.shape[0]
    notes: tuple[str, ...] = ()
    chosen = points
    if n > MOST_POINTS:
        chosen = points[np.sort(rng.choice(n, MOST_POINTS, replace=False))]
        notes = (f"judged on {MOST_POINTS} of {n:,} points, drawn at random",)
    scores = _scores(chosen)
    placement = any_placement_test(scores, n_null=n_null, rng=rng)
    verdict = judge(scores, n_null=49, n_rival=99, n_resample=10, rng=rng)[0]
    out = PointsResult(
        n_points=n, labels=(), fit=ShapeFit("none", 0.0), runner_up=ShapeFit("none", 0.0),
        margin=float("nan"), margin_error=float("nan"), placement=placement, differ=None,
        label_tests={}, turns=None, adjacency=None, held_out={}, stability=verdict.stability,
        verdict=verdict, squared=np.empty((0, 0)), notes=notes,
    )  # fmt: skip
    if placement.pvalue > LEVEL:
        return replace(out, runner_up=verdict.fit)
    return _by_battery(out, verdict, scores.shape[0])


def _by_battery(result: PointsResult, verdict: Verdict, n: int) -> PointsResult:
    """Call what the battery calls."""
    margin = (verdict.fit.nats - verdict.runner_up.nats) / n
    fit = replace(verdict.fit, shape=SAME_NAME.get(verdict.fit.shape, verdict.fit.shape))
    notes = result.notes
    if verdict.rival is not None and verdict.rival.pvalue > LEVEL:
        notes = (*notes, f"{verdict.rival.name} does as well (p = {verdict.rival.pvalue:.2g})")
    return replace(result, fit=fit, runner_up=verdict.runner_up, margin=margin, notes=notes)


def _arranged(result: PointsResult, scores: Scores) -> PointsResult:
    """Judge means whose order is not known."""
    assert result.differ is not None
    if result.differ.pvalue > LEVEL:
        return replace(result, notes=(*result.notes, SAME_MEANS))
    if result.placement.pvalue > LEVEL:
        note = "the means differ, but lie as a Gaussian cloud of their spectrum might"
        return replace(result, runner_up=result.verdict.fit, notes=(*result.notes, note))
    called = _by_battery(result, result.verdict, scores.shape[0])
    if called.shape == "none":
        return called
    excess = result.verdict.excess
    shape = CALLED.get(called.shape, called.shape)
    notes = called.notes
    if shape != called.shape or shape not in AMONG_MEANS:
        notes = (*notes, f"the battery reads the means as {called.shape}")
    ranked = sorted(AMONG_MEANS, key=lambda name: -excess[name])
    if shape not in AMONG_MEANS:
        shape = ranked[0]
    second = next(name for name in ranked if name != shape)
    fitted = fit_shape("k_clusters" if shape == "clusters" else shape, excess[shape], scores)
    fit = replace(fitted, shape=shape)
    margin = (excess[shape] - excess[second]) / scores.shape[0]
    rival = ShapeFit(second, excess[second])
    return replace(called, fit=fit, runner_up=rival, margin=margin, notes=notes)


def _ordered(
    result: PointsResult,
    classes: ClassMeans,
    scores: Scores,
    *,
    order: Literal["cyclic", "linear"] | None,
    n_draws: int,
    rng: np.random.Generator,
) -> PointsResult:
    """Judge means whose labels follow each other."""
    differ = result.differ
    assert differ is not None
    tests = _label_tests(result.squared, classes, order=order, n_draws=n_draws, rng=rng)
    turns = fit_turns(result.squared, classes.step, period=classes.period)
    held = held_out_models(classes)
    excess = result.verdict.excess
    fills = max(excess["circle"], excess["ellipse"]) >= excess["arc"]
    shape, second = _called(held, fills=fills)
    result = replace(
        result, label_tests=tests, turns=turns, held_out=held.r2, margin=held.margin,
        margin_error=held.error, stability=held.stability[shape],
    )  # fmt: skip
    fit = fit_shape(shape, excess[shape], scores)
    rival = ShapeFit(second, excess[second])
    notes = _notes(result, held, shape=shape, fills=fills)
    kept = neighbours_kept(fit, classes, scores, order=order or CLOSES[shape])
    if differ.pvalue > LEVEL:
        fit, rival, notes = ShapeFit("none", 0.0), fit, (SAME_MEANS,)
    elif result.label_p > LEVEL or held.r2[shape] <= 0:
        notes = (f"the means do not follow the order of the labels (p = {result.label_p:.2g})",)
        fit, rival = ShapeFit("none", 0.0), fit
    return replace(result, fit=fit, runner_up=rival, adjacency=kept, notes=(*result.notes, *notes))


def _called(held: HeldOut, *, fills: bool) -> tuple[str, str]:
    """Name the shape and the runner-up from held-out R^2; a circle must fill its ring as well."""
    ranked = held.ranked
    if ranked[0] == "circle" and not fills:
        return "arc", "circle"
    return ranked[0], ranked[1]


def _label_tests(
    squared: Float[np.ndarray, "label label"],
    classes: ClassMeans,
    *,
    order: str | None,
    n_draws: int,
    rng: np.random.Generator,
) -> dict[str, OrderTest]:
    tests: dict[str, OrderTest] = {}
    if order != "linear":
        tests["cyclic"] = cyclic_order_test(
            squared, classes.step, period=classes.period, n_draws=n_draws, rng=rng
        )
    if order != "cyclic":
        tests["linear"] = linear_order_test(squared, classes.step, n_draws=n_draws, rng=rng)
    return tests


def _notes(result: PointsResult, held: HeldOut, *, shape: str, fills: bool) -> tuple[str, ...]:
    """Say what the evidence cannot decide."""
    turns: Turns | None = result.turns
    assert turns is not None
    n = len(result.labels)
    out: list[str] = []
    if result.label_floor > LEVEL:
        out.append(f"{n} labels allow no p below {result.label_floor:.2g}")
    if abs(held.margin) < 2 * held.error:
        out.append(f"{n} labels do not decide between closed and open: margin within 2 s.e.")
    if held.ranked[0] == "circle" and not fills:
        out.append("a closed curve predicts best, but the means leave a wide gap: an open ring")
    if shape == "circle" and not turns.closed:
        out.append(
            f"turns interval [{turns.low:.2f}, {turns.high:.2f}] leaves out 1: a wide arc fits too"
        )
    elif shape == "circle" and turns.low < 0.8:
        out.append(f"turns from {turns.low:.2f}: a ring with one wider step, or a wide arc")
    if shape == "arc" or (shape == "segment" and turns.high >= 0.45):
        out.append("a random walk in the order of the labels looks like this too")
    if result.placement.pvalue > LEVEL:
        out.append("without the labels, means of this spectrum look like this by chance")
    return tuple(out)
