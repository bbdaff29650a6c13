"""An atlas as a folder: written whole or not at all, read with its version checked."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from armillary.atlas.columnar import Table, read_table, write_table
from armillary.atlas.json_ready import json_ready
from armillary.core import BadInput

FORMAT = "armillary-atlas"
SCHEMA = 1
TABLES = ("findings", "groups", "features")
OF_CODES = ("rebuilt", "examples", "contexts")  # only where codes were given
ARRAYS = (
    "scores",
    "scores_offset",
    "scores_axes",
    "members",
    "members_offset",
    "null_counts",
    "null_stats",
)
OPTIONAL = ("map", "near", "near_cosine", "shares")  # not in every atlas
_OURS = {
    "manifest.json",
    "arrays",
    "report.html",
    "report.json",
    *(f"{t}.parquet" for t in (*TABLES, *OF_CODES)),
}


def is_atlas(path: Path) -> bool:
    """Return whether the folder says of itself that it is an atlas (of any version)."""
    try:
        manifest: Any = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and cast("dict[str, Any]", manifest).get("format") == FORMAT


def write_folder(
    path: Path,
    tables: Mapping[str, Table],
    *,
    arrays: Mapping[str, np.ndarray],
    manifest: Mapping[str, Any],
    files: Mapping[str, str],
) -> None:
    """Write an atlas beside its place under a temporary name, then rename it there.

    An atlas already there is replaced; files in it that armillary did not write are kept. An
    interruption leaves the old atlas, or nothing.

    Raises
    ------
    BadInput
        If ``path`` is a file, or a folder with something else in it.
    """
    target = Path(path).absolute()
    refuse_foreign(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}.partial")
    aside = target.with_name(f".{target.name}.{os.getpid()}.old")
    for stale in (fresh, aside):
        shutil.rmtree(stale, ignore_errors=True)
    try:
        _fill(fresh, tables, arrays=arrays, files={**files, "manifest.json": _dump(manifest)})
        if target.exists():
            _keep_foreign_files(target, fresh)
            target.rename(aside)
        fresh.rename(target)
    except BaseException:
        if aside.exists() and not target.exists():
            aside.rename(target)
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def read_folder(
    path: Path,
) -> tuple[dict[str, Table], dict[str, np.ndarray], dict[str, Any]]:
    """Return an atlas's tables, arrays and manifest.

    Raises
    ------
    BadInput
        If the folder is not an atlas, comes from a newer armillary, or a file of it is broken.
    """
    if not is_atlas(path):
        raise BadInput(
            f"{path} is not an atlas: expected a folder whose manifest.json has "
            f'"format": "{FORMAT}"; make one with `armillary survey SOURCE --out {path}`'
        )
    manifest: dict[str, Any] = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
    schema = manifest.get("schema")
    if not isinstance(schema, int) or schema > SCHEMA:
        raise BadInput(
            f"{path} has atlas schema {schema!r}, this armillary reads up to {SCHEMA}: "
            "upgrade armillary, or survey again"
        )
    tables: dict[str, Table] = {}
    arrays: dict[str, np.ndarray] = {}
    files = sorted(file.stem for file in (path / "arrays").glob("map_*.npy"))
    held = [name for name in OPTIONAL if (path / "arrays" / f"{name}.npy").exists()] + files
    for name in (*TABLES, *(t for t in OF_CODES if (path / f"{t}.parquet").exists())):
        tables[name] = _load(path / f"{name}.parquet")
    for name in (*ARRAYS, *held):
        arrays[name] = _load(path / "arrays" / f"{name}.npy")
    return tables, arrays, manifest


def write_texts(folder: Path, files: Mapping[str, str]) -> None:
    """Write text files into a folder, each whole or not at all."""
    for name, text in files.items():
        partial = folder / f".{name}.partial"
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(folder / name)


def _load(file: Path) -> Any:
    try:
        if file.suffix == ".parquet":
            return read_table(file)
        return np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(
            f"{file} is missing or broken ({error}): copy the atlas again, or survey again"
        ) from error


def _fill(
    folder: Path,
    tables: Mapping[str, Table],
    *,
    arrays: Mapping[str, np.ndarray],
    files: Mapping[str, str],
) -> None:
    (folder / "arrays").mkdir(parents=True)
    for name, table in tables.items():
        write_table(table, folder / f"{name}.parquet")
    for name, array in arrays.items():
        np.save(folder / "arrays" / f"{name}.npy", array, allow_pickle=False)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _dump(manifest: Mapping[str, Any]) -> str:
    return json.dumps(json_ready(manifest), indent=2, allow_nan=False) + "\n"


def refuse_foreign(target: Path) -> None:
    """Refuse a place for an atlas that holds something else.

    Raises
    ------
    BadInput
        If it is a file, or a folder with files in it that are no atlas.
    """
    if not target.exists():
        return
    if not target.is_dir():
        raise BadInput(f"{target} is a file: name a folder for the atlas")
    if any(target.iterdir()) and not is_atlas(target):
        raise BadInput(
            f"{target} holds other files and no atlas: name an empty or new folder, nothing "
            "was written"
        )


def _keep_foreign_files(old: Path, fresh: Path) -> None:
    for item in old.iterdir():
        kept = fresh / item.name
        if item.name in _OURS or kept.exists():
            continue
        if item.is_dir():
            shutil.copytree(item, kept)
        else:
            shutil.copy2(item, kept)
