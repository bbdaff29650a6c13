import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.intervene import Turn, estimate


def made_turn(steps, shifts, *, n: int = 12) -> Turn:
    """Two templates, n words, every answer certain."""
    base = np.eye(n)[(np.arange(n) + 1) % n]
    rows = [np.roll(base, shift, axis=1) for shift in shifts]
    table = np.stack([np.stack(rows)] * 2)
    ones = np.ones(table.shape[:3])
    return Turn(
        "made",
        0,
        "word",
        tuple(steps),
        table,
        ones,
        0 * ones,
        np.stack([base] * 2),
        ones[:, 0],
        0.0,
    )


@given(st.integers(5, 13))
def test_an_answer_that_follows_has_slope_one_and_one_that_stays_or_shifts_by_a_constant_none(n):
    steps = [k for k in range(-(n // 2) + 1, n // 2) if k]
    follows = made_turn(steps, steps, n=n)
    assert follows.slopes() == pytest.approx(1)
    assert follows.slopes(soft=True) == pytest.approx(1)
    assert follows.hits() == pytest.approx(1)
    assert follows.tracking() == pytest.approx(1)
    stays = made_turn(steps, [0] * len(steps), n=n)
    assert stays.slopes() == pytest.approx(0)
    assert stays.stays() == pytest.approx(1)
    assert made_turn(steps, [2] * len(steps), n=n).slopes() == pytest.approx(0)
    backwards = made_turn(steps, [-k for k in steps], n=n)
    assert backwards.slopes() == pytest.approx(-1)


def test_steps_count_round_the_circle_and_half_a_turn_has_no_slope():
    assert made_turn(range(1, 12), range(1, 12)).slopes() == pytest.approx(1)
    assert made_turn([11], [-1]).hits() == pytest.approx(1)
    assert np.isnan(made_turn([6, 1], [6, 1]).slopes()).all()


def test_the_interval_holds_the_value_and_shrinks_to_it_where_all_cells_agree():
    rng = np.random.default_rng(0)
    cells = rng.standard_normal((5, 12))
    found = estimate(cells, rng=rng)
    assert found.low < found.value < found.high
    assert found.value == pytest.approx(cells.mean())
    same = estimate(np.full((5, 12), 0.3), rng=rng)
    assert (same.low, same.high) == pytest.approx((0.3, 0.3))
    assert str(same) == "0.30 [0.30, 0.30]"


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(200):
        cells = rng.standard_normal((6, 1)) + rng.standard_normal((1, 12))
        found = estimate(cells + rng.standard_normal((6, 12)), rng=rng, n_draws=400)
        held += found.low <= 0 <= found.high
    assert 0.82 <= held / 200 <= 0.99  # few templates: a little short of 0.95
