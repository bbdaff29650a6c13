"""Levels a and b, group by group, as tasks over paths and ranges."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.core import ShapeFit
from armillary.inference import NullTest
from armillary.shape import OMNIBUS_AXES, Verdict, cloud_scores, judge, whiten
from armillary.survey.omnibus import statistics
from armillary.survey.settings import MOST_JUDGED, Settings, judged_size
from armillary.survey.workspace import load_json, save_arrays, save_json

CHUNK = 16  # most groups in one task
FLAT_ONLY = "flat-only.npy"
FLAT_SHAPES = ("segment", "disk")


class Rows:
    """Members of all groups in one array, as tasks read them from disk."""

    def __init__(self, folder: Path) -> None:
        self.directions = np.load(folder / "directions.npy", mmap_mode="r")
        self.members = np.load(folder / "members.npy", mmap_mode="r")
        self.offsets = np.load(folder / "offsets.npy")

    def judged(self, group: int, seed: int) -> Int[np.ndarray, " point"]:
        """Return the rows of a group that are judged: all, or ``MOST_JUDGED`` at random."""
        rows = np.array(self.members[self.offsets[group] : self.offsets[group + 1]])
        return _some(rows, min(rows.size, MOST_JUDGED), [seed, group, 1])

    def tested(self, group: int, seed: int) -> Int[np.ndarray, " point"]:
        """Return the judged rows that the placement test sees: a number that has a table."""
        rows = self.judged(group, seed)
        return _some(rows, judged_size(rows.size), [seed, group, 3])

    def scores(self, rows: Int[np.ndarray, " point"]) -> Float[np.ndarray, "point axis"]:
        """Return the principal coordinates of rows."""
        return cloud_scores(np.array(self.directions[rows], dtype=np.float64))


def _some(rows: Int[np.ndarray, " point"], size: int, seed: list[int]) -> Int[np.ndarray, " kept"]:
    if size == rows.size:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, size, replace=False))


def write_rows(
    folder: Path, directions: Float[np.ndarray, "feature d_model"], members: tuple[np.ndarray, ...]
) -> None:
    """Put what the tasks read into the folder."""
    np.save(folder / "directions.npy", np.asarray(directions, dtype=np.float32))
    np.save(folder / "members.npy", np.concatenate(members))
    np.save(folder / "offsets.npy", np.cumsum([0, *(m.size for m in members)]))


def observe_chunk(start: int, stop: int, *, folder: str, seed: int) -> None:
    """Compute the omnibus statistics of groups ``start`` to ``stop`` and write them."""
    path = observed_path(start, stop, folder=Path(folder))
    if path.exists():
        return
    held = Rows(Path(folder))
    out: dict[str, np.ndarray] = {}
    for group in range(start, stop):
        scores = held.scores(held.tested(group, seed))
        axes = min(OMNIBUS_AXES, scores.shape[0] - 2, scores.shape[1])
        out[f"variance{group}"] = (scores**2).mean(axis=0)
        out[str(group)] = statistics(whiten(scores[None])[:, :, :axes])[0]
    save_arrays(path, **out)


def observed_path(start: int, stop: int, *, folder: Path) -> Path:
    """Name the statistics of groups ``start`` to ``stop``."""
    return folder / f"observed-{start}-{stop}.npz"


def chunks_of(groups: Sequence[int]) -> list[tuple[int, ...]]:
    """Cut groups into tasks: at least 32 of them if there are as many groups."""
    step = min(CHUNK, max(1, len(groups) // 32))
    return [tuple(groups[i : i + step]) for i in range(0, len(groups), step)]


def write_flat_only(folder: Path, flat_only: Bool[np.ndarray, " cluster"]) -> None:
    """Say which groups passed the spectrum test alone, and so may only be a line or a sheet."""
    np.save(folder / FLAT_ONLY, flat_only)


def judge_chunk(groups: tuple[int, ...], *, folder: str, settings: Settings) -> None:
    """Judge these groups and write their verdicts."""
    path = verdicts_path(groups, folder=Path(folder))
    if path.exists():
        return
    held = Rows(Path(folder))
    flat_only = np.load(Path(folder) / FLAT_ONLY)
    out: dict[str, Any] = {}
    for group in groups:
        scores = held.scores(held.judged(group, settings.seed))
        verdicts = judge(
            scores,
            n_null=settings.n_null,
            n_rival=settings.n_rival,
            n_resample=settings.n_resample,
            rng=np.random.default_rng([settings.seed, group, 2]),
            only=FLAT_SHAPES if flat_only[group] else None,
        )
        out[str(group)] = [_packed(v) for v in verdicts]
    save_json(path, out)


def verdicts_path(groups: tuple[int, ...], *, folder: Path) -> Path:
    """Name the verdicts of these groups."""
    digest = hashlib.sha256(repr(groups).encode()).hexdigest()[:8]
    return folder / f"verdicts-{groups[0]}-{groups[-1]}-{digest}.json"


def read_verdicts(chunks: Sequence[tuple[int, ...]], *, folder: Path) -> dict[int, list[Verdict]]:
    """Read the verdicts that tasks have written on these groups."""
    out: dict[int, list[Verdict]] = {}
    for groups in chunks:
        for group, packed in load_json(verdicts_path(groups, folder=folder)).items():
            out[int(group)] = [_unpacked(p) for p in packed]
    return out


def _packed(verdict: Verdict) -> dict[str, Any]:
    rival = verdict.rival
    return {
        "fit": {**asdict(verdict.fit), "order": verdict.fit.order.tolist()},
        "runner_up": {**asdict(verdict.runner_up), "order": []},
        "rival": rival and [rival.observed, rival.null.tolist(), rival.name],
        "stability": verdict.stability,
        "excess": verdict.excess,
    }


def _unpacked(packed: dict[str, Any]) -> Verdict:
    fits: list[ShapeFit] = []
    for name in ("fit", "runner_up"):
        held = dict(packed[name])
        order = np.array(held.pop("order"), dtype=np.int64)
        held["axes"] = tuple(held["axes"])
        fits.append(ShapeFit(**held, order=order))
    rival = packed["rival"]
    test = NullTest(rival[0], np.array(rival[1]), rival[2]) if rival else None
    return Verdict(fits[0], fits[1], test, packed["stability"], packed["excess"])
