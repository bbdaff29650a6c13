"""``armillary train`` on a file of vectors: metrics, resume, refusals."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import armillary

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def vectors(tmp_path: Path, rng: np.random.Generator) -> Path:
    pytest.importorskip("torch").set_num_threads(1)
    rows = rng.standard_normal((24, 8))
    codes = (rng.random((3000, 24)) < 0.1) * rng.exponential(1.0, (3000, 24))
    path = tmp_path / "vectors.npy"
    np.save(path, (codes @ rows + 2).astype(np.float16))
    return path


SMALL = ("--d-sae", "32", "--k", "3", "--batch", "128", "--epochs", "4", "--l1", "1")


@pytest.mark.parametrize("kind", ["topk", "batchtopk", "matryoshka", "relu", "jumprelu"])
def test_every_architecture_is_trained_measured_and_written(
    run: Run, vectors: Path, tmp_path: Path, kind: str
):
    out = tmp_path / "sae"
    code, text, _ = run("train", str(vectors), "-a", kind, *SMALL, "--out", str(out), "--json")
    assert code == 0
    found = json.loads(text)
    assert found["steps"] == 4 * (3000 // 128)
    assert found["quality"]["fvu"] < 1
    sae = armillary.load_sae(out)
    assert sae.directions.shape == (32, 8)
    record = json.loads((out / "training.json").read_text())
    assert record["quality"] == found["quality"]
    assert len(record["history"]["fvu"]) > 5
    assert not (out / "checkpoint.safetensors").exists()


def test_words_for_people(run: Run, vectors: Path, tmp_path: Path):
    code, text, told = run("train", str(vectors), *SMALL, "--out", str(tmp_path / "sae"))
    assert code == 0
    assert "92 steps of 128 vectors out of 3,000 of 8 dimensions" in told
    assert "step 92: FVU" in told
    assert "FVU" in text
    assert "Autoencoder: " in text


def test_an_interrupted_run_goes_on_and_ends_alike(
    run: Run, vectors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from armillary.cli import train

    def stop(self: Any, step: int, *_: Any) -> None:
        if step == 40:
            raise KeyboardInterrupt

    whole, cut = str(tmp_path / "whole"), str(tmp_path / "cut")
    code, out, err = run("train", str(vectors), *SMALL, "-o", whole, "-q")
    assert (code, err) == (0, "")
    assert "FVU" in out  # quiet is the progress, not the result
    with monkeypatch.context() as patched:
        patched.setattr(train._Watch, "__call__", stop)
        code, _, told = run("train", str(vectors), *SMALL, "-o", cut)
    assert code == 130
    assert "run the same command to go on" in told
    assert run("train", str(vectors), *SMALL, "-o", cut, "-q")[0] == 0
    one, other = (armillary.load_sae(folder) for folder in (whole, cut))
    assert np.array_equal(one.directions, other.directions)
    assert np.array_equal(one.encoder, other.encoder)


def test_a_finished_folder_is_not_overwritten_unasked(run: Run, vectors: Path, tmp_path: Path):
    out = str(tmp_path / "sae")
    assert run("train", str(vectors), *SMALL, "-o", out)[0] == 0
    code, _, told = run("train", str(vectors), *SMALL, "-o", out)
    assert code == 3
    assert "--fresh" in told
    assert run("train", str(vectors), *SMALL, "-o", out, "--fresh", "--dtype", "float16")[0] == 0


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--k", "33"), "k is 33"),
        (("--batch", "4000"), "do not fill one batch"),
        (("--lr", "0"), "lr is 0.0"),
    ],
)
def test_refusals_are_one_line_and_code_three(
    run: Run, vectors: Path, tmp_path: Path, more: tuple[str, ...], words: str
):
    code, _, told = run("train", str(vectors), *SMALL, *more, "-o", str(tmp_path / "sae"))
    assert code == 3
    assert words in told
    assert "Traceback" not in told


def test_a_file_that_is_no_array_is_refused(run: Run, tmp_path: Path):
    path = tmp_path / "words.npy"
    path.write_text("hello")
    code, _, told = run("train", str(path), "-o", str(tmp_path / "sae"))
    assert code == 3
    assert "words.npy" in told
    assert run("train", str(tmp_path / "nowhere"), "-o", str(tmp_path / "sae"))[0] == 3
