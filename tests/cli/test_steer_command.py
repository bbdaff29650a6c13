import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the torch extra is not installed")
sys.path.insert(0, str(Path(__file__).parents[1] / "intervene"))
from steer_toys import TASK, ToyModel  # noqa: E402

from armillary.cli.steer import numbers  # noqa: E402
from armillary.core import BadInput  # noqa: E402

TEXTS = f"""
words = {json.dumps(TASK.words)}
templates = {json.dumps(TASK.templates)}
contexts = {json.dumps(TASK.contexts)}
"""


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    def loaded(*_args, **_options):
        return ToyModel(by_circle=5, by_identity=0)

    monkeypatch.setattr("armillary.cli.steer._load", loaded)
    (tmp_path / "letters.toml").write_text(TEXTS)
    return "letters.toml"


def test_a_table_a_layer_and_files_are_written(run, toy, tmp_path):
    code, out, err = run("steer", "x", "--texts", toy, "--layers", "all", "--out", "results")
    assert code == 0, err
    assert "12 of 12 right: Now {} next" in out
    assert "after layer -1" in out
    assert "after layer 0" in out
    assert "1.00 [1.00, 1.00]" in out
    written = {path.name for path in (tmp_path / "results").iterdir()}
    assert {"results.json", "turns.parquet"} <= written
    assert "turning" in err


def test_json_is_all_that_stands_on_stdout(run, toy):
    code, out, _ = run("steer", "--texts", toy, "--layer", "0", "--steps", "-2..2", "--json", "-q")
    assert code == 0
    record = json.loads(out)
    assert record["source"]["steps"] == [-2, -1, 1, 2]
    assert record["task"] == "letters"
    row = next(row for row in record["summary"] if row["edit"] == "circle")
    assert row["hits"]["value"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--layer", "0", "--layers", "all"), "not both"),
        (("--layer", "4"), "layers [4]"),
        (("--layers", "first"), "--layers 'first'"),
        (("--steps", "a..b"), "--steps 'a..b'"),
        (("--steps", "0"), "other than 0"),
        (("--edits", "twist"), "--edits 'twist'"),
        (("--where", "end"), "use word, after, last"),
        (("--out", "letters.toml"), "is a file"),
    ],
)
def test_what_cannot_be_done_is_refused(run, toy, options, message: str):
    code, _, err = run("steer", "--texts", toy, *options)
    assert code == 3
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize("text", ["words = 3", "words = ['a', 1]", "not toml", 'words = ["a"]'])
def test_a_file_of_texts_that_is_wrong_is_refused(run, toy, tmp_path, text: str):
    (tmp_path / "wrong.toml").write_text(text)
    code, _, err = run("steer", "--texts", "wrong.toml")
    assert code == 3
    assert "wrong.toml" in err
    assert run("steer", "--texts", "none.toml")[0] == 3


def test_words_without_texts_are_refused(run, toy):
    code, _, err = run("steer", "--words", "seasons")
    assert code == 3
    assert "months or weekdays" in err


def test_numbers_are_lists_and_ranges():
    assert numbers("1..3,7,-1", option="--steps") == [1, 2, 3, 7, -1]
    assert numbers("-3..-1", option="--steps") == [-3, -2, -1]
    with pytest.raises(BadInput, match="--steps"):
        numbers("3..1", option="--steps")
