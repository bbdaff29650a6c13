import numpy as np
import pytest

from armillary.core import BadInput
from armillary.shape import haar_clouds

SD = np.array([9.0, 2.0, 1.0, 0.01])


@pytest.fixture
def drawn(rng):
    return haar_clouds(rng.standard_normal((12, 4)) * SD, n_draws=50, rng=rng)


def test_every_draw_keeps_the_lengths_of_the_axes(rng):
    scores = rng.standard_normal((12, 4)) * SD
    drawn = haar_clouds(scores, n_draws=20, rng=rng)
    gram = np.swapaxes(drawn, 1, 2) @ drawn
    wanted = np.diag((scores**2).sum(axis=0))
    assert np.abs(gram - wanted).max() < 1e-9 * wanted.max()


def test_every_draw_is_centred(drawn):
    assert np.abs(drawn.sum(axis=1)).max() < 1e-10 * np.abs(drawn).max() * 12


def test_a_frame_is_as_likely_as_its_mirror_image(rng):
    first = haar_clouds(np.ones((6, 1)), n_draws=4000, rng=rng)[:, 0, 0]
    assert abs(np.mean(first > 0) - 0.5) < 3 * 0.5 / np.sqrt(4000)


def test_coordinates_have_the_moments_of_a_uniform_frame(rng):
    # a unit vector uniform in the n - 1 dimensions orthogonal to ones: E q_i^2 = (n - 1) / n / m
    n, draws = 8, 6000
    unit = haar_clouds(np.ones((n, 2)), n_draws=draws, rng=rng) / np.sqrt(n)
    assert (unit[:, 0] ** 2).mean(axis=0) == pytest.approx(np.full(2, 1 / n), rel=0.1)
    fourth = (unit[:, 0] ** 4).mean(axis=0)
    m = n - 1
    assert fourth == pytest.approx(np.full(2, 3 * (m / n) ** 2 / (m * (m + 2))), rel=0.15)


def test_the_same_generator_gives_the_same_draws():
    scores = np.random.default_rng(1).standard_normal((7, 3))
    one, two = (haar_clouds(scores, n_draws=3, rng=np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one, two)


def test_more_axes_than_points_can_span_are_refused(rng):
    with pytest.raises(BadInput, match="5 points has at most 4 axes, got 5"):
        haar_clouds(np.eye(5), n_draws=1, rng=rng)
