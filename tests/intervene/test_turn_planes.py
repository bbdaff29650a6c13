import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from armillary.core import BadInput
from armillary.intervene import (
    calendar_plane,
    fit_curve,
    leading_plane,
    random_plane,
    ring_plane,
    rotation,
    second_plane,
    shift,
    slide,
)
from armillary.intervene.moves import resized, slid, turned
from armillary.intervene.planes import left_over

N, D = 12, 30


def ring_of_means(seed: int = 0, *, noise: float = 0.1, backwards: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.standard_normal((D, 2)))[0].T
    phase = 2 * np.pi * np.arange(N) / N * (-1 if backwards else 1) + 0.3
    ring = 4 * np.stack([np.cos(phase), np.sin(phase)], axis=1) @ axes
    return ring + noise * rng.standard_normal((N, D)) + rng.standard_normal(D)


@pytest.mark.parametrize("fit", [leading_plane, ring_plane, calendar_plane])
@pytest.mark.parametrize("backwards", [False, True])
def test_one_step_forwards_brings_every_word_to_the_next(fit, backwards: bool):
    means = ring_of_means(backwards=backwards)
    plane = fit(means)
    moved = means + turned(means, plane, 2 * np.pi / N)
    gap = np.linalg.norm(moved[:, None] - means[None], axis=-1)
    assert np.array_equal(gap.argmin(axis=1), (np.arange(N) + 1) % N)
    assert plane.basis @ plane.basis.T == pytest.approx(np.eye(2))


def test_the_ring_score_finds_a_ring_behind_a_stronger_line():
    means = ring_of_means(noise=0.05)
    line = np.linalg.qr(np.random.default_rng(5).standard_normal((D, 1)))[0][:, 0]
    means = means + 9 * np.outer(np.random.default_rng(6).permutation(np.linspace(-1, 1, N)), line)
    phase = 2 * np.pi * np.arange(N) / N

    def follows(plane):
        return abs(np.exp(1j * (plane.angles(means) - phase)).mean())

    assert ring_plane(means).how.startswith("principal components 2 and 3")
    assert follows(ring_plane(means)) > 0.99 > follows(leading_plane(means))


@given(st.floats(-7, 7), st.integers(0, 5))
def test_a_turn_keeps_radius_and_all_that_is_off_the_plane_and_its_inverse_undoes_it(angle, seed):
    rng = np.random.default_rng(seed)
    plane = random_plane(D, centre=rng.standard_normal(D), rng=rng)
    x = rng.standard_normal((5, D))
    y = x + turned(x, plane, angle)
    radius = np.linalg.norm(plane.coordinates(x), axis=1)
    assert np.linalg.norm(plane.coordinates(y), axis=1) == pytest.approx(radius)
    assert (y - x) @ (np.eye(D) - plane.basis.T @ plane.basis) == pytest.approx(0, abs=1e-9)
    assert y + turned(y, plane, -angle) == pytest.approx(x)
    length = 2 * abs(np.sin(angle / 2)) * radius
    assert np.linalg.norm(y - x, axis=1) == pytest.approx(length, abs=1e-9)


def test_the_second_plane_and_what_is_left_are_orthogonal_to_the_first():
    means = ring_of_means(noise=1.0)
    first = leading_plane(means)
    second, rest = second_plane(means, first), left_over(means, first)
    assert second.basis @ first.basis.T == pytest.approx(0, abs=1e-9)
    assert rest @ first.basis.T == pytest.approx(0, abs=1e-9)
    assert rest.shape == (N - 3, D)
    inside = random_plane(rest, centre=first.centre, rng=np.random.default_rng(0))
    assert inside.basis @ inside.basis.T == pytest.approx(np.eye(2))
    assert inside.basis @ rest.T @ rest == pytest.approx(inside.basis)


def test_a_curve_of_all_harmonics_goes_through_every_mean_and_a_line_is_a_line():
    means = ring_of_means(noise=1.0)
    place = np.arange(N, dtype=np.float64)
    through = fit_curve(means, order=N // 2)
    assert through.at(place) == pytest.approx(means)
    assert through.at(place + N) == pytest.approx(means)
    swap = np.roll(means, -3, axis=0) - means
    assert slid(through, place, 3.0) == pytest.approx(swap)
    line = np.outer(np.arange(5.0), np.ones(D))
    open_line = fit_curve(line, closed=False)
    assert open_line.at(np.array([1.5])) == pytest.approx(np.full((1, D), 1.5))
    assert open_line.nearest(line) == pytest.approx(np.arange(5.0))
    ellipse = fit_curve(ring_of_means(noise=0))
    assert ellipse.nearest(ring_of_means(noise=0)) == pytest.approx(place, abs=1e-6)


def test_splices_do_what_the_arrays_say_where_they_are_told_and_leave_their_input():
    means = ring_of_means()
    plane = leading_plane(means)
    x = torch.tensor(np.stack([means, means + 0.2], axis=1))
    before = x.clone()
    turn = rotation(plane, 0.7, position=1)(x)
    assert torch.equal(x, before)
    assert torch.equal(turn[:, 0], x[:, 0])
    wanted = turned(x[:, 1].numpy(), plane, 0.7)
    assert (turn - x)[:, 1].numpy() == pytest.approx(wanted)
    assert torch.allclose(rotation(plane, 0.0)(x), x)
    elsewhere = rotation(plane, 0.7, plane.centre + plane.basis[0])(x)
    assert not torch.allclose(elsewhere, rotation(plane, 0.7)(x))
    curve = fit_curve(means)
    place = np.arange(N, dtype=np.float64)
    slides = [slide(curve, 2.0, place, position=[0])(x), slide(curve, 2.0, position=[0])(x)]
    assert (slides[0] - x)[:, 0].numpy() == pytest.approx(slid(curve, place, 2.0))
    assert (slides[1] - slides[0]).abs().max() < 0.7
    assert (shift(means, position=0)(x) - x)[:, 0].numpy() == pytest.approx(means)
    assert (shift(means[0])(x) - x)[3, 1].numpy() == pytest.approx(means[0])


def test_resizing_keeps_directions_and_a_move_of_no_length():
    moves = np.array([[3.0, 4.0], [0.0, 0.0]])
    assert resized(moves, np.array([[0.0, 1.0], [1.0, 0.0]])) == pytest.approx(
        np.array([[0.6, 0.8], [0.0, 0.0]])
    )


def test_means_without_a_plane_are_refused():
    line = np.outer(np.arange(6.0), np.ones(D))
    for fit in (leading_plane, ring_plane, calendar_plane):
        with pytest.raises(BadInput, match="line"):
            fit(line)
        with pytest.raises(BadInput, match="at least four"):
            fit(line[:3])
    flat = np.random.default_rng(0).standard_normal((6, 2)) @ np.eye(2, D)
    with pytest.raises(BadInput, match="no second plane"):
        second_plane(flat, leading_plane(flat))
    with pytest.raises(BadInput, match="give 1 to 6"):
        fit_curve(ring_of_means(), order=7)
