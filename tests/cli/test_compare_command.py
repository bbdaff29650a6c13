"""``armillary compare`` and ``armillary export``."""

import csv
import json

import numpy as np

from armillary.atlas import Atlas
from armillary.load import load_space


def two(tmp_path, make_atlas):
    rng = np.random.default_rng(0)
    make_atlas().write(tmp_path / "atlas", report=False)
    rows = rng.standard_normal((12, 4)).astype(np.float32)
    np.savez(tmp_path / "one.npz", directions=rows, feature_id=np.arange(100, 112))
    wide = rng.standard_normal((400, 64)).astype(np.float32)
    np.save(tmp_path / "a.npy", wide)
    np.save(tmp_path / "b.npy", wide[::-1])


def test_two_dictionaries_are_compared_and_chance_stands_beside(run, tmp_path, make_atlas):
    two(tmp_path, make_atlas)
    code, out, _ = run("compare", "a.npy", "b.npy", "--quiet")
    assert code == 0
    assert "matched share" in out
    assert "by chance" in out
    assert "100.0 to 100.0%" in out
    assert "Nothing written" in out
    code, out, _ = run("compare", "a.npy", "b.npy", "--out", "ab", "--json", "--quiet")
    told = json.loads(out)
    assert code == 0
    assert told["a"]["counts"]["matched"] == 400
    assert told["comparison"].endswith("ab")
    assert told["command"].startswith("armillary")
    assert (tmp_path / "ab" / "a.parquet").exists()


def test_into_an_atlas_the_section_is_written_and_the_report_drawn(run, tmp_path, make_atlas):
    two(tmp_path, make_atlas)
    space = load_space(tmp_path / "one.npz")
    Atlas.from_survey(space, [], [], manifest={}).write(tmp_path / "atlas", report=False)
    code, out, err = run("compare", "atlas", "null", "--vectors", "one.npz", "--quiet")
    assert code == 0, err
    assert (tmp_path / "atlas" / "compare" / "manifest.json").exists()
    assert "report.html" in out
    twin = json.loads((tmp_path / "atlas" / "report.json").read_text())
    assert twin["atlas"]["parts"]["compare"]
    assert twin["compare"]["a"]["total"] == 12


def test_a_folder_with_other_files_is_refused_before_anything_is_matched(run, tmp_path, make_atlas):
    two(tmp_path, make_atlas)
    code, _, err = run("compare", "a.npy", "b.npy", "--out", ".")
    assert code == 3
    assert "holds other files" in err
    code, _, err = run("compare", "atlas", "null")
    assert code == 3
    assert "--vectors" in err


def test_findings_are_exported(run, tmp_path, make_atlas):
    two(tmp_path, make_atlas)
    code, out, _ = run("export", "atlas", "--to", "csv", "--out", "found.csv")
    assert code == 0
    assert out.splitlines() == [str(tmp_path / "found.csv"), str(tmp_path / "found-members.csv")]
    with (tmp_path / "found-members.csv").open(encoding="utf-8", newline="") as lines:
        assert len(list(csv.DictReader(lines))) == 7
    code, _, err = run("export", "atlas", "--to", "embedding-atlas", "--out", "map.parquet")
    assert code == 3
    assert "no map" in err
