import itertools
import math

import numpy as np
import pytest

from armillary.shape import haar_clouds, whiten
from armillary.shape.axes import (
    cross_nats,
    cube_nats,
    grid_nats,
    independent_axes,
    lattice_nats,
    two_level_nats,
)
from armillary.shape.views import principal


def noisy(vertices: np.ndarray, times: int, *, noise: float = 0.05) -> np.ndarray:
    rng = np.random.default_rng(2)
    turn = np.linalg.qr(rng.standard_normal((vertices.shape[1],) * 2))[0]
    points = np.repeat(vertices, times, axis=0) @ turn
    return principal((points + noise * rng.standard_normal(points.shape))[None])


CUBE = np.array(list(itertools.product([-1.0, 1.0], repeat=3)))
GRID = np.array(list(itertools.product(np.arange(5.0), np.arange(4.0))))
FINE = np.array(list(itertools.product(np.arange(19.0), np.arange(10.0))))
CROSS = np.vstack([np.eye(3), -np.eye(3)]) * math.sqrt(3)


def far_above(measure, scores: np.ndarray) -> bool:
    null = measure(whiten(haar_clouds(scores[0], n_draws=100, rng=np.random.default_rng(0))))
    return bool(measure(whiten(scores))[0] > null.mean() + 5 * null.std())


@pytest.mark.parametrize("times", [1, 3])
def test_a_turned_cube_is_a_cube(times):
    assert far_above(lambda w: cube_nats(independent_axes(w)), noisy(CUBE, times))


@pytest.mark.parametrize(("nodes", "times"), [(GRID, 1), (GRID, 2), (FINE, 1)])
def test_a_turned_grid_is_a_grid(nodes, times):
    assert far_above(lambda w: grid_nats(independent_axes(w)), noisy(nodes, times))


@pytest.mark.parametrize("times", [2, 4])
def test_a_turned_cross_polytope_is_a_cross_polytope(times):
    assert far_above(lambda w: cross_nats(w, 3), noisy(CROSS, times))


def test_independent_axes_are_a_rotation(rng):
    white = whiten(principal(rng.standard_normal((5, 30, 4))))
    turned = independent_axes(white)
    gram = np.swapaxes(turned, 1, 2) @ turned / 30
    assert gram == pytest.approx(np.tile(np.eye(4), (5, 1, 1)), abs=1e-9)
    assert (turned**2).sum(axis=2) == pytest.approx((white**2).sum(axis=2))


def test_the_sides_of_a_cube_are_found():
    turned = independent_axes(whiten(noisy(CUBE, 3, noise=0.01)))[0]
    assert np.abs(np.abs(turned) - 1).max() < 0.1


def test_two_level_nats_are_what_the_formula_says(rng):
    values = rng.standard_normal(21)
    high, low = values[values > 0], values[values <= 0]
    within = ((high - high.mean()) ** 2).sum() + ((low - low.mean()) ** 2).sum()
    shares = np.array([high.size, low.size]) / 21
    entropy = -(shares * np.log(shares)).sum()
    wanted = -21 * math.log(math.sqrt(within / 19)) + 1 - 21 * entropy
    assert two_level_nats(values[None, :, None])[0, 0] == pytest.approx(wanted)


def test_lattice_nats_are_what_the_formula_says(rng):
    values = rng.standard_normal(18)
    found = []
    for level, step in itertools.product(range(3, 10), range(-2, 3)):
        if level == 9 and abs(step) == 2:
            continue
        stretch = step * min(0.05, 0.4 / math.sqrt(level**2 - 1))
        h = math.sqrt(12 / (level**2 - 1)) / (1 + stretch)
        zero = np.angle(np.exp(2j * np.pi * values / h).mean()) * h / (2 * np.pi)
        offset = (values - zero + h / 2) % h - h / 2
        sd = math.sqrt((offset**2).sum() / 16)
        found.append(-18 * math.log(sd) - 18 * math.log(level))
    wanted = max(found) - math.log(18)
    assert lattice_nats(values[None, :, None])[0, 0] == pytest.approx(wanted)


def test_even_levels_are_a_lattice_and_random_ones_are_not(rng):
    even = np.tile(np.arange(5.0), 6)
    other = np.sort(rng.standard_normal(30))
    each = np.stack([even, other], axis=1)
    each = (each - each.mean(axis=0)) / each.std(axis=0)
    even_nats, other_nats = lattice_nats(each[None])[0]
    assert even_nats > 50 > 10 > other_nats


@pytest.mark.parametrize("level", [3, 8, 12, 20])
def test_exact_levels_save_what_their_number_leaves(level):
    axis = np.tile(np.arange(float(level)), 4)
    axis = (axis - axis.mean()) / axis.std()
    n, floor = axis.size, -0.5 * math.log(1e-4)
    nats = lattice_nats(axis[None, :, None])[0, 0]
    exact, one_fewer = (n * (floor - math.log(k)) - math.log(n) for k in (level, level - 1))
    assert exact - 1e-9 <= nats < one_fewer + 1e-9  # the floor hides a spacing off by a hundredth


def test_there_are_at_most_half_as_many_levels_as_points():
    axis = np.arange(14.0)
    axis = (axis - axis.mean()) / axis.std()
    one_a_point = 14 * (-0.5 * math.log(1e-4) - math.log(14)) - math.log(14)
    assert lattice_nats(axis[None, :, None])[0, 0] < one_a_point - 3


@pytest.mark.parametrize(("held", "is_cube"), [(8, True), (6, True), (5, False), (4, False)])
def test_a_cube_holds_points_at_most_of_its_vertices(held, is_cube):
    axes = np.repeat(CUBE[[0, 7, 3, 5, 6, 1, 2, 4]][:held], 6, axis=0)
    axes = (axes - axes.mean(axis=0)) / axes.std(axis=0)
    assert two_level_nats(axes[None]).min() > 0
    assert (cube_nats(axes[None])[0] > 0) == is_cube


def test_one_bad_axis_spoils_a_cube(rng):
    corners = np.repeat(CUBE, 4, axis=0)
    axes = np.column_stack([corners[:, :2], rng.uniform(-1.7, 1.7, 32)])
    axes = (axes - axes.mean(axis=0)) / axes.std(axis=0)
    each = two_level_nats(axes[None])[0]
    wanted = each.sum() if (each > 0).all() else each.min()
    assert cube_nats(axes[None])[0] == pytest.approx(wanted)


def test_cross_nats_of_exact_vertices_are_at_their_ceiling():
    scores = whiten(noisy(CROSS, 2, noise=0.0))
    n, freedom = 12, 12 * 3 - 3 - 3
    ceiling = -0.5 * n * 3 * (math.log(1e-4) - 1) - 0.5 * freedom - n * math.log(6)
    assert cross_nats(scores, 3)[0] == pytest.approx(ceiling)


def test_a_batch_is_the_same_as_one_by_one(rng):
    white = whiten(principal(rng.standard_normal((5, 20, 4))))
    for measure in (
        lambda w: cube_nats(independent_axes(w[:, :, :3])),
        lambda w: grid_nats(independent_axes(w[:, :, :2])),
        lambda w: cross_nats(w, 4),
    ):
        alone = np.concatenate([measure(cloud[None]) for cloud in white])
        assert measure(white) == pytest.approx(alone)
