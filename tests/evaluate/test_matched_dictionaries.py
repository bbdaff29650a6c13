"""Two dictionaries matched: planted splits are found, unrelated ones share nothing."""

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.evaluate import match_features, null_dictionary, principal_plane
from armillary.evaluate.matching import (
    KINDS,
    MATCHED,
    MERGED,
    NEAR,
    ONLY_HERE,
    SPLIT,
    best_partners,
)

D = 48


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def dictionary(n: int, seed: int) -> np.ndarray:
    return unit(np.random.default_rng(seed).standard_normal((n, D)))


def split_twenty(a: np.ndarray) -> np.ndarray:
    """The same dictionary with the first twenty features split in two, and other lengths."""
    side = 0.6 * dictionary(20, 9)
    other = np.concatenate([a[20:], a[:20] + side, a[:20] - side])
    return other * np.random.default_rng(2).uniform(0.5, 2, (len(other), 1)).astype(np.float32)


def matching(a: np.ndarray, b: np.ndarray, seed: int = 0):
    return match_features(a, b, rng=np.random.default_rng(seed))


A = dictionary(600, 0)
PLANTED = matching(A, split_twenty(A))


def test_planted_splits_are_found_and_their_halves_are_merged_on_the_other_side():
    split = PLANTED.a.kind == SPLIT
    merged = PLANTED.b.kind == MERGED
    assert split[:20].mean() >= 0.9
    assert split[20:].sum() <= 2
    assert merged[580:].mean() >= 0.9
    assert PLANTED.a.counts["matched"] >= 578
    assert PLANTED.a.counts["matched"] == PLANTED.b.counts["matched"]
    alone, together = PLANTED.a.parts
    assert alone == pytest.approx(1 / (1 + 0.6**2), abs=0.05)
    assert together == pytest.approx(1, abs=1e-4)
    assert np.isnan(PLANTED.b.parts).all()
    turned = matching(split_twenty(A), A)
    np.testing.assert_array_equal(turned.b.kind, PLANTED.a.kind)


def test_two_unrelated_dictionaries_share_nothing_but_what_chance_shares():
    found = matching(A, dictionary(500, 1))
    for side in (found.a, found.b, found.chance_a, found.chance_b):
        assert np.isin(side.kind, [MATCHED, SPLIT, MERGED, NEAR]).mean() <= 0.01
    assert found.a.matched_share(rng=np.random.default_rng(0))[0] <= 0.005
    assert found.a.mean_max_cosine == pytest.approx(found.chance_a.mean_max_cosine, abs=0.01)


def test_a_common_direction_is_no_match():
    lift = 2 * np.ones(D, dtype=np.float32) / np.sqrt(D)
    found = matching(A + lift, dictionary(600, 1) + lift)
    assert found.a.mean_max_cosine > 0.8
    assert found.a.counts["only here"] >= 590


def test_the_same_dictionary_is_matched_whole_and_turning_both_changes_nothing():
    turn = np.linalg.qr(np.random.default_rng(3).standard_normal((D, D)))[0].astype(np.float32)
    order = np.random.default_rng(4).permutation(600)
    found = matching(A, A[order])
    assert found.a.counts["matched"] == 600
    np.testing.assert_array_equal(order[found.a.partner], np.arange(600))
    np.testing.assert_allclose(matching(A @ turn, A[order] @ turn).a.cosine, found.a.cosine,
                               atol=1e-5)  # fmt: skip


def test_the_weaker_of_two_that_prefer_one_partner_is_near():
    across = dictionary(1, 7)
    across = unit(across - (across @ A[0]) * A[:1])
    far = 0.66 * A[:1] + np.float32(np.sqrt(1 - 0.66**2)) * across  # below half of A's own share
    found = matching(np.concatenate([A, far]), A)
    assert found.threshold < found.a.cosine[-1] < 0.7
    assert [found.a.kind[0], found.a.kind[-1]] == [MATCHED, NEAR]


def test_blocks_change_nothing_and_agree_with_the_whole_product():
    b = dictionary(330, 5)
    cosine = A @ b.T
    for block in (64, 4096):
        first, second = best_partners(A, b, block=block)
        np.testing.assert_array_equal(first.partner, cosine.argmax(axis=1))
        np.testing.assert_array_equal(second.partner, cosine.argmax(axis=0))
        np.testing.assert_allclose(second.cosine, cosine.max(axis=0), atol=1e-6)


def test_the_null_keeps_mean_and_covariance():
    source = unit(dictionary(4000, 6) * np.linspace(0.2, 2, D) + 0.5)
    drawn = null_dictionary(source, rng=np.random.default_rng(0))
    assert drawn.shape == source.shape
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(drawn.mean(axis=0), source.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(source.T), atol=0.01)


def test_the_share_has_an_interval_around_it():
    share, low, high = PLANTED.a.matched_share(rng=np.random.default_rng(0))
    assert low < share < high
    assert share == PLANTED.a.counts["matched"] / 600
    assert sum(PLANTED.a.counts.values()) == 600
    assert list(PLANTED.a.counts) == list(KINDS)
    assert KINDS[ONLY_HERE] == "only here"


def test_the_plane_is_the_one_of_most_variance():
    plane = principal_plane(A)
    centred = A - A.mean(axis=0)
    sd = np.linalg.svd(centred, compute_uv=False)[:2]
    np.testing.assert_allclose(np.linalg.norm(plane, axis=0), sd, rtol=1e-3)
    assert plane.dtype == np.float32


def test_what_cannot_be_matched_is_refused():
    with pytest.raises(BadInput, match="48 and in 47 dimensions"):
        matching(A, A[:, :47])
    with pytest.raises(BadInput, match="need two rows"):
        matching(A, A[:1])
    with pytest.raises(BadInput, match="no direction"):
        matching(A, A * (np.arange(600) > 3)[:, None])
    with pytest.raises(BadInput, match="quantile"):
        match_features(A, A, rng=np.random.default_rng(0), quantile=1.0)
