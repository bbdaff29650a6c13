"""The door to pyarrow, which ships no types: every call to it from the atlas is here."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

Table: TypeAlias = Any
"""A ``pyarrow.Table``."""

_arrow: Any = import_module("pyarrow")
_parquet: Any = import_module("pyarrow.parquet")


def table_of_rows(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> Table:
    """Return a table of rows; ``columns`` maps a name to ``"int64"``, ``"list string"``..."""
    return _arrow.Table.from_pylist([dict(row) for row in rows], schema=_schema(columns))


def table_of_columns(
    values: Mapping[str, Sequence[Any] | np.ndarray], columns: Mapping[str, str]
) -> Table:
    """Return a table of whole columns; NaN and the masked entries of masked arrays become null."""
    arrays = [
        _arrow.array(
            _plain(values[name]), type=_kind(kind), from_pandas=True, mask=_mask(values[name])
        )
        for name, kind in columns.items()
    ]
    return _arrow.Table.from_arrays(arrays, schema=_schema(columns))


def with_columns(table: Table, values: Mapping[str, np.ndarray]) -> Table:
    """Return a table with some of its columns replaced, each of the kind it was; NaN is null."""
    for name, value in values.items():
        place = table.schema.get_field_index(name)
        field = table.schema.field(place)
        column = _arrow.array(value, type=field.type, from_pandas=True)
        table = table.set_column(place, field, column)
    return table


def write_table(table: Table, file: Path) -> None:
    """Write a Parquet file."""
    _parquet.write_table(table, file)


def read_table(file: Path) -> Table:
    """Read a Parquet file; raises OSError or ValueError if it is missing or broken."""
    return _parquet.read_table(file)


def _schema(columns: Mapping[str, str]) -> Any:
    return _arrow.schema([(name, _kind(kind)) for name, kind in columns.items()])


def _kind(kind: str) -> Any:
    if kind.startswith("list "):
        return _arrow.list_(_kind(kind.removeprefix("list ")))
    return _arrow.type_for_alias(kind)


def _plain(values: Sequence[Any] | np.ndarray) -> Any:
    return values.data if isinstance(values, np.ma.MaskedArray) else values


def _mask(values: Sequence[Any] | np.ndarray) -> Any:
    return np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
