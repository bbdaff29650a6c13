"""Labels: one text a feature, from a table, a list, a vocabulary or a mapping."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Int

from armillary.core.errors import BadInput
from armillary.load.neuronpedia import is_export, read_export
from armillary.load.tokens import text_column, visible_null

Labels = str | Path | Sequence[str] | np.ndarray | Mapping[Any, Any]
_ID_COLUMNS = ("feature_id", "id", "feature", "index", "token_id")
_LABEL_COLUMNS = ("label", "labels", "description", "text", "token", "name")


def load_labels(
    labels: Labels, *, feature_id: Int[np.ndarray, " feature"]
) -> tuple[np.ndarray, str]:
    """Read labels and line them up with feature ids.

    Parameters
    ----------
    labels
        A path (``.csv``, ``.tsv``, ``.parquet``, ``.jsonl``, ``.json``, or ``.txt`` with one label
        a line), a list of texts in the order of the features, or a mapping from id to text. A JSON
        mapping from text to id (a vocabulary) is turned round. A ``batch-N.jsonl.gz`` of
        Neuronpedia, or a folder of them, gives the explanations of one source.
    feature_id
        Ids to line up with. Tables with an id column and mappings may leave features out (these
        are labelled with their id); lists may not.

    Returns
    -------
    label : array of str
        One label a feature.
    note : str
        What was read and what was missing.

    Raises
    ------
    BadInput
        If the number of labels is wrong, an id is unknown or repeats, or the file cannot be read.
    """
    where = "labels"
    content: Any = labels
    said = ""
    if isinstance(labels, str | Path):
        path = Path(labels).expanduser()
        where = str(labels)
        if is_export(path):
            content, said = read_export(path)
        else:
            content = _read(path)
    if isinstance(content, Mapping):
        pairs = _pairs(cast(Mapping[Any, Any], content), where=where)
        label, note = _by_id(pairs, feature_id=feature_id, where=where)
        return label, f"{note}; {said}" if said else note
    texts = [_text(value, where=where) for value in cast(Iterable[Any], content)]
    if len(texts) != feature_id.size:
        raise BadInput(
            f"{where}: {len(texts):,} labels for {feature_id.size:,} features; give one label a "
            "feature, or a table with an id column"
        )
    return text_column(texts), f"labels: {len(texts):,} read from {where}, in order"


def _by_id(
    pairs: list[tuple[int, str]], *, feature_id: np.ndarray, where: str
) -> tuple[np.ndarray, str]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise BadInput(
            f"{where}: {len(pairs):,} labels for {len(table):,} different ids; keep one label an id"
        )
    ids: list[int] = feature_id.tolist()
    unknown = sorted(table.keys() - set(ids))
    if unknown or not table:
        raise BadInput(
            f"{where}: {len(table):,} ids, of which {len(unknown):,} are not among the "
            f"{len(ids):,} features (first: {unknown[:3]}); are these labels of another dictionary?"
        )
    missing = len(ids) - len(table)
    note = f"labels: {len(table):,} read from {where}, by id"
    if missing:
        note += f"; {missing:,} of {len(ids):,} features have none and show their id"
    return text_column([table.get(i, str(i)) for i in ids]), note


def _read(path: Path) -> Any:
    readers: dict[str, Callable[[Path], Any]] = {
        ".csv": _read_csv,
        ".tsv": _read_csv,
        ".parquet": _read_parquet,
        ".jsonl": _read_jsonl,
        ".json": _read_json,
        ".txt": _read_lines,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadInput(
            f"labels {path}: the kind {path.suffix or '(no suffix)'!r} is not read; "
            f"use one of {', '.join(readers)}"
        )
    try:
        return reader(path)
    except BadInput:
        raise
    except FileNotFoundError as error:
        raise BadInput(f"labels {path}: there is no such file") from error
    except (OSError, ValueError, csv.Error) as error:
        raise BadInput(f"labels {path} cannot be read: {error}") from error


def _read_lines(path: Path) -> list[str]:
    lines = path.read_bytes().decode("utf-8-sig").split("\n")
    return [line.removesuffix("\r") for line in (lines[:-1] if lines[-1] == "" else lines)]


def _read_csv(path: Path) -> Any:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ","))
    rows = [row for row in rows if row]
    if not rows:
        raise BadInput(f"labels {path} is empty")
    header, body = rows[0], rows[1:]
    for number, row in enumerate(body, start=2):
        if len(row) != len(header):
            raise BadInput(
                f"labels {path}: row {number} has {len(row)} cells, the header has {len(header)}"
            )
    return _table({name: [row[i] for row in body] for i, name in enumerate(header)}, where=path)


def _read_parquet(path: Path) -> Any:
    from pyarrow import parquet  # slow to import, and most runs bring no Parquet labels

    table = cast(Any, parquet.read_table(path))  # pyright: ignore[reportUnknownMemberType]
    columns: dict[str, list[Any]] = {
        name: table.column(name).to_pylist()
        for name in table.column_names
        if str(name).lower() in (*_ID_COLUMNS, *_LABEL_COLUMNS) or table.num_columns == 1
    }
    return _table(columns, where=path, seen=list(table.column_names))


def _read_jsonl(path: Path) -> Any:
    lines = [line for line in path.read_text(encoding="utf-8-sig").split("\n") if line.strip()]
    rows: list[Any] = [json.loads(line) for line in lines]
    if not all(isinstance(row, dict) for row in rows):
        return rows
    names = dict.fromkeys(name for row in rows for name in row)
    return _table({name: [row.get(name) for row in rows] for name in names}, where=path)


def _read_json(path: Path) -> Any:
    content: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(content, dict | list):
        raise BadInput(f"labels {path}: expected a JSON list of texts or an object id to text")
    return cast(Any, content)


def _table(columns: dict[str, list[Any]], *, where: Path, seen: list[str] | None = None) -> Any:
    lower = {name.lower().strip(): name for name in columns}
    id_name = next((lower[n] for n in _ID_COLUMNS if n in lower), None)
    label_name = next((lower[n] for n in _LABEL_COLUMNS if n in lower), None)
    if label_name is None:
        raise BadInput(
            f"labels {where}: no column of labels among {seen or list(columns)}; name it one of "
            f"{', '.join(_LABEL_COLUMNS)} (and the ids, if any: {', '.join(_ID_COLUMNS)})"
        )
    if id_name is None:
        return columns[label_name]
    ids = [_id(value, where=str(where)) for value in columns[id_name]]
    table = dict(zip(ids, columns[label_name], strict=True))
    if len(table) != len(ids):
        raise BadInput(
            f"labels {where}: {len(ids):,} labels for {len(table):,} different ids; keep one label "
            "an id"
        )
    return table


def _pairs(content: Mapping[Any, Any], *, where: str) -> list[tuple[int, str]]:
    values = list(content.values())
    if values and all(isinstance(v, int) and not isinstance(v, bool) for v in values):
        return [(int(i), _text(text, where=where)) for text, i in content.items()]
    return [(_id(i, where=where), _text(text, where=where)) for i, text in content.items()]


def _id(value: Any, *, where: str) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput(f"labels {where}: id {value!r} is not a whole number") from error
    if isinstance(value, float) and not value.is_integer():
        raise BadInput(f"labels {where}: id {value!r} is not a whole number")
    return number


def _text(value: Any, *, where: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInput(f"{where}: label {value!r} is not text")
    return visible_null(value)
