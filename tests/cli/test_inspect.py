import json
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def atlas(tmp_path, make_atlas) -> str:
    return str(make_atlas().write(tmp_path / "atlas", report=False))


def test_without_a_name_the_summary_is_printed(run, atlas):
    code, out, _ = run("inspect", atlas)
    assert code == 0
    assert "1 finding among 1 group tested" in out


@pytest.mark.parametrize("what", ["1", "circle:1", "group:12", "monday", "token:Monday"])
def test_a_finding_is_found_by_number_rank_group_or_token(run, atlas, what: str):
    code, out, _ = run("inspect", atlas, what)
    assert code == 0
    assert "finding 1, group 12" in out
    assert "spectrum-matched draws" in out
    assert "Sunday" in out


def test_a_token_in_no_finding_says_so(run, atlas):
    code, out, _ = run("inspect", atlas, "token:7")
    assert code == 0
    assert "feature 107" in out
    assert "In no finding." in out


def test_json_holds_the_findings(run, atlas):
    code, out, _ = run("inspect", atlas, "group:12", "--json")
    assert code == 0
    assert json.loads(out)["findings"][0]["shape"] == "circle"
    assert len(json.loads(run("inspect", atlas, "--json")[1])["findings"]) == 1


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("7", "no finding 7: the atlas has 1 findings, of shapes circle"),
        ("torus:1", "no finding torus:1"),
        ("group:3", "no group 3"),
        ("Mittwoch", "no feature is labelled 'Mittwoch'"),
    ],
)
def test_what_is_not_there_is_bad_input(run, atlas, what: str, message: str):
    code, _, err = run("inspect", atlas, what)
    assert code == 3
    assert message in err


def test_a_folder_that_is_no_atlas_is_bad_input(run, tmp_path):
    code, _, err = run("inspect", str(tmp_path))
    assert code == 3
    assert "Traceback" not in err


SAE = Path(__file__).parents[1] / "fixtures" / "sae"


def test_a_source_is_inspected_with_everything_that_was_assumed(run, tmp_path):
    folder = SAE / "openai_topk"
    code, out, _ = run("inspect", str(folder))
    assert code == 0
    assert "layer-normed" in out
    assert "- pre_bias is taken off the input" in out
    facts = json.loads(run("inspect", str(folder), "--json")[1])
    assert (facts["features"], facts["d_model"], facts["format"]) == (32, 8, "OpenAI")
    activations = tmp_path / "x.npy"
    np.save(activations, np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32))
    code, _, err = run("inspect", str(folder), "--check", str(activations))
    assert code == 3
    assert "worse than their mean does" in err.replace("\n", " ")


def test_a_folder_that_is_neither_is_refused(run, tmp_path):
    assert run("inspect", str(tmp_path / "none"))[0] == 3
    assert run("inspect", str(tmp_path))[0] == 3
