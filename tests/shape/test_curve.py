import math

import numpy as np
import pytest
from scipy.stats import norm

from armillary.shape import haar_clouds, whiten
from armillary.shape.curve import bend_nats, cone_nats, helix_nats, segment_nats, von_mises_gain
from armillary.shape.ring import fit_circles, planes, ring_nats
from armillary.shape.views import IMPOSSIBLE, principal

T = np.linspace(-1, 1, 40)


def cloud(*columns: np.ndarray, noise: float = 0.02) -> np.ndarray:
    rng = np.random.default_rng(3)
    points = np.column_stack(columns)
    return principal((points + noise * rng.standard_normal(points.shape))[None])


def null_of(measure, scores: np.ndarray) -> np.ndarray:
    draws = haar_clouds(scores[0], n_draws=100, rng=np.random.default_rng(0))
    return measure(whiten(draws))


def far_above(measure, scores: np.ndarray) -> bool:
    return bool(measure(whiten(scores))[0] > null_of(measure, scores).max() + 2)


def rings(white: np.ndarray):
    pairs = planes(white.shape[2])
    fits = fit_circles(white, pairs)
    return fits, white, ring_nats(fits)


def test_a_parabola_bends():
    scores = cloud(T, 0.5 * T**2)
    assert far_above(lambda w: bend_nats(w)[:, 0, 1], scores)


def test_bend_nats_are_what_the_formula_says(rng):
    white = whiten(principal(rng.standard_normal((1, 17, 3))))
    r = np.corrcoef(white[0, :, 2] ** 2, white[0, :, 1])[0, 1]
    wanted = -17 / 2 * math.log(1 - r**2) - math.log(17)
    found = bend_nats(white)[0]
    assert found[2, 1] == pytest.approx(wanted)
    assert (np.diag(found) == IMPOSSIBLE).all()


def test_evenly_spread_points_are_a_segment():
    assert far_above(segment_nats, cloud(T, 0.01 * np.sin(9 * T), noise=0.001))


def test_segment_nats_are_what_the_formula_says(rng):
    white = whiten(principal(rng.standard_normal((1, 11, 2))))
    lead = white[0, :, 0]
    width = np.ptp(lead) * 12 / 10
    wanted = -11 * math.log(width) - norm.logpdf(lead).sum()
    assert segment_nats(white)[0] == pytest.approx(wanted)


def test_a_circle_that_widens_along_an_axis_is_a_cone():
    turn = 5 * np.pi * T
    scores = cloud((2 + T) * np.cos(turn), (2 + T) * np.sin(turn), 2 * T)
    assert far_above(lambda w: cone_nats(*rings(w), pairs=planes(w.shape[2])).max(axis=1), scores)


def test_cone_nats_are_what_the_formula_says(rng):
    white = whiten(principal(rng.standard_normal((1, 13, 3))))
    (fits, _, ring), pairs = rings(white), planes(white.shape[2])
    r = np.corrcoef(fits.radius[0, :, 0], white[0, :, 2])[0, 1]
    wanted = ring[0, 0] - 13 / 2 * math.log(1 - r**2) - 0.5 * math.log(13)
    assert cone_nats(fits, white, ring, pairs=pairs)[0, 0] == pytest.approx(wanted)


@pytest.mark.parametrize("turns", [1.5, 2, 3])
@pytest.mark.parametrize("hand", [-1, 1])
def test_a_helix_winds_in_either_hand(turns, hand):
    angle = hand * turns * np.pi * T
    scores = cloud(np.cos(angle), np.sin(angle), 2 * T)
    assert far_above(lambda w: helix_nats(*rings(w), pairs=planes(w.shape[2])), scores)


def test_helix_nats_are_no_less_than_at_any_rate_of_its_own(rng):
    white = whiten(principal(rng.standard_normal((4, 15, 3))))
    (fits, _, ring), pairs = rings(white), planes(white.shape[2])
    found = helix_nats(fits, white, ring, pairs=pairs)
    for draw in range(4):
        plane = int(ring[draw].argmax())
        (axis,) = set(range(3)) - set(pairs[plane])
        for turns in (0.75, 2.0, 6.0):
            phase = fits.angle[draw, :, plane] - turns * np.pi / 2 * white[draw, :, axis]
            resultant = np.abs(np.exp(1j * phase).mean(keepdims=True))
            least = ring[draw, plane] + 15 * von_mises_gain(resultant)[0] - 1.5 * math.log(15)
            assert found[draw] >= least - 1e-9


def test_the_gain_of_concentration_is_never_negative_and_grows():
    gain = von_mises_gain(np.linspace(0, 1, 50))
    assert (gain >= 0).all()
    assert (np.diff(gain) >= 0).all()
    sigma = 0.1
    wanted = math.log(2 * math.pi) - norm(0, sigma).entropy()
    assert von_mises_gain(np.array([math.exp(-(sigma**2) / 2)]))[0] == pytest.approx(wanted)


def test_a_batch_is_the_same_as_one_by_one(rng):
    white = whiten(principal(rng.standard_normal((40, 60, 5))))  # more than one block
    for measure in (
        lambda w: helix_nats(*rings(w), pairs=planes(w.shape[2])),
        lambda w: cone_nats(*rings(w), pairs=planes(w.shape[2])).max(axis=1),
        segment_nats,
    ):
        alone = np.concatenate([measure(one[None]) for one in white])
        assert measure(white) == pytest.approx(alone)
