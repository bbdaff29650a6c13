"""Solids and bodies: corners, facets, symmetries, and reading them off rows."""

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.worlds.bodies import (
    BODIES,
    as_matrix,
    body,
    generators,
    square_antiprism,
    symmetries,
)
from armillary.worlds.facets import cone, corners_of, facet_normals, gram_distance
from armillary.worlds.solids import icosahedron, polygon, polygon_sides, subdivided, turn

ORDERS = {
    "digon": 2, "triangle": 6, "tetrahedron": 24, "pentagon": 10, "square_antiprism": 16,
    "octahedron": 48, "cube": 48, "icosahedron": 120, "24_cell": 1152, "tesseract": 384,
    "simplex_4": 120, "cross_polytope_4": 384,
}  # fmt: skip


def test_an_icosahedron_has_12_corners_20_faces_and_cosines_of_one_over_root_five():
    corners, facets = icosahedron()
    assert corners.shape == (12, 3)
    assert facets.shape == (20, 3)
    off = np.abs((corners @ corners.T)[~np.eye(12, dtype=bool)])
    assert set(np.round(off, 9)) == {round(5**-0.5, 9), 1.0}


def test_a_subdivision_keeps_euler_and_the_unit_sphere():
    corners, facets = subdivided(*icosahedron())
    edges = {
        tuple(sorted(pair)) for f in facets.tolist() for pair in zip(f, f[1:] + f[:1], strict=True)
    }
    assert len(corners) - len(edges) + len(facets) == 2
    np.testing.assert_allclose(np.linalg.norm(corners, axis=1), 1)


def test_a_turn_is_orthogonal_and_turns_by_its_angle():
    matrix = turn(0.7, np.array([1.0, 2.0, 2.0]))
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    assert np.trace(matrix) == pytest.approx(1 + 2 * np.cos(0.7))


@pytest.mark.parametrize("name", BODIES)
def test_a_body_has_unit_corners_that_sum_to_zero_and_a_group_of_known_order(name: str):
    corners, _ = body(name)
    np.testing.assert_allclose(np.linalg.norm(corners, axis=1), 1)
    np.testing.assert_allclose(corners.sum(axis=0), 0, atol=1e-12)
    elements = symmetries(corners)
    assert len(elements) == ORDERS[name]
    assert len(np.unique(elements, axis=0)) == len(elements)
    for permutation in generators(elements):
        matrix = as_matrix(corners, permutation)
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(corners.shape[1]), atol=1e-9)
        np.testing.assert_allclose(corners @ matrix.T, corners[permutation], atol=1e-9)


def test_the_square_antiprism_has_equal_edges_and_the_cosines_of_trained_models():
    cosines = np.sort((square_antiprism() @ square_antiprism().T)[np.triu_indices(8, 1)])
    np.testing.assert_allclose(cosines[:8], -0.7836, atol=1e-3)
    np.testing.assert_allclose(cosines[8:12], -0.4776, atol=1e-3)
    np.testing.assert_allclose(cosines[12:], 0.2612, atol=1e-3)


def test_sides_and_corners_of_a_heptagon_are_read_off_its_rows():
    rng = np.random.default_rng(0)
    corners, sides = polygon(7), polygon_sides(7)
    chosen, share = sides[rng.integers(7, size=700)], rng.random((700, 1))
    rows = share * corners[chosen[:, 0]] + (1 - share) * corners[chosen[:, 1]]
    normals = facet_normals(rows, 7, within=cone(corners, sides))
    assert gram_distance(corners_of(normals), corners) < 1e-9
    assert cone(corners, sides) == pytest.approx(np.pi / 14)


def test_lists_of_points_of_different_lengths_are_one_apart():
    assert gram_distance(polygon(5), polygon(6)) == 1.0
    assert (
        gram_distance(polygon(5), polygon(5)[::-1] @ turn(1.0, np.array([0, 0, 1.0]))[:2, :2])
        < 1e-9
    )


def test_fewer_planes_than_dimensions_have_no_corner():
    assert corners_of(np.ones((1, 3))).shape == (0, 3)


@pytest.mark.refusal
def test_an_unknown_body_is_refused():
    with pytest.raises(BadInput, match="no body 'teapot': digon"):
        body("teapot")
