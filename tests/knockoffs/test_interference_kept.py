import numpy as np
import pytest
from planted_clusters import clustered

from armillary.core.errors import BadInput
from armillary.knockoffs import SignFlip, Theory, TotalInterference, place
from armillary.knockoffs.interference import total_interference
from armillary.knockoffs.tilt import tilted

THEORIES: list[Theory] = [
    SignFlip(),
    SignFlip(steps=None, kept=0),
    SignFlip(kept=3, axes=False),
    TotalInterference(),
    TotalInterference(axes=False),
]


def placed(theory: Theory, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    space, shared = clustered()
    message = theory.fit(space, shared, rng=np.random.default_rng(0))
    made = place(message.to_bytes(), shared, rng=np.random.default_rng(seed)).directions
    return space.directions, made


def test_total_interference_is_the_row_sum_of_squared_products():
    rows = np.random.default_rng(0).standard_normal((30, 4)).astype(np.float32)
    assert total_interference(rows) == pytest.approx(((rows @ rows.T) ** 2).sum(axis=1), rel=1e-5)


@pytest.mark.parametrize("theory", THEORIES, ids=lambda t: t.label)
def test_each_feature_interferes_as_much_with_others_than_before(theory: Theory):
    true, made = placed(theory)
    want, have = total_interference(true), total_interference(made)
    assert np.corrcoef(want, have)[0, 1] > 0.99
    assert np.corrcoef(np.log(want), np.log(have))[0, 1] > 0.99
    length = [np.linalg.norm(rows, axis=1) for rows in (true, made)]
    # rounding to 1/16 of a standard deviation moves no row by more than half of that a coordinate
    rounding = np.sqrt((true.astype(np.float64) ** 2).sum(axis=1).mean()) / 32
    assert length[1] == pytest.approx(length[0], rel=0.03, abs=rounding)


def nearest(rows: np.ndarray) -> np.ndarray:
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -1)
    return cosine.argmax(axis=1)


@pytest.mark.parametrize("theory", [THEORIES[i] for i in (0, 1, 3, 4)], ids=lambda t: t.label)
def test_with_whom_it_interferes_is_lost(theory: Theory):
    true, made = placed(theory)
    assert (nearest(true) == nearest(made)).mean() < 0.02


def test_the_signs_of_the_loudest_axes_are_kept_where_they_are_sent():
    true, made = placed(SignFlip(kept=2))
    value, axes = np.linalg.eigh(true.T @ true)
    del value
    agree = ((true @ axes[:, ::-1]) * (made @ axes[:, ::-1]) > 0).mean(axis=0)
    assert agree[:2].min() > 0.9  # all but coordinates that round to nothing
    assert np.abs(agree[2:] - 0.5).max() < 4.5 * 0.5 / np.sqrt(len(true)) + 0.02


def test_the_cheap_version_costs_its_moments_and_two_numbers_a_feature():
    space, shared = clustered()
    rng = np.random.default_rng(0)
    message = TotalInterference(axes=False).fit(space, shared, rng=rng)
    two = sum(8 * len(message.parts[name]) for name in ("lengths", "quotients"))
    assert two < 17 * space.n_features
    assert message.bits - two < 2 * 16 * 48 + 1_200


def test_a_tilted_table_has_the_sums_that_were_asked_for():
    rng = np.random.default_rng(0)
    table = rng.exponential(size=(400, 20)) * rng.exponential(size=20)
    value = np.sort((table / 400).sum(axis=0))  # any table that exists can be asked for
    table = table[:, np.argsort(table.sum(axis=0))]
    length, quotient = np.sqrt(table.sum(axis=1)), table @ value / table.sum(axis=1)
    start = rng.exponential(size=(400, 20)).astype(np.float32)
    before = start.copy()
    made = tilted(start, value, length=length, quotient=quotient)
    assert np.array_equal(start, before)
    assert made.sum(axis=1) == pytest.approx(length**2, rel=1e-4)
    assert made @ value == pytest.approx(quotient * length**2, rel=2e-3)
    assert made.sum(axis=0) == pytest.approx(400 * value, rel=0.05)


def test_more_signs_than_axes_are_refused():
    space, shared = clustered()
    with pytest.raises(BadInput, match="there are 48"):
        SignFlip(kept=49).fit(space, shared, rng=np.random.default_rng(0))
