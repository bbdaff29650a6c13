from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from armillary.atlas import Atlas
from armillary.cli import main
from armillary.core import FeatureSpace, Finding, Group, ShapeFit
from armillary.inference import NullTest

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def small_atlas(*, q: float = 0.004) -> Atlas:
    """Seven weekdays on a ring, beside five words of no shape."""
    angle = 2 * np.pi * np.arange(7) / 7
    ring = np.c_[np.cos(angle), np.sin(angle)]
    labels = np.array([f" {day}" for day in WEEK] + ["7", "a", "b", "c", "d"])
    space = FeatureSpace(
        np.eye(12, 4), np.arange(100, 112), {"label": labels}, {"uri": "small.npz"}
    )
    rows = np.arange(7)
    placement = NullTest(9.0, np.arange(8.0), "spectrum-matched draws")
    group = Group(
        group_id=12,
        rows=rows,
        method="leiden",
        scale=0.35,
        mean_cosine=0.4,
        scores=ring,
        spectrum=np.array([1.0, 1.0]),
        test=placement,
        q=q,
    )
    finding = Finding(
        group_id=12,
        rows=rows,
        fit=ShapeFit("circle", 8.4, (0, 1), {"radius": 1.0}, rows),
        runner_up=ShapeFit("arc", 3.0, (0, 1)),
        placement=placement,
        q=q,
        q_by=2 * q,
        rival=None,
        percentile=0.99,
        effect=1.2,
        margin=0.77,
        stability=0.9,
        weakest_null="spectrum-matched draws",
        grade="structured",
        rank=1,
    )
    return Atlas.from_survey(space, [group], [finding], manifest={"seed": 0})


@pytest.fixture
def make_atlas():
    return small_atlas


@dataclass
class FakeSurvey:
    """Stands where the survey stands; remembers how it was called."""

    atlas: Atlas = field(default_factory=small_atlas)
    raises: BaseException | None = None
    called: dict[str, Any] = field(default_factory=dict)

    def __call__(self, **settings: Any) -> Atlas:
        self.called = settings
        progress = settings["progress"]
        progress.stage("neighbours", 4)
        progress.advance(2)
        progress.note("half way")
        progress.advance(2)
        if self.raises is not None:
            raise self.raises
        progress.stage("writing")
        return Atlas.read(self.atlas.write(settings["out"], report=False))


@pytest.fixture
def fake_survey(monkeypatch: pytest.MonkeyPatch) -> FakeSurvey:
    fake = FakeSurvey()
    monkeypatch.setattr("armillary.cli.survey.survey", fake)
    return fake


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run the command line in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def call(*argv: str) -> tuple[int, str, str]:
        code = main(argv)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call
