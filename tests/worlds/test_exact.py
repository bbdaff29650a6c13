"""Closed-form autoencoders: exact where they say so, and not beyond."""

import numpy as np
import pytest

from armillary.worlds.background import frame
from armillary.worlds.exact import (
    cross_autoencoder,
    lookup_autoencoder,
    unmixing_autoencoder,
    vertex_autoencoder,
)
from armillary.worlds.solids import polygon

RNG = np.random.default_rng(0)


def polygon_autoencoder(n: int):
    axes = frame(8, 2, rng=np.random.default_rng(1))
    return vertex_autoencoder(polygon(n), axes, height=np.full(n, np.cos(2 * np.pi / n))), axes


@pytest.mark.parametrize("n", [4, 5, 6, 12, 24])
def test_a_polygons_codes_are_barycentric_coordinates(n: int):
    sae, axes = polygon_autoencoder(n)
    side, share = RNG.integers(n, size=500), RNG.uniform(0.01, 0.99, 500)
    codes = np.zeros((500, n))
    codes[np.arange(500), side] = 1 - share
    codes[np.arange(500), (side + 1) % n] = share
    rows = codes @ polygon(n) @ axes
    np.testing.assert_allclose(sae.encode(rows), codes, atol=1e-4)
    seen = sae.unexplained(rows)
    assert seen["fvu"] < 1e-10
    assert seen["l0"] == 2


@pytest.mark.parametrize(("n", "fvu"), [(5, 0.015), (24, 0.125)])
def test_on_the_circle_a_polygons_autoencoder_leaves_what_is_known(n: int, fvu: float):
    sae, axes = polygon_autoencoder(n)
    angle = RNG.uniform(0, 2 * np.pi, 20_000)
    rows = np.column_stack([np.cos(angle), np.sin(angle)]) @ axes
    assert sae.unexplained(rows)["fvu"] == pytest.approx(fvu, abs=0.003)


def test_the_cross_polytope_code_rebuilds_a_whole_subspace_and_nothing_outside():
    axes = frame(12, 5, rng=np.random.default_rng(2))
    sae = cross_autoencoder(axes)
    seen = sae.unexplained(RNG.standard_normal((500, 5)) @ axes)
    assert seen["fvu"] < 1e-12
    assert seen["l0"] == 5
    assert sae.unexplained(RNG.standard_normal((2000, 12)))["fvu"] == pytest.approx(
        7 / 12, abs=0.02
    )


def test_unmixing_keeps_silent_what_is_zero():
    axes = np.vstack([frame(16, 2, rng=np.random.default_rng(i)) for i in range(5)])
    coordinates = RNG.standard_normal((500, 10)) * np.repeat(RNG.random((500, 5)) < 0.4, 2, axis=1)
    sae = unmixing_autoencoder(axes, silence=1e-4)
    seen = sae.unexplained(coordinates @ axes)
    assert seen["fvu"] < 1e-10
    assert seen["l0"] == pytest.approx(np.count_nonzero(np.abs(coordinates) > 1e-4) / 500, abs=0.02)
    positive = unmixing_autoencoder(axes, silence=1e-4, signed="positive")
    assert positive.n_features == 10


def test_points_in_convex_position_have_a_feature_each_and_others_have_none():
    points = polygon(7)
    sae = lookup_autoencoder(points, points)
    assert sae is not None
    np.testing.assert_allclose(sae.encode(points), np.eye(7), atol=1e-6)
    with_centre = np.vstack([points, np.zeros((1, 2))])
    assert lookup_autoencoder(with_centre, with_centre) is None
