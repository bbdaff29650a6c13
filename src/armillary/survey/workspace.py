"""Workspace: intermediate results on disk, so that tasks can share them and a run can resume."""

import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from copy import copy
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from armillary.core import BadInput


class Workspace:
    """A folder of finished steps, named by the key of the run they belong to.

    With a home it survives an interruption (``<home>.partial``) and is removed after success;
    without one it is a temporary folder.

    Parameters
    ----------
    home
        Where the atlas will go; None for a temporary folder.
    key
        What the run depends on. Steps of a run with another key are removed.
    resume
        Whether steps of an earlier run with this key are kept.
    """

    def __init__(self, home: Path | None, key: str, *, resume: bool = True) -> None:
        self.temporary = home is None
        self.resumed = False
        if home is None:
            self.folder = Path(tempfile.mkdtemp(prefix="armillary-"))
            return
        home = home.resolve()
        self.folder = home.with_name(home.name + ".partial")
        stamp = self.folder / "key"
        if self.folder.exists():
            self.resumed = resume and stamp.exists() and stamp.read_text() == key
            if not self.resumed:
                shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        stamp.write_text(key)

    def __enter__(self) -> "Workspace":
        """Enter the run."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the folder after success, or always if it was temporary; keep it otherwise."""
        if self.temporary or kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name: str) -> Path:
        """Path of a step's file."""
        return self.folder / name

    def part(self, name: str) -> "Workspace":
        """Return a folder within this one, for steps whose names come a second time."""
        inner = copy(self)
        inner.folder = self.folder / name
        inner.folder.mkdir(exist_ok=True)
        return inner

    def load(self, name: str) -> dict[str, np.ndarray] | None:
        """Return a finished step, or None."""
        return load_arrays(self.path(name + ".npz"))

    def save(self, name: str, **arrays: Any) -> None:
        """Write a finished step, atomically."""
        save_arrays(self.path(name + ".npz"), **arrays)


def save_arrays(path: Path, **arrays: Any) -> None:
    """Write arrays to an npz so that the file is whole or not there."""
    _write_whole(path, lambda part: np.savez(part, **arrays))


def load_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """Read an npz, None if it is not there."""
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as held:
        return {name: held[name] for name in held.files}


def written(path: Path) -> dict[str, np.ndarray]:
    """Read what a task has written.

    Raises
    ------
    BadInput
        If it is not there: the task ran where this folder is another one.
    """
    held = load_arrays(path)
    if held is None:
        raise _missing(path)
    return held


def load_json(path: Path) -> Any:
    """Read what a task has written as JSON; missing as for ``written``."""
    if not path.exists():
        raise _missing(path)
    return json.loads(path.read_text())


def save_json(path: Path, value: Any) -> None:
    """Write JSON so that the file is whole or not there."""
    _write_whole(path, lambda part: part.write_text(json.dumps(value)))


def _write_whole(path: Path, write: Callable[[Path], Any]) -> None:
    part = path.with_name(f".{uuid.uuid4().hex}{path.suffix}")
    try:
        write(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _missing(path: Path) -> BadInput:
    return BadInput(
        f"{path} is missing after its task ended: give --out and --cache on a file system that "
        "this machine and every worker share"
    )
