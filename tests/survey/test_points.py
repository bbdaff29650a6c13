import numpy as np
import pytest

from armillary import BadInput, survey_points
from armillary.inference import fit_turns
from armillary.survey.class_means import class_means, crossed

WIDTH = 24  # dimensions of the space
EACH = 16  # points a label


def replicated(means, rng, *, scatter=0.3, off=0.3):
    """Points scattered about means that are put in a wider space and moved a little off."""
    means = means - means.mean(axis=0)
    means = means / np.sqrt((means**2).sum(axis=1).mean())
    wide = np.zeros((len(means), WIDTH))
    wide[:, : means.shape[1]] = means
    wide += off * rng.standard_normal(wide.shape) / np.sqrt(WIDTH)
    step = np.repeat(np.arange(len(means)), EACH)
    points = wide[step] + scatter * rng.standard_normal((step.size, WIDTH))
    return points, [f"label {s}" for s in step]


def on_a_circle(n, degrees=360.0, *, ends=False):
    angle = np.radians(degrees) * np.arange(n) / (n - 1 if ends else n)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def surveyed(means, rng, *, order=None, seed=0):
    points, labels = replicated(means, rng)
    names = [f"label {s}" for s in range(len(means))]
    return survey_points(
        points, labels=labels, label_order=names, order=order, seed=seed, n_null=99, n_splits=6
    )


def test_seven_labels_round_a_ring_are_a_circle_in_their_order(rng):
    found = surveyed(on_a_circle(7), rng, order="cyclic")
    assert found.shape == "circle"
    assert found.adjacency.leading == found.adjacency.fitted == found.adjacency.possible == 7
    assert found.label_p == pytest.approx(1 / 360) == found.label_floor
    assert found.turns.closed
    assert found.margin > 2 * found.margin_error
    assert found.stability == 1.0


def test_half_a_circle_of_twelve_labels_is_an_arc(rng):
    found = surveyed(on_a_circle(12, 180, ends=True), rng)
    assert found.shape == "arc"
    assert found.margin < 0
    assert not found.turns.closed


def test_three_quarters_of_a_circle_come_with_a_note_that_an_arc_fits_too(rng):
    found = surveyed(on_a_circle(12, 270, ends=True), rng, order="cyclic")
    assert found.shape == "arc" or any("wide arc" in note for note in found.notes)


def test_nine_labels_along_a_line_are_a_segment(rng):
    found = surveyed(np.arange(9.0)[:, None], rng, order="linear")
    assert found.shape == "segment"
    assert found.adjacency.fitted == found.adjacency.possible == 8
    assert found.label_p <= 0.001


def test_means_that_lie_anywhere_have_no_shape(rng):
    for seed in range(4):
        found = surveyed(rng.standard_normal((9, WIDTH)), rng, seed=seed)
        assert found.shape == "none"
        assert found.differ.pvalue <= 0.05


def test_labels_that_mean_nothing_have_no_shape(rng):
    points = rng.standard_normal((140, WIDTH))
    names = list("abcdefg")
    found = survey_points(points, labels=names * 20, label_order=names, n_null=99, n_splits=4)
    assert found.shape == "none"
    assert found.differ.pvalue > 0.05


def test_a_random_walk_in_the_order_of_the_labels_is_no_circle(rng):
    shapes = [
        surveyed(np.cumsum(rng.standard_normal((12, WIDTH)), axis=0), rng, order="cyclic").shape
        for _ in range(6)
    ]
    assert "circle" not in shapes


@pytest.mark.slow
@pytest.mark.parametrize("n", [7, 12])
def test_random_walks_and_half_circles_are_seldom_called_circles(n, rng):
    walks = [np.cumsum(rng.standard_normal((n, WIDTH)), axis=0) for _ in range(20)]
    halves = [on_a_circle(n, 180, ends=True)] * 20
    called = [surveyed(means, rng).shape for means in [*walks, *halves]]
    assert called.count("circle") <= 4  # a tenth


def test_without_an_order_a_ring_of_means_is_still_a_circle(rng):
    points, labels = replicated(on_a_circle(24), rng)
    found = survey_points(points, labels=labels, n_null=99, n_splits=4)
    assert found.shape == "circle"
    assert np.isnan(found.label_p)
    assert found.adjacency is None


def test_without_labels_the_cloud_itself_is_judged(rng):
    ring = on_a_circle(60) + 0.05 * rng.standard_normal((60, 2))
    wide = np.column_stack([ring, 0.05 * rng.standard_normal((60, 6))])
    assert survey_points(wide, n_null=99).shape == "circle"
    assert survey_points(rng.standard_normal((60, 8)), n_null=99).shape == "none"


def test_turning_scaling_and_shifting_the_points_change_nothing(rng):
    points, labels = replicated(on_a_circle(7), rng)
    turn = np.linalg.qr(rng.standard_normal((WIDTH, WIDTH)))[0]
    names = sorted(set(labels))
    first, second = (
        survey_points(p, labels=labels, label_order=names, n_null=50, n_splits=4)
        for p in (points, 3 * points @ turn + 5)
    )
    assert second.shape == first.shape
    assert second.margin == pytest.approx(first.margin)
    assert second.turns.turns == pytest.approx(first.turns.turns)
    assert second.placement.pvalue == pytest.approx(first.placement.pvalue)


def test_the_same_seed_gives_the_same_answer(rng):
    points, labels = replicated(on_a_circle(7), rng)
    names = sorted(set(labels))
    first, second = (
        survey_points(points, labels=labels, label_order=names, n_null=30, n_splits=3)
        for _ in range(2)
    )
    assert str(first.as_row()) == str(second.as_row())


def test_crossed_distances_are_right_on_average_where_plain_ones_are_not(rng):
    true = on_a_circle(7)
    exact = ((true[:, None] - true[None]) ** 2).sum(axis=2)
    points = [
        np.pad(true, ((0, 0), (0, 98))) + 0.1 * rng.standard_normal((7, 100)) for _ in range(400)
    ]
    pairs = zip(points[::2], points[1::2], strict=True)
    assert np.mean([crossed(a, b) for a, b in pairs], axis=0) == pytest.approx(exact, abs=0.1)
    assert crossed(points[0], points[0])[0, 1] > exact[0, 1] + 1


def test_repeats_of_a_point_never_fall_into_different_halves(rng):
    base = np.repeat(rng.standard_normal((10, 3)), 6, axis=0)
    labels = np.repeat(list("abcde"), 12)
    classes = class_means(base, list(labels), list("abcde"), n_splits=5, rng=rng)
    for first, second in classes.halves:
        for label, mean in enumerate(first):
            assert np.abs(base[12 * label : 12 * label + 12] - mean).sum(axis=1).min() < 1e-9
        assert not np.allclose(first, second)


def test_a_label_with_one_distinct_point_is_left_out_and_named(rng):
    points, labels = replicated(on_a_circle(8), rng)
    points[:EACH] = points[0]
    names = [f"label {s}" for s in range(8)]
    found = survey_points(points, labels=labels, label_order=names, n_null=30, n_splits=3)
    assert len(found.labels) == 7
    assert "label 0" in found.notes[0]


def test_the_result_shows_its_evidence(rng):
    found = surveyed(on_a_circle(7), rng)
    assert repr(found).splitlines()[0] == "shape: circle"
    assert "label p (floor)" in found._repr_html_()
    assert found.turns.turns == fit_turns(found.squared, np.arange(7)).turns


def test_what_cannot_be_used_is_refused(rng):
    points, names = rng.standard_normal((20, 3)), list("abcde")
    with pytest.raises(BadInput, match="row 3"):
        survey_points(np.where(np.arange(20)[:, None] == 3, np.nan, points))
    with pytest.raises(BadInput, match="19 labels for 20 points"):
        survey_points(points, labels=["a"] * 19)
    with pytest.raises(BadInput, match="lacks \\['e'\\]"):
        survey_points(points, labels=names * 4, label_order=names[:4])
    with pytest.raises(BadInput, match="needs labels"):
        survey_points(points, label_order=names)
    with pytest.raises(BadInput, match="needs 5"):
        survey_points(points, labels=["a", "b"] * 10)
    with pytest.raises(BadInput, match="5 or more points"):
        survey_points(points[:3])
