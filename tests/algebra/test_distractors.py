import numpy as np
import pytest

from armillary.algebra import discriminant_map, half_by_half, spelling_axes, without

D, N = 24, 12


def family(rng: np.random.Generator, step: np.ndarray, axis: np.ndarray, *, noise: float):
    """Pairs with one step, and much of an unrelated axis on every word."""
    base = rng.standard_normal((N, D))
    right = base + step
    nuisance = noise * rng.standard_normal((2, N, 1)) * axis
    return base + nuisance[0], right + nuisance[1]


def halves_of(left, right, turns):
    parts = (slice(0, N // 2), slice(N // 2, N))
    return [(turn(left[part]), turn(right[part])) for part, turn in zip(parts, turns, strict=True)]


def test_spelling_axes_learned_on_other_words_close_the_parallelograms():
    rng = np.random.default_rng(0)
    axis = np.linalg.qr(rng.standard_normal((D, 1)))[0].T
    left, right = family(rng, rng.standard_normal(D), axis[0], noise=8.0)
    others = rng.standard_normal((200, 1)) * axis + 0.01 * rng.standard_normal((200, D))
    found = spelling_axes([others], n_axes=1)
    assert abs(float(found[0] @ axis[0])) > 0.999
    same = [lambda v: v] * 2
    bare = [lambda v: without(v, found)] * 2
    before = half_by_half(halves_of(left, right, same), n_draws=999, rng=rng)
    after = half_by_half(halves_of(left, right, bare), n_draws=999, rng=rng)
    assert after.share.value > 0.99 > before.share.value
    assert after.cosine > 0.99 > before.cosine
    assert after.share.pvalue == 1 / 1000


def test_removed_axes_are_gone_and_the_rest_stays():
    rng = np.random.default_rng(1)
    axes = np.linalg.qr(rng.standard_normal((D, 3)))[0].T
    rows = rng.standard_normal((5, D))
    left = without(rows, axes)
    np.testing.assert_allclose(left @ axes.T, 0, atol=1e-12)
    np.testing.assert_allclose(left + rows @ axes.T @ axes, rows)
    assert spelling_axes([np.zeros((4, D))]).shape == (0, D)
    assert spelling_axes([]).shape == (0, 0)


def test_the_discriminant_map_sees_the_steps_and_not_what_varies():
    rng = np.random.default_rng(2)
    steps = rng.standard_normal((3, D))
    axis = np.linalg.qr(rng.standard_normal((D, 1)))[0][:, 0]
    offsets = np.repeat(steps, 40, axis=0) + 0.3 * rng.standard_normal((120, D))
    offsets += 10 * rng.standard_normal((120, 1)) * axis
    made = discriminant_map(offsets, np.repeat(np.arange(3), 40), shrinkage=0.01)
    assert made.shape == (D, 3)

    def spread(direction):
        return np.linalg.norm(direction @ made) / np.linalg.norm(direction)

    assert spread(axis) < 0.1 * min(spread(step) for step in steps)


def test_halves_that_hold_eight_words_or_fewer_are_dealt_in_every_way():
    rng = np.random.default_rng(3)
    halves = [(rng.standard_normal((2, 4)), rng.standard_normal((2, 4))) for _ in range(2)]
    made = half_by_half(halves, n_draws=99, rng=rng)
    assert made.share.test.reach == pytest.approx(0.25)
    assert np.unique(np.round(made.share.test.test.null, 9)).size <= 4


@pytest.mark.refusal
def test_a_relation_of_single_pairs_is_refused():
    with pytest.raises(ValueError, match="two pairs"):
        discriminant_map(np.eye(3), np.arange(3))
    with pytest.raises(ValueError, match="shrinkage"):
        discriminant_map(np.eye(4), np.array([0, 0, 1, 1]), shrinkage=0.0)
