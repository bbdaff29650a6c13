"""Table: what a sweep measured, one row a cell and a seed, frozen."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas.columnar import table_of_rows, write_table
from armillary.atlas.json_ready import json_ready
from armillary.core.errors import BadInput

FORMS = ("parquet", "csv", "json")
FIGURE = "armillary.figures:plot_sweep"  # a floor above, so found by name when asked for


@dataclass(frozen=True, slots=True, eq=False)
class SweepTable:
    """Rows of a sweep.

    Parameters
    ----------
    name
        By which the sweep is asked for.
    title
        What was varied and what was measured, in one line.
    keys
        Columns that say where a row was measured, ``seed`` left out.
    measures
        Columns of numbers.
    rows
        One a cell and a seed, in the order of the grid.
    settings
        What held for all of them, JSON-ready.
    verdicts
        Questions put to the table beforehand, with the answer: ``{"asked": ..., "found": ...,
        "held": bool}``.
    lines
        What else was read off the rows, in words.
    """

    name: str
    title: str
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    verdicts: tuple[Mapping[str, Any], ...] = ()
    lines: tuple[str, ...] = ()

    def where(self, **keys: Any) -> list[Mapping[str, Any]]:
        """Return the rows whose columns have these values."""
        return [r for r in self.rows if all(r[name] == value for name, value in keys.items())]

    def mean(self, measure: str, **keys: Any) -> float:
        """Return the mean of a measure over the rows that have these values.

        Raises
        ------
        BadInput
            If there is no such row.
        """
        found = [r[measure] for r in self.where(**keys) if r[measure] is not None]
        if not found:
            raise BadInput(f"{self.name} measured no {measure} where {keys}")
        return float(np.mean(found))

    def summary(self) -> list[dict[str, Any]]:
        """Return one row a cell: mean and standard deviation (n - 1) over seeds, and their number.

        Columns are the keys, ``seeds``, and for each measure its mean under its own name and its
        deviation under ``<measure>_sd`` (None of a single seed).
        """
        cells: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
        for row in self.rows:
            cells.setdefault(tuple(row[key] for key in self.keys), []).append(row)
        return [self._summed(cell, rows) for cell, rows in cells.items()]

    def _summed(self, cell: tuple[Any, ...], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        out: dict[str, Any] = dict(zip(self.keys, cell, strict=True)) | {"seeds": len(rows)}
        for measure in self.measures:
            values = [float(r[measure]) for r in rows if r[measure] is not None]
            out[measure] = float(np.mean(values)) if values else None
            out[f"{measure}_sd"] = float(np.std(values, ddof=1)) if len(values) > 1 else None
        return out

    def asked(
        self, questions: Callable[["SweepTable"], Sequence[Mapping[str, Any]]]
    ) -> "SweepTable":
        """Return the table with the answers to questions that were put beforehand."""
        return replace(self, verdicts=tuple(questions(self)))

    def plot(self, *, figure: Any = None) -> Any:
        """Draw the table, see ``armillary.figures.plot_sweep``.

        Raises
        ------
        MissingExtra
            If matplotlib is not installed.
        """
        module, function = FIGURE.split(":")
        return getattr(import_module(module), function)(self.as_dict(), figure=figure)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        return json_ready({
            "name": self.name, "title": self.title, "keys": self.keys, "measures": self.measures,
            "settings": self.settings, "verdicts": self.verdicts, "lines": self.lines,
            "rows": self.rows, "summary": self.summary(),
        })  # fmt: skip

    def write(self, folder: Path, *, form: str = "parquet") -> Path:
        """Write ``<name>.<form>`` (rows alone, but for JSON) into a folder and return its path.

        Raises
        ------
        BadInput
            If the form is none of parquet, csv and json.
        """
        if form not in FORMS:
            raise BadInput(f"a table cannot be written as {form!r}: use {', '.join(FORMS)}")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.{form}"
        columns = (*self.keys, "seed", *self.measures)
        rows = [{name: json_ready(row[name]) for name in columns} for row in self.rows]
        if form == "json":
            path.write_text(json.dumps(self.as_dict(), allow_nan=False) + "\n", "utf-8")
        elif form == "csv":
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns)
                writer.writeheader()
                writer.writerows(rows)
        else:
            write_table(table_of_rows(rows, {name: _kind(rows, name) for name in columns}), path)
        return path


def _kind(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    """Name the narrowest type that holds a column."""
    values = [row[name] for row in rows if row[name] is not None]
    if all(isinstance(value, bool) for value in values) and values:
        return "bool"
    if all(isinstance(value, int) for value in values) and values:
        return "int64"
    if all(isinstance(value, (int, float)) for value in values):
        return "double"
    return "string"
