"""A comparison as a folder: two tables and a manifest; alone, or inside an atlas."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int, UInt8

from armillary.atlas.columnar import Table, read_table, table_of_columns, write_table
from armillary.atlas.disk import is_atlas
from armillary.atlas.json_ready import json_ready
from armillary.atlas.section import says, section_manifest
from armillary.atlas.tables import label_texts
from armillary.core import BadInput

FORMAT = "armillary-comparison"
SCHEMA = 1
SECTION = "compare"
SIDES = {
    "feature_id": "int64", "label": "string", "kind": "int64", "partner": "int64",
    "cosine": "float32", "x": "float32", "y": "float32",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ComparedSide:
    """One of two dictionaries, one row a feature.

    Parameters
    ----------
    ids, labels
        Of the features.
    kind
        A position in the comparison's ``kinds``.
    partner, cosine
        Row of the nearest feature on the other side, and its cosine.
    xy
        Where each feature lies on this side's map; NaN where it is on none.
    """

    ids: Int[np.ndarray, " feature"]
    labels: np.ndarray
    kind: UInt8[np.ndarray, " feature"]
    partner: Int[np.ndarray, " feature"]
    cosine: Float[np.ndarray, " feature"]
    xy: Float[np.ndarray, "feature 2"]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two dictionaries, feature by feature; the same in memory and on disk.

    Parameters
    ----------
    a, b
        Both sides.
    manifest
        ``kinds``, both ``names``, counts and what chance gives, version, command, seed, sources.
    """

    a: ComparedSide
    b: ComparedSide
    manifest: Mapping[str, Any]

    def write(self, folder: str | Path) -> Path:
        """Write the section ``compare/`` of an atlas, or a folder of its own.

        Every file is written beside its place and moved there, the manifest last; other files are
        kept.

        Parameters
        ----------
        folder
            An atlas, or a folder that is new, empty, or holds a comparison.

        Returns
        -------
        Path
            Where it lies.

        Raises
        ------
        BadInput
            If the folder is a file or holds something else.
        """
        where = comparison_folder(Path(folder)).absolute()
        where.parent.mkdir(parents=True, exist_ok=True)
        fresh = where.with_name(f".{where.name}.{os.getpid()}.partial")
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            fresh.mkdir()
            write_table(_table(self.a), fresh / "a.parquet")
            write_table(_table(self.b), fresh / "b.parquet")
            record = {**self.manifest, "format": FORMAT, "schema": SCHEMA}
            text = json.dumps(json_ready(record), indent=2, allow_nan=False) + "\n"
            (fresh / "manifest.json").write_text(text, "utf-8", newline="\n")
            where.mkdir(exist_ok=True)
            for name in ("a.parquet", "b.parquet", "manifest.json"):  # the last one vouches
                (fresh / name).replace(where / name)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return where

    @classmethod
    def read(cls, folder: str | Path) -> "Comparison":
        """Read a comparison.

        Parameters
        ----------
        folder
            Its folder, or an atlas that holds one.

        Returns
        -------
        Comparison
            As it was written.

        Raises
        ------
        BadInput
            If there is none, it is broken, or of a newer armillary.
        """
        where = Path(folder)
        where = where / SECTION if is_comparison(where / SECTION) else where
        if not is_comparison(where):
            raise BadInput(
                f"{folder} holds no comparison: make one with `armillary compare {folder} OTHER`"
            )
        manifest = section_manifest(where / "manifest.json", what="comparison", reads=SCHEMA)
        try:
            a, b = (_side(read_table(where / f"{name}.parquet")) for name in ("a", "b"))
        except (OSError, ValueError, KeyError) as error:
            raise BadInput(f"{where} is broken ({error}): run `armillary compare` again") from error
        return cls(a, b, manifest)


def comparison_folder(folder: Path) -> Path:
    """Return where a comparison goes: the folder, or ``compare/`` in it if it is an atlas.

    Parameters
    ----------
    folder
        An atlas, a folder of a comparison, or one that is empty or not there.

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
        raise BadInput(f"{folder} is a file: name a folder for the comparison")
    if is_atlas(folder):
        return folder / SECTION
    if folder.exists() and not is_comparison(folder) and any(folder.iterdir()):
        raise BadInput(
            f"{folder} holds other files: name an atlas, or an empty or new folder; nothing was "
            "written"
        )
    return folder


def is_comparison(folder: Path) -> bool:
    """Return whether a folder says of itself that it is a comparison (of any version)."""
    return says(folder / "manifest.json", FORMAT)


def _table(side: ComparedSide) -> Table:
    values = {
        "feature_id": side.ids, "label": label_texts(side.labels),
        "kind": side.kind.astype(np.int64), "partner": side.partner, "cosine": side.cosine,
        "x": side.xy[:, 0], "y": side.xy[:, 1],
    }  # fmt: skip
    return table_of_columns(values, SIDES)


def _side(table: Table) -> ComparedSide:
    held = {name: table[name].to_numpy(zero_copy_only=False) for name in SIDES}
    return ComparedSide(
        held["feature_id"], held["label"], held["kind"].astype(np.uint8), held["partner"],
        held["cosine"], np.c_[held["x"], held["y"]].astype(np.float32),
    )  # fmt: skip
