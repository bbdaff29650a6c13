import json

import numpy as np


def test_a_dry_run_estimates_and_runs_nothing(run, fake_survey, tmp_path):
    np.save(tmp_path / "d.npy", np.random.default_rng(0).normal(size=(300, 16)).astype(np.float32))
    code, out, _ = run("survey", "d.npy", "--dry-run", "--orientation", "rows")
    assert code == 0
    assert "300 features in 16 dimensions" in out
    assert "memory: about" in out
    assert fake_survey.called == {}


def test_the_built_in_model_is_estimated_without_fetching_it(run, fake_survey):
    code, out, _ = run("survey", "--dry-run", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["features"] == 49_152
    assert found["download_bytes"] > 90e6
    assert 0 < found["seconds"]["neighbours"] < found["seconds"]["all"]
    assert found["memory_bytes"] < 4e9


def test_a_source_that_is_not_there_is_bad_input(run):
    code, _, err = run("survey", "none.npy", "--dry-run")
    assert code == 3
    assert "Traceback" not in err
