"""Exporters: what other tools read, read back."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import numpy as np
import pyarrow.parquet as parquet
import pytest
from synthetic_survey import WEEK, atlas

from armillary.atlas import Atlas
from armillary.core import BadInput
from armillary.explorer.bodies import Bodies
from armillary.explorer.export import export, quick_list

THERE = "gpt2-small/8-res-jb"


def without_map() -> Atlas:
    whole = atlas()
    return replace(whole, arrays={k: v for k, v in whole.arrays.items() if k != "map"})


def read_csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_embedding_atlas_gets_places_texts_and_what_was_found(tmp_path):
    whole = atlas()
    (file,) = whole.export("embedding-atlas", tmp_path / "new" / "map.parquet")
    table = parquet.read_table(file)
    assert {"id", "x", "y", "text", "finding", "shape", "group", "q"} <= set(table.column_names)
    np.testing.assert_allclose(
        np.c_[table["x"].to_numpy(), table["y"].to_numpy()], whole.arrays["map"], atol=1e-3
    )
    assert table["id"].to_pylist() == whole.features["feature_id"].to_pylist()
    row = table["text"].to_pylist().index("␣Monday")
    assert table["shape"][row].as_py() == "circle"
    assert table["shape"].null_count > 0


def test_neighbours_are_row_numbers_nearest_first(tmp_path, monkeypatch):
    """As the tool's own help says: ids are zero-based row indices, sorted by distance."""
    whole = atlas()
    body = Bodies(whole).body("map")
    n = body.shown
    near = np.c_[(np.arange(n) + 1) % n, np.full(n, -1), (np.arange(n) + 2) % n].astype(np.int32)
    cosine = np.tile(np.array([204, 0, 102], dtype=np.uint8), n)
    known = replace(body, n_near=3, near=near.ravel(), near_cosine=cosine)
    monkeypatch.setattr(Bodies, "_map", known)
    (file,) = export(whole, "embedding-atlas", tmp_path / "map.parquet")
    table = parquet.read_table(file)
    assert table["neighbors"][5].as_py() == {"ids": [6, 7], "distances": [0.2, 0.6]}
    kind = table.schema.field("neighbors").type
    assert [kind.field(i).name for i in range(kind.num_fields)] == ["ids", "distances"]


def test_neuronpedia_gets_the_columns_of_its_tables_and_lists(tmp_path):
    whole = atlas()
    file, lists = export(whole, "neuronpedia", tmp_path / "np.jsonl", neuronpedia=THERE)
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert len(rows) == whole.features.num_rows
    assert set(rows[0]) == {"modelId", "layer", "index", "umap_x", "umap_y", "umap_cluster"}
    assert (rows[0]["modelId"], rows[0]["layer"], rows[0]["index"]) == (*THERE.split("/"), "5")
    assert isinstance(rows[0]["umap_cluster"], int)
    assert rows[-1]["umap_cluster"] is None
    np.testing.assert_allclose(rows[3]["umap_x"], whole.arrays["map"][3, 0], atol=1e-3)
    links = read_csv(lists)
    assert len(links) == whole.findings.num_rows
    week = next(one for one in links if "Monday" in one["labels"])
    asked = parse_qs(urlparse(week["url"]).query)
    assert [f["index"] for f in json.loads(asked["features"][0])] == [
        str(3 * i + 5) for i in range(7)
    ]
    flat, _ = export(whole, "neuronpedia", tmp_path / "np.csv", neuronpedia=THERE)
    assert read_csv(flat)[0]["index"] == "5"


def test_what_the_autoencoder_is_called_there_is_taken_from_its_config(tmp_path):
    whole = atlas()
    model = {"model": {"neuronpedia_id": THERE}}
    named = replace(whole, manifest={**whole.manifest, "source": model})
    _, lists = export(named, "neuronpedia", tmp_path / "np.jsonl")
    assert "8-res-jb" in read_csv(lists)[0]["url"]
    findings, _ = export(named, "csv", tmp_path / "np.csv")
    assert read_csv(findings)[0]["neuronpedia"] == read_csv(lists)[0]["url"]


def test_a_quick_list_names_model_layer_and_index_as_text():
    url = urlparse(quick_list(THERE, range(200), name="days & <months>"))
    assert (url.netloc, url.path) == ("www.neuronpedia.org", "/quick-list/")
    asked = parse_qs(url.query)
    assert asked["name"] == ["days & <months>"]
    features = json.loads(asked["features"][0])
    assert features[7] == {"modelId": "gpt2-small", "layer": "8-res-jb", "index": "7"}
    assert len(features) == 150  # more, and its page says not found
    with pytest.raises(BadInput, match="MODEL/SOURCE"):
        quick_list("gpt2-small", [1], name="x")


def test_csv_has_findings_and_their_members_in_fitted_order(tmp_path):
    whole = atlas()
    findings, members = export(whole, "csv", tmp_path / "found.csv")
    assert members.name == "found-members.csv"
    rows, held = read_csv(findings), read_csv(members)
    assert len(rows) == whole.findings.num_rows
    assert [row["line"] for row in rows] == [str(i) for i in range(len(rows))]
    assert all(int(row["number"]) == int(row["finding"]) + 1 for row in rows)
    week = next(row for row in rows if "Monday" in row["labels"])
    labels = [one["label"] for one in held if one["line"] == week["line"]]
    assert labels == ["␣" + day.strip() for day in WEEK]
    assert sum(int(row["n"]) for row in rows) == len(held)
    export(without_map(), "csv", tmp_path / "no_map.csv")


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_whatever_a_spreadsheet_computes_is_made_text(begin, tmp_path):
    whole = atlas()
    i = whole.findings.column_names.index("runner_up")
    named = [[f"{begin}cmd()"] * whole.findings.num_rows]
    changed = whole.findings.set_column(i, "runner_up", named)
    findings, _ = export(replace(whole, findings=changed), "csv", tmp_path / "f.csv")
    assert not [row for row in read_csv(findings) if row["runner_up"].startswith(begin)]


def test_no_cell_is_a_formula(tmp_path):
    whole = atlas()
    sick = whole.findings.to_pylist()[0]
    i = whole.findings.column_names.index("labels")
    labels = [["=cmd()", *row[1:]] for row in whole.findings["labels"].to_pylist()]
    changed = whole.findings.set_column(i, "labels", [labels])
    _, members = export(replace(whole, findings=changed), "csv", tmp_path / "f.csv")
    assert sick["labels"][0] != "=cmd()"
    assert not [row for row in read_csv(members) if row["label"].startswith("=")]


@pytest.mark.parametrize(
    ("to", "file", "message"),
    [
        ("pdf", "a.pdf", "embedding-atlas, neuronpedia, csv"),
        ("csv", "a.txt", r"\.csv"),
        ("embedding-atlas", "a.csv", r"\.parquet"),
        ("neuronpedia", "a.txt", r"\.jsonl"),
        ("neuronpedia", "a.jsonl", "--neuronpedia"),
        ("csv", "", "is a folder"),
    ],
)
def test_what_cannot_be_exported_says_so(tmp_path, to, file, message):
    with pytest.raises(BadInput, match=message):
        export(atlas(), to, tmp_path / file)


@pytest.mark.parametrize(
    ("to", "file"), [("embedding-atlas", "a.parquet"), ("neuronpedia", "a.csv")]
)
def test_without_a_map_it_says_how_to_get_one(tmp_path, to, file):
    with pytest.raises(BadInput, match=r"no map.*survey again"):
        export(without_map(), to, tmp_path / file)
    assert not list(tmp_path.iterdir())
