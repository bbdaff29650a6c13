"""Where features of a claim fire most: the very token, one place a document."""

import numpy as np
import pytest

from armillary.atlas.contexts import contexts_table
from armillary.core import BadInput, Codes, Tokens
from armillary.survey import strongest as module
from armillary.survey.strongest import strongest

N = 900  # tokens, in documents of 30


def a_text() -> Tokens:
    """Every token is spelled by its own row, so that an off-by-one is seen."""
    row = np.arange(N)
    return Tokens(row, row // 30, row % 30, np.array([f" w{i}" for i in row], dtype=object))


def some_codes(*, signed: bool = False, tokens: Tokens | None = None) -> Codes:
    rng = np.random.default_rng(0)
    token, feature = np.nonzero(rng.random((N, 8)) < 0.1)
    value = rng.uniform(0.1, 5, token.size) * (rng.choice([-1, 1], token.size) if signed else 1)
    kept = feature != 7  # never fires
    return Codes.from_triples(
        token[kept], feature[kept], value[kept], n_tokens=N, n_features=8,
        feature_id=np.arange(8) * 10 + 3, tokens=a_text() if tokens is None else tokens,
    )  # fmt: skip


def by_hand(codes: Codes, feature: int, each: int) -> list[tuple[int, float]]:
    dense = codes.matrix().toarray()[:, feature]
    best: dict[int, int] = {}
    for token in np.flatnonzero(dense):
        document = int(codes.tokens.document[token])
        if document not in best or abs(dense[token]) > abs(dense[best[document]]):
            best[document] = int(token)
    ranked = sorted(best.values(), key=lambda t: -abs(dense[t]))[:each]
    return [(t, float(dense[t])) for t in ranked]


@pytest.mark.parametrize("at_once", [1, 7, 1 << 22])
@pytest.mark.parametrize("signed", [False, True])
def test_they_are_those_found_by_hand_however_many_are_read_at_once(
    monkeypatch: pytest.MonkeyPatch, at_once, signed
):
    monkeypatch.setattr(module, "AT_ONCE", at_once)
    codes = some_codes(signed=signed)
    wanted = np.array([53, 3, 23, 73])
    found = strongest(codes, wanted, each=3)
    assert found.feature_id.tolist() == [53] * 3 + [3] * 3 + [23] * 3
    for i, feature in ((53, 5), (3, 0), (23, 2)):
        mine = found.feature_id == i
        pairs = list(zip(found.token[mine].tolist(), found.value[mine].tolist(), strict=True))
        assert pairs == by_hand(codes, feature, 3)


def test_a_planted_token_is_the_one_in_the_middle():
    """Of 900 unique tokens the strongest firing of feature 3 is on `` w457``, exactly there."""
    token, feature = np.array([457, 458, 456, 899, 0]), np.zeros(5, dtype=np.int64)
    value = np.array([9.0, 1.0, 1.0, 5.0, 4.0])
    codes = Codes.from_triples(
        token, feature, value, n_tokens=N, n_features=1, feature_id=np.array([3]), tokens=a_text()
    )
    rows = contexts_table(strongest(codes, np.array([3])), codes.tokens).to_pylist()
    assert [row["token"] for row in rows] == [" w457", " w899", " w0"]
    assert [(row["document"], row["position"]) for row in rows] == [(15, 7), (29, 29), (0, 0)]
    assert rows[0]["before"].endswith(" w455 w456")
    assert rows[0]["after"].startswith(" w458 w459")
    assert (rows[1]["after"], rows[2]["before"]) == ("", "")
    assert " w449" not in rows[0]["before"]  # of the document before


def test_features_that_the_codes_lack_are_passed_over():
    assert strongest(some_codes(), np.array([999, -1])).token.size == 0
    assert strongest(some_codes(), np.array([], dtype=np.int64)).token.size == 0


def test_without_a_vocabulary_ids_stand_for_the_text():
    bare = a_text()
    found = strongest(some_codes(), np.array([3]))
    rows = contexts_table(found, Tokens(bare.token_id, bare.document, bare.position)).to_pylist()
    assert rows[0]["token"] == f" {found.token[0]}"


def test_codes_without_text_have_no_contexts():
    codes = some_codes()
    bare = Codes(codes.offset, codes.feature, codes.value, codes.feature_id)
    with pytest.raises(BadInput, match="carry no text"):
        strongest(bare, np.array([3]))
