import numpy as np
import pytest

from armillary.core import BadInput, Codes, Tokens

TOKEN = np.array([2, 0, 0, 3, 2])
FEATURE = np.array([1, 3, 0, 2, 0])
VALUE = np.array([1.0, 2.0, 3.0, 4.0, 5.0])


def codes(**more):
    return Codes.from_triples(TOKEN, FEATURE, VALUE, n_tokens=5, n_features=4, **more)


def test_triples_in_any_order_become_the_table_they_describe():
    dense = np.zeros((5, 4))
    dense[TOKEN, FEATURE] = VALUE
    np.testing.assert_array_equal(codes().matrix().toarray(), dense)
    assert codes().firing_count().tolist() == [2, 1, 1, 1]
    assert codes().l0 == 1.0
    assert codes().token_of_firing(2, 4).tolist() == [2, 2, 3]


def test_some_tokens_in_any_order_keep_their_firings_features_and_text():
    text = Tokens(np.arange(50, 55), np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1]))
    made = codes(tokens=text, feature_id=np.array([7, 5, 3, 1]))
    rows = np.array([3, 0, 4])
    taken = made.take(rows)
    np.testing.assert_array_equal(taken.matrix().toarray(), made.matrix().toarray()[rows])
    assert taken.feature_id.tolist() == [7, 5, 3, 1]
    assert taken.tokens.token_id.tolist() == [53, 50, 54]
    assert taken.tokens.position.tolist() == [0, 0, 1]
    assert codes().take(rows).tokens is None


def test_sorted_and_shuffled_triples_give_the_same_codes(rng):
    token, feature = np.divmod(np.sort(rng.choice(4000, 700, replace=False)), 40)
    value = rng.uniform(1, 2, 700)
    shuffled = rng.permutation(700)
    a, b = (
        Codes.from_triples(token[i], feature[i], value[i], n_tokens=100, n_features=40)
        for i in (np.arange(700), shuffled)
    )
    for name in ("offset", "feature", "value"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def test_zeros_are_no_firings():
    made = Codes.from_triples(TOKEN, FEATURE, VALUE * (VALUE > 2), n_tokens=5, n_features=4)
    assert made.n_firings == 3


def test_codes_take_the_columns_of_a_space_by_id():
    named = codes(feature_id=np.array([10, 20, 30, 40]))
    taken = named.columns_for(np.array([40, 10]))
    np.testing.assert_array_equal(taken.matrix().toarray(), named.matrix().toarray()[:, [3, 0]])
    assert named.columns_for(np.array([10, 20, 30, 40])) is named
    with pytest.raises(BadInput, match="lack 1 of 2 features, the first is 50"):
        named.columns_for(np.array([10, 50]))


def test_a_context_stops_at_the_document_and_marks_the_firing_token():
    text = Tokens(np.arange(100, 105), np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1]))
    seen = codes(tokens=text).context(1, before=4, after=4)
    assert seen.token_id.tolist() == [100, 101, 102]
    assert seen.token_id[seen.at] == 101
    later = codes(tokens=text).context(3, before=2, after=1)
    assert later.token_id.tolist() == [103, 104]
    assert (later.at, later.document, later.position) == (0, 1, 0)


def test_a_context_does_not_reach_across_rows_that_are_missing():
    text = Tokens(np.arange(4), np.zeros(4, dtype=int), np.array([0, 1, 5, 6]))
    assert text.context(2, before=3, after=3).token_id.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"token": np.array([2, 0, 0, 3, 9])}, "below 5, got 9"),
        ({"feature": np.array([1, 3, 0, 4, 0])}, "below 4, got 4"),
        ({"value": np.array([1, np.nan, 1, 1, 1])}, "has value nan"),
        ({"token": np.zeros(5, dtype=int)}, "feature 0 repeats"),
        ({"feature_id": np.array([1, 1, 2, 3])}, "feature_id repeats"),
        ({"feature_id": np.arange(3)}, "3 feature ids for 4"),
        ({"tokens": Tokens(*np.zeros((3, 2), dtype=int))}, "2 tokens for 5 rows"),
    ],
)
def test_what_is_no_code_is_refused(change, match):
    given = {"token": TOKEN, "feature": FEATURE, "value": VALUE} | change
    triples = [given.pop(name) for name in ("token", "feature", "value")]
    with pytest.raises(BadInput, match=match):
        Codes.from_triples(*triples, n_tokens=5, n_features=4, **given)


@pytest.mark.refusal
def test_triples_of_different_lengths_are_refused():
    with pytest.raises(BadInput, match="4 tokens, 5 features"):
        Codes.from_triples(TOKEN[:4], FEATURE, VALUE, n_tokens=5, n_features=4)
    with pytest.raises(BadInput, match="one of each a token"):
        Tokens(np.arange(2), np.arange(2), np.arange(3))


def test_offsets_that_fall_and_firings_that_are_missing_are_refused():
    made = codes()
    with pytest.raises(BadInput, match="never fall"):
        Codes(made.offset[::-1].copy(), made.feature, made.value, made.feature_id)
    with pytest.raises(BadInput, match="offset ends at 5"):
        Codes(made.offset, made.feature[:-1], made.value[:-1], made.feature_id)


def test_a_context_without_text_or_row_is_refused():
    with pytest.raises(BadInput, match="carry no text"):
        codes().context(0)
    text = Tokens(*np.zeros((3, 5), dtype=int))
    with pytest.raises(BadInput, match="token 5 is not among 5"):
        codes(tokens=text).context(5)
