from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from armillary.core.autoencoder import SparseAutoencoder
from armillary.experiments.sweeps import grid
from armillary.experiments.sweeps.grid import Cell, Sweep, run_grid
from armillary.survey.progress import Silent
from armillary.worlds import SaePlan, World, make

pytest.importorskip("torch")


class Told(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.steps = 0

    def note(self, text: str) -> None:
        self.notes.append(text)

    def advance(self, n: int = 1) -> None:
        self.steps += n


def build(seed: int) -> World:
    return make("circle", seed=seed)


def measure(world: World, sae: SparseAutoencoder, rng: np.random.Generator) -> Mapping[str, Any]:
    return {"latents": sae.n_features}


def cells() -> list[Cell]:
    return [
        Cell(build, SaePlan("topk", width, k=1, steps=20, batch=64), {"width": width})
        for width in (4, 6)
    ]


def test_rows_are_measured_once_and_a_cut_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    real, calls = grid.train_on, 0

    def cut(*args: Any, **options: Any) -> SparseAutoencoder:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return real(*args, **options)

    sweep = Sweep("toy", 1, measure)
    with monkeypatch.context() as patched:
        patched.setattr(grid, "train_on", cut)
        with pytest.raises(KeyboardInterrupt):
            run_grid(sweep, cells(), seeds=range(2), cache=tmp_path)
    told = Told()
    rows = run_grid(sweep, cells(), seeds=range(2), progress=told, cache=tmp_path)
    assert "4 autoencoders, 2 measured before" in told.notes[0]
    assert told.steps == 4
    assert [(r["width"], r["seed"], r["latents"]) for r in rows] == [
        (4, 0, 4), (4, 1, 4), (6, 0, 6), (6, 1, 6),
    ]  # fmt: skip
    assert all(r["fvu"] > 0 for r in rows)
    monkeypatch.setattr(grid, "train_on", None)
    assert run_grid(sweep, cells(), seeds=range(2), cache=tmp_path) == rows


def test_another_version_is_measured_again_and_a_torn_row_too(tmp_path: Path):
    one = cells()[:1]
    run_grid(Sweep("toy", 1, measure), one, seeds=[0], cache=tmp_path)
    (file,) = (tmp_path / "sweeps").iterdir()
    file.write_text("{")
    (row,) = run_grid(Sweep("toy", 1, measure), one, seeds=[0], cache=tmp_path)
    assert row["latents"] == 4
    run_grid(Sweep("toy", 2, measure), one, seeds=[0], cache=tmp_path)
    assert len(list((tmp_path / "sweeps").iterdir())) == 2
