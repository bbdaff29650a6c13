"""Labels of tokens: letters, lexicon, tables."""

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.studies.labels import built_in_labels, labels_from

TOKENS = (
    [" Monday", " Tuesday", "Friday", " monday", "42", " 7", "1999", " USA", "NATO", " UN", "ing"]
    + ["the", " running", ",", ".", " (", "\n", "\n\n", "  ", "caf\u00e9", "x"]
)  # fmt: skip


def named(names, table):
    return {
        name: {TOKENS[i] for i in np.flatnonzero(table[:, at])} for at, name in enumerate(names)
    }


def test_letters_and_lists_name_tokens_and_small_labels_are_left_out():
    found = named(*built_in_labels(TOKENS))
    assert found["is a number"] == {"42", " 7", "1999"}
    assert found["all capitals"] == {" USA", "NATO", " UN"}
    assert found["starts with a capital"] == {" Monday", " Tuesday", "Friday"}
    assert found["white space"] == {"\n", "\n\n", "  "}
    assert found["punctuation"] == {",", ".", " ("}
    assert found["weekdays"] == {" Monday", " Tuesday", "Friday", " monday"}
    assert "not ASCII" not in found


def test_a_table_names_tokens_by_text_with_or_without_a_leading_space(tmp_path):
    file = tmp_path / "labels.csv"
    file.write_text("token,label\nMonday,day\nTuesday,day\nFriday,day\nthe,word\n", "utf-8")
    found = named(*labels_from(file, TOKENS))
    assert found == {"day": {" Monday", " Tuesday", "Friday"}}


@pytest.mark.refusal
def test_tables_that_say_nothing_are_refused(tmp_path):
    file = tmp_path / "labels.csv"
    file.write_text("word,label\na,b\n", "utf-8")
    with pytest.raises(BadInput, match="expected token and label"):
        labels_from(file, TOKENS)
    file.write_text("token,label\nnowhere,b\n", "utf-8")
    with pytest.raises(BadInput, match="no label names 3 tokens"):
        labels_from(file, TOKENS)
    with pytest.raises(BadInput, match="cannot be read"):
        labels_from(tmp_path / "none.csv", TOKENS)
