"""The icosahedron: exact with 12 corners, not with 42."""

import numpy as np
import pytest

from armillary.worlds import entry
from armillary.worlds.catalogue.icosphere import body, corner_autoencoder, heights


def test_the_closed_form_is_exact_on_the_icosahedron_with_three_codes_a_row():
    world = entry("icosphere").make()
    assert world.truth.exact_sae is not None
    seen = world.truth.exact_sae.unexplained(world.activations(2000, np.random.default_rng(0)))
    assert seen["fvu"] < 1e-12
    assert seen["l0"] == pytest.approx(3, abs=0.01)


def test_the_subdivision_has_no_exact_autoencoder_and_says_how_far_off_its_corners_are():
    truth = entry("icosphere").make("full").truth
    assert truth.exact_sae is None
    assert truth.params["corners"] == 42
    assert 0.005 < truth.params["fvu of the corners' autoencoder"] < 0.05
    assert truth.params["neighbours' heights differ by"] > 0.04
    assert heights(*body(0))[1] < 1e-12


def test_on_the_sphere_the_icosahedrons_autoencoder_leaves_a_seventh():
    sae = corner_autoencoder(*body(0), np.eye(3))
    points = np.random.default_rng(0).standard_normal((20_000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    assert sae.unexplained(points)["fvu"] == pytest.approx(0.143, abs=0.005)


def test_the_codes_that_fire_are_the_corners_of_the_face():
    world = entry("icosphere").make()
    sample = world.draw(300, np.random.default_rng(0))
    facets = np.array(world.truth.params["facets"])
    assert sample.codes is not None
    for row, face in zip(sample.codes, sample.cells["face"], strict=True):
        assert set(np.flatnonzero(row)) == set(facets[face])
