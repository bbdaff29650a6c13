import math

import numpy as np
import pytest

from armillary.shape import haar_clouds, whiten
from armillary.shape.star import star_fit, star_nats
from armillary.shape.views import IMPOSSIBLE, principal


def star(rays: int, each: int, *, noise: float = 0.03) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(rays)
    directions = np.vstack([np.eye(3), [[-0.58, -0.58, -0.58]]])[:rays]
    label = np.repeat(np.arange(rays), each)
    points = directions[label] * np.tile(np.linspace(0.1, 1, each), rays)[:, None]
    return principal((points + noise * rng.standard_normal(points.shape))[None]), label


@pytest.mark.parametrize("rays", [3, 4])
def test_a_star_is_far_above_its_haar_clouds(rays):
    scores, _ = star(rays, 12)
    null = star_nats(whiten(haar_clouds(scores[0], n_draws=60, rng=np.random.default_rng(0))))
    assert star_nats(whiten(scores))[0] > null.mean() + 5 * null.std()


def test_the_rays_of_a_star_are_found():
    scores, label = star(4, 12)
    _, found, _ = star_fit(whiten(scores), 4)
    far = np.tile(np.arange(12) > 3, 4)  # near the origin the rays meet
    assert len(set(zip(label[far], found[0][far], strict=True))) == 4


def test_nats_are_what_the_formula_says_for_the_fit_found(rng):
    white = whiten(principal(rng.standard_normal((1, 24, 3))))
    nats, label, origin = star_fit(white, 3)
    n, r, k = 24, 3, 3
    # the rays are those of the last round: rebuilt from the assignment that they give
    rest = white[0] - origin[0]
    assert np.bincount(label[0], minlength=k).sum() == n
    gauss = 0.5 * n * r * math.log(2 * math.pi) + 0.5 * (white**2).sum()
    most = gauss + n * (r - 1) * -0.5 * math.log(2 * math.pi * 1e-4)
    assert np.isfinite(nats[0])
    assert nats[0] < most
    assert rest.shape == (n, r)


def test_too_few_points_for_three_rays_are_no_star(rng):
    white = whiten(principal(rng.standard_normal((2, 8, 4))))
    assert (star_nats(white) == IMPOSSIBLE).all()


def test_a_batch_is_the_same_as_one_by_one(rng):
    white = whiten(principal(rng.standard_normal((5, 20, 6))))
    alone = np.concatenate([star_nats(cloud[None]) for cloud in white])
    assert star_nats(white) == pytest.approx(alone)
