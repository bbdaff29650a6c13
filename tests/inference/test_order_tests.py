import itertools

import numpy as np
import pytest

from armillary.inference import cyclic_order_test, linear_order_test, pairs_test, power, size


def squared(points: np.ndarray) -> np.ndarray:
    return ((points[:, None] - points[None]) ** 2).sum(axis=-1)


def ring(n: int) -> np.ndarray:
    angle = 2 * np.pi * np.arange(n) / n
    return np.c_[np.cos(angle), np.sin(angle)]


def test_a_perfect_week_gets_the_smallest_p_that_seven_labels_allow(rng):
    found = cyclic_order_test(squared(ring(7)), np.arange(7), rng=rng)
    assert found.exact
    assert found.pvalue == pytest.approx(1 / 360)
    assert found.reach == pytest.approx(1 / 360)
    assert found.test.observed > 0.98


def test_five_points_in_a_row_get_one_in_sixty(rng):
    found = linear_order_test(squared(np.arange(5.0)[:, None]), np.arange(5), rng=rng)
    assert found.pvalue == pytest.approx(2 / 120)
    assert found.test.observed == pytest.approx(0.9700, abs=0.02)


@pytest.mark.parametrize("cyclic", [True, False])
def test_listing_orderings_agrees_with_trying_every_permutation(cyclic: bool, rng):
    d2 = squared(rng.normal(size=(6, 4)) + 1.2 * np.c_[ring(6), ring(6)])
    step = np.arange(6)
    test = cyclic_order_test if cyclic else linear_order_test
    apart = np.abs(np.subtract.outer(step, step)).astype(float)
    template = np.minimum(apart, 6 - apart) if cyclic else apart
    upper = np.triu_indices(6, 1)

    def fit(p: tuple[int, ...]) -> float:
        return float(np.corrcoef(d2[upper], template[np.ix_(p, p)][upper])[0, 1])

    every = np.array([fit(p) for p in itertools.permutations(range(6))])
    found = test(d2, step, rng=rng)
    assert found.test.observed == pytest.approx(fit(tuple(range(6))))
    assert found.pvalue == pytest.approx((every >= found.test.observed - 1e-12).mean())


def test_twelve_months_are_drawn_and_agree_with_their_floor(rng):
    found = cyclic_order_test(squared(ring(12)), np.arange(12), n_draws=999, rng=rng)
    assert not found.exact
    assert found.pvalue == found.reach == pytest.approx(1 / 1000)


def test_a_missing_day_keeps_its_place(rng):
    days = np.array([0, 1, 2, 4, 5, 6])
    found = cyclic_order_test(squared(ring(7)[days]), days, period=7, rng=rng)
    assert found.pvalue == found.reach == pytest.approx(2 / 720)


def test_points_may_come_in_any_order_and_any_place(rng):
    cloud = ring(8) + 0.3 * rng.normal(size=(8, 2))
    deal = rng.permutation(8)
    first = cyclic_order_test(squared(cloud), np.arange(8), rng=rng)
    moved = cyclic_order_test(7 * squared(cloud[deal] + 5), np.arange(8)[deal], rng=rng)
    turned = cyclic_order_test(squared(cloud), (np.arange(8) + 3) % 8, rng=rng)
    assert moved.pvalue == pytest.approx(first.pvalue)
    assert turned.test.observed == pytest.approx(first.test.observed)


@pytest.mark.slow
@pytest.mark.parametrize("n", [7, 12])
def test_shuffled_labels_are_rejected_no_more_often_than_promised(n: int, rng):
    found = size(
        lambda cloud, rng: (
            cyclic_order_test(squared(cloud), np.arange(n), n_draws=199, rng=rng).pvalue
        ),
        lambda rng: rng.normal(size=(n, 20)),
        n_draws=600,
        rng=rng,
    )
    assert found.keeps_level


@pytest.mark.slow
def test_a_ring_hidden_behind_three_strong_nuisance_factors_is_mostly_seen(rng):
    def hidden(rng: np.random.Generator) -> np.ndarray:
        return np.c_[ring(12), rng.normal(size=(12, 3)), rng.normal(size=(12, 250)) / 16]

    found = power(
        lambda cloud, rng: (
            cyclic_order_test(squared(cloud), np.arange(12), n_draws=199, rng=rng).pvalue
        ),
        hidden,
        n_draws=100,
        rng=rng,
    )
    assert found.rate > 0.85


def test_parallel_steps_get_the_smallest_p_of_five_pairs(rng):
    left = rng.normal(size=(5, 30))
    found = pairs_test(left, left + rng.normal(size=30), rng=rng)
    assert found.exact
    assert found.test.observed == pytest.approx(1.0)
    assert found.pvalue == pytest.approx(1 / 120)


def test_a_shift_between_the_lists_alone_is_no_pairing(rng):
    left, right = rng.normal(size=(10, 30)), rng.normal(size=(10, 30)) + 3
    found = pairs_test(left, right, n_draws=499, rng=rng)
    assert found.test.observed > 0.5
    assert found.pvalue > 0.05


def test_many_pairs_are_drawn(rng):
    left = rng.normal(size=(30, 20))
    found = pairs_test(left, left + 1 + 0.3 * rng.normal(size=(30, 20)), n_draws=199, rng=rng)
    assert found.pvalue == found.reach == pytest.approx(1 / 200)


def test_labels_that_repeat_or_leave_the_period_are_refused(rng):
    d2 = squared(ring(5))
    with pytest.raises(ValueError, match=r"distinct and in 0\.\.6"):
        cyclic_order_test(d2, np.array([0, 1, 2, 2, 3]), period=7, rng=rng)
    with pytest.raises(ValueError, match=r"distinct and in 0\.\.4"):
        cyclic_order_test(d2, np.array([0, 1, 2, 3, 9]), period=5, rng=rng)


def test_three_points_are_too_few(rng):
    with pytest.raises(ValueError, match="4 or more points"):
        linear_order_test(squared(ring(3)), np.arange(3), rng=rng)


@pytest.mark.refusal
def test_lists_of_unlike_length_are_refused(rng):
    with pytest.raises(ValueError, match="at least 3 pairs"):
        pairs_test(rng.normal(size=(4, 3)), rng.normal(size=(5, 3)), rng=rng)


def test_a_pair_of_one_and_the_same_vector_is_refused(rng):
    left = rng.normal(size=(4, 3))
    with pytest.raises(ValueError, match="same vector"):
        pairs_test(left, np.r_[left[:1], rng.normal(size=(3, 3))], rng=rng)
