"""``armillary explain`` on a subject that is put in the place of a source."""

import json
import sys
from pathlib import Path

import pytest

from armillary.cli import main
from armillary.knockoffs import Exact, Permuted, RandomUnit, Transform

sys.path.insert(0, str(Path(__file__).parents[1] / "explain"))
from bench_subject import tiny_subject  # noqa: E402


@pytest.fixture
def opened(monkeypatch):
    import armillary.explain.sources as sources

    monkeypatch.setattr(sources, "open_subject", lambda source, **_: tiny_subject())


GIVEN = [
    "--readers",
    "cosine",
    "--size",
    "tiny",
    "--quiet",
    "--jobs",
    "1",
]  # no worker opens "tiny"
GIVEN += ["--theories", "random,exact,transform"]


def test_it_writes_a_folder_and_prints_a_table(opened, tmp_path, capsys):
    assert main(["explain", "tiny", "--out", str(tmp_path / "e"), *GIVEN]) == 0
    printed = capsys.readouterr().out
    assert "exact, 32 bits" in printed
    assert "random" in printed
    lines = [line for line in printed.splitlines() if not line.startswith("report: ")]
    assert max(map(len, lines)) <= 100
    names = {file.name for file in (tmp_path / "e").iterdir()}
    assert {"explanation.json", "explanations.parquet", "scores.parquet", "explain.html"} <= names


def test_json_is_whole(opened, tmp_path, capsys):
    assert main(["explain", "tiny", "--json", "--out", str(tmp_path / "e"), *GIVEN]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["format"] == "armillary-explanation"
    assert {"theory", "bits", "zero", "value"} <= set(found["rows"][0])


def test_list_prints_what_each_theory_keeps_and_breaks(opened, tmp_path, capsys):
    folder = str(tmp_path / "e")
    assert main(["explain", "tiny", "--list", "--size", "tiny", "--quiet", "--out", folder]) == 0
    printed = capsys.readouterr().out
    assert "keeps" in printed
    said = set(printed.split())
    for theory in (RandomUnit, Permuted, Transform, Exact):
        assert {theory.family, *theory.keeps.split(), *theory.breaks.split()} <= said
    assert not (tmp_path / "e").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--gauges", "magic"], "no gauge is called 'magic'"), (["--size", "huge"], "--size 'huge'"),
     (["--theories", "wishes"], "--theories 'wishes'"), (["--readers", "ouija"], "'ouija'")],
)  # fmt: skip
def test_refusals_name_what_was_given(opened, tmp_path, capsys, arguments, says):
    assert main(["explain", "tiny", "-q", "--out", str(tmp_path / "e"), *arguments]) == 3
    assert says in capsys.readouterr().err
