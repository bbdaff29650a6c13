"""Agreement of dictionaries, beside the exhaustive pairing."""

import itertools

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.evaluate import seed_agreement


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_pairs_are_the_best_of_all_pairings(rng: np.random.Generator):
    a, b = (rng.standard_normal((6, 5)).astype(np.float32) for _ in range(2))
    cosine = unit(a) @ unit(b).T
    best = max(
        sum(cosine[i, j] for i, j in enumerate(order)) for order in itertools.permutations(range(6))
    )
    found = seed_agreement(a, b, rng=rng)
    assert found.paired.sum() == pytest.approx(best, rel=1e-5)
    assert found.best_a == pytest.approx(cosine.max(1), rel=1e-5)
    assert found.best_b == pytest.approx(cosine.max(0), rel=1e-5)


def test_a_shuffled_scaled_copy_agrees_wholly_and_random_ones_as_random(
    rng: np.random.Generator,
):
    a = rng.standard_normal((300, 64)).astype(np.float32)
    copy = 3 * a[rng.permutation(300)]
    same = seed_agreement(a, copy, rng=rng).as_dict()
    assert same["mean_paired_cosine"] == pytest.approx(1, abs=1e-5)
    assert same["paired_past_0.9"] == 1
    other = rng.standard_normal((300, 64)).astype(np.float32)
    found = seed_agreement(a, other, rng=rng).as_dict()
    assert found["mean_max_cosine_a"] == pytest.approx(found["random_mean_max_cosine"], abs=0.01)
    assert found["mean_paired_cosine"] == pytest.approx(
        found["random_mean_paired_cosine"], abs=0.01
    )


def test_dead_features_are_left_out_and_sizes_may_differ(rng: np.random.Generator):
    a = rng.standard_normal((40, 16)).astype(np.float32)
    b = np.concatenate([a[:30], rng.standard_normal((25, 16)).astype(np.float32)])
    alive = np.arange(40) < 30
    found = seed_agreement(a, b, alive_a=alive, rng=rng)
    assert (found.n_a, found.n_b, len(found.paired)) == (30, 55, 30)
    assert found.paired.min() == pytest.approx(1, abs=1e-5)


@pytest.mark.refusal
def test_what_cannot_be_compared_is_refused(rng: np.random.Generator):
    a = rng.standard_normal((4, 5)).astype(np.float32)
    with pytest.raises(BadInput, match="5 and in 4 dimensions"):
        seed_agreement(a, a[:, :4], rng=rng)
    with pytest.raises(BadInput, match="every feature is dead"):
        seed_agreement(a, a, alive_b=np.zeros(4, bool), rng=rng)
