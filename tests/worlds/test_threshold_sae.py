import numpy as np
import pytest

from armillary.core import BadInput
from armillary.worlds.threshold_sae import cross_polytope_sae, threshold_sae


def test_a_latent_is_one_on_its_own_point_and_zero_on_others():
    points = np.eye(3)
    sae = threshold_sae(points, top=1.0, below=0.0, writes=points)
    np.testing.assert_allclose(sae.encode(points), np.eye(3), atol=1e-6)
    assert sae.unexplained(points)["fvu"] < 1e-12


def test_points_that_no_plane_cuts_off_are_refused():
    with pytest.raises(BadInput, match="latent 1 reads 0.5 on its own points and 0.7"):
        threshold_sae(
            np.eye(2), top=np.array([1.0, 0.5]), below=np.array([0.0, 0.7]), writes=np.eye(2)
        )


def test_both_ends_of_every_axis_rebuild_anything_in_the_span():
    axes = np.linalg.qr(np.random.default_rng(0).standard_normal((8, 3)))[0].T
    rows = np.random.default_rng(1).standard_normal((500, 3)) @ axes
    seen = cross_polytope_sae(axes).unexplained(rows)
    assert seen["fvu"] < 1e-12
    assert seen["l0"] == 3
