import numpy as np
import pytest

from armillary.core import BadInput, Codes, Context, Tokens

WORDS = np.array(["It", " is", " Monday", "\n", " now"])


def tokens(vocabulary=WORDS):
    ids = np.array([0, 1, 2, 3, 4])
    return Tokens(ids, np.zeros(5, dtype=int), np.arange(5), vocabulary)


def test_ids_become_text_with_their_spaces():
    assert tokens().text([2, 0]) == [" Monday", "It"]


def test_a_context_knows_its_text_and_marks_the_token_that_fired():
    context = tokens().context(2)
    assert context.text == tuple(WORDS.tolist())
    assert context.text[context.at] == " Monday"
    assert context.marked() == r"It is [Monday]\n now"
    assert context.marked("<b>", "</b>") == r"It is <b>Monday</b>\n now"


def test_codes_give_the_same_text():
    codes = Codes.from_triples(
        np.array([2]), np.array([0]), np.ones(1), n_tokens=5, n_features=1, tokens=tokens()
    )
    assert codes.context(2, before=1, after=0).text == (" is", " Monday")


def test_without_a_vocabulary_ids_stand_for_text():
    bare = tokens(None)
    assert bare.context(2).text is None
    assert bare.context(2).marked() == "0 1 [2] 3 4"
    with pytest.raises(BadInput, match="no vocabulary"):
        bare.text([1])


def test_an_id_outside_the_vocabulary_is_refused():
    with pytest.raises(BadInput, match="5 is not in the vocabulary of 5"):
        tokens().text([5])


def test_a_mark_stands_at_the_very_token_even_where_words_repeat():
    context = Context(np.array([1, 1, 1]), 1, 0, 1, (" is", " is", " is"))
    assert context.marked() == "is [is] is"
