import numpy as np
import pytest

from armillary.core import BadInput
from armillary.worlds.surfaces import disk, hypersphere, sheet, sphere, torus


def sphere_gap(points):
    system = np.column_stack([2 * points, np.ones(len(points))])
    squared = (points**2).sum(axis=1)
    return np.abs(system @ np.linalg.lstsq(system, squared, rcond=None)[0] - squared).max()


@pytest.mark.parametrize("dim", [1, 2, 5, 9])
def test_a_sphere_of_any_dimension_has_one_radius(dim, rng):
    drawn = sphere(100, rng=rng, dim=dim)
    assert drawn.points.shape == (100, dim + 1)
    assert sphere_gap(drawn.points) < 1e-9


def test_a_hypersphere_has_at_least_four_points_a_dimension():
    for seed in range(30):
        drawn = hypersphere(24, rng=np.random.default_rng(seed))
        assert 3 <= drawn.parameters["dim"] <= 5
        assert sphere_gap(drawn.points) < 1e-9


def test_a_sphere_of_ten_dimensions_is_refused(rng):
    with pytest.raises(BadInput, match="dimension 1 to 9"):
        sphere(50, rng=rng, dim=10)


def test_a_disk_is_full_and_a_sheet_has_straight_sides(rng):
    radius = np.linalg.norm(disk(4000, rng=rng).points, axis=1)
    # uniform by area: squared radius is uniform, so its mean is half its maximum
    assert (radius**2).mean() / (radius**2).max() == pytest.approx(0.5, abs=0.03)
    drawn = sheet(4000, rng=rng)
    extent = np.ptp(drawn.points, axis=0)
    assert extent[1] / extent[0] == pytest.approx(drawn.parameters["side_ratio"], abs=0.01)


def test_a_torus_satisfies_its_equation():
    seen = set()
    for seed in range(12):
        drawn = torus(300, rng=np.random.default_rng(seed))
        ratio = drawn.parameters["ratio"]
        seen.add(drawn.parameters["embedding"])
        if drawn.parameters["embedding"] == "flat":
            assert sphere_gap(drawn.points[:, :2]) < 1e-9
            assert sphere_gap(drawn.points[:, 2:]) < 1e-9
        else:
            # a doughnut is a quartic: x, y, z and |x|^2 satisfy one with the centre unknown,
            # but its thickness follows from the ratio alone
            width, height = np.ptp(drawn.points[:, 0]), np.ptp(drawn.points[:, 2])
            assert height / width == pytest.approx(ratio / (1 + ratio), rel=0.1)
    assert seen == {"flat", "doughnut"}
