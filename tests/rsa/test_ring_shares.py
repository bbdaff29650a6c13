"""The ring's share beside other orders and random placement, and what runs of layers are."""

import itertools

import numpy as np
import pytest

from armillary.rsa.ring import (
    births,
    harmonic,
    longest_run,
    orders,
    placement_shares,
    ring_shares,
    ring_tests,
)
from armillary.worlds.shapes import sample

WEEK = np.arange(7)
RNG = np.random.default_rng(0)


def moment(points):
    centred = points - points.mean(axis=0)
    return centred @ centred.T


def even_ring(n=7):
    angle = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def test_an_even_circle_is_all_ring_and_its_double_turn_none_of_it():
    frame = harmonic(WEEK, 7)
    assert ring_shares(moment(even_ring()), frame) == pytest.approx(1)
    assert ring_shares(moment(even_ring()[2 * WEEK % 7]), frame) == pytest.approx(0, abs=1e-12)


def test_the_frame_is_orthonormal_with_gaps_too():
    frame = harmonic(np.array([0, 1, 3, 4, 6]), 7)
    assert frame.T @ frame == pytest.approx(np.eye(2))
    assert frame.sum(axis=0) == pytest.approx(0, abs=1e-12)


def test_equal_distances_hold_the_share_of_chance_and_no_evidence():
    found = ring_tests(np.array([moment(np.eye(7))] * 3), orders(WEEK, 7, n_draws=1, rng=RNG))
    assert found.share == pytest.approx(2 / 6)
    assert found.p_joint == pytest.approx(1.0)


def test_of_seven_words_every_order_is_listed_once():
    known = orders(WEEK, 7, n_draws=1, rng=RNG)
    assert known.exact
    assert len(known.projections) == 360
    drawn = orders(np.arange(12), 12, n_draws=50, rng=RNG)
    assert not drawn.exact
    assert len(drawn.projections) == 51


def test_p_is_the_share_among_all_permutations_of_five_words():
    points, frame = RNG.standard_normal((5, 3)), harmonic(np.arange(5), 5)
    found = ring_tests(moment(points)[None], orders(np.arange(5), 5, n_draws=1, rng=RNG))
    every = [ring_shares(moment(points[list(p)]), frame) for p in itertools.permutations(range(5))]
    assert found.p[0] == pytest.approx(np.mean(np.array(every) >= every[0] - 1e-9))


def test_a_planted_ring_is_found_in_its_layers_alone():
    noise = RNG.standard_normal((6, 7, 40)) / np.sqrt(40)
    layers = noise.copy()
    layers[2:5, :, :2] += 1.5 * even_ring()
    found = ring_tests(np.array([moment(each) for each in layers]), orders(
        WEEK, 7, n_draws=1, rng=RNG
    ))  # fmt: skip
    assert longest_run(found.p_joint <= 0.05) == (2, 4)


def test_the_joint_test_keeps_its_size_over_dependent_layers():
    """20 layers of random words, each layer leaning on the one before: any at all at 0.05."""
    rng, known, n = np.random.default_rng(1), orders(WEEK, 7, n_draws=1, rng=RNG), 400
    hits = 0
    for _ in range(n):
        steps = rng.standard_normal((20, 7, 5)).cumsum(axis=0)
        found = ring_tests(np.array([moment(each) for each in steps]), known)
        hits += bool((found.p_joint <= 0.05).any())
    assert hits / n <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / n)


def test_random_placement_has_the_share_of_chance_and_the_width_of_its_spectrum():
    frame, rng = harmonic(WEEK, 7), np.random.default_rng(2)
    few = placement_shares(np.array([1.0, 1.0, 0.0, -0.3]), frame, n_draws=4_000, rng=rng)
    many = placement_shares(np.ones(200), frame, n_draws=1_000, rng=rng)
    for found in (few, many):
        assert found.mean() == pytest.approx(2 / 6, abs=4 * found.std() / np.sqrt(found.size))
    assert few.std() > 4 * many.std()


def test_random_placement_beats_its_own_bar_at_its_level():
    frame, rng = harmonic(WEEK, 7), np.random.default_rng(3)
    spectrum = 1 / np.arange(1, 30)
    bar = np.quantile(placement_shares(spectrum, frame, n_draws=4_000, rng=rng), 0.95)
    fresh = placement_shares(spectrum, frame, n_draws=4_000, rng=rng)
    # the bar itself has the error of a quantile of as many draws: twice the variance
    assert (fresh > bar).mean() <= 0.05 + 3 * np.sqrt(2 * 0.05 * 0.95 / 4_000)


def test_a_birth_in_draws_is_that_of_the_longest_run():
    good, bad = moment(even_ring()), moment(np.eye(7))
    drawn = np.array([[bad, good, good], [good, bad, bad], [bad, bad, bad]])
    known = orders(WEEK, 7, n_draws=1, rng=RNG)
    assert births(drawn, known).tolist() == [[1, 2], [0, 0], [-1, -1]]
    assert births(drawn, known, least=1.1).tolist() == [[-1, -1]] * 3


def test_runs():
    assert longest_run(np.array([False, True, True, False, True, True])) == (1, 2)
    assert longest_run(np.array([True])) == (0, 0)
    assert longest_run(np.array([False, False])) is None


def test_a_circle_of_a_world_is_a_ring_and_its_segment_is_less_of_one():
    n = 12
    frame = harmonic(np.arange(n), n)
    circle = sample("circle", n, rng=RNG)
    angle = np.arctan2(circle[:, 1], circle[:, 0])
    line = np.sort(sample("segment", n, rng=RNG), axis=0)
    assert ring_shares(moment(circle[np.argsort(angle)]), frame) > 0.9
    assert ring_shares(moment(line), frame) < 0.8
