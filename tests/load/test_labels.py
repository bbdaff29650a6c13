import json

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from armillary.core import BadInput
from armillary.load.labels import load_labels

IDS = np.array([3, 5, 9])
TEXTS = [" a", "b,c", 'say "d"']


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_every_ordered_form_gives_the_same_labels(tmp_path):
    table = pa.table({"label": TEXTS, "extra": [1, 2, 3]})
    parquet.write_table(table, tmp_path / "t.parquet")
    forms = [
        TEXTS,
        np.array(TEXTS),
        tmp_path / "t.parquet",
        write(tmp_path, "t.txt", ' a\nb,c\r\nsay "d"\n'),
        write(tmp_path, "t.json", json.dumps(TEXTS)),
        write(tmp_path, "t.jsonl", "\n".join(json.dumps(t) for t in TEXTS)),
        write(tmp_path, "rows.jsonl", "\n".join(json.dumps({"text": t}) for t in TEXTS)),
        write(tmp_path, "t.csv", 'Description\n" a"\n"b,c"\n"say ""d"""\n'),
        str(write(tmp_path, "t.tsv", '\ufefflabel\tx\n a\t1\nb,c\t2\n"say ""d"""\t3\n')),
    ]
    for form in forms:
        label, note = load_labels(form, feature_id=IDS)
        assert label.tolist() == TEXTS, form
        assert "3 read" in note


def test_every_form_with_ids_is_lined_up_by_id(tmp_path):
    parquet.write_table(pa.table({"id": [9, 3], "label": ["z", "x"]}), tmp_path / "t.parquet")
    forms = [
        {9: "z", 3: "x"},
        {"9": "z", "3": "x"},
        tmp_path / "t.parquet",
        write(tmp_path, "t.json", '{"9": "z", "3": "x"}'),
        write(tmp_path, "vocab.json", '{"z": 9, "x": 3}'),
        write(tmp_path, "t.csv", "feature,description\n9,z\n3,x\n"),
        write(tmp_path, "t.jsonl", '{"index": "9", "description": "z"}\n{"index": "3", '
              '"description": "x"}\n'),
    ]  # fmt: skip
    for form in forms:
        label, note = load_labels(form, feature_id=IDS)
        assert label.tolist() == ["x", "5", "z"], form
        assert "1 of 3 features have none" in note


def test_lines_are_split_at_newlines_only(tmp_path):
    path = write(tmp_path, "v.txt", "a\u2028b\n\x0b\n\nd")
    label, _ = load_labels(path, feature_id=np.arange(4))
    assert label.tolist() == ["a\u2028b", "\x0b", "", "d"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.txt", "a\nb\n", "2 labels for 3 features"),
        ("t.json", '["a"]', "1 labels for 3 features"),
        ("t.json", '{"1": "a"}', "1 ids, of which 1 are not among the 3 features"),
        ("t.json", "{}", "0 ids"),
        ("t.json", '{"x1": "a"}', "id 'x1' is not a whole number"),
        ("t.json", '{"3": 1.5}', "label 1.5 is not text"),
        ("t.json", "3", "expected a JSON list"),
        ("t.json", '["a"', "cannot be read"),
        ("t.jsonl", '{"id": 3.5, "label": "a"}', "id 3.5 is not a whole number"),
        ("t.csv", "id,label\n3,a\n3,b\n", "2 labels for 1 different ids"),
        ("t.csv", "id,label\n3\n", "row 2 has 1 cells, the header has 2"),
        ("t.csv", "first,second\n3,a\n", "no column of labels among"),
        ("t.csv", "", "is empty"),
        ("t.txt", b"\xff\xfe", "cannot be read"),
        ("t.parquet", "PAR1", "cannot be read"),
        ("t.pkl", "x", "'.pkl' is not read"),
    ],
)
def test_labels_that_do_not_fit_are_refused(tmp_path, name, content, words):
    with pytest.raises(BadInput, match=words):
        load_labels(write(tmp_path, name, content), feature_id=IDS)


def test_a_missing_label_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"nowhere.csv: there is no such file"):
        load_labels(tmp_path / "nowhere.csv", feature_id=IDS)


def test_two_spellings_of_one_id_are_refused():
    with pytest.raises(BadInput, match="2 labels for 1 different ids"):
        load_labels({"3": "a", 3: "b"}, feature_id=IDS)
