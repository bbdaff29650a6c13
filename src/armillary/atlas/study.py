"""A study: what one analysis beside the survey found, said, tabled and drawn, as a folder."""

import json
import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import BadZipFile

import numpy as np

from armillary.atlas.disk import is_atlas
from armillary.atlas.json_ready import json_ready
from armillary.atlas.section import says, section_manifest
from armillary.core import BadInput

# what a cut, swapped or emptied archive brings, and an array's head in it
DAMAGED = (
    BadZipFile, EOFError, KeyError, MemoryError, NotImplementedError, OSError, RuntimeError,
    SyntaxError, TokenError, TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip
FORMAT = "armillary-study"
SCHEMA = 1
FOLDER = "studies"
ARRAYS = "features.npz"
CHARTS = {
    "lines": ("series",),  # each: name, x, y; low and high for a band; null: true for chance
    "bars": ("labels", "series"),  # each: name, values; low, high; null
    "dots": ("series",),  # each: name, x, y, labels
    "heat": ("rows", "columns", "values"),
    "graph": ("nodes", "edges"),  # nodes: label, x, y, kind; edges: from, to, weight, kind
    "tree": ("parent", "height", "label"),  # parents before children, -1 at roots
}

KINDS = {  # of what a file holds, which Python would not notice
    "name": str, "title": str, "said": list, "tables": dict, "charts": list, "manifest": dict,
    "colours": dict,
}  # fmt: skip
HELD = ("name", "title", "said", "tables", "manifest")
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawing, as data.

    Parameters
    ----------
    kind
        One of ``CHARTS``.
    title, x, y
        Heading and axes, units included.
    data
        JSON values under the keys that ``CHARTS`` names.

    Raises
    ------
    BadInput
        If the kind is not known, or a key is missing.
    """

    kind: str
    title: str
    data: Mapping[str, Any]
    x: str = ""
    y: str = ""

    def __post_init__(self) -> None:
        if self.kind not in CHARTS:
            raise BadInput(f"chart {self.kind!r} is not known: use one of {', '.join(CHARTS)}")
        missing = [key for key in CHARTS[self.kind] if key not in self.data]
        if missing:
            raise BadInput(f"chart {self.title!r} ({self.kind}) lacks {', '.join(missing)}")


@dataclass(frozen=True, slots=True)
class Study:
    """What an analysis found; the same in memory and on disk.

    Parameters
    ----------
    name
        Of the analysis, one word: its folder.
    title
        Heading.
    said
        Sentences, the most important first; every claim with its null.
    tables
        Rows by name of the table; rows of one table have the same keys.
    charts
        Drawings, as data.
    manifest
        Version, command, seed, parameters, sources with their hashes.
    arrays
        What is too long for a table, by name; kept in ``features.npz`` beside ``study.json``.
    colours
        Which of the arrays, one number a feature, a map may be coloured by, and in words what they
        are; ``arrays`` then has ``feature_id``.

    Raises
    ------
    BadInput
        If a colour has no array, another number of values than there are features, or values
        that are not numbers, or if ``feature_id`` is not one row of whole numbers.
    """

    name: str
    title: str
    said: Sequence[str]
    tables: Mapping[str, Sequence[Row]]
    charts: Sequence[Chart] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict[str, Any])
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])
    colours: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        shape = {name: array.shape for name, array in self.arrays.items()}
        one_each = shape.get("feature_id")
        bad = [name for name in self.colours if shape.get(name, ()) != one_each]
        bad += [name for name in self.colours if name not in bad and not _is(self, name, "biuf")]
        if bad:
            raise BadInput(f"study {self.name!r}: {', '.join(bad)}: expected a number a feature")
        if one_each is not None and (len(one_each) != 1 or not _is(self, "feature_id", "iu")):
            raise BadInput(
                f"study {self.name!r}: feature_id has shape {one_each} and type "
                f"{self.arrays['feature_id'].dtype}, expected one row of whole numbers"
            )

    def write(self, folder: str | Path) -> Path:
        """Write ``studies/NAME/study.json`` in an atlas, or ``study.json`` in a folder of its own.

        Parameters
        ----------
        folder
            An atlas, or a folder that is new, empty, or holds this study.

        Returns
        -------
        Path
            The folder that holds ``study.json``.

        Raises
        ------
        BadInput
            If the folder is a file or holds something else.
        """
        where = study_folder(Path(folder), self.name).absolute()
        where.mkdir(parents=True, exist_ok=True)
        record = {
            "format": FORMAT,
            "schema": SCHEMA,
            **{key: getattr(self, key) for key in HELD},
            "colours": dict(self.colours),
            "charts": [asdict(chart) for chart in self.charts],
        }
        text = json.dumps(json_ready(record), indent=1, allow_nan=False) + "\n"
        part = where / f".study.{os.getpid()}.partial"
        try:
            self._write_arrays(where / ARRAYS, part)
            part.write_text(text, "utf-8", newline="\n")
            part.replace(where / "study.json")
        finally:
            part.unlink(missing_ok=True)
        return where

    def _write_arrays(self, file: Path, part: Path) -> None:
        if not self.arrays:
            file.unlink(missing_ok=True)  # of an earlier study of this name
            return
        with part.open("wb") as out:
            np.savez_compressed(out, allow_pickle=False, **dict(self.arrays))
        part.replace(file)

    @classmethod
    def read(cls, folder: str | Path, name: str) -> "Study":
        """Read a study of an atlas, or of a folder of its own.

        Raises
        ------
        BadInput
            If there is none, it is damaged, or of a newer armillary.
        """
        file = study_folder(Path(folder), name) / "study.json"
        if not says(file, FORMAT):
            raise BadInput(f"{folder} holds no study {name!r}")
        record = section_manifest(file, what="study", reads=SCHEMA)
        arrays = _arrays(file.with_name(ARRAYS))
        try:
            _check_kinds(record)
            charts = tuple(Chart(**one) for one in record["charts"])
            held = {key: record[key] for key in HELD}
            return cls(charts=charts, arrays=arrays, colours=record.get("colours", {}), **held)
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise BadInput(f"{file} is damaged ({error}): make it again") from error


def _check_kinds(record: Mapping[str, Any]) -> None:
    for key, kind in KINDS.items():
        if key in record and not isinstance(record[key], kind):
            raise TypeError(f"{key} is a {type(record[key]).__name__}, expected a {kind.__name__}")


def _is(study: Study, name: str, kinds: str) -> bool:
    return study.arrays[name].dtype.kind in kinds


def _arrays(file: Path) -> dict[str, np.ndarray]:
    if not file.is_file():
        return {}
    try:
        with file.open("rb") as opened, np.load(opened, allow_pickle=False) as held:
            return dict(held)
    except DAMAGED as error:
        why = str(error) or type(error).__name__
        raise BadInput(f"{file} is damaged ({why}): make the study again") from error


def study_folder(folder: Path, name: str) -> Path:
    """Name the folder of a study: inside an atlas ``studies/NAME``, else the folder itself.

    Raises
    ------
    BadInput
        If the folder is a file or holds something else.
    """
    if is_atlas(folder):
        return folder / FOLDER / name
    if folder.is_file():
        raise BadInput(f"{folder} is a file: name a folder or an atlas")
    held = folder.is_dir() and any(folder.iterdir())
    if held and not says(folder / "study.json", FORMAT):
        raise BadInput(f"{folder} holds something else: name an empty or new folder, or an atlas")
    return folder


def studies_of(folder: Path) -> tuple[str, ...]:
    """Return the names of the studies that an atlas holds, in order."""
    inside = folder / FOLDER
    if not inside.is_dir():
        return ()
    found = (each.name for each in inside.iterdir() if says(each / "study.json", FORMAT))
    return tuple(sorted(found))
