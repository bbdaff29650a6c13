"""``armillary layers``."""

import json

import pytest

pytest.importorskip("gudhi")


def test_a_world_is_related_printed_and_written(run, tmp_path):
    code, out, err = run("layers", "world:circuit", "--draws", "39", "--out", "found", "--quiet")
    assert code == 0, err
    assert "precision" in out
    assert "betti numbers" in out
    assert (tmp_path / "found" / "study.json").exists()
    told = json.loads((tmp_path / "found" / "study.json").read_text())
    assert told["name"] == "layers"
    assert told["manifest"]["seed"] == 0


def test_one_layer_alone_is_refused_before_anything_is_done(run, tmp_path):
    code, _, err = run("layers", "codes-folder")
    assert code == 3
    assert "--later" in err
    (tmp_path / "file").write_text("x")
    code, _, err = run("layers", "world:circuit", "--out", "file")
    assert code == 3
