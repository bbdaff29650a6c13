import numpy as np
import pytest

from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.core.tokens import Tokens
from armillary.knockoffs import Shared
from armillary.knockoffs.company import company, company_table


def one_hot(word: np.ndarray, *, document: np.ndarray, m: int) -> Shared:
    n = word.size
    position = np.arange(n) - np.searchsorted(document, document)
    tokens = Tokens(word, document, position)
    value = np.ones(n, dtype=np.float32)
    codes = Codes(np.arange(n + 1), word.astype(np.int32), value, np.arange(m), tokens)
    return Shared(np.arange(m), 8, codes=codes)


def grammar(n: int = 20_000) -> Shared:
    """Words 0-9 are followed by 20-29, words 10-19 by 30-39."""
    rng = np.random.default_rng(0)
    kind = rng.integers(2, size=n)
    first = 10 * kind + rng.integers(10, size=n)
    second = 20 + 10 * kind + rng.integers(10, size=n)
    return one_hot(np.stack([first, second], axis=1).ravel(), document=np.arange(2 * n) // 2, m=41)


def test_words_of_the_same_company_are_near_and_a_silent_word_is_nowhere():
    placed = company(grammar(), rank=4, window=1)
    assert placed.shape == (41, 4)
    assert not placed[40].any()
    unit = placed[:40] / np.linalg.norm(placed[:40], axis=1, keepdims=True)
    kind = np.repeat(np.arange(4), 10)
    same = kind[:, None] == kind
    cosine = unit @ unit.T
    assert cosine[same].min() > 0.9
    assert np.abs(cosine[~same]).max() < 0.3


def test_left_and_right_neighbours_are_told_apart_and_documents_end():
    shared = one_hot(np.array([0, 1, 2, 3]), document=np.array([0, 0, 1, 1]), m=4)
    row, column = company_table(shared, window=3).nonzero()
    found = set(zip(row.tolist(), column.tolist(), strict=True))
    assert found == {(1, 0), (0, 4 + 1), (3, 2), (2, 4 + 3)}


def test_the_table_is_the_pointwise_mutual_information():
    word = np.random.default_rng(1).integers(3, size=60)
    table = company_table(one_hot(word, document=np.zeros(60, int), m=3), window=1, smoothing=1.0)
    count = np.zeros((3, 6))
    for a, b in zip(word[:-1], word[1:], strict=True):
        count[b, a] += 1
        count[a, 3 + b] += 1
    p = count / count.sum()
    with np.errstate(divide="ignore"):
        pmi = np.log(p / np.outer(p.sum(axis=1), p.sum(axis=0)))
    assert table.toarray() == pytest.approx(np.maximum(pmi, 0), abs=1e-5)


@pytest.mark.refusal
def test_without_text_it_is_refused():
    shared = grammar(10)
    codes = shared.codes
    assert codes is not None
    bare = Codes(codes.offset, codes.feature, codes.value, codes.feature_id)
    with pytest.raises(BadInput, match="needs the text"):
        company(Shared(shared.feature_id, 8, codes=bare), rank=2)
    with pytest.raises(BadInput, match="needs codes"):
        company(Shared(shared.feature_id, 8), rank=2)
