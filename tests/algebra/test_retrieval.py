import numpy as np
import pytest

from armillary.algebra import accuracy_test, analogy_answers, cos_add, cos_mul
from armillary.algebra.retrieval import answered

N = 6


def rows_with_pairs(rng: np.random.Generator, *, n_words: int = 200, d: int = 5):
    """Words 0..N-1 are left, N..2N-1 right; some have a second spelling."""
    rows = rng.standard_normal((n_words, d))
    rows[N : 2 * N] = rows[:N] + rng.standard_normal(d) + 0.1 * rng.standard_normal((N, d))
    word = np.arange(n_words)
    word[50 : 50 + N] = np.arange(N, 2 * N)
    rows[50 : 50 + N] = rows[N : 2 * N] + 0.05 * rng.standard_normal((N, d))
    word[60 : 60 + N] = np.arange(N)
    rows[60 : 60 + N] = rows[:N] + 0.05 * rng.standard_normal((N, d))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), word


def said(unit, word, i, k, j, score) -> int:
    """Answer one question by looking at every candidate."""
    table = score((unit @ unit[[j, N + k, i]].T).astype(np.float32))
    value = table[:, 0] + (table[:, 1] - table[:, 2])
    value[np.isin(word, word[[i, j, N + k]])] = -np.inf
    return int(word[value.argmax()])


@pytest.mark.parametrize("score", [cos_add, cos_mul])
def test_answers_are_those_of_looking_at_every_candidate(score):
    unit, word = rows_with_pairs(np.random.default_rng(1))
    made = analogy_answers(unit, word, left=np.arange(N), right=np.arange(N, 2 * N), score=score)
    right = np.array(
        [
            [[said(unit, word, i, k, j, score) - N for k in range(N)] for i in range(N)]
            for j in range(N)
        ]
    )
    right[(right < 0) | (right >= N)] = -1
    assert (right >= 0).any()
    off = ~np.eye(N, dtype=bool)  # a word is not asked of itself
    np.testing.assert_array_equal(made.open[off], right[off])


@pytest.mark.parametrize("score", [cos_add, cos_mul])
def test_the_short_way_answers_as_the_long_one(score):
    unit, word = rows_with_pairs(np.random.default_rng(1), d=30)
    left, right = np.arange(N), np.arange(N, 2 * N)
    made = analogy_answers(unit, word, left=left, right=right, score=score)
    pair = np.arange(N)
    long = made.open[pair[None], pair[:, None], pair[:, None]] == pair[None]
    short = answered(unit, word, left=left, right=right, score=score)
    off = ~np.eye(N, dtype=bool)
    np.testing.assert_array_equal(short[off], long[off])
    assert short.any()


def test_accuracy_and_its_null_are_those_of_every_pairing_asked_anew():
    unit, word = rows_with_pairs(np.random.default_rng(3))
    left, right = np.arange(N), np.arange(N, 2 * N)
    made = accuracy_test(
        analogy_answers(unit, word, left=left, right=right).open, rng=np.random.default_rng(0)
    )
    assert made.test.exact
    assert made.test.test.null.size == 719
    assert made.value == answered(unit, word, left=left, right=right).sum() / (N * (N - 1))
    order = np.random.default_rng(4).permutation(N)
    dealt = answered(unit, word, left=left, right=right[order]).sum() / (N * (N - 1))
    assert np.isclose(made.test.test.null, dealt).any()
    assert made.low <= made.value <= made.high


def test_exact_parallelograms_are_all_answered_and_no_spelling_of_a_question_is():
    rng = np.random.default_rng(5)
    base, step = rng.standard_normal((N, 12)), rng.standard_normal(12)
    rows = np.vstack([base, base + step, base, rng.standard_normal((50, 12))])
    unit = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    word = np.r_[
        np.arange(2 * N), np.arange(N), np.arange(2 * N, 2 * N + 50)
    ]  # lefts spelled twice
    made = analogy_answers(unit, word, left=np.arange(N), right=np.arange(N, 2 * N))
    found = accuracy_test(made.closed, rng=rng)
    assert found.value == 1.0
    assert found.pvalue == 1 / 720
    assert made.open.max() < N


@pytest.mark.refusal
def test_a_word_that_is_there_twice_is_refused():
    unit, word = rows_with_pairs(np.random.default_rng(6))
    with pytest.raises(ValueError, match="different words"):
        analogy_answers(unit, word, left=np.arange(N), right=np.r_[np.arange(N, 2 * N - 1), 0])
    with pytest.raises(ValueError, match="different words"):
        analogy_answers(unit, word, left=np.arange(2), right=np.arange(2, 4))
