"""Tiles: the neighbour search cut into tasks that take paths and row ranges.

A task reads two row ranges of a matrix on disk, keeps the best k of each range against the other,
and writes one small file. It can run anywhere the folder is visible, any number of times: a tile
that is already there is not computed again, so a run survives workers that die.
"""

import hashlib
import os
import uuid
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from jaxtyping import Float

from armillary.affinity.top_k import RunningTopK
from armillary.core.errors import BadInput

Progress = Callable[[int, int], None]
Parallel = Callable[[Iterable[Any]], Iterable[Any]]
Rows = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TileTask:
    """One pair of row ranges to compare, and where its result goes.

    Parameters
    ----------
    matrix
        Path of the unit rows (``.npy``, float32), named by their content.
    first, second
        Row ranges ``(start, stop)``; equal, or disjoint.
    k, block
        Neighbours kept a row, and rows of one matrix product.
    """

    matrix: str
    first: Rows
    second: Rows
    k: int
    block: int

    @property
    def path(self) -> Path:
        """Where the tile is written; the name holds everything the content depends on."""
        matrix = Path(self.matrix)
        rows = f"{self.first[0]}-{self.first[1]}-{self.second[0]}-{self.second[1]}"
        return matrix.with_name(f"{matrix.stem}-k{self.k}-b{self.block}-{rows}.npz")


def scan(
    unit: Float[np.ndarray, "feature d_model"],
    first: RunningTopK,
    second: RunningTopK,
    *,
    block: int,
    progress: Progress | None = None,
) -> None:
    """Offer every cosine between two row ranges to both of their running top-k, each pair once.

    Pass the same state twice to compare a range with itself: then only blocks on and above the
    diagonal are multiplied, and a row is never offered to itself.
    """
    same = first is second
    pairs = [
        (a, b) for a in _starts(first, block) for b in _starts(second, block) if not same or a <= b
    ]
    stop_a, stop_b = (t.start + t.keys.shape[0] for t in (first, second))
    buffer = np.empty((block, block), dtype=np.float32)
    for done, (a, b) in enumerate(pairs, start=1):
        left, right = unit[a : min(a + block, stop_a)], unit[b : min(b + block, stop_b)]
        shape = (left.shape[0], right.shape[0])
        tile = np.matmul(left, right.T, out=buffer if shape == buffer.shape else None)
        if a == b:
            np.fill_diagonal(tile, -np.inf)
        first.offer(tile, row=a, column=b)
        if a != b:
            second.offer(tile, row=b, column=a, axis=1)
        if progress is not None:
            progress(done, len(pairs))


def run_tile(task: TileTask) -> str:
    """Compute one tile unless a readable one is there; write it whole or not at all."""
    if read_tile(task) is None:
        unit = np.load(task.matrix, mmap_mode="r")
        first = RunningTopK.empty(*task.first, task.k)
        same = task.first == task.second
        second = first if same else RunningTopK.empty(*task.second, task.k)
        scan(unit, first, second, block=task.block)
        _write_whole(task.path, lambda file: np.savez(file, first=first.keys, second=second.keys))
    return str(task.path)


def read_tile(task: TileTask) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the keys of a finished tile, or None if it is missing or damaged."""
    try:
        with task.path.open("rb") as file, np.load(file) as tile:
            first, second = tile["first"], tile["second"]
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile):
        return None
    wanted = [(stop - start, task.k) for start, stop in (task.first, task.second)]
    return (first, second) if [first.shape, second.shape] == wanted else None


def plan(matrix: Path, n: int, *, k: int, block: int, tile_rows: int) -> list[TileTask]:
    """List the tasks that compare every row range with itself and with every later one."""
    ranges = [(a, min(a + tile_rows, n)) for a in range(0, n, tile_rows)]
    return [
        TileTask(str(matrix), ranges[i], ranges[j], k, block)
        for i in range(len(ranges))
        for j in range(i, len(ranges))
    ]


def run_plan(
    tasks: Sequence[TileTask], *, parallel: Parallel, progress: Progress | None = None
) -> None:
    """Run every task through joblib, wherever its backend puts them."""
    native: Any = joblib
    delayed = native.delayed(run_tile)
    for done, _ in enumerate(parallel(delayed(task) for task in tasks), start=1):
        if progress is not None:
            progress(done, len(tasks))


def gather(tasks: Sequence[TileTask], n: int, k: int) -> RunningTopK:
    """Merge finished tiles into the top-k of all rows."""
    best = RunningTopK.empty(0, n, k)
    for task in tasks:
        tile = read_tile(task)
        if tile is None:
            raise BadInput(
                f"{task.path} is missing or damaged after its task ended: "
                "give a folder that this machine and every worker can read and write"
            )
        for (start, stop), keys in dict(zip((task.first, task.second), tile, strict=True)).items():
            best.merge(np.repeat(np.arange(start, stop), k), keys.reshape(-1))
    return best


def write_matrix(unit: Float[np.ndarray, "feature d_model"], folder: Path) -> Path:
    """Write unit rows once, under the hash of their content, and return the path."""
    content: Any = np.ascontiguousarray(unit)
    digest = hashlib.blake2b(content, digest_size=8)
    digest.update(repr(unit.shape).encode())
    path = folder / f"unit-{digest.hexdigest()}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write_whole(path, lambda file: np.save(file, unit))
    return path.resolve()


def _starts(state: RunningTopK, block: int) -> range:
    return range(state.start, state.start + state.keys.shape[0], block)


def _write_whole(path: Path, write: Callable[[Any], None]) -> None:
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("wb") as file:
            write(file)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
