import numpy as np
import pytest
from scipy.stats import chi

from armillary.shape.views import (
    principal,
    project,
    radially_gaussian,
    rank,
    whiten,
)


@pytest.fixture
def clouds(rng) -> np.ndarray:
    return principal(rng.standard_normal((6, 14, 5)) * [4, 3, 2, 1, 0.5])


def test_principal_axes_are_uncorrelated_and_in_order(clouds):
    gram = np.swapaxes(clouds, 1, 2) @ clouds
    off = gram - gram * np.eye(5)
    assert np.abs(off).max() < 1e-9 * gram.max()
    lengths = np.diagonal(gram, axis1=1, axis2=2)
    assert (np.diff(lengths, axis=1) < 0).all()
    assert np.abs(clouds.mean(axis=1)).max() < 1e-12


def test_whitened_axes_have_unit_variance(clouds):
    assert (whiten(clouds) ** 2).mean(axis=1) == pytest.approx(np.ones((6, 5)))


def test_axes_of_rounding_noise_are_whitened_to_zero(clouds):
    clouds[:, :, 4] *= 1e-13
    assert not whiten(clouds)[:, :, 4].any()
    assert (rank(whiten(clouds)) == 4).all()


def test_a_cloud_is_whitened_without_regard_to_its_batch(clouds):
    mixed = clouds * (10.0 ** np.arange(-18, 18, 6))[:, None, None]
    assert whiten(mixed) == pytest.approx(whiten(clouds))


def test_projected_points_lie_on_the_unit_sphere(clouds):
    directions = clouds / np.linalg.norm(clouds, axis=2, keepdims=True)
    spread = directions - directions.mean(axis=1, keepdims=True)
    assert (project(clouds) ** 2).sum(axis=2) == pytest.approx((spread**2).sum(axis=2))


def test_a_point_at_the_centre_has_no_direction():
    square = np.array([[[1, 1, 0], [1, -1, 0], [-1, 1, 0], [-1, -1.0, 0], [1e-17, 0, 1e-17]]])
    assert (rank(whiten(project(square))) == 2).all()


def test_gaussian_radii_remove_elliptical_tails_exactly(clouds):
    white = whiten(clouds)
    radius = np.linalg.norm(white, axis=2, keepdims=True)
    heavy = white * np.exp(radius**2)  # other radii of the same ranks
    assert radially_gaussian(heavy) == pytest.approx(radially_gaussian(white))


def test_gaussian_radii_are_the_chi_quantiles(clouds):
    radius = np.linalg.norm(radially_gaussian(whiten(clouds)), axis=2)
    wanted = chi(5).ppf((np.arange(14) + 0.5) / 14)
    assert np.sort(radius, axis=1) == pytest.approx(np.tile(wanted, (6, 1)))


@pytest.mark.parametrize("view", [principal, whiten, project, radially_gaussian])
def test_a_batch_is_the_same_as_one_by_one(view, clouds):
    alone = np.concatenate([view(cloud[None]) for cloud in clouds])
    assert np.abs(view(clouds)) == pytest.approx(np.abs(alone))
