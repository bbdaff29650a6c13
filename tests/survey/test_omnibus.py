"""The pooled null is exact: it may reject no more often than it says, at any size."""

import numpy as np
import pytest

from armillary.shape import OMNIBUS_AXES, whiten
from armillary.shape.views import principal
from armillary.survey.omnibus import NullTables, placement_tests, statistics
from armillary.survey.parallel import Runner
from armillary.survey.progress import Silent

N_NULL = 1000
LEVEL = 0.05


def gaussian(rng: np.random.Generator, n_clouds: int, n_points: int) -> np.ndarray:
    return rng.standard_normal((n_clouds, n_points, 24)) * np.linspace(3, 0.5, 24)


def heavy(rng: np.random.Generator, n_clouds: int, n_points: int) -> np.ndarray:
    """Elliptical rows with the tails of Student's t at five degrees of freedom."""
    radius = np.sqrt(5 / rng.chisquare(5, (n_clouds, n_points, 1)))
    return radius * gaussian(rng, n_clouds, n_points)


def observed(clouds: np.ndarray) -> list[np.ndarray]:
    n_points = clouds.shape[1]
    wide = whiten(principal(clouds)[:, :, : n_points - 1])
    return list(statistics(wide[:, :, : min(OMNIBUS_AXES, n_points - 2)]))


@pytest.mark.slow
@pytest.mark.parametrize("n_points", [6, 12, 30, 64])
def test_the_placement_test_has_its_level_on_gaussian_groups(n_points: int, tables, rng):
    rate, error = rate_of_rejection(gaussian, n_points, tables=tables, rng=rng)
    assert abs(rate - LEVEL) <= 3 * error, "exact: neither too often nor too seldom"


ANSWERS = pytest.mark.xfail(
    reason="the sphere and clusters statistics answer to heavy tails", strict=True
)


@pytest.mark.slow
@pytest.mark.parametrize("n_points", [6, *(pytest.param(n, marks=ANSWERS) for n in (12, 30, 64))])
def test_the_placement_test_keeps_its_level_on_heavy_tails(n_points: int, tables, rng):
    rate, error = rate_of_rejection(heavy, n_points, tables=tables, rng=rng)
    assert rate <= LEVEL + 3 * error


def rate_of_rejection(draw, n_points: int, *, tables, rng) -> tuple[float, float]:
    """Return the share of groups rejected, and its error from groups and null draws together."""
    null = NullTables(tables, seed=0, runner=Runner(1))
    n_clouds = 400
    tests, p = placement_tests(
        np.full(n_clouds, n_points),
        observed(draw(rng, n_clouds, n_points)),
        null,
        level=LEVEL,
        first=N_NULL,
        most=N_NULL,
    )
    error = np.sqrt(LEVEL * (1 - LEVEL) * (1 / n_clouds + 1 / N_NULL))
    assert p.min() >= 1 / (N_NULL + 1)
    return float(np.mean([test.pvalue <= LEVEL for test in tests])), float(error)


def test_null_draws_do_not_depend_on_how_many_are_asked_for(tables):
    short, long = (NullTables(tables, seed=0, runner=Runner(1)) for _ in range(2))
    short.grow({8: 250}, Silent())
    long.grow({8: 500}, Silent())
    np.testing.assert_array_equal(short.null(8, 250), long.null(8, 500)[:250])


def test_a_structured_cloud_is_beyond_every_null_draw(tables):
    turn = 2 * np.pi * np.arange(24) / 24
    ring = np.column_stack([np.cos(turn), np.sin(turn)])
    noise = 0.05 * np.random.default_rng(0).standard_normal((24, 12))
    cloud = np.hstack([ring, np.zeros((24, 10))]) + noise
    tests, p = placement_tests(
        np.array([24]),
        observed(cloud[None]),
        NullTables(tables, seed=0, runner=Runner(1)),
        level=0.05,
        first=500,
        most=500,
    )
    assert p[0] == tests[0].pvalue == pytest.approx(1 / 501)


def test_without_groups_there_is_nothing_to_test(tables):
    null = NullTables(tables, seed=0, runner=Runner(1))
    tests, p = placement_tests(np.array([], dtype=int), [], null, level=0.05, first=9, most=9)
    assert tests == []
    assert p.size == 0
