"""The comparison beside an atlas: what is written is what is shown."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic_survey import atlas, survey

from armillary.atlas import Atlas, Comparison
from armillary.core import BadInput
from armillary.explorer import Bodies
from armillary.explorer.compare_body import compare_body
from armillary.explorer.wire import decode, encode
from armillary.survey.compared import compare


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An atlas, its vectors on disk, and a second dictionary with 30 of its features gone."""
    folder = tmp_path_factory.mktemp("dictionaries")
    space, whole = survey()[0], atlas()
    space = replace(space, source={"uri": "synthetic:shapes"})  # its groups are made up
    record = Atlas.from_survey(space, [], [], manifest={}, map_xy=whole.arrays["map"],
                               map_note=whole.manifest["map"])  # fmt: skip
    record.write(folder / "atlas", report=False)
    np.savez(folder / "one.npz", directions=space.directions, feature_id=space.feature_id)
    other = np.concatenate([space.directions[30:], -space.directions[:30]])
    np.save(folder / "two.npy", other)
    return folder


@pytest.fixture(scope="module")
def compared(sources: Path) -> Comparison:
    return compare(sources / "atlas", sources / "two.npy", vectors=sources / "one.npz", seed=3)


def test_features_that_both_have_are_matched(compared: Comparison):
    a, b = compared.a, compared.b
    n = a.ids.size
    assert n == b.ids.size
    assert (a.kind[30:] == 0).mean() > 0.8
    same = a.kind == 0
    np.testing.assert_array_equal(b.partner[a.partner[same]], np.flatnonzero(same))
    np.testing.assert_allclose(a.cosine[30:], 1, atol=1e-5)
    told = compared.manifest
    assert told["names"][0] == "synthetic:shapes"
    assert told["a"]["counts"]["matched"] == int(same.sum())
    assert told["a"]["chance"]["counts"]["matched"] <= 0.02 * n
    low, high = told["a"]["matched_share_95"]
    assert low < told["a"]["matched_share"] < high


def test_a_side_stands_on_its_atlas_map_and_else_on_its_plane(sources: Path, compared: Comparison):
    np.testing.assert_allclose(compared.a.xy, Atlas.read(sources / "atlas").arrays["map"],
                               atol=1e-5)  # fmt: skip
    assert np.isfinite(compared.b.xy).all()
    assert compared.manifest["maps"] == ["UMAP", "principal plane"]


def test_it_survives_the_disk_and_a_survey_written_again(
    tmp_path: Path, compared: Comparison
):  # fmt: skip
    folder = atlas().write(tmp_path / "atlas", report=False)
    where = compared.write(folder)
    assert where == folder / "compare"
    assert {item.name for item in where.iterdir()} == {"a.parquet", "b.parquet", "manifest.json"}
    again = Comparison.read(folder)
    for one, two in ((compared.a, again.a), (compared.b, again.b)):
        for name in ("ids", "kind", "partner", "cosine", "xy"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
        assert one.labels.tolist() == two.labels.tolist()
    manifest = json.loads((where / "manifest.json").read_text())
    assert manifest["seed"] == 3
    assert manifest["sources"][1]["sha256"]
    Atlas.read(folder).write(folder)
    twin = json.loads((folder / "report.json").read_text())
    assert len(twin["compare"]["a"]["labels"]) == compared.a.ids.size
    assert twin["atlas"]["parts"]["compare"]


def test_an_atlas_opened_from_disk_shows_it_and_one_in_memory_does_not(
    sources: Path, tmp_path: Path, compared: Comparison, monkeypatch: pytest.MonkeyPatch
):
    record = Atlas.read(sources / "atlas")
    folder = record.write(tmp_path / "atlas", report=False)
    compared.write(folder)
    monkeypatch.chdir(tmp_path)
    read = Atlas.read("atlas")
    monkeypatch.chdir("/")  # the folder is remembered wherever one goes
    monkeypatch.setattr("webbrowser.open", lambda address: None)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert 'id="body:compare"' in read.report()
    assert 'id="body:compare"' in read.show().html
    assert 'id="body:compare"' not in replace(read, folder=None).report()
    other = read.write(tmp_path / "other", report=False)
    assert (other / "manifest.json").read_text() == (folder / "manifest.json").read_text()
    assert Atlas.read(other).folder == other


def test_the_body_points_at_what_it_shows(compared: Comparison):
    whole = compare_body(compared)
    assert whole.a.total == whole.a.ids.size == compared.a.ids.size
    np.testing.assert_array_equal(whole.a.partner, compared.a.partner)
    assert whole.kinds == ("matched", "split", "merged", "near", "only here")
    assert any("chance" in fact.value for fact in whole.facts)
    part = decode(encode(compare_body(compared, limit=50)))
    a, b = part["a"], part["b"]
    assert len(a["ids"]) == len(b["ids"]) == len(a["labels"]) == 50
    assert (a["partner"] >= 0).mean() > 0.9  # partners of what is shown are shown first
    seen = a["partner"] >= 0
    row_of = {int(one): row for row, one in enumerate(compared.a.ids)}
    rows = np.array([row_of[int(one)] for one in a["ids"][seen]])
    np.testing.assert_array_equal(
        b["ids"][a["partner"][seen]], compared.b.ids[compared.a.partner[rows]]
    )
    assert "50 of" in part["note"]


def test_against_its_null_nothing_is_matched(sources: Path):
    found = compare(sources / "one.npz", "null", seed=1)
    assert found.manifest["a"]["matched_share"] <= 0.02
    assert found.a.ids.size == found.b.ids.size
    assert Bodies(atlas()).body("atlas").parts.compare is False


def test_what_cannot_be_compared_says_what_to_do(sources: Path, tmp_path: Path):
    with pytest.raises(BadInput, match="--vectors"):
        compare(sources / "atlas", "null")
    np.save(tmp_path / "few.npy", np.eye(30, 24, dtype=np.float32))
    with pytest.raises(BadInput, match="it lacks"):
        compare(sources / "atlas", "null", vectors=tmp_path / "few.npy")
    with pytest.raises(BadInput, match="is no atlas"):
        compare(sources / "one.npz", "null", vectors=sources / "two.npy")
    with pytest.raises(BadInput, match="holds no comparison"):
        Comparison.read(sources / "atlas")


def test_a_broken_comparison_costs_a_sentence_and_not_the_report(
    tmp_path: Path, compared: Comparison
):
    folder = atlas().write(tmp_path / "atlas", report=False)
    (compared.write(folder) / "b.parquet").write_bytes(b"no")
    first = Bodies(Atlas.read(folder), folder=folder).body("atlas")
    assert not first.parts.compare
    assert any("armillary compare" in line for line in first.header.shown)
