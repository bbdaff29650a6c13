"""Unit rows of a given mean and spectrum: what they keep, and that they are no structure."""

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.shape import UnitLengthNull, cloud_scores, haar_clouds, omnibus_scores, whiten

N_NULL = 99


def rows_about(rng: np.random.Generator, *, n: int = 12, d: int = 64, mean: float) -> np.ndarray:
    """Gaussian rows about a mean, ``mean`` times as long as a row is."""
    rows = rng.standard_normal((n, d)) / np.sqrt(d)
    rows[:, 0] += mean
    return rows


def test_the_group_itself_is_seen_as_the_survey_sees_it(rng):
    rows = rows_about(rng, mean=2.0)
    seen, wanted = UnitLengthNull(rows).observed()[0], cloud_scores(rows)
    assert np.abs(seen) == pytest.approx(np.abs(wanted), abs=1e-9)


def test_lengths_of_rows_are_ignored(rng):
    rows = rows_about(rng, mean=1.0)
    longer = rows * rng.uniform(0.1, 9, (len(rows), 1))
    one, other = (UnitLengthNull(r).draw(3, rng=np.random.default_rng(4)) for r in (rows, longer))
    assert np.abs(one) == pytest.approx(np.abs(other), abs=1e-8)


def test_draws_keep_the_spectrum_of_a_tight_group(rng):
    null = UnitLengthNull(rows_about(rng, mean=10.0))
    own = (null.observed()[0] ** 2).mean(axis=0)
    drawn = (null.draw(20, rng=rng) ** 2).mean(axis=(0, 1))
    assert drawn == pytest.approx(own, rel=0.1)


def test_draws_are_centred_principal_coordinates_longest_axis_first(rng):
    clouds = UnitLengthNull(rows_about(rng, n=40, mean=0.7)).draw(5, rng=rng)
    assert clouds.shape == (5, 40, 24)
    gram = np.swapaxes(clouds, 1, 2) @ clouds
    assert np.abs(gram - gram * np.eye(24)).max() < 1e-9 * gram.max()
    assert np.abs(clouds.sum(axis=1)).max() < 1e-8
    length = np.diagonal(gram, axis1=1, axis2=2)
    assert (np.diff(length, axis=1) <= 1e-12).all()


def test_many_points_are_drawn_as_few_are(rng):
    # the solver changes at 100 points; the spectrum does not
    sizes = {
        n: UnitLengthNull(rows_about(rng, n=n, d=8, mean=3.0)).draw(4, rng=rng) for n in (100, 101)
    }
    first, second = ((clouds**2).mean(axis=(0, 1)) for clouds in sizes.values())
    assert second == pytest.approx(first, rel=0.35)


def p_of(clouds: np.ndarray, own: np.ndarray) -> float:
    """Return the p of a cloud by its largest standardised statistic; the first clouds scale it."""

    def values(some: np.ndarray) -> np.ndarray:
        return np.column_stack(list(omnibus_scores(whiten(some)[:, :, :10]).values()))

    drawn = values(clouds)
    middle, spread = drawn[:50].mean(axis=0), drawn[:50].std(axis=0)
    null = ((drawn[50:] - middle) / spread).max(axis=1)
    observed = ((values(own) - middle) / spread).max()
    return float((1 + (null >= observed).sum()) / (1 + null.size))


def test_random_directions_are_not_structure_where_the_plain_null_says_they_are(rng):
    n_groups, level = 40, 0.05
    plain: list[float] = []
    unit: list[float] = []
    for _ in range(n_groups):
        null = UnitLengthNull(rng.standard_normal((12, 256)))
        own = null.observed()
        unit.append(p_of(null.draw(50 + N_NULL, rng=rng), own))
        plain.append(p_of(haar_clouds(own[0], n_draws=50 + N_NULL, rng=rng), own))
    error = np.sqrt(level * (1 - level) / n_groups)
    assert np.mean(np.array(unit) <= level) <= level + 3 * error
    assert np.mean(np.array(plain) <= level) > 0.5


def test_a_ring_is_still_seen(rng):
    angle = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    rows = rng.standard_normal((14, 64)) * 0.02
    rows[:, 0] = 1.0
    rows[:, 1:3] += np.column_stack([np.cos(angle), np.sin(angle)]) * 0.5
    null = UnitLengthNull(rows)
    assert p_of(null.draw(50 + N_NULL, rng=rng), null.observed()) == 1 / (1 + N_NULL)


@pytest.mark.refusal
def test_equal_rows_are_refused():
    with pytest.raises(BadInput, match="coincide"):
        UnitLengthNull(np.ones((5, 4)))
