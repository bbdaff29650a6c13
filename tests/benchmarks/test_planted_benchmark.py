import json

import numpy as np
import planted
import pytest
from runs import append_run, read_runs, truth_from_json, truth_to_json
from scoring import Claim

from armillary.core import PointCloud

SMALL = [
    "--n",
    "1500",
    "--d",
    "128",
    "--structures",
    "10",
    "--sizes",
    "5",
    "30",
    "--noise",
    "0.5",
    "--seeds",
    "2",
]


def key(seed):
    return {
        "n": 1500,
        "d": 128,
        "structures": 10,
        "sizes": [5, 30],
        "nuisance": 0.0,
        "noise": 0.5,
        "seed": seed,
    }


def oracle(space, *, seed, n_jobs):
    """Claim the truth, one claim on a decoy, and hand over every group."""
    truth = planted.drawn_world(key(seed)).truth
    groups = [
        (g.rows, PointCloud.from_points(space.directions[g.rows]).scores[:, :10])
        for g in (*truth.structures, *truth.decoys)
    ]
    claims = [Claim(s.rows, s.kind, -0.01, 0.01) for s in truth.structures]
    return [*claims, Claim(truth.decoys[0].rows, "circle", -0.04, 0.04)], groups


def test_an_oracle_scores_full_recall_and_its_one_false_claim(tmp_path, capsys):
    out = tmp_path / "runs.jsonl"
    numbers = planted.main([*SMALL, "--out", str(out)], survey=oracle)
    (line,) = numbers["summary"]
    assert line["recall_large"] == line["recall_small"] == 1.0
    assert line["type_strict"] == line["type_lenient"] == 1.0
    assert line["fdp"] == pytest.approx(1 / 11)
    assert line["on_decoys"] == 1.0
    assert "Recall by shape" in capsys.readouterr().out
    stored = json.loads(out.with_suffix(".summary.json").read_text())
    assert len(stored["structures"]) == 20


def test_finished_worlds_are_not_run_again(tmp_path):
    out = tmp_path / "runs.jsonl"
    calls = []

    def counting(space, *, seed, n_jobs):
        calls.append(seed)
        return oracle(space, seed=seed, n_jobs=n_jobs)

    planted.main([*SMALL, "--out", str(out)], survey=counting)
    out.write_text(out.read_text()[:-40])  # as if stopped while writing the second
    planted.main([*SMALL, "--out", str(out)], survey=counting)
    assert calls == [0, 1, 1]


def test_rivals_are_scored_at_equal_fdp(tmp_path):
    pytest.importorskip("sklearn", reason="the rivals need scikit-learn")
    arguments = [*SMALL[:-1], "1", "--rivals", "--out", str(tmp_path / "runs.jsonl")]
    numbers = planted.main(arguments, survey=oracle)
    rows = {row["source"]: row for row in numbers["rivals"]}
    assert len(rows) == 5
    assert rows["armillary"]["recall"] == 1.0
    for row in rows.values():
        assert row["fdp"] <= row["fdp_allowed"] == pytest.approx(1 / 11)


def test_a_survey_that_claims_nothing_has_no_recall_and_no_fdp(tmp_path):
    out = tmp_path / "runs.jsonl"
    numbers = planted.main([*SMALL, "--out", str(out)], survey=lambda *a, **k: ([], []))
    assert numbers["summary"][0]["recall_large"] == 0.0
    assert numbers["summary"][0]["fdp"] == 0.0


def test_nothing_stored_is_said_plainly(tmp_path, capsys):
    assert planted.main(["--tables", "--out", str(tmp_path / "none.jsonl")]) == {}
    assert "run without --tables" in capsys.readouterr().out


def test_truth_survives_the_disk():
    truth = planted.drawn_world(key(0)).truth
    again = truth_from_json(json.loads(json.dumps(truth_to_json(truth))))
    for before, after in zip(truth.structures, again.structures, strict=True):
        assert before.kind == after.kind
        assert np.array_equal(before.rows, after.rows)
        assert dict(before.parameters) == dict(after.parameters)


def test_a_broken_line_costs_one_run_only(tmp_path):
    path = tmp_path / "runs.jsonl"
    append_run(path, {"key": 1})
    path.write_text(path.read_text() + '{"key": 2, "cl')
    append_run(path, {"key": 3})
    assert [run["key"] for run in read_runs(path)] == [1, 3]
