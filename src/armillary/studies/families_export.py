"""Families as a file: one JSON document with a version, every pair and every edge by feature id."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas.json_ready import json_ready
from armillary.core import BadInput
from armillary.evaluate.lineage import KINDS
from armillary.studies.family_step import Step

FORMAT, SCHEMA = "armillary-families", 1
DIGITS = 6


def export_of(steps: Sequence[Step], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a series, as it is written.

    Parameters
    ----------
    steps
        Neighbours, narrow to wide.
    manifest
        Of the study.

    Returns
    -------
    dict
        docs/families.md has the schema.
    """
    dictionaries = [steps[0].a, *(step.b for step in steps)]
    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "manifest": dict(manifest),
        "dictionaries": [
            {"name": one.name, "features": one.space.n_features,
             "source": one.space.source.get("uri")}
            for one in dictionaries
        ],
        "steps": [_step(step) for step in steps],
    }  # fmt: skip


def write_export(record: Mapping[str, Any], file: str | Path) -> Path:
    """Write the record, whole or not at all.

    Parameters
    ----------
    record
        As ``export_of`` makes it.
    file
        Replaced if it holds such a record; its folder must be there.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    BadInput
        If the folder is not there, or the file holds something else.
    """
    where = export_file(file)
    text = json.dumps(json_ready(dict(record)), allow_nan=False, separators=(",", ":")) + "\n"
    part = where.with_name(f".{where.name}.{os.getpid()}.partial")
    try:
        part.write_text(text, "utf-8", newline="\n")
        part.replace(where)
    finally:
        part.unlink(missing_ok=True)
    return where


def export_file(file: str | Path) -> Path:
    """Return the path, or refuse it before anything is computed.

    Parameters
    ----------
    file
        Where the record is to go.

    Returns
    -------
    Path
        Absolute.

    Raises
    ------
    BadInput
        If the folder is not there, or the file holds something else.
    """
    where = Path(file).absolute()
    if where.is_dir() or not where.parent.is_dir():
        raise BadInput(f"{file} cannot be written: name a file in a folder that is there")
    if where.exists():
        read_export(where)
    return where


def read_export(file: str | Path) -> dict[str, Any]:
    """Read such a record.

    Parameters
    ----------
    file
        Written by ``write_export``.

    Returns
    -------
    dict
        As it was.

    Raises
    ------
    BadInput
        If it is something else, damaged, or of a newer armillary.
    """
    try:
        record = json.loads(Path(file).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{file} is no {FORMAT} file ({error}): name another") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:  # pyright: ignore
        raise BadInput(f"{file} holds something else than {FORMAT}: name another file")
    if record["schema"] > SCHEMA:
        raise BadInput(
            f"{file} has schema {record['schema']}, this armillary reads up to {SCHEMA}: update it"
        )
    return record  # pyright: ignore[reportUnknownVariableType]


def _step(step: Step) -> dict[str, Any]:
    ids_a, ids_b = step.a.space.feature_id, step.b.space.feature_id
    pairs, edges = step.pairs, step.edges
    out: dict[str, Any] = {
        "a": step.a.name, "b": step.b.name, "threshold": edges.threshold,
        "threshold_by_null": dict(edges.by_null), "quantile": edges.quantile,
        "assignment": {
            "mean": pairs.mean, "interval_95": list(step.paired), "bound": pairs.bound,
            "exact": pairs.exact, "method": pairs.method, "candidates": pairs.candidates,
            "chance": step.chance_pairs.mean,
        },
        "mean_max": {
            side: {"mean": mean, "interval_95": [low, high], "chance": float(chance.cosine.mean())}
            for (side, (mean, low, high)), chance in zip(
                step.ends.items(), (step.chance.best_a, step.chance.best_b), strict=True
            )
        },
        "counts": edges.counts(), "counts_by_chance": step.chance.counts(),
        "pairs": {
            "a": ids_a[pairs.first], "b": ids_b[pairs.second], "value": _short(pairs.value),
            "past_chance": pairs.value > edges.threshold,
        },
        "edges": {
            "a": ids_a[edges.parent], "b": ids_b[edges.child], "value": _short(edges.value),
            "kind": [KINDS[kind] for kind in edges.kind.tolist()],
        },
        "novel": ids_b[edges.novel], "gone": ids_a[edges.gone], "absorbed": None,
    }  # fmt: skip
    if step.absorbed is not None:
        found = step.absorbed
        out["absorbed"] = {
            "a": ids_a[found.parent], "heir": ids_b[found.heir], "child": ids_b[found.child],
            **{
                name: _short(getattr(found, name))
                for name in ("recall_with", "recall_without", "inside", "carried", "cosine")
            },
            "p": found.p, "looked_at": found.looked_at, "threshold": found.threshold,
        }  # fmt: skip
    return out


def _short(value: np.ndarray) -> np.ndarray:
    return np.round(value.astype(np.float64), DIGITS)
