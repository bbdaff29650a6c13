import numpy as np
import pytest

from armillary.core import BadInput
from armillary.shape import dealt_rays, irreducibility, random_rays, ray_clouds
from armillary.shape.rays import principal_scores


def sparse_codes(rng, n=300, members=6):
    """On every token one member fires, and sometimes a second."""
    codes = np.zeros((n, members))
    codes[np.arange(n), rng.integers(members, size=n)] = rng.uniform(1, 2, n)
    second = rng.random(n) < 0.4
    codes[np.flatnonzero(second), rng.integers(members, size=second.sum())] = 1
    return codes


def test_principal_scores_are_those_of_the_reconstruction(rng):
    codes, directions = sparse_codes(rng), rng.standard_normal((6, 30))
    points = codes @ directions
    length = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)[:5]
    found = principal_scores(codes, directions)
    np.testing.assert_allclose(np.linalg.norm(found, axis=0), length)
    np.testing.assert_allclose(found.T @ found, np.diag(length**2), atol=1e-8)


def test_random_rays_keep_lengths_and_dealt_rays_keep_angles(rng):
    directions = rng.standard_normal((6, 30)) * np.arange(1, 7)[:, None]
    drawn, dealt = random_rays(directions, rng=rng), dealt_rays(directions, rng=rng)
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), np.linalg.norm(directions, axis=1))
    assert not np.allclose(dealt, directions)
    np.testing.assert_allclose(
        np.sort((dealt @ dealt.T).ravel()), np.sort((directions @ directions.T).ravel())
    )


def test_the_null_keeps_the_codes(rng):
    codes, directions = sparse_codes(rng), rng.standard_normal((6, 30))
    same = ray_clouds(codes, directions, n_draws=1, draw=lambda d, *, rng: d, rng=rng)
    np.testing.assert_allclose(next(same), principal_scores(codes, directions))


def test_sparse_codes_on_random_rays_have_no_small_p(rng):
    codes = sparse_codes(rng)
    found = irreducibility(codes, rng.standard_normal((6, 200)), n_null=19, n_angles=30, rng=rng)
    assert found.score > 0.3  # and yet nothing was placed
    assert found.test.pvalue > 0.05
    assert found.null_mixture.shape == found.null_separability.shape == (19, 4)
    assert (found.floor_separability < 0.4).all()
    assert found.separability_test(0).observed == found.separability[0]
    assert found.mixture_test(1).observed == 1 - found.mixture[1]
    assert "same codes, random rays" in repr(found)


def test_a_circle_of_rays_exceeds_random_rays(rng):
    turn = 2 * np.pi * np.arange(24) / 24
    rays = np.zeros((24, 400))
    rays[:, :2] = np.column_stack([np.cos(turn), np.sin(turn)])
    rays[:, 2:5] = 0.05 * rng.standard_normal((24, 3))
    codes = np.eye(24)[rng.integers(24, size=600)] * rng.uniform(0.9, 1.1, (600, 1))
    found = irreducibility(codes, rays, n_null=19, n_angles=30, rng=rng)
    assert found.separability_test(0).pvalue == pytest.approx(1 / 20)


def test_more_points_than_wanted_are_sampled_alike(rng):
    found = irreducibility(
        sparse_codes(rng),
        rng.standard_normal((6, 9)),
        n_null=1,
        n_angles=4,
        most_points=50,
        rng=rng,
    )
    assert found.n_points == 50


def test_what_has_no_plane_is_refused(rng):
    with pytest.raises(BadInput, match="no plane"):
        irreducibility(np.ones((9, 1)) * np.arange(9.0)[:, None], np.ones((1, 4)), rng=rng)


@pytest.mark.refusal
def test_codes_of_other_features_are_refused(rng):
    with pytest.raises(BadInput, match="6 columns of codes for 5 directions"):
        irreducibility(sparse_codes(rng), np.eye(5), rng=rng)
