import json
import tomllib
from pathlib import Path

import pytest

from armillary.atlas import Atlas


def test_a_survey_prints_taxonomy_findings_and_the_reports_place(run, fake_survey):
    code, out, err = run("survey", "small.npz")
    assert code == 0
    assert "1 finding among 1 group tested, q <= 0.05" in out
    assert "circle" in out
    assert "Monday" in out
    assert "arc" in out
    assert str(Path("armillary-atlas/report.html").resolve()) in out
    assert "neighbours (4)" in err
    assert "half way" in err
    assert fake_survey.called["source"] == "small.npz"
    assert fake_survey.called["map"] is True
    assert fake_survey.called["lexicon"] is True
    assert fake_survey.called["command"].startswith("armillary ")


def test_nothing_found_is_said_with_its_smallest_q(run, fake_survey, make_atlas):
    fake_survey.atlas = make_atlas(q=0.4)
    code, out, _ = run("survey")
    assert code == 0
    assert "Nothing found: 0 of 1 group tested at q <= 0.05; smallest q 0.4." in out
    assert run("survey", "--fail-on", "none-significant")[0] == 10


def test_something_found_is_no_failure(run, fake_survey):
    assert run("survey", "--fail-on", "none-significant")[0] == 0


def test_json_goes_to_stdout_alone_and_progress_to_stderr(run, fake_survey):
    code, out, err = run("survey", "--json")
    assert code == 0
    result = json.loads(out)
    assert result["taxonomy"] == {"circle": 1}
    assert result["findings"][0]["parameters"] == {"radius": 1.0}
    assert "neighbours" in err


def test_quiet_drops_the_progress_and_keeps_the_result(run, fake_survey):
    code, out, err = run("survey", "-q")
    assert code == 0
    assert err == ""
    assert out == run("survey")[1]
    assert "1 finding among 1 group tested" in out
    assert "Report: " in out


def test_verbose_says_how_long_each_stage_took(run, fake_survey):
    assert "neighbours: done in" in run("survey", "-v")[2]


def test_the_run_file_repeats_the_run(run, fake_survey):
    run("survey", "small.npz", "--seed", "7", "--no-lexicon", "--no-map", "--labels", "a b.csv")
    first = dict(fake_survey.called)
    run("survey", "--config", "armillary-atlas/run.toml")
    second = dict(fake_survey.called)
    for ours in ("progress", "command"):
        del first[ours], second[ours]
    assert second == first
    assert first["lexicon"] is False
    assert first["map"] is False
    assert first["seed"] == 7


def test_option_goes_before_environment_before_file_before_default(run, fake_survey, monkeypatch):
    Path("run.toml").write_text('seed = 1\nlevel = 0.1\nout = "from-file"\nmax_size = 99\n')
    monkeypatch.setenv("ARMILLARY_SEED", "2")
    monkeypatch.setenv("ARMILLARY_LEVEL", "0.2")
    code, out, _ = run("survey", "--config", "run.toml", "--seed", "3", "--print-config")
    settings = tomllib.loads(out)
    assert code == 0
    assert settings["seed"] == 3
    assert settings["level"] == 0.2
    assert settings["max_size"] == 99
    assert settings["out"] == "from-file"
    assert settings["min_size"] == 5
    assert fake_survey.called == {}


def test_options_reach_the_survey(run, fake_survey):
    Path("mine.toml").write_text('[[entry]]\nname="x"\nkind="set"\nwords=["a", "b", "c"]\n')
    run("survey", "x.npy", "--orientation", "columns", "--fresh", "--offline", "-j", "2",
        "--backend", "dask", "--scheduler", "tcp://a:1", "--d-model", "4", "--tensor", "W",
        "--lexicon", "mine.toml", "--cache", "c", "--min-size", "6")  # fmt: skip
    called = fake_survey.called
    assert called["orientation"] == "columns"
    assert called["resume"] is False
    assert called["offline"] is True
    assert (called["jobs"], called["backend"], called["scheduler"]) == (2, "dask", "tcp://a:1")
    assert (called["d_model"], called["tensor"], called["min_size"]) == (4, "W", 6)
    assert (called["lexicon"], called["cache"]) == (Path("mine.toml"), Path("c"))


def test_the_written_atlas_is_the_one_reported(run, fake_survey):
    run("survey", "--out", "here")
    assert Atlas.read("here").manifest["seed"] == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sed = 1", "'sed' is no setting"),
        ("seed = ", "not valid TOML"),
        ("seed = [1]", "seed must be one value"),
    ],
)
def test_a_bad_config_is_bad_input(run, fake_survey, text: str, message: str):
    Path("run.toml").write_text(text)
    code, _, err = run("survey", "--config", "run.toml")
    assert code == 3
    assert message in err
    assert "Traceback" not in err
    assert run("survey", "--config", "none.toml")[0] == 3


def test_a_bad_lexicon_is_refused_before_anything_is_run(run, fake_survey):
    Path("mine.toml").write_text('[[entry]]\nname = "x"\nkind = "set"\nwords = ["a"]\n')
    code, _, err = run("survey", "--lexicon", "mine.toml")
    assert code == 3
    assert "entry 'x': set needs at least 3 words" in err
    assert fake_survey.called == {}
