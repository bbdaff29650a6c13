import numpy as np
import pytest

from armillary.shape import OMNIBUS_AXES, OMNIBUS_VERSION, cloud_scores, omnibus_version


def test_scores_are_principal_coordinates_of_the_tangent_plane(rng):
    scores = cloud_scores(rng.standard_normal((15, 40)) + 3)
    gram = scores.T @ scores
    assert np.abs(gram * (1 - np.eye(len(gram)))).max() < 1e-9 * gram.max()
    assert (np.diff(np.diag(gram)) <= 0).all()
    assert np.abs(scores.mean(axis=0)).max() < 1e-12


def test_at_most_24_axes_are_kept(rng):
    assert cloud_scores(rng.standard_normal((60, 80)) + 2).shape == (60, 24)


def test_lengths_of_directions_do_not_matter(rng):
    directions = rng.standard_normal((12, 30)) + 2
    longer = directions * rng.uniform(0.5, 5, (12, 1))
    assert np.abs(cloud_scores(longer)) == pytest.approx(np.abs(cloud_scores(directions)))


def test_the_version_names_what_null_tables_depend_on():
    assert omnibus_version() == f"omnibus{OMNIBUS_VERSION}-a{OMNIBUS_AXES}"
