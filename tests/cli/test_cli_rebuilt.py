"""Claims rebuilt from codes on the command line."""

import json
import sys
import tomllib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "atlas"))  # the synthetic survey

from synthetic_survey import atlas_with_codes  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> str:
    return str(atlas_with_codes().write(tmp_path_factory.mktemp("run") / "atlas", report=False))


def test_the_summary_lists_claims_after_the_findings(run, folder):
    code, out, _ = run("inspect", folder)
    assert code == 0
    assert "3 claims among 7 groups rebuilt from codes" in out
    line = next(line for line in out.splitlines() if "January · February" in line)
    assert line.split()[:7] == ["circle", "1", "12", "0.004", "0.02", "40", "%"]
    assert out.index("findings among") < out.index("rebuilt from codes")


def test_json_has_the_rebuilt_rows(run, folder):
    rows = json.loads(run("inspect", folder, "--json")[1])["rebuilt"]
    assert [row["shape"] for row in rows] == ["circle", "segment", "flat"]
    assert rows[0]["order"][:2] == ["January", "February"]
    assert rows[0]["battery"] == "ellipse"


def test_a_survey_prints_and_returns_them(run, fake_survey):
    fake_survey.atlas = atlas_with_codes()
    assert "3 claims among 7 groups rebuilt" in run("survey", "-q")[1] + run("survey")[1]
    assert len(json.loads(run("survey", "--json")[1])["rebuilt"]) == 3


def test_a_survey_that_only_codes_speak_for_is_no_failure(run, fake_survey):
    fake_survey.atlas = atlas_with_codes(significant=False)
    assert run("survey", "--fail-on", "none-significant")[0] == 0


def test_codes_reach_the_survey_from_option_environment_and_file(run, fake_survey, monkeypatch):
    run("survey", "x.npy")
    assert fake_survey.called["codes"] is None
    run("survey", "x.npy", "--codes", "some codes")
    assert fake_survey.called["codes"] == "some codes"
    assert tomllib.loads(Path("armillary-atlas/run.toml").read_text())["codes"] == "some codes"
    run("survey", "--config", "armillary-atlas/run.toml")
    assert fake_survey.called["codes"] == "some codes"
    monkeypatch.setenv("ARMILLARY_CODES", "none")
    run("survey", "x.npy")
    assert fake_survey.called["codes"] == "none"


@pytest.mark.parametrize("what", ["march", "token:March", " March"])
def test_a_word_finds_its_claims_with_the_firing_token_marked(run, folder, what: str):
    code, out, _ = run("inspect", folder, what)
    assert code == 0
    assert "rebuilt group 40" in out
    assert out.count("[March]") == 4
    assert "January · February · March" in out


def test_a_word_that_no_feature_is_labelled_with_is_found_too(run, folder):
    code, out, _ = run("inspect", folder, "rome")
    assert code == 0
    assert "rebuilt group 42" in out
    assert "[Rome↵]" in out
    assert "In no finding" not in out
    found = json.loads(run("inspect", folder, "rome", "--json")[1])
    assert found["features"] == []
    assert [token for _, token, _ in found["rebuilt"][0]["contexts"]] == [" Rome\n"] * 4


def test_an_unknown_word_is_still_bad_input(run, folder):
    code, _, err = run("inspect", folder, "Mittwoch")
    assert code == 3
    assert "no feature is labelled 'Mittwoch'" in err
