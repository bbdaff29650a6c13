import numpy as np
import pytest

from armillary.core import BadInput
from armillary.networks.modular import (
    STEPS,
    TORI,
    CircleFit,
    accuracy_of,
    circle_fit,
    clock_by_hand,
    completeness,
    describe_modular,
    distance_irrelevance,
    every_pair,
    gradient_symmetricity,
    logits_of,
    pizza_by_hand,
    profile,
)
from armillary.networks.modular.templates import OVERLAP

KEYS = (3, 5, 9)
CLOCK = clock_by_hand(23, KEYS)
PIZZA = pizza_by_hand(23, KEYS)


def waves(p: int) -> tuple[np.ndarray, np.ndarray]:
    pairs = every_pair(p)
    turn = 2 * np.pi * np.array(KEYS)[:, None, None] / p
    clock = np.cos(turn * (pairs.sum(axis=1)[:, None] - np.arange(p)))
    slices = np.abs(np.cos(turn * (pairs[:, 0] - pairs[:, 1])[:, None] / 2))
    return clock.sum(axis=0), (slices * clock).sum(axis=0)


def test_the_clocks_logits_are_cosines_of_the_error():
    clock, _ = waves(23)
    np.testing.assert_allclose(logits_of(CLOCK, every_pair(23)), clock, atol=1e-12)


@pytest.mark.parametrize("neurons", [12, 24, 48])
def test_the_pizzas_logits_are_the_integral_up_to_the_next_harmonic(neurons: int):
    _, pizza = waves(23)
    error = np.abs(logits_of(pizza_by_hand(23, KEYS, neurons=neurons), every_pair(23)) - pizza)
    assert 1e-9 < error.max() < 2 * 3 * 3 / (neurons - 2) ** 2


def test_both_are_right_on_every_pair():
    assert accuracy_of(CLOCK) == accuracy_of(PIZZA) == 1.0


def test_the_published_numbers_take_their_ideal_values():
    rng = np.random.default_rng(0)
    assert distance_irrelevance(CLOCK) == 1.0
    assert distance_irrelevance(PIZZA) < 0.03
    assert gradient_symmetricity(PIZZA, rng=rng) == pytest.approx(1.0)
    assert abs(gradient_symmetricity(CLOCK, rng=rng, rows=4000)) < 4 / np.sqrt(4000)


@pytest.mark.parametrize("key", KEYS)
def test_each_circle_is_told_apart_and_the_wrong_template_explains_eight_over_pi_squared(key: int):
    clock, pizza = circle_fit(CLOCK, key), circle_fit(PIZZA, key)
    assert (clock.kind, pizza.kind) == ("clock", "pizza")
    assert clock.clock == pytest.approx(1.0)
    assert clock.pizza == pytest.approx(OVERLAP, abs=0.01)
    assert pizza.pizza == pytest.approx(1.0, abs=1e-3)
    assert pizza.clock == pytest.approx(OVERLAP, abs=0.01)


def test_a_verdict_needs_one_template_ahead_and_is_blind_to_what_fits_neither():
    assert CircleFit(0.95, 0.95).kind == "mixed"
    for rest in (1.0, 0.7):
        assert CircleFit(rest, rest * OVERLAP).kind == "clock"
        assert CircleFit(rest * OVERLAP, rest).kind == "pizza"
    assert CircleFit(0.4, 0.3).kind == "neither"


def test_the_profile_over_differences_is_flat_or_a_rectified_cosine():
    np.testing.assert_allclose(profile(CLOCK, 5), 1.0, atol=1e-12)
    difference = np.arange(23)
    expected = np.abs(np.cos(np.pi * 5 * difference / 23))
    np.testing.assert_allclose(profile(PIZZA, 5), expected, atol=0.02)


def test_disks_carry_the_pizza_and_not_the_clock():
    assert completeness(PIZZA, KEYS)[STEPS[0]] == 1.0
    kept = completeness(CLOCK, KEYS)
    assert kept[STEPS[0]] < 0.1
    assert kept[TORI] < 0.1
    assert kept[STEPS[1]] == kept[STEPS[2]] == 1.0


def test_a_description_of_other_frequencies_carries_nothing():
    assert completeness(PIZZA, (1, 2))[STEPS[2]] < 0.1


def test_the_report_names_every_circle():
    report = describe_modular(PIZZA, rng=np.random.default_rng(0))
    assert report.kinds == dict.fromkeys(KEYS, "pizza")
    assert all(circle.disk == pytest.approx(1 / 3) for circle in report.circles)
    clock = describe_modular(CLOCK, rng=np.random.default_rng(0))
    assert clock.kinds == dict.fromkeys(KEYS, "clock")
    assert all(circle.sums == pytest.approx(1 / 12) for circle in clock.circles)
    assert len(clock.lines()) == 6
    assert clock.as_dict()["circles"][0]["kind"] == "clock"


@pytest.mark.parametrize("network", [CLOCK, PIZZA], ids=["clock", "pizza"])
def test_gradients_agree_with_differences(network: object):
    check_gradients(network)


def check_gradients(network: object) -> None:
    rng = np.random.default_rng(3)
    p = network.p  # type: ignore[attr-defined]
    noisy = network.embedding + 0.1 * rng.standard_normal(network.embedding.shape)  # type: ignore[attr-defined]
    network = network.with_embedding(noisy)  # type: ignore[attr-defined]
    for a, b, c in ((1, 4, 2), (5, 2, 0)):
        pair, answer = np.array([[a, b]]), np.array([c])
        by_first, by_last = network.gradients(pair, answer)
        for token, gradient in ((a, by_first), (b, by_last)):
            step = rng.standard_normal(noisy.shape[1])
            moved = np.zeros_like(noisy)
            moved[token] = 1e-6 * step
            there, here = (
                logits_of(network.with_embedding(noisy + s * moved), pair)[0, c] for s in (1, -1)
            )
            assert (there - here) / 2e-6 == pytest.approx(gradient[0] @ step, rel=1e-4, abs=1e-6)
    assert p == noisy.shape[0]


@pytest.mark.refusal
def test_even_moduli_and_odd_frequencies_are_refused():
    with pytest.raises(BadInput, match="odd p only"):
        clock_by_hand(24, (1,))
    with pytest.raises(BadInput, match="distinct ones from 1 to 11"):
        pizza_by_hand(23, (12,))
    with pytest.raises(BadInput, match="7 neurons"):
        pizza_by_hand(23, (1,), neurons=7)
