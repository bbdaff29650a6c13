"""Kept JSON: small results on disk, whole or not there."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def read_kept(path: Path) -> Any:
    """Return what was kept; None where nothing was, or where it is torn."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def keep(path: Path, value: Any) -> None:
    """Write a value beside its place and move it there, so that a kill leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(value, file, allow_nan=True)
        Path(partial).replace(path)
    finally:
        Path(partial).unlink(missing_ok=True)
