import gzip
import json
import sys
from types import ModuleType

import pyarrow as pa
import pytest
from pyarrow import parquet

from armillary.core import BadInput, MissingExtra
from armillary.load.text_files import read_texts


def write_all(folder):
    (folder / "b.txt").write_text("\ufeffplain \u00f6", encoding="utf-8")
    (folder / "deep").mkdir()
    (folder / "deep" / "a.md").write_text("# deep")
    rows = [{"text": "line 1"}, {"text": ""}, {"text": None}, {"text": "line 2"}]
    lines = "\n".join(map(json.dumps, rows)) + "\n\n"
    (folder / "c.jsonl").write_text(lines)
    with gzip.open(folder / "d.jsonl.gz", "wt") as file:
        file.write(lines)
    parquet.write_table(pa.table({"id": [1, 2], "text": ["row 1", "row 2"]}), folder / "e.parquet")
    (folder / "ignored.bin").write_bytes(b"\x00")
    return folder


def test_a_folder_gives_the_documents_of_all_its_files_in_order(tmp_path):
    lines = ["line 1", "line 2"]
    assert list(read_texts(write_all(tmp_path))) == [
        "plain \u00f6", *lines, *lines, "# deep", "row 1", "row 2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("x.jsonl", b'{"text": "a"}\n{', "damaged after line 2"),
        ("x.jsonl", b'{"body": "a"}', "line 1: 'text' is not a text; it has body"),
        ("x.jsonl", b'["a"]', "is not a text"),
        ("x.jsonl", b"7", "is not a text"),
        ("x.jsonl.gz", b"no gzip", "damaged"),
        ("x.parquet", b"no parquet", "damaged"),
        ("x.txt", b"\xff\xfe", "not UTF-8"),
        ("x.pdf", b"", "is not read as text"),
    ],
)
def test_files_that_cannot_be_read_are_refused(tmp_path, name, content, match):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=match):
        list(read_texts(tmp_path / name))


def test_places_without_text_are_refused(tmp_path):
    with pytest.raises(BadInput, match="holds no text"):
        list(read_texts(tmp_path))
    with pytest.raises(BadInput, match="is not there"):
        read_texts(tmp_path / "gone.txt")
    parquet.write_table(pa.table({"body": ["a"]}), tmp_path / "x.parquet")
    with pytest.raises(BadInput, match="no column 'text'; it has body"):
        list(read_texts(tmp_path / "x.parquet"))
    assert list(read_texts(tmp_path / "x.parquet", field="body")) == ["a"]


@pytest.fixture
def hub(monkeypatch):
    asked = []

    def load_dataset(name, config, *, split, streaming):
        asked.append((name, config, split, streaming))
        if name == "org/gone":
            raise FileNotFoundError("no such data set")
        return iter([{"text": "a"}, {"text": "b"}])

    fake = ModuleType("datasets")
    fake.load_dataset = load_dataset
    monkeypatch.setitem(sys.modules, "datasets", fake)
    return asked


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("hf-dataset:org/name", ("org/name", None, "train", True)),
        ("hf-dataset:org/name:test", ("org/name", None, "test", True)),
        ("hf-dataset:org/name/en:train[:9]", ("org/name", "en", "train[:9]", True)),
    ],
)
def test_data_sets_of_a_hub_are_streamed(hub, source, asked):
    assert list(read_texts(source)) == ["a", "b"]
    assert hub == [asked]


def test_data_sets_that_cannot_be_had_are_refused(hub, monkeypatch):
    for source, match in {
        "hf-dataset:": "expected hf-dataset:",
        "hf-dataset:a/b/c/d": "expected hf-dataset:",
        "hf-dataset:org/gone": "FileNotFoundError: no such data set",
    }.items():
        with pytest.raises(BadInput, match=match):
            list(read_texts(source))
    with pytest.raises(BadInput, match="switched off"):
        list(read_texts("hf-dataset:org/name", offline=True))
    with pytest.raises(BadInput, match="row 0: 'body' is not a text"):
        list(read_texts("hf-dataset:org/name", field="body"))
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtra, match=r"armillary\[datasets\]"):
        list(read_texts("hf-dataset:org/name"))
