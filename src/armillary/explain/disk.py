"""An explanation as a folder: two tables, a manifest, a page; alone, or inside an atlas."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas.columnar import read_table, table_of_rows, write_table
from armillary.atlas.disk import is_atlas
from armillary.atlas.json_ready import json_ready
from armillary.atlas.section import says, section_manifest
from armillary.core.errors import BadInput
from armillary.explain.measured import Measured, Row, said_of
from armillary.explain.table import Explanation

FORMAT = "armillary-explanation"
SCHEMA = 1
SECTION = "explanation"
ROWS = {
    "theory": "string", "kind": "string", "family": "string", "keeps": "string",
    "breaks": "string", "bits": "int64", "bits_per_feature": "float64", "overhead_bits": "int64",
    "gauge": "string", "gauge_bits": "float64", "reader": "string", "group": "string",
    "value": "float64", "low": "float64", "high": "float64", "n_seeds": "int64",
    "zero": "float64", "zero_low": "float64", "zero_high": "float64", "raw": "string",
}  # fmt: skip
SCORES = {
    "theory": "string", "seed": "int64", "gauge": "string", "gauge_bits": "int64",
    "reader": "string", "group": "string", "value": "float64", "low": "float64",
    "high": "float64", "raw": "string", "units": "list float64",
}  # fmt: skip


def section_of(folder: Path) -> Path:
    """Return where an explanation goes: the folder, or ``explanation/`` in it if it is an atlas.

    A survey that is written again keeps that section: it is none of its own files.

    Parameters
    ----------
    folder
        An atlas, a folder of an explanation, or one that is empty or not there.

    Returns
    -------
    Path
        A folder that may not be there yet.

    Raises
    ------
    BadInput
        If the folder is a file, or holds something else.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file: name a folder for the explanation")
    if is_atlas(folder):
        return folder / SECTION
    if not folder.exists() or is_explanation(folder):
        return folder
    others = {item.name for item in folder.iterdir()} - {"cells", "messages"}
    if others:
        raise BadInput(
            f"{folder} holds other files ({min(others)}): name an atlas, or an empty or new "
            "folder; nothing was written"
        )
    return folder


def is_explanation(folder: Path) -> bool:
    """Return whether a folder says of itself that it is an explanation."""
    return says(folder / "explanation.json", FORMAT)


def write_explanation(explanation: Explanation, folder: Path) -> Path:
    """Write an explanation: ``explanations.parquet``, ``scores.parquet``, ``explain.html``, JSON.

    Every file is written beside its place and moved there; ``explanation.json`` comes last.

    Parameters
    ----------
    explanation
        What to write.
    folder
        An atlas (its section ``explanation/`` is written), or a folder of its own.

    Returns
    -------
    Path
        Where it lies.

    Raises
    ------
    BadInput
        If the folder holds something else.
    """
    where = section_of(folder)
    where.mkdir(parents=True, exist_ok=True)
    rows = table_of_rows([_row(row) for row in explanation.rows], ROWS)
    scores = table_of_rows([_score(one) for one in explanation.scores], SCORES)
    _placed(where / "explanations.parquet", lambda file: write_table(rows, file))
    _placed(where / "scores.parquet", lambda file: write_table(scores, file))
    page = explanation.report()
    _placed(where / "explain.html", lambda file: file.write_text(page, "utf-8"))
    text = json.dumps(json_ready(record_of(explanation)), indent=2, allow_nan=False) + "\n"
    _placed(where / "explanation.json", lambda file: file.write_text(text, "utf-8"))
    return where


def record_of(explanation: Explanation) -> dict[str, Any]:
    """Return the manifest with theories and verdict, JSON-ready.

    Parameters
    ----------
    explanation
        What was measured.
    """
    ready: dict[str, Any] = json_ready({
        "format": FORMAT, "schema": SCHEMA, **explanation.manifest,
        "theories": [asdict(one) for one in explanation.said],
        "verdict": explanation.verdict().record(),
    })  # fmt: skip
    return ready


def open_explanation(folder: str | Path) -> Explanation:
    """Read an explanation that was written.

    Parameters
    ----------
    folder
        Its folder, or an atlas that holds one.

    Returns
    -------
    Explanation
        As it was in memory; every interval comes out the same.

    Raises
    ------
    BadInput
        If there is none, it is broken, or of a newer armillary.
    """
    where = Path(folder)
    where = where / SECTION if is_explanation(where / SECTION) else where
    if not is_explanation(where):
        raise BadInput(
            f"{folder} holds no explanation: make one with `armillary explain SOURCE --out "
            f"{folder}`"
        )
    manifest = section_manifest(where / "explanation.json", what="explanation", reads=SCHEMA)
    try:
        rows = read_table(where / "scores.parquet").to_pylist()
        said = tuple(said_of(one) for one in manifest.pop("theories"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{where} is broken ({error}): run `armillary explain` again") from error
    manifest.pop("verdict", None)
    return Explanation(said, tuple(_read(row) for row in rows), manifest)


def _row(row: Row) -> dict[str, Any]:
    held = {f.name: getattr(row, f.name) for f in fields(row)}
    return {**held, "raw": json.dumps(json_ready(row.raw))}


def _score(one: Measured) -> dict[str, Any]:
    held = {f.name: getattr(one, f.name) for f in fields(one)}
    units = None if one.units is None else one.units.ravel().tolist()
    return {**held, "raw": json.dumps(json_ready(one.raw)), "units": units}


def _read(row: dict[str, Any]) -> Measured:
    raw = {k: float("nan") if v is None else v for k, v in json.loads(row["raw"]).items()}
    units = None if row["units"] is None else np.array(row["units"]).reshape(-1, 3)
    held: dict[str, Any] = {**row, "raw": raw, "units": units}
    return Measured(**held)


def _placed(file: Path, write: Callable[[Path], Any]) -> None:
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        write(partial)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
