"""Charts: forwards, backwards, and normalised."""

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.worlds.charts import CHARTS, chart, normalised


@pytest.mark.parametrize("kind", CHARTS)
def test_coordinates_come_back_from_points(kind: str):
    made = normalised(chart(kind))
    at = made.draw(2000, rng=np.random.default_rng(0))
    points = made.points(at)
    assert made.off(points).max() < 1e-9
    np.testing.assert_allclose(made.places(points), at, atol=1e-5)


@pytest.mark.parametrize("kind", CHARTS)
def test_a_normalised_chart_is_centred_and_has_its_size(kind: str):
    made = normalised(chart(kind), size=0.5)
    points = made.points(made.draw(200_000, rng=np.random.default_rng(0)))
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=0.006)
    assert np.sqrt((points**2).sum(axis=1).mean()) == pytest.approx(0.5, abs=0.003)


@pytest.mark.parametrize("kind", [kind for kind in CHARTS if kind not in ("segment", "disk")])
def test_gaussian_points_lie_off_a_manifold_of_lower_dimension(kind: str):
    made = normalised(chart(kind))
    dim = made.points(made.grid()[:1]).shape[1]
    points = np.random.default_rng(0).standard_normal((500, dim)) / np.sqrt(dim)
    assert np.median(made.off(points)) > 0.05


def test_a_sphere_is_uniform_by_area():
    points = chart("sphere").points(chart("sphere").draw(100_000, rng=np.random.default_rng(0)))
    np.testing.assert_allclose(points.T @ points / len(points), np.eye(3) / 3, atol=0.01)


@pytest.mark.refusal
def test_an_unknown_manifold_is_refused():
    with pytest.raises(BadInput, match="no manifold 'klein bottle': segment"):
        chart("klein bottle")
