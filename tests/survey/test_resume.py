import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from armillary.atlas import Atlas
from armillary.worlds import planted_world


def command(out: Path) -> list[str]:
    options = ["--no-map", "--no-lexicon", "--orientation", "rows", "--jobs", "2"]
    options += ["--min-size", "8", "--max-size", "40"]
    return [sys.executable, "-m", "armillary", "survey", "world.npy", "--out", str(out), *options]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("resume")
    world = planted_world(
        n=1200,
        d=64,
        n_structures=8,
        sizes=(15, 20),
        noise=0.25,
        kinds=("circle", "k_clusters"),
        decoys=0,
        rng=np.random.default_rng(3),
    )
    np.save(folder / "world.npy", world.space.directions)
    return folder


def interrupted(folder: Path, out: Path, *, when: str) -> str:
    """Run until a file that fits ``when`` exists under the partial folder, then press Ctrl-C."""
    run = subprocess.Popen(
        command(out), cwd=folder, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert run.stderr is not None
    try:
        until = time.monotonic() + 120
        while not any(folder.glob(when)):
            assert time.monotonic() < until, "nothing was written"
            assert run.poll() is None, "ended before it could be interrupted"
            time.sleep(0.02)
        os.killpg(run.pid, signal.SIGINT)
        _, said = run.communicate(timeout=30)
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.communicate(timeout=10)
    assert run.returncode == 130, said
    assert "Traceback" not in said
    assert "same command" in said
    return said


def findings(out: Path) -> list[dict[str, object]]:
    rows = Atlas.read(out).findings.to_pylist()
    return json.loads(json.dumps(rows, default=str))


@pytest.mark.slow
def test_an_interrupted_survey_goes_on_where_it_was_and_ends_the_same(folder, monkeypatch):
    monkeypatch.setenv("ARMILLARY_CACHE", str(folder / "cache"))
    out = folder / "atlas"
    interrupted(folder, out, when="cache/null-tables/*-b3-*.npz")
    partial = folder / "atlas.partial"
    assert not out.exists()
    assert (partial / "groups.npz").exists()
    tables = {p: p.stat().st_mtime_ns for p in folder.glob("cache/null-tables/o*.npz")}
    interrupted(folder, out, when="atlas.partial/verdicts-*.json")
    assert not out.exists()
    steps = [*partial.glob("[!.]*-*.npz"), *partial.glob("[!.]*-*.json")]
    kept = {p: p.stat().st_mtime_ns for p in steps}
    kept |= {partial / name: (partial / name).stat().st_mtime_ns for name in ("groups.npz",)}
    assert {p: p.stat().st_mtime_ns for p in tables} == tables
    whole = subprocess.run(command(folder / "whole"), cwd=folder, check=False)
    assert whole.returncode == 0
    seen: dict[Path, int] = {}
    run = subprocess.Popen(command(out), cwd=folder, stderr=subprocess.DEVNULL)
    while run.poll() is None:
        for path in kept:
            if path.exists():
                seen[path] = path.stat().st_mtime_ns
        time.sleep(0.02)
    assert run.returncode == 0
    assert seen == kept
    assert not partial.exists()
    assert Atlas.read(out).manifest["resumed"] is True
    assert findings(out) == findings(folder / "whole")
    assert findings(out)
