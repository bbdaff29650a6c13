import numpy as np
import pytest

from armillary.core import BadInput
from armillary.shape import mixture_index, separability

TURN = 2 * np.pi * np.arange(400) / 400
CIRCLE = np.column_stack([np.cos(TURN), np.sin(TURN)])


def turned(plane, by):
    return plane @ np.array([[np.cos(by), np.sin(by)], [-np.sin(by), np.cos(by)]])


def share_by_definition(projection, epsilon, offsets):
    """Try every offset on a fine grid."""
    z = projection[None, :] + offsets[:, None]
    return (np.abs(z) < epsilon * np.sqrt((z**2).mean(axis=1, keepdims=True))).mean(axis=1).max()


@pytest.mark.parametrize("epsilon", [0.03, 0.1, 0.5])
def test_the_scan_over_offsets_is_exact(rng, epsilon):
    plane = rng.standard_normal((40, 2)) ** 3
    x = plane[:, 0] - plane[:, 0].mean()
    fine = share_by_definition(x, epsilon, np.linspace(-x.max() - 1, -x.min() + 1, 400_001))
    assert mixture_index(plane, epsilon=epsilon, n_angles=1) == pytest.approx(fine)


def test_more_directions_only_raise_the_mixture_index(rng):
    plane = rng.standard_normal((200, 2)) * [1, 3]
    found = [mixture_index(plane, n_angles=n) for n in (1, 10, 100, 1000)]
    assert found == sorted(found)


def test_blocks_of_directions_do_not_change_it(rng, monkeypatch):
    plane = rng.standard_normal((150, 2)) * [1, 3]
    whole = mixture_index(plane), separability(plane)
    monkeypatch.setattr("armillary.shape.indices.AT_ONCE", 700)
    assert (mixture_index(plane), separability(plane)) == whole


def test_a_feature_that_is_mostly_off_is_a_mixture_of_that_share(rng):
    plane = rng.standard_normal((1000, 2)) + 4
    plane[:800, 0] = 0
    assert mixture_index(plane) == pytest.approx(0.8, abs=0.01)


def test_points_on_a_line_are_all_in_one_slab(rng):
    assert mixture_index(np.outer(rng.standard_normal(50), [0.3, 0.7])) == 1


def test_a_large_gaussian_has_a_small_index_and_separates(rng):
    plane = rng.standard_normal((20_000, 2)) * [1, 4]
    assert mixture_index(plane, n_angles=90) == pytest.approx(0.08, abs=0.006)
    assert separability(plane) < 0.01


@pytest.mark.parametrize(("n", "bits"), [(50, 0.82), (100, 0.38), (500, 0.09)])
def test_independent_axes_score_the_bias_that_is_stated(rng, n, bits):
    found = np.mean([separability(rng.standard_normal((n, 2))) for _ in range(20)])
    assert found == pytest.approx(bits, rel=0.25)


def test_scale_shift_and_mirror_change_neither_index_and_turns_hardly(rng):
    plane = rng.standard_normal((300, 2)) * [1, 3]
    moved = turned(5 * plane, np.pi / 2) * [1, -1] + [7, -2]
    assert mixture_index(moved) == pytest.approx(mixture_index(plane), abs=1 / 300)
    assert separability(moved) == pytest.approx(separability(plane), abs=0.02)
    assert mixture_index(turned(plane, 1.234)) == pytest.approx(mixture_index(plane), abs=0.01)


def test_the_published_hundred_angles_are_ninety_nine_of_a_quarter_turn(rng):
    plane = rng.standard_normal((300, 2)) ** 3
    published = []
    for angle in np.linspace(0, 2 * np.pi, 100):
        x, y = turned(plane, angle).T
        joint = np.histogram2d(x, y, bins=10)[0] / 300
        apart = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
        seen = joint > 0
        published.append((joint[seen] * np.log2(joint[seen] / apart[seen])).sum())
    assert separability(plane) == pytest.approx(min(published), abs=1e-6)


def test_a_circle_is_neither_a_mixture_nor_separable():
    assert mixture_index(CIRCLE) < 0.25
    assert separability(CIRCLE) > 0.8


def test_what_has_no_indices_is_refused():
    with pytest.raises(BadInput, match="two or more finite points"):
        separability(np.array([[0.0, 1], [np.nan, 2]]))
    with pytest.raises(BadInput, match="two or more finite points"):
        mixture_index(CIRCLE[:1])
    with pytest.raises(BadInput, match=r"below 1, got 1\.0"):
        mixture_index(CIRCLE, epsilon=1.0)
