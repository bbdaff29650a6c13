"""The survey on worlds: what is shown, what is called, what counts as a confusion."""

import numpy as np
import pytest

from armillary.core import Finding, ShapeFit
from armillary.experiments.confusion import Called, Cloud, Confusion, clouds_of
from armillary.experiments.confusion.clouds import different_rows
from armillary.experiments.confusion.judges import (
    judged_alone,
    judged_among_others,
    verdict_of,
)
from armillary.inference import NullTest
from armillary.worlds import make


def called(verdict: str, *, world: str = "circle", source: str = "activations", seed: int = 0):
    right = verdict == ("none" if source == "gaussian" else "circle")
    return Called(world, source, seed, "battery", 50, verdict, "arc", 0.01, right)


def test_a_row_that_is_drawn_twice_counts_once():
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1e-9]])
    np.testing.assert_array_equal(different_rows(rows), rows[:2])


def test_the_gaussian_control_comes_first_and_keeps_the_covariance():
    first, second = clouds_of(make("circle"), n_points=400)
    assert (first.source, second.source) == ("gaussian", "activations")
    assert first.expected == {"none"}
    assert second.expected == {"circle"}
    spectra = [np.linalg.svd(c.points, compute_uv=False)[:3] for c in (first, second)]
    # relative error of a standard deviation from 400 draws: 1 / sqrt(800), here with 4 s.e.
    np.testing.assert_allclose(spectra[0][:2], spectra[1][:2], rtol=4 * (1 / np.sqrt(800)) * 2)
    assert spectra[0][2] < 1e-3 * spectra[0][0]


def test_a_circle_is_called_a_circle_alone_and_among_others():
    _, ring = clouds_of(make("circle"), n_points=60)
    assert judged_alone(ring, seed=0).right
    (among,) = judged_among_others([ring], d=96, seed=0, jobs=1)
    assert among.verdict == "circle"
    assert among.p <= 0.05


def test_of_two_claims_on_one_group_the_stronger_is_the_verdict():
    ring = clouds_of(make("circle"), n_points=20)[1]
    rows = np.arange(20)

    def claim(shape: str, effect: float, rows: np.ndarray) -> Finding:
        fit = ShapeFit(shape, 20 * effect)
        test = NullTest(1.0, np.zeros(9))
        return Finding(
            group_id=0, rows=rows, fit=fit, runner_up=ShapeFit("none", 0.0), placement=test, q=0.01,
            q_by=0.02, rival=None, percentile=1.0, effect=effect, margin=0.1, stability=1.0,
            weakest_null="", grade="structured",
        )  # fmt: skip

    stronger, weaker = claim("sphere", 2.0, rows), claim("circle", 1.0, rows)
    elsewhere = claim("tree", 9.0, np.arange(11, 40))
    for order in ([stronger, weaker, elsewhere], [elsewhere, weaker, stronger]):
        assert verdict_of(ring, rows, order).verdict == "sphere"
    assert verdict_of(ring, rows, [elsewhere]).verdict == "none"


def test_verdicts_are_counted_by_truth_and_a_miss_is_no_confusion():
    verdicts = [called(v, seed=i) for i, v in enumerate(["circle", "arc", "arc", "none"])]
    verdicts.append(called("circle", source="gaussian"))
    table = Confusion(tuple(verdicts), {})
    assert table.counts("battery", "activations")["circle"] == {"circle": 1, "arc": 2, "none": 1}
    assert table.false_alarms() == (1, 1)
    # the one false alarm is all of its clouds, the arc half of its
    assert table.worst() == [
        ("circle, gaussian", "circle", 1, 1),
        ("circle, activations", "arc", 2, 4),
    ]
    assert [row["kind"] for row in table.rows()] == ["right", "wrong", "wrong", "missed", "wrong"]
    assert "1 of 1 called something" in table.lines()[0]


def test_a_cloud_without_a_known_name_expects_nothing():
    cloud = clouds_of(make("circle"), n_points=20)[0]
    assert isinstance(cloud, Cloud)
    with pytest.raises(AttributeError):
        cloud.points = np.zeros((2, 2))  # type: ignore[misc]
