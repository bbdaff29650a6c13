"""Flat, tiny and repeated clouds get finite scores, without a warning."""

import numpy as np
import pytest

from armillary.shape import FAMILIES, impostors, omnibus_scores, score, whiten
from armillary.shape.doughnut import doughnut_nats
from armillary.shape.factor import factors
from armillary.shape.lattice import angle_nats, best_factor, matched_nats
from armillary.shape.surface import sphere_nats
from armillary.shape.views import IMPOSSIBLE, principal

RNG = np.random.default_rng(0)
LINE = RNG.standard_normal((9, 1))
CLOUDS = {
    "five points in three axes": RNG.standard_normal((5, 3)),
    "six points": RNG.standard_normal((6, 5)),
    "twelve points in three places": np.repeat(RNG.standard_normal((3, 4)), 4, axis=0),
    "three axes among zeros": np.hstack([RNG.standard_normal((12, 3)), np.zeros((12, 3))]),
    "one axis a millionth of the others": RNG.standard_normal((12, 4)) * [1, 1, 1, 1e-6],
    "five points": RNG.standard_normal((5, 4)),
    "five points on a line": np.outer(np.arange(5.0), [1.0, 2.0, 0.0, 0.0]),
    "one axis": LINE,
    "one skewed axis": np.exp(3 * LINE),
    "one axis among zeros": np.hstack([LINE, np.zeros((9, 5))]),
    "two axes": RNG.standard_normal((12, 2)),
    "every point twice": np.repeat(RNG.standard_normal((6, 5)), 2, axis=0),
    "eleven points in one place": np.vstack([np.zeros((11, 3)), np.ones((1, 3))]),
    "all points in one place": np.zeros((8, 3)),
    "no axes": np.zeros((8, 0)),
    "a square": np.array([[1, 1], [1, -1], [-1, 1], [-1, -1.0], [0, 0]]),
}


@pytest.mark.parametrize("name", CLOUDS)
def test_every_score_is_finite(name):
    scores = principal(CLOUDS[name][None])
    for family, value in score(scores).items():
        assert np.isfinite(value).all(), family
    for family, value in omnibus_scores(whiten(scores)).items():
        assert np.isfinite(value).all(), family


@pytest.mark.parametrize("name", CLOUDS)
def test_factors_and_their_partners_are_finite(name):
    scores = principal(CLOUDS[name][None])
    n = scores.shape[1]
    for found in factors(scores):
        assert found.split.shape == (1, n)
        angle = np.zeros((1, n))
        for value in (found.nats, found.rest, matched_nats(found), angle_nats(angle, found.split)):
            assert np.isfinite(value).all()
    assert best_factor(scores[0]).split.shape == (1, n)


@pytest.mark.parametrize("name", CLOUDS)
def test_doughnuts_and_fitted_spheres_are_finite(name):
    scores = principal(CLOUDS[name][None])
    assert np.isfinite(doughnut_nats(scores)).all()
    if scores.shape[2] >= 3:
        assert np.isfinite(sphere_nats(scores, (0, 1, 2), fitted=True)).all()


@pytest.mark.parametrize(
    "name", ["every point twice", "twelve points in three places", "six points"]
)
@pytest.mark.parametrize(
    "draw",
    [
        impostors.mixture_clouds,
        impostors.flat_mixture_clouds,
        impostors.line_clouds,
        impostors.elliptical_clouds,
        impostors.ball_clouds,
        impostors.paired_clouds,
    ],
)
def test_impostors_of_few_places_are_finite(draw, name):
    scores = principal(CLOUDS[name][None])[0]
    scores = scores[:, (scores**2).sum(axis=0) > 1e-9]
    assert np.isfinite(draw(scores, n_draws=3, rng=np.random.default_rng(0))).all()


@pytest.mark.parametrize("name", CLOUDS)
def test_only_boxes_and_crosses_may_be_left_out(name):
    found = score(principal(CLOUDS[name][None]))
    assert set(FAMILIES) - set(found) <= {"hypercube", "grid", "cross_polytope"}


@pytest.mark.parametrize("family", ["circle", "ellipse", "sphere", "torus", "disk", "ball", "arc"])
def test_points_on_a_line_are_no_plane_shape(family):
    line = principal(np.hstack([LINE, np.zeros((9, 5))])[None])
    assert score(line)[family][0] == IMPOSSIBLE


def test_axes_of_no_length_add_nothing():
    flat = principal(RNG.standard_normal((1, 20, 3)))
    padded = np.concatenate([flat, np.zeros((1, 20, 2))], axis=2)
    own, with_zeros = score(flat), score(padded)
    for family in set(own) - {"split", "matched"}:
        assert with_zeros[family] == pytest.approx(own[family]), family
