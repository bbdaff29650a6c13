"""docs/sources.md, section Labels: every name in its tables is read, and no other."""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from armillary.core import FeatureSpace
from armillary.core.errors import BadInput
from armillary.load import load_space

DOC = (Path(__file__).parents[2] / "docs" / "sources.md").read_text("utf-8").split("## Labels")[1]
ROWS = np.random.default_rng(0).standard_normal((3, 3)).astype(np.float32)
NAMES = ["Monday", " Tuesday", "Wednesday"]


def named(begin: str) -> list[str]:
    """Return the names in code in the line of a table that begins so."""
    line = next(line for line in DOC.splitlines() if line.startswith(f"| {begin}"))
    return re.findall(r"`(\w+)`", line.rpartition("|")[0])


def saved(folder: Path, **columns: np.ndarray) -> Path:
    np.savez(folder / "space.npz", directions=ROWS, **columns)
    return folder / "space.npz"


def opened(file: Path, labels: Path | None = None) -> FeatureSpace:
    return load_space(file, labels=labels, orientation="rows")


def labelled(folder: Path, file: str, content: str | bytes) -> list[str]:
    (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    return opened(saved(folder), folder / file).labels.tolist()


@pytest.mark.parametrize("name", ["label", "labels"])
def test_labels_in_an_npz_are_read(name, tmp_path):
    assert name in named("`label` or")
    assert opened(saved(tmp_path, **{name: np.array(NAMES)})).labels.tolist() == NAMES


@pytest.mark.parametrize("name", ["feature_id", "feature_ids", "id", "ids", "index"])
def test_ids_in_an_npz_are_read(name, tmp_path):
    assert name in named("`feature_id`, `feature_ids`")
    space = opened(saved(tmp_path, **{name: np.array([7, 5, 9])}))
    assert space.feature_id.tolist() == [7, 5, 9]


@pytest.mark.parametrize("column", [np.array(NAMES, dtype="S"), np.array(NAMES, dtype=object)])
def test_bytes_and_objects_in_an_npz_are_no_labels(column, tmp_path):
    assert "label" not in opened(saved(tmp_path, labels=column)).columns


def test_labels_of_a_file_go_before_those_of_the_npz(tmp_path):
    (tmp_path / "l.txt").write_text("a\nb\nc\n")
    space = opened(saved(tmp_path, labels=np.array(NAMES)), tmp_path / "l.txt")
    assert space.labels.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("name", named("label, needed"))
def test_every_name_of_a_label_column_is_read_in_any_case(name, tmp_path):
    text = f"other,{name.upper()}\n1,Monday\n2, Tuesday\n3,Wednesday\n"
    assert labelled(tmp_path, "l.csv", text) == NAMES


@pytest.mark.parametrize("name", named("id |"))
def test_every_name_of_an_id_column_lines_rows_up(name, tmp_path):
    text = f"{name}\tlabel\n2\tWednesday\n0\tMonday\n"
    assert labelled(tmp_path, "l.tsv", text) == ["Monday", "1", "Wednesday"]


def test_the_first_name_goes_before_the_others(tmp_path):
    order = named("label, needed")
    for one, other in zip(order, order[1:], strict=False):
        text = f"{other},{one}\nx,Monday\nx, Tuesday\nx,Wednesday\n"
        assert labelled(tmp_path, "l.csv", text) == NAMES


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("l.jsonl", "".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in enumerate(NAMES))),
        ("l.jsonl", "".join(json.dumps(text) + "\n" for text in NAMES)),
        ("l.json", json.dumps(NAMES)),
        ("l.json", json.dumps({str(i): text for i, text in enumerate(NAMES)})),
        ("l.json", json.dumps({text: i for i, text in enumerate(NAMES)})),
        ("l.txt", "\n".join(NAMES)),
    ],
)
def test_every_kind_of_file_is_read(file, content, tmp_path):
    assert labelled(tmp_path, file, content) == NAMES


def test_parquet_is_a_table_too(tmp_path):
    mixed = {"Index": [2, 0, 1], "description": [NAMES[2], NAMES[0], NAMES[1]]}
    parquet.write_table(pa.table(mixed), tmp_path / "l.parquet")
    space = opened(saved(tmp_path), tmp_path / "l.parquet")
    assert space.labels.tolist() == NAMES


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("day\nMonday\nTuesday\nWednesday\n", "no column of labels among"),
        ("label\nMonday\n", "1 labels for 3 features"),
        ("id,label\n0,Monday\n0,Tuesday\n", "different ids"),
        ("id,label\n9,Monday\n", "not among the"),
    ],
)
def test_anything_else_is_refused(content, message, tmp_path):
    with pytest.raises(BadInput, match=message):
        labelled(tmp_path, "l.csv", content)
