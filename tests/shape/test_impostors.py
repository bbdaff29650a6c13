import numpy as np
import pytest
from scipy.stats import binom

from armillary.shape import haar_clouds, score, whiten
from armillary.shape.clusters import ward_labels
from armillary.shape.factor import centre_classes
from armillary.shape.impostors import (
    ball_clouds,
    elliptical_clouds,
    flat_mixture_clouds,
    line_clouds,
    mixture_clouds,
    paired_clouds,
)
from armillary.shape.lattice import best_factor, matched_nats
from armillary.shape.tree import tree_nats
from armillary.shape.views import principal
from armillary.worlds import sample

EVERY = [
    mixture_clouds,
    flat_mixture_clouds,
    line_clouds,
    elliptical_clouds,
    ball_clouds,
    paired_clouds,
]
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


def student(n: int, rng: np.random.Generator) -> np.ndarray:
    points = rng.standard_normal((n, 6)) * np.arange(1, 7) ** -0.5
    return principal((points / np.sqrt(rng.chisquare(5, (n, 1)) / 5))[None])[0]


def whitened_radii(clouds: np.ndarray, m: int) -> np.ndarray:
    return np.sort(np.linalg.norm(whiten(clouds)[:, :, :m], axis=2), axis=1)


@pytest.mark.parametrize("n", [30, 80])
def test_heavy_tails_reach_as_far_as_the_cloud_once_whitened(n, rng):
    reach = []
    for scores in (student(n, rng) for _ in range(10)):
        clouds = elliptical_clouds(scores, n_draws=50, rng=rng)
        own, drawn = (whitened_radii(c, 4)[:, -1] for c in (scores[None], clouds))
        reach.append(drawn.mean() / own[0])
    assert np.mean(reach) == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("family", ["clusters", "star"])
def test_elliptical_clouds_seldom_beat_their_own_heavy_tails(family, rng):
    beaten = 0
    for scores in (student(30, rng) for _ in range(60)):
        rivals = elliptical_clouds(scores, n_draws=19, rng=rng)
        own, drawn = (score(c, families=(family,))[family] for c in (scores[None], rivals))
        beaten += int(own[0] > drawn.max())
    assert beaten <= binom(60, 0.05).ppf(0.999)


def test_heavy_tails_are_those_of_the_long_axes(rng):
    points = rng.standard_t(2, (60, 1)) * rng.standard_normal((60, 2))
    scores = principal(np.hstack([points, 0.01 * rng.standard_normal((60, 3))])[None])[0]
    short = elliptical_clouds(scores, n_draws=50, rng=rng)[:, :, 2:]
    farthest = whitened_radii(short, 3).max(axis=1).mean()
    assert farthest == pytest.approx(whitened_radii(scores[None, :, 2:], 3).max(), abs=0.7)


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


def test_a_flat_mixture_keeps_the_clusters_that_stand_out(rng):
    centres = rng.standard_normal((4, 5)) * 8
    points = np.repeat(centres, 8, axis=0) + 0.1 * rng.standard_normal((32, 5))
    truth = np.repeat(np.arange(4), 8)
    for cloud in flat_mixture_clouds(principal(points[None])[0], n_draws=5, rng=rng):
        assert np.array_equal(ward_labels(cloud, 4), truth)


def test_a_flat_mixture_fills_clusters_in_clusters(rng):
    outer, inner = rng.standard_normal((2, 5, 6)) * [[[20.0]], [[2.0]]]
    points = np.repeat(outer, 6, axis=0) + np.tile(np.repeat(inner[:2], 3, axis=0), (5, 1))
    scores = principal((points + 0.5 * rng.standard_normal(points.shape))[None])[0]
    pairs = np.repeat(np.arange(10), 3)
    assert np.array_equal(ward_labels(scores, 10), pairs)
    for cloud in flat_mixture_clouds(scores, n_draws=5, rng=rng):
        assert np.array_equal(ward_labels(cloud, 5), pairs // 2)
        assert not np.array_equal(ward_labels(cloud, 10), pairs)


def beaten_by(scores: np.ndarray, rng: np.random.Generator) -> int:
    """Count, of 39 mixtures without nesting, those that are as good a tree as the cloud."""
    rivals = tree_nats(flat_mixture_clouds(scores, n_draws=39, rng=rng))
    return int((rivals >= tree_nats(scores[None])[0]).sum())


@pytest.mark.parametrize("n", [8, 16, 32])
def test_leaves_of_a_tree_beat_mixtures_without_nesting(n, rng):
    leaves = sample("tree", n, rng=rng)
    noisy = principal((leaves + 0.05 * rng.standard_normal(leaves.shape))[None])[0]
    assert beaten_by(noisy[:, : n - 1], rng) <= 1


@pytest.mark.parametrize(("k", "each"), [(4, 8), (8, 8), (10, 6)])
def test_clusters_do_not_beat_mixtures_without_nesting(k, each, rng):
    points = np.repeat(3 * rng.standard_normal((k, 10)), each, axis=0)
    noisy = principal((points + rng.standard_normal(points.shape))[None])[0]
    assert beaten_by(noisy, rng) > 2


@pytest.mark.parametrize("steps", [2, 3])
def test_pairs_keep_their_classes_and_closeness_but_not_their_concepts(steps, rng):
    concept = rng.standard_normal((12, 4))
    points = np.vstack([concept + [9 * step, 0, 0, 0] for step in range(steps)])
    points += 0.05 * rng.standard_normal(points.shape)
    scores = principal(points[None])[0]
    found = best_factor(scores)
    own, rest = float(matched_nats(found)[0]), concept_distances(scores, found.split)
    clouds = paired_clouds(scores, n_draws=4, rng=rng)
    for cloud in clouds:
        again = best_factor(cloud)
        assert len(set(zip(again.split[0], found.split[0], strict=True))) == steps
        assert matched_nats(again)[0] > own / 2  # partners still sit together
        changed = np.abs(concept_distances(cloud, again.split) - rest)
        assert changed.max() > 0.5  # but elsewhere than before


def concept_distances(scores: np.ndarray, split: np.ndarray) -> np.ndarray:
    rest = centre_classes(scores[None], split)[0][:12]
    return np.linalg.norm(rest[:, None] - rest, axis=2)
