"""Size of every pairing test on words without structure: rejections at most level + 3 s.e."""

import numpy as np
import pytest

from armillary.algebra import (
    accuracy_test,
    analogy_answers,
    discriminant_map,
    half_by_half,
    offset_consistency,
    parallelogram_test,
)
from armillary.inference import size

N, D = 6, 8


def drawn(rng: np.random.Generator) -> np.ndarray:
    """Draw words on an uneven spectrum; a step leads between the lists, but pairs mean nothing."""
    scale = np.arange(1, D + 1) ** -0.5
    rows = rng.standard_normal((80, D)) * scale
    rows[N : 2 * N] += 0.7 * scale
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def offsets(rows, rng):
    return offset_consistency(rows[:N], rows[N : 2 * N], rng=rng).pvalue


def parallelograms(rows, rng):
    return parallelogram_test(np.stack([rows[:N], rows[N : 2 * N]], axis=1), rng=rng).pvalue


def grids(rows, rng):
    return parallelogram_test(rows[2 * N : 5 * N].reshape(N, 3, D), n_draws=99, rng=rng).pvalue


def answers_among_all(rows, rng):
    made = analogy_answers(
        rows.astype(np.float32), np.arange(80), left=np.arange(N), right=N + np.arange(N)
    )
    return accuracy_test(made.open, rng=rng).pvalue


def answers_among_own(rows, rng):
    made = analogy_answers(
        rows.astype(np.float32), np.arange(80), left=np.arange(N), right=N + np.arange(N)
    )
    return accuracy_test(made.closed, rng=rng).pvalue


def discriminant(rows, rng):
    """Each half is turned by a map that is fitted to the other half and to more relations."""
    offset = rows[40:60] - rows[60:80]
    left, right = rows[: 2 * N : 2], rows[1 : 2 * N : 2]
    halves = []
    for test, train in ((slice(0, 3), slice(3, 6)), (slice(3, 6), slice(0, 3))):
        seen = np.vstack([offset, right[train] - left[train]])
        turn = discriminant_map(seen, np.r_[np.repeat([0, 1], 10), [2] * 3])
        halves.append((left[test] @ turn, right[test] @ turn))
    return half_by_half(halves, n_draws=199, rng=rng).share.pvalue


@pytest.mark.slow
@pytest.mark.parametrize(
    "test",
    [offsets, parallelograms, grids, answers_among_all, answers_among_own, discriminant],
    ids=lambda f: f.__name__,
)
def test_pairs_that_mean_nothing_are_rejected_at_the_level_at_most(test):
    assert size(test, drawn, n_draws=200, rng=np.random.default_rng(0)).keeps_level
