"""Labels of tokens: letters, lexicon, tables."""

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

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


def test_tokens_that_look_like_numbers_or_truths_are_text(tmp_path):
    texts = ["01", "02", "03", "1", "2", "3", " true", " false", "null"]
    file = tmp_path / "labels.csv"
    rows = [f"0{i},zero first\n{i},bare" for i in (1, 2, 3)]
    rows += [f"{word},said" for word in ("true", "false", "null")]
    file.write_text("token,label\n" + "\n".join(rows) + "\n", "utf-8")
    names, table = labels_from(file, texts)
    assert names == ("zero first", "bare", "said")
    assert [np.flatnonzero(column).tolist() for column in table.T] == [
        [0, 1, 2], [3, 4, 5], [6, 7, 8]
    ]  # fmt: skip


def test_rows_with_an_empty_cell_name_nothing(tmp_path):
    texts = ["None", "a", "b", "c"]
    columns = {"token": ["a", "b", "c", None, "None"], "label": ["x", "x", "x", "x", None]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "labels.parquet")
    names, table = labels_from(tmp_path / "labels.parquet", texts)
    assert names == ("x",)
    assert table[:, 0].tolist() == [False, True, True, True]
    (tmp_path / "labels.csv").write_text("token,label\na,x\nb,x\nc,x\n,x\nNone,\n", "utf-8")
    names, table = labels_from(tmp_path / "labels.csv", texts)
    assert names == ("x",)
    assert table[:, 0].tolist() == [False, True, True, True]


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
