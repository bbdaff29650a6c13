"""Workspace: intermediate results on disk, so that tasks can share them and a run can resume."""

import json
import os
import shutil
import tempfile
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np


class Workspace:
    """A folder of finished steps, named by the key of the run they belong to.

    With a home it survives an interruption (``<home>.partial``) and is removed by ``finish``;
    without one it is a temporary folder.
    """

    def __init__(self, home: Path | None, key: str, *, resume: bool = True) -> None:
        self.temporary = home is None
        if home is None:
            self.folder = Path(tempfile.mkdtemp(prefix="armillary-"))
            return
        self.folder = home.with_name(home.name + ".partial")
        stamp = self.folder / "key"
        if self.folder.exists() and (
            not resume or not stamp.exists() or stamp.read_text() != key
        ):
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

    def load(self, name: str) -> dict[str, np.ndarray] | None:
        """Return a finished step, or None."""
        return load_arrays(self.path(name + ".npz"))

    def save(self, name: str, **arrays: Any) -> None:
        """Write a finished step, atomically."""
        save_arrays(self.path(name + ".npz"), **arrays)


def save_arrays(path: Path, **arrays: Any) -> None:
    """Write arrays to an npz so that the file is whole or not there."""
    part = path.with_name(f".{uuid.uuid4().hex}.npz")
    np.savez(part, **arrays)
    os.replace(part, path)


def load_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """Read an npz, None if it is not there."""
    if not path.exists():
        return None
    with np.load(path, allow_pickle=False) as held:
        return {name: held[name] for name in held.files}


def save_json(path: Path, value: Any) -> None:
    """Write JSON so that the file is whole or not there."""
    part = path.with_name(f".{uuid.uuid4().hex}.json")
    part.write_text(json.dumps(value))
    os.replace(part, path)
