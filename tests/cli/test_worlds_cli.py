"""``armillary worlds``: every verb, on worlds that cost next to nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from armillary.cli.worlds import check, choosing
from armillary.worlds import NAMES, entry

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.getbasetemp() / "worlds-cache"
    monkeypatch.setenv("ARMILLARY_CACHE", str(folder))
    return folder


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the circle's autoencoder be trained for 60 steps."""
    pytest.importorskip("torch")
    e = entry("circle")
    plan = replace(e.sae["tiny"], steps=60)
    quick = replace(e, sae={"tiny": plan, "full": plan})
    monkeypatch.setattr(choosing, "entry", lambda name: quick if name == "circle" else entry(name))


def test_the_verbs_and_their_help_are_there(run: Run):
    code, text, _ = run("worlds", "--help")
    assert code == 0
    for verb in ("list", "show", "check", "train", "report", "sweep"):
        assert verb in text
        code, said, _ = run("worlds", verb, "--help")
        assert code == 0
        assert "Exit codes" in said


def test_list_names_every_world_with_its_family_and_motive(run: Run):
    code, text, _ = run("worlds", "list", "--json")
    assert code == 0
    found = json.loads(text)
    assert [e["name"] for e in found] == list(NAMES)
    assert all(e["motive"] and e["sizes"]["tiny"] and e["controls"] for e in found)
    code, text, _ = run("worlds", "list", "--family", "manifolds")
    assert code == 0
    assert "circle" in text
    assert "blue_boats" not in text


def test_show_tells_the_truth_in_words_and_in_json(run: Run):
    code, text, _ = run("worlds", "show", "circle")
    assert code == 0
    assert "O(2)" in text
    assert "the angle's zero" in text
    code, text, _ = run("worlds", "show", "circle", "--json", "--rows", "500", "--seed", "2")
    found = json.loads(text)
    assert found["truth"]["factors"][0]["kind"] == "circle"
    assert found["sample"]["rms_length"] == pytest.approx(1, abs=1e-4)
    assert found["sample"]["rank"] == 2
    assert found["seed"] == 2


def test_show_writes_the_sample_and_the_truth(run: Run, tmp_path: Path):
    out = tmp_path / "circle"
    assert run("worlds", "show", "circle", "--rows", "50", "--out", str(out))[0] == 0
    assert np.load(out / "activations.npy").shape == (50, 8)
    with np.load(out / "sample.npz") as stored:
        assert stored["coordinates/circle"].shape == (50, 1)
        assert stored["active/circle"].all()
    assert json.loads((out / "truth.json").read_text())["truth"]["kind"] == "manifold"
    file = tmp_path / "file"
    file.write_text("")
    code, _, said = run("worlds", "show", "circle", "--out", str(file))
    assert code == 3
    assert "is a file" in said


def test_check_counts_passes_beside_the_stated_rates(run: Run):
    code, text, _ = run("worlds", "check", "circle", "--seeds", "3", "--json")
    assert code == 0
    (found,) = json.loads(text)
    assert found["passed"] == 3
    assert found["controls"] == dict.fromkeys(entry("circle").controls, 0)
    assert len(found["values"]["gaussian"]) == 3
    code, text, said = run("worlds", "check", "circle", "--seeds", "2")
    assert code == 0
    assert "2/2" in text
    assert "held" in text
    assert "checking" in said


def test_a_missed_rate_is_said_and_exits_with_one(run: Run, monkeypatch: pytest.MonkeyPatch):
    e = entry("circle")
    fooled = replace(e, controls={"itself": e.build})
    monkeypatch.setattr(choosing, "entry", lambda name: fooled)
    code, text, _ = run("worlds", "check", "circle", "--seeds", "2", "-q")
    assert code == 1
    assert "missed: itself" in text


@pytest.mark.parametrize(
    ("passed", "n", "rates", "control", "missed"),
    [
        (10, 10, (1.0, 0.0), False, False),
        (9, 10, (1.0, 0.0), False, True),
        (9, 10, (0.95, 0.05), False, False),
        (7, 10, (0.95, 0.05), False, True),
        (0, 10, (1.0, 0.0), True, False),
        (1, 10, (1.0, 0.0), True, True),
        (1, 10, (0.95, 0.05), True, False),
        (3, 10, (0.95, 0.05), True, True),
    ],
)
def test_a_rate_is_missed_where_chance_would_seldom_do_it(
    passed: int, n: int, rates: tuple[float, float], control: bool, missed: bool
):
    assert check._missed(passed, n, rates, control=control) is missed


def test_train_says_what_it_trained_and_keeps_it(run: Run, short: None, own_cache: Path):
    code, text, said = run("worlds", "train", "circle", "--json")
    assert code == 0
    (found,) = json.loads(text)
    assert found["d_sae"] == 12
    assert 0 < found["fvu"] < 1
    assert 0 < found["control_fvu"] < 1
    assert "CPU minutes" in said
    kept = sorted(path.name for path in (own_cache / "saes").iterdir())
    assert run("worlds", "train", "circle", "-q")[0] == 0
    assert kept == sorted(path.name for path in (own_cache / "saes").iterdir())


def test_report_trains_what_is_missing_and_says_what_was_found(run: Run, short: None):
    code, text, _ = run("worlds", "report", "circle", "--rows", "400", "--json")
    assert code == 0
    found = json.loads(text)
    assert found["quality"]["fvu"] < 1
    code, text, _ = run("worlds", "report", "circle", "--rows", "400")
    assert code == 0
    assert "seed agreement" in text


def test_a_sweep_is_told_written_and_gone_on_with(run: Run, tmp_path: Path, small: None):
    pytest.importorskip("matplotlib")
    out = tmp_path / "sweep"
    argv = ("worlds", "sweep", "exact", "--seeds", "2", "--steps", "40", "--out", str(out))
    code, text, said = run(*argv, "--form", "csv")
    assert code == 0
    assert "4 autoencoders, 0 measured before" in said
    assert "mean ± standard deviation of 2 seeds" in text
    assert (out / "exact.csv").read_text().count("\n") == 5
    assert (out / "worlds_sweep_exact.png").stat().st_size > 1000
    code, text, said = run(*argv, "--json")
    assert "4 measured before" in said
    assert len(json.loads(text)["rows"]) == 4
    assert (out / "exact.parquet").exists()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sweep ``exact`` have one world and two cells."""
    pytest.importorskip("torch")
    import sys

    import armillary.experiments.sweeps  # noqa: F401

    module: Any = sys.modules["armillary.experiments.sweeps.exact"]
    hexagon = ("ngon_boundary", {"n": 6, "d_model": 8}, 2)
    monkeypatch.setattr(module, "WORLDS", {"a hexagon": hexagon})
    monkeypatch.setattr(module, "L1", ())


def test_an_interrupt_says_that_what_was_done_is_kept(
    run: Run, small: None, monkeypatch: pytest.MonkeyPatch
):
    from armillary.experiments.sweeps import grid

    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(grid, "train_on", stop)
    code, _, said = run("worlds", "sweep", "exact", "--steps", "33")
    assert code == 130
    assert "run the same command to go on" in said


@pytest.mark.refusal
@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("show", "ring"), "no world 'ring'"),
        (("train",), "name a world or give --all"),
        (("train", "circle", "--all"), "not both"),
        (("sweep", "moon"), "no sweep 'moon'"),
        (("sweep", "boats", "--form", "xls"), "--form 'xls'"),
    ],
)
def test_what_cannot_be_done_is_refused_without_a_traceback(
    run: Run, argv: tuple[str, ...], said: str
):
    code, _, told = run("worlds", *argv)
    assert code == 3
    assert said in told
    assert "Traceback" not in told


def test_without_torch_the_extra_is_named(run: Run, monkeypatch: pytest.MonkeyPatch):
    import importlib

    real = importlib.import_module

    def absent(name: str, package: str | None = None) -> Any:
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", absent)
    code, _, told = run("worlds", "train", "circle")
    assert code == 4
    assert 'pip install "armillary[torch]"' in told
