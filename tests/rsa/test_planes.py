import numpy as np
import pytest
from scipy.linalg import subspace_angles

from armillary.core import BadInput
from armillary.rsa.planes import crossed_axes, mean_crossed, ring_axes, ring_turning
from armillary.rsa.ring import harmonic

FRAME = harmonic(np.arange(7), 7)
ONCE = np.ones((1, 10))


def ring(axes, *, ahead=0.0):
    """Seven words on a ring of radius 1, each where the word so many steps ahead would be."""
    angle = 2 * np.pi * (np.arange(7) + ahead) / 7
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) @ axes


def turning(first, second):
    a, b = ring_axes(first, FRAME), ring_axes(second, FRAME)
    each = [mean_crossed(crossed_axes(*pair), ONCE) for pair in ((a, b), (a, a), (b, b))]
    return ring_turning(*each)


def repeats(words, *, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return words + noise * rng.standard_normal((10, *words.shape))


def test_a_ring_that_stays_has_not_turned():
    found = turning(repeats(ring(np.eye(5)[:2])), repeats(3 * ring(np.eye(5)[:2])))
    for key in ("angle", "plane", "phase"):
        assert getattr(found, key)[0] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("ahead", [1.0, -0.5])
def test_a_cycle_that_advances_in_its_plane_has_a_phase_and_no_angle(ahead):
    found = turning(repeats(ring(np.eye(5)[:2])), repeats(ring(np.eye(5)[:2], ahead=ahead)))
    assert found.phase[0] == pytest.approx(360 * ahead / 7)
    assert found.angle[0] == pytest.approx(0, abs=1e-5)


def test_the_plane_angle_is_the_larger_principal_angle():
    axes = np.linalg.qr(np.random.default_rng(0).standard_normal((6, 4)))[0].T
    found = turning(repeats(ring(axes[:2])), repeats(ring(axes[1:3])))
    wanted = np.degrees(subspace_angles(axes[:2].T, axes[1:3].T)).max()
    assert found.plane[0] == pytest.approx(wanted)
    assert found.alignment[0] == pytest.approx(0.5)  # one of two axes is kept
    tilted = np.array([np.eye(6)[0], [0, np.cos(0.7), np.sin(0.7), 0, 0, 0]])
    found = turning(repeats(ring(np.eye(6)[:2])), repeats(ring(tilted)))
    assert found.plane[0] == pytest.approx(np.degrees(0.7))


def test_noise_of_repeats_does_not_widen_the_angle():
    """The plain estimate, axes of the mean over repeats, turns with nothing turning."""
    axes = np.eye(200)[:2]
    found, plain = [], []
    for seed in range(40):
        first = repeats(ring(axes), noise=0.5, seed=2 * seed)
        second = repeats(ring(axes), noise=0.5, seed=2 * seed + 1)
        found.append(turning(first, second).alignment[0])
        mean = [ring_axes(each, FRAME).mean(axis=0).T for each in (first, second)]
        plain.append(np.degrees(subspace_angles(*mean)).max())
    assert abs(np.mean(found) - 1) < 4 * np.std(found) / np.sqrt(40)
    assert np.mean(plain) > 30


def test_where_there_is_no_ring_there_is_no_angle():
    flat = -np.eye(2)[None]
    found = ring_turning(np.eye(2)[None], flat, np.eye(2)[None])
    assert np.isnan(found.angle[0])
    assert np.isnan(found.plane[0])


@pytest.mark.refusal
def test_unlike_shapes_are_refused():
    with pytest.raises(BadInput, match="products of shapes"):
        ring_turning(np.ones((3, 2, 2)), np.ones((1, 2, 2)), np.ones((3, 2, 2)))
