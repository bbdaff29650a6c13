import json

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.survey import survey


def test_an_atlas_is_written_with_its_record(week, tmp_path):
    out = tmp_path / "atlas"
    atlas = survey(week, out=out, map=False, jobs=1, cache=tmp_path, command="typed")
    manifest = json.loads((out / "manifest.json").read_text())
    assert {"version", "seed", "parameters", "timings", "left_out", "counts"} <= set(manifest)
    assert manifest["command"] == "typed"
    assert manifest["resumed"] is False
    assert manifest["jobs"] == 1
    assert manifest["peak_memory_bytes"] > 1e7
    assert manifest["parameters"]["neighbour_recall"] == 1.0
    assert {"load", "flatten", "neighbours", "edge threshold", "groups"} <= set(manifest["timings"])
    assert any("in no group of 5 to 5000" in sentence for sentence in manifest["left_out"])
    assert atlas.features.num_rows == 300
    assert (out / "report.html").exists()
    assert not (tmp_path / "atlas.partial").exists()


def test_weekdays_are_tested_by_name_with_the_smallest_p_they_allow(week, tmp_path):
    atlas = survey(week, map=False, jobs=1, cache=tmp_path)
    named = [row for row in atlas.findings.to_pylist() if row["hypothesis"]]
    assert [row["n"] for row in named] == [7]
    assert "week" in named[0]["hypothesis"].lower() or "day" in named[0]["hypothesis"].lower()
    assert named[0]["p"] == pytest.approx(1 / 360, rel=0.2)
    assert "smallest p that 7 words allow" in named[0]["note"]
    assert sorted(named[0]["feature_ids"]) == list(range(7))


def test_without_a_lexicon_nothing_is_tested_by_name(week, tmp_path):
    atlas = survey(week, lexicon=False, map=False, jobs=1, cache=tmp_path)
    assert not [row for row in atlas.findings.to_pylist() if row["hypothesis"]]


def test_an_array_is_surveyed_as_it_is(tmp_path):
    rows = np.random.default_rng(0).standard_normal((200, 16)).astype(np.float32)
    kept = rows.copy()
    survey(rows, map=False, jobs=1, cache=tmp_path, orientation="rows")
    np.testing.assert_array_equal(rows, kept)


def test_a_folder_of_other_things_is_refused_before_any_work(week, tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(BadInput, match="holds other files and no atlas"):
        survey(week, out=tmp_path, map=False, jobs=1)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_the_current_folder_can_hold_the_atlas(week, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    survey(week, out=".", map=False, jobs=1, cache=tmp_path / "cache")
    assert (tmp_path / "here" / "manifest.json").exists()
    assert not (tmp_path / "here.partial").exists()
