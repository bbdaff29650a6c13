import json

import numpy as np
import pytest

from armillary.core import Corpus
from armillary.load import open_activations
from tiny_lm import TinyModel

HOOK = "blocks.2.hook_resid_post"


@pytest.fixture
def lm(monkeypatch):
    model = TinyModel(bos_id=63)
    asked = {}

    def load(source, **options):
        asked.update(options, source=source)
        return model

    monkeypatch.setattr("armillary.cli.harvest._load", load)
    model.asked = asked
    return model


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text.jsonl"
    path.write_text("\n".join(json.dumps({"body": "some words " * n}) for n in (9, 2, 5)))
    return ("--text", str(path), "--field", "body")


def test_text_becomes_a_folder_and_what_was_assumed_is_said(run, lm, text, tmp_path):
    code, out, err = run(
        "harvest", "tiny", "--hook", HOOK, *text, "--context-size", "20", "--out", "acts"
    )
    assert code == 0
    assert lm.asked == {
        "source": "tiny", "dtype": "float32", "device": None, "offline": False,
        "cache": lm.asked["cache"], "progress": lm.asked["progress"],
    }  # fmt: skip
    stored = open_activations(tmp_path / "acts", check=True)
    assert stored.n_tokens == 11 * 16 - 10  # one position of each of 10 windows is left out
    assert f"{HOOK}: 166 tokens x 6, float16" in out
    for said in ("read by itself", "no BOS is put in front", "--skip-first 0", "disk: ", "time: "):
        assert said in err.replace("\n", " ")


def test_json_is_one_object_with_a_folder_a_hook(run, lm, text, tmp_path):
    hooks = ("--hook", HOOK, "--hook", "blocks.3.hook_resid_post")
    argv = ("harvest", *hooks, *text, "--out", "acts", "--json", "-q", "--bos", "each-window")
    code, out, err = run(*argv)
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert [row["hook_name"] for row in told["activations"]] == [HOOK, "blocks.3.hook_resid_post"]
    for row in told["activations"]:
        assert open_activations(row["folder"]).hook_name == row["hook_name"]
    assert told["positions_read"] == 11 * 16 + 3  # one window a document, BOS in front of each
    again = json.loads(run(*argv)[1])
    assert again["positions_read"] == 0
    assert again["tokens_per_second"] is None


def test_an_interrupt_leaves_a_folder_that_the_same_command_finishes(run, lm, text, tmp_path):
    argv = ("harvest", "--hook", HOOK, *text, "--context-size", "8", "--out", "acts")
    lm.stop_after = 3
    code, _, err = run(*argv)
    assert code == 130
    assert "run the same command to go on" in err
    lm.stop_after = None
    assert run(*argv)[0] == 0
    assert open_activations(tmp_path / "acts").n_tokens > 0


def test_mistakes_have_their_exit_codes(run, lm, text, tmp_path):
    for argv, code, said in [
        ((), 2, "--hook"),
        (("--hook", HOOK, "--text", "gone.txt"), 3, "is not there"),
        (("--hook", HOOK, *text, "--skip-first", "300"), 3, "leaves nothing"),
        (("--hook", HOOK, *text, "--bos", "sometimes"), 2, "--bos"),
    ]:
        found, _, err = run("harvest", *argv)
        assert found == code
        assert said in err
        assert "Traceback" not in err


def test_the_built_in_corpus_is_the_default_and_told_to_the_right_tokenizer(
    run, lm, monkeypatch, tmp_path
):
    ids = np.arange(40) % 60
    corpus = Corpus(ids, np.array([0, 40]))
    monkeypatch.setattr("armillary.load.corpus.builtin_corpus", lambda: corpus)
    monkeypatch.setattr("armillary.load.corpus.fetch_builtin", lambda **_: tmp_path)
    monkeypatch.setattr("armillary.load.corpus.builtin_texts", lambda _: iter(["some text"]))
    assert run("harvest", "--hook", HOOK, "--out", "other")[0] == 0
    assert open_activations(tmp_path / "other").n_tokens == 8
    lm.name = "smollm2"
    assert run("harvest", "--hook", HOOK, "--out", "own", "--max-tokens", "31")[0] == 0
    assert open_activations(tmp_path / "own").tokens.token_id.tolist() == ids[1:31].tolist()
