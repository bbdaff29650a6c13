import numpy as np
import pytest
from seed_result import (
    BLIND,
    RAW,
    aligned,
    document_weights,
    first_share,
    harmonic_power,
    kept_pairs,
    lesson,
    plane_of,
    ray_shares,
    resampled_means,
)


def ring(n: int, turns: int = 1) -> np.ndarray:
    angle = 2 * np.pi * turns * np.arange(n) / n
    return np.column_stack([np.cos(angle), np.sin(angle)])


@pytest.mark.parametrize("n", [7, 12])
def test_harmonics_add_up_to_the_variance_and_a_ring_is_all_first(n):
    points = np.random.default_rng(0).standard_normal((n, 5))
    centred = points - points.mean(axis=0)
    assert harmonic_power(points).sum() == pytest.approx((centred**2).sum())
    assert first_share(harmonic_power(ring(n))) == pytest.approx(1)
    assert first_share(harmonic_power(ring(n, 2))) == pytest.approx(0, abs=1e-12)


def test_of_noise_the_first_harmonic_holds_its_share_of_the_dimensions():
    points = np.random.default_rng(0).standard_normal((300, 12, 20))
    assert first_share(harmonic_power(points)).mean() == pytest.approx(2 / 11, abs=0.01)


def test_noise_taken_off_leaves_the_share_of_what_was_there():
    rng = np.random.default_rng(0)
    truth = np.hstack([ring(12), ring(12, 3)])  # half and half
    seen = truth + 0.5 * rng.standard_normal((4000, 12, 4))
    noise = harmonic_power(seen - truth).mean(axis=0)
    power = harmonic_power(seen).mean(axis=0)
    assert first_share(power) < 0.45
    assert first_share(power, noise) == pytest.approx(0.5, abs=0.01)


def test_the_plane_of_a_ring_keeps_all_pairs_and_of_a_star_none():
    plane, share = plane_of(np.hstack([ring(7), np.zeros((7, 3))]))
    assert share == pytest.approx(1)
    assert kept_pairs(plane) == 7
    assert kept_pairs(ring(7, 2)) == 0


def test_a_drawn_plane_begins_on_top_and_runs_clockwise():
    xy = aligned(ring(12) @ np.array([[0, 1], [-1, 0]]))
    assert xy[0] == pytest.approx([0, 1])
    assert xy[3] == pytest.approx([1, 0])


def test_tokens_of_one_document_are_drawn_together():
    rng = np.random.default_rng(0)
    weights = document_weights(np.repeat([3, 5, 9], 4), n_draws=50, rng=rng)
    assert (weights.reshape(50, 3, 4).std(axis=2) == 0).all()
    assert (weights[:, ::4].sum(axis=1) == 3).all()


def test_means_are_weighted_and_weight_nothing_is_left_out():
    points = np.array([[1.0], [3.0], [10.0]])
    word = np.array([0, 0, 1])
    means = resampled_means(points, word, n_words=2, weights=np.array([[1, 1, 1], [0, 2, 1.0]]))
    assert means[:, :, 0].tolist() == [[2, 10], [3, 10]]


def test_rows_on_a_ring_beat_other_rows_and_random_rows_do_not():
    rng = np.random.default_rng(0)
    codes = np.eye(12) + 0.01
    on_ring = np.hstack([ring(12), 0.1 * rng.standard_normal((12, 30))])
    for kind in ("random", "spectrum", "dealt"):
        null = ray_shares(codes, on_ring, kind=kind, n_draws=40, rng=rng)
        assert null.max() < first_share(harmonic_power(codes @ on_ring))
    rows = rng.standard_normal((12, 32))
    null = ray_shares(codes, rows, kind="random", n_draws=200, rng=rng)
    assert 0.01 < np.mean(null >= first_share(harmonic_power(codes @ rows))) < 0.99


@pytest.mark.parametrize(
    ("intervals", "begins"),
    [
        (((0.1, 0.2), (0.1, 0.2)), "Clearer"),
        (((-0.2, -0.1), (-0.2, -0.1)), "Less clear"),
        (((0.1, 0.2), (-0.2, -0.1)), "Not clearer throughout"),
    ],
)
def test_the_sentence_follows_the_intervals(intervals, begins):
    rays = {kind: {"p": 0.01} for kind in ("random", "spectrum", "dealt")}
    found = {
        name: {
            RAW: {"corrected": 0.4},
            BLIND: {"corrected": 0.5, "less_raw": 0.1, "less_raw_interval": interval, **rays},
        }
        for name, interval in zip(("months", "weekdays"), intervals, strict=True)
    }
    assert lesson(found).startswith(begins)
