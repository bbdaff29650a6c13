import numpy as np
import pytest

from armillary.inference import fit_turns


def squared(points: np.ndarray) -> np.ndarray:
    return ((points[:, None] - points[None]) ** 2).sum(axis=-1)


def winding(n: int, turns: float) -> np.ndarray:
    angle = 2 * np.pi * turns * np.arange(n) / n
    return np.c_[np.cos(angle), np.sin(angle)]


@pytest.mark.parametrize("turns", [0.5, 0.75, 1.0, 2.0])
@pytest.mark.parametrize("n", [7, 12])
def test_a_clean_winding_is_fitted_exactly(turns: float, n: int):
    found = fit_turns(squared(winding(n, turns)), np.arange(n))
    assert found.turns == pytest.approx(turns, abs=0.011)
    assert found.low <= turns <= found.high
    assert found.r2 > 0.999
    assert found.closed == (turns == 1.0)


def test_a_line_ends_at_the_lower_edge():
    assert fit_turns(squared(np.arange(12.0)[:, None]), np.arange(12)).turns == 0.3


def test_a_random_walk_in_label_order_is_no_circle():
    rng = np.random.default_rng(0)
    walks = [rng.normal(size=(12, 200)).cumsum(axis=0) for _ in range(50)]
    found = [fit_turns(squared(walk), np.arange(12)) for walk in walks]
    assert np.median([f.turns for f in found]) == pytest.approx(0.52, abs=0.05)
    assert not any(f.closed for f in found)


def test_noise_goes_into_the_offset_and_not_into_the_turns(rng):
    noisy = np.c_[winding(12, 1), 0.05 * rng.normal(size=(12, 500))]
    found = fit_turns(squared(noisy), np.arange(12))
    assert found.closed
    assert found.turns == pytest.approx(1.0, abs=0.1)


def test_a_missing_label_keeps_its_place_and_scale_does_not_matter():
    days = np.array([0, 1, 2, 4, 5, 6])
    found = fit_turns(9 * squared(winding(7, 1)[days]), days, period=7)
    assert found.turns == pytest.approx(1.0, abs=0.011)


def test_four_points_are_too_few():
    with pytest.raises(ValueError, match="5 or more points"):
        fit_turns(squared(winding(4, 1)), np.arange(4))
