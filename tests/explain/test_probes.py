"""Probes: learn some values on the knockoff, read the others."""

from dataclasses import replace

import numpy as np
import pytest
from toy_knockoffs import made, permuted, random, turned

from armillary.core.space import FeatureSpace
from armillary.explain import FeatureGroup, Knockoff, Split, Subject
from armillary.explain.readers.probes import Probes
from armillary.explain.readers.small_probes import RIDGE, linear, mlp, relu, scaled
from armillary.explain.sources import world_subject
from armillary.knockoffs import Shared

WEEK = 7


@pytest.fixture(scope="module")
def week() -> Subject:
    """Seven days of three spellings on a ring in a plane of sixteen dimensions."""
    rng = np.random.default_rng(0)
    step = np.repeat(np.arange(WEEK), 3)
    plane = np.linalg.qr(rng.standard_normal((16, 16)))[0]
    ring = np.column_stack([np.cos(2 * np.pi * step / WEEK), np.sin(2 * np.pi * step / WEEK)])
    rows = ring @ plane[:2] + 0.05 * rng.standard_normal((21, 16))
    space = FeatureSpace(rows.astype(np.float32), np.arange(21))
    from scipy import sparse

    split = Split(sparse.csr_array((4, 21), dtype=np.float32), np.arange(4))
    days = FeatureGroup("days", "cyclic", np.arange(21), step, tuple("MTWTFSS"))
    return Subject(
        "week", space, np.zeros(16, np.float32), Shared(space.feature_id, 16), split, split, (days,)
    )


def by_name(probes: Probes, knockoff: Knockoff, group: str = "days"):
    return {s.reader: s for s in probes.score(knockoff) if s.group == group}


def test_held_out_days_are_read_off_the_ring_and_not_off_a_scrambled_one(week: Subject):
    probes = Probes(week)
    true = by_name(probes, made(week, week.space.directions))
    days = np.random.default_rng(1).permutation(WEEK)
    scrambled = week.space.directions.reshape(WEEK, 3, 16)[days].reshape(21, 16)
    spoilt = by_name(probes, made(week, scrambled))
    for name in ("probe linear", "probe relu", "probe mlp"):
        assert true[name].value == 1
        assert true[name].raw["R2"] > 0.8
        assert spoilt[name].high < 0.5
    assert true["probe linear"].units is not None
    assert true["probe linear"].units.shape == (21, 3)  # all pairs of seven days


def test_a_rotation_and_a_scale_change_nothing(week: Subject):
    probes = Probes(week)
    moved = by_name(probes, made(week, 3 * turned(week)))
    for name in ("probe linear", "probe relu"):
        assert moved[name].value == pytest.approx(1, abs=1e-3)


def test_structure_that_only_the_network_sees_is_told_apart():
    rng = np.random.default_rng(3)
    x = rng.uniform(-1, 1, (200, 2))
    y = (x[:, :1] * x[:, 1:]) * 3
    train = np.arange(200)[None] < 150
    error = {p: ((p(x, y, train) - y) ** 2)[0, 150:].mean() for p in (linear, relu, mlp)}
    assert error[mlp] < 0.3 * min(error[linear], error[relu])
    assert error[linear] > 0.9 * y[150:].var()


def test_ridge_is_the_closed_form_in_the_primal():
    rng = np.random.default_rng(4)
    x, y = rng.standard_normal((30, 5)), rng.standard_normal((30, 2))
    train = rng.random((1, 30)) < 0.5
    inputs, mean = scaled(x, y, train[0])
    seen = inputs[train[0]]
    weights = np.linalg.solve(
        seen.T @ seen + RIDGE * len(seen) * np.eye(5), seen.T @ (y[train[0]] - mean)
    )
    np.testing.assert_allclose(linear(x, y, train)[0], inputs @ weights + mean, atol=1e-10)


def test_the_same_seed_says_the_same(week: Subject):
    made_once = made(week, random(week))
    first, last = (Probes(week, seed=5).score(made_once) for _ in range(2))
    assert [s.value for s in first] == [s.value for s in last]


def test_colours_of_boats_that_were_never_seen_are_read_off_a_product():
    subject = world_subject("blue_boats:tiny", dictionary="cells")
    probes = Probes(subject)
    found = by_name(probes, made(subject, subject.space.directions), "factor colour")
    assert found["probe linear"].raw["R2"] > 0.7
    dealt = by_name(probes, made(subject, permuted(subject)), "factor colour")
    assert dealt["probe linear"].high < 0.2
    assert dealt["probe mlp"].high < 0.3


PROBES = pytest.mark.parametrize("probe", [linear, relu, mlp])


@PROBES
@pytest.mark.parametrize("level", [0.0, 0.3, 1e6])
def test_inputs_that_say_nothing_of_what_was_learned_are_read_as_the_mean(probe, level: float):
    rng = np.random.default_rng(0)
    train = np.arange(40)[None] < 30
    targets = rng.standard_normal((40, 2))
    rows = np.full((40, 6), level, dtype=np.float32)
    rows[35:] += np.float32(8e-4) * rng.standard_normal((5, 6)).astype(np.float32)
    made = probe(rows, targets, train)
    expected = np.broadcast_to(targets[:30].mean(axis=0), made.shape)
    np.testing.assert_allclose(made, expected, atol=1e-6)


@PROBES
@pytest.mark.parametrize("spread", [1e-7, 1e-4, 1e-2, 1e-1])
def test_rows_far_from_all_that_was_learned_are_not_read_at_any_multiple(probe, spread: float):
    rng = np.random.default_rng(1)
    train = np.arange(300)[None] < 200
    targets = rng.standard_normal((300, 1))
    rows = rng.standard_normal((300, 8))
    rows[:200] *= spread
    read = probe(rows, targets, train)[0, 200:]
    mean = targets[:200].mean()
    assert np.abs(read - mean).max() <= 2 * np.abs(targets[:200] - mean).max() + 1e-9
    error = ((read - targets[200:]) ** 2).mean()
    if spread < 1e-3:
        assert error == pytest.approx(((mean - targets[200:]) ** 2).mean(), rel=1e-6)


def test_a_placement_at_one_point_reads_nothing(week: Subject):
    rows = np.ones_like(week.space.directions)
    for score in by_name(Probes(week), made(week, rows)).values():
        assert score.value == pytest.approx(0, abs=1e-6)


def test_a_subject_with_nothing_to_ask_does_not_suit(week: Subject):
    assert Probes.suits(week)
    assert not Probes.suits(replace(week, groups=()))
    assert Probes(replace(week, groups=())).score(made(week, week.space.directions)) == []
