from math import comb

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.worlds import entry, make
from armillary.worlds.catalogue.tesseract import face_sae, face_table


@pytest.mark.parametrize("dimension", range(4))
def test_the_faces_of_every_dimension_are_an_exact_autoencoder(dimension: int):
    world = make("tesseract")
    axes = np.vstack([factor.span for factor in world.truth.factors])
    rows = world.activations(500, np.random.default_rng(0))
    sae, row = face_sae(axes, dimension), face_table(4)[dimension]
    seen = sae.unexplained(rows)
    assert seen["fvu"] < 1e-10
    assert sae.n_features == row["latents"] == 2 ** (4 - dimension) * comb(4, dimension)
    assert seen["l0"] == row["l0"]
    l1 = (sae.encode(rows) * np.linalg.norm(sae.directions, axis=1)).sum(axis=1)
    np.testing.assert_allclose(l1, row["l1"], rtol=1e-5)


def test_a_latent_of_a_face_fires_on_the_vertices_of_that_face_alone():
    world = make("tesseract")
    axes = np.vstack([factor.span for factor in world.truth.factors])
    rows = np.unique(world.activations(2000, np.random.default_rng(0)).round(5), axis=0)
    for dimension in range(4):
        fires = face_sae(axes, dimension).encode(rows) > 0
        assert (fires.sum(axis=0) == 2**dimension).all()


def test_a_cube_has_no_faces_of_its_own_dimension():
    with pytest.raises(BadInput, match="dimension 0 to 3, not 4"):
        face_sae(np.eye(4), 4)


def test_signed_permutations_map_vertices_to_vertices():
    world = make("tesseract")
    sample = world.draw(1000, np.random.default_rng(0))
    vertices = np.unique(sample.activations.round(4), axis=0)
    assert len(vertices) == 16
    for act in world.truth.symmetry.elements.values():
        np.testing.assert_allclose(np.unique(act(sample).round(4), axis=0), vertices, atol=2e-4)


def test_codes_of_signed_bits_times_their_directions_are_the_rows():
    world = make("tesseract")
    sample = world.draw(200, np.random.default_rng(0))
    np.testing.assert_allclose(sample.codes @ world.space.directions, sample.activations, atol=1e-6)
    assert world.space.labels[1] == "bit 0 = 0"


def test_half_the_vertices_have_edges_in_other_directions():
    found = entry("tesseract")
    assert found.recover(found.make_control("demicube"), np.random.default_rng(0)).found == {
        "points": 8
    }
