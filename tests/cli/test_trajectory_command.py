import json
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the torch extra is not installed")
pytest.importorskip("rsatoolbox", reason="the studies extra is not installed")
sys.path.insert(0, str(Path(__file__).parents[1] / "studies"))
from ring_model import QUICK, RingModel  # noqa: E402


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    def loaded(*_args: object, **_options: object) -> RingModel:
        return RingModel()

    def quick(**_options: object) -> object:
        return QUICK

    monkeypatch.setattr("armillary.cli.trajectory._load", loaded)
    monkeypatch.setattr("armillary.cli.trajectory.Effort", quick)


@pytest.mark.usefixtures("toy")
def test_births_are_printed_and_the_study_written(run, tmp_path):
    code, out, err = run("trajectory", "x", "--words", "weekdays", "--out", "results")
    assert code == 0, err
    assert "weekdays through the layers of ring model" in out
    assert "it is born after layer 2" in " ".join(out.split())
    assert "follow weekdays" in err
    held = json.loads((tmp_path / "results" / "study.json").read_text())
    assert held["name"] == "trajectory"
    assert held["manifest"]["parameters"]["n_boot"] == QUICK.n_boot


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--words", "fortnights"), "'fortnights' is no cyclic list: use weekdays"),
        (("--words", "seasons"), "has 4 words"),
        (("--words", "weekdays", "--out", "file"), "is a file"),
    ],
)
def test_what_cannot_be_followed_is_refused_at_once(run, options, message, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = run("trajectory", "x", *options)
    assert code == 3
    assert message in err
