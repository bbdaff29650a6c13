import numpy as np
import pytest

from armillary.shape import haar_clouds, whiten
from armillary.shape.clusters import ward_labels
from armillary.shape.impostors import (
    ball_clouds,
    elliptical_clouds,
    line_clouds,
    mixture_clouds,
    paired_clouds,
)
from armillary.shape.lattice import match_classes
from armillary.shape.views import look, principal

EVERY = [mixture_clouds, line_clouds, elliptical_clouds, ball_clouds, paired_clouds]
SD = np.array([5.0, 3.0, 2.0, 1.0, 1.0])


@pytest.fixture
def scores(rng) -> np.ndarray:
    return principal((rng.standard_normal((24, 5)) * SD)[None])[0]


@pytest.mark.parametrize("draw", EVERY)
def test_impostors_are_centred_clouds_of_the_same_size_in_principal_axes(draw, scores, rng):
    clouds = draw(scores, n_draws=6, rng=rng)
    assert clouds.shape == (6, *scores.shape)
    assert np.abs(clouds.mean(axis=1)).max() < 1e-9
    gram = np.swapaxes(clouds, 1, 2) @ clouds
    assert np.abs(gram * (1 - np.eye(5))).max() < 1e-9 * gram.max()


@pytest.mark.parametrize("draw", EVERY)
def test_the_same_generator_draws_the_same_impostors(draw, scores):
    one, two = (draw(scores, n_draws=2, rng=np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(one, two)


@pytest.mark.parametrize("draw", EVERY)
def test_five_points_have_impostors_too(draw, rng):
    few = principal(rng.standard_normal((1, 5, 4)))[0]
    assert np.isfinite(draw(few, n_draws=3, rng=rng)).all()


def test_a_line_keeps_its_positions_and_its_spectrum(scores, rng):
    clouds = line_clouds(scores, n_draws=5, rng=rng)
    # the rest is orthogonal to ones but not to the positions: traces stay, axes tilt
    assert (clouds**2).sum(axis=(1, 2)) == pytest.approx(np.full(5, (scores**2).sum()))
    strong = scores * [100, 1, 1, 1, 1]
    drawn = line_clouds(strong, n_draws=5, rng=rng)
    lead = np.abs(drawn[:, :, 0])
    assert lead == pytest.approx(np.tile(np.abs(strong[:, 0]), (5, 1)), abs=2)


def test_heavy_tails_keep_every_whitened_radius(scores):
    # in the impostor's own axes before they are turned to principal ones, radii are those of the
    # cloud in another order; one axis makes that visible
    one = scores[:, :1]
    clouds = elliptical_clouds(one, n_draws=4, rng=np.random.default_rng(0))
    wanted = np.sort(np.abs(one[:, 0]))
    for cloud in clouds:
        shift = np.linspace(-2 * SD[0], 2 * SD[0], 4001)  # the mean was taken out
        worst = [np.abs(np.sort(np.abs(cloud[:, 0] + s)) - wanted).max() for s in shift]
        assert min(worst) < 0.01


def test_a_ball_has_the_spectrum_and_an_edge(scores):
    clouds = ball_clouds(scores, n_draws=400, rng=np.random.default_rng(0))
    trace = (clouds**2).sum(axis=(1, 2)).mean()
    assert trace == pytest.approx((scores**2).sum() * 23 / 24, rel=0.05)
    radius = np.linalg.norm(whiten(clouds), axis=2)
    null = np.linalg.norm(
        whiten(haar_clouds(scores, n_draws=400, rng=np.random.default_rng(0))), axis=2
    )
    assert radius.max(axis=1).mean() < null.max(axis=1).mean()


def test_a_mixture_keeps_tight_clusters(rng):
    centres = rng.standard_normal((3, 4)) * 8
    points = np.repeat(centres, 7, axis=0) + 0.1 * rng.standard_normal((21, 4))
    scores = principal(points[None])[0]
    truth = np.repeat(np.arange(3), 7)
    for cloud in mixture_clouds(scores, n_draws=5, rng=rng):
        assert np.array_equal(ward_labels(cloud, 3), truth)
        for c in range(3):
            assert cloud[truth == c].std(axis=0).mean() < 0.5
    size = (mixture_clouds(scores, n_draws=50, rng=rng) ** 2).sum(axis=(1, 2)).mean()
    assert size == pytest.approx((scores**2).sum(), rel=0.02)


def test_pairs_keep_their_closeness_but_not_their_concepts(rng):
    concept = rng.standard_normal((12, 4))
    points = np.vstack([concept, concept + [9, 0, 0, 0]]) + 0.05 * rng.standard_normal((24, 4))
    scores = principal(points[None])[0]
    own = whiten(look(scores[None]).divided)[0]
    for cloud in paired_clouds(scores, n_draws=4, rng=rng):
        split = look(cloud[None]).split[0]
        pairs = match_classes(cloud, split)
        assert len(pairs) >= 10  # partners still sit together
        changed = np.abs(
            np.linalg.norm(own, axis=1)
            - np.linalg.norm(whiten(look(cloud[None]).divided)[0], axis=1)
        )
        assert changed.max() > 0.1  # but elsewhere than before
