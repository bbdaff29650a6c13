"""Text: files, folders, JSON lines, Parquet columns and hub data sets, one document at a time."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from armillary.core.errors import BadInput
from armillary.load.require import require

HUB = "hf-dataset:"
_TEXT = (".txt", ".md")
_LINES = (".jsonl", ".jsonl.gz")


def read_texts(source: str | Path, *, field: str = "text", offline: bool = False) -> Iterator[str]:
    """Give the documents of a source, in an order that is always the same.

    Parameters
    ----------
    source
        A ``.txt`` or ``.md`` file (one document); a ``.jsonl`` or ``.jsonl.gz`` file (a document a
        line); a ``.parquet`` file (a document a row); a folder, whose files of these kinds are
        taken in the order of their paths, subfolders included; or
        ``hf-dataset:org/name[/config][:split]``, streamed through the package ``datasets``.
    field
        Name of the text in JSON lines, Parquet and data sets.
    offline
        Reach no hub.

    Yields
    ------
    str
        The next document; empty ones are left out.

    Raises
    ------
    BadInput
        If the source is not there, is of no such kind, is damaged or has no such text.
    MissingExtra
        If a hub is named and ``datasets`` is not installed.
    """
    if str(source).startswith(HUB):
        texts = _hub(str(source), field=field, offline=offline)
    else:
        path = Path(source).expanduser()
        if not path.exists():
            raise BadInput(
                f"{path} is not there: name a text file, a folder of them, JSON lines, Parquet, "
                f"token ids (.npy, .npz), {HUB}org/name, or demo"
            )
        texts = (text for file in _files(path) for text in _reader(file)(file, field))
    return (text for text in texts if text)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(p for p in path.rglob("*") if p.is_file() and _kind(p) is not None)
    if not found:
        raise BadInput(f"{path} holds no text: expected .txt, .md, .jsonl, .jsonl.gz or .parquet")
    return found


def _kind(path: Path) -> str | None:
    name = path.name.lower()
    return next((end for end in (*_TEXT, *_LINES, ".parquet") if name.endswith(end)), None)


def _reader(path: Path) -> Callable[[Path, str], Iterator[str]]:
    kind = _kind(path)
    if kind is None:
        raise BadInput(
            f"{path}: the kind {path.suffix or '(no suffix)'!r} is not read as text; use .txt, "
            ".md, .jsonl, .jsonl.gz, .parquet, or token ids as .npy or .npz"
        )
    return _plain if kind in _TEXT else _lines if kind in _LINES else _parquet


def _plain(path: Path, _: str) -> Iterator[str]:
    try:
        yield path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text ({error}): convert it") from error


def _lines(path: Path, field: str) -> Iterator[str]:
    opener: Any = gzip.open if path.name.lower().endswith(".gz") else open
    number = 0
    try:
        with opener(path, "rt", encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _text_of(json.loads(line), field=field, where=f"{path}, line {number}")
    except (ValueError, EOFError, gzip.BadGzipFile) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{path} is damaged after line {number} ({error})") from error


def _parquet(path: Path, field: str) -> Iterator[str]:
    from pyarrow import parquet  # slow to import, and most sources are not Parquet

    try:
        file = cast(Any, parquet.ParquetFile(path))
        names: list[str] = file.schema_arrow.names
        if field not in names:
            raise BadInput(
                f"{path} has no column {field!r}; it has {', '.join(names[:12])}: name one "
                "(--field)"
            )
        for batch in file.iter_batches(columns=[field], batch_size=1024):
            for value in batch.column(0).to_pylist():
                yield _text_of({field: value}, field=field, where=str(path))
    except (OSError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{path} is damaged ({error})") from error


def _hub(source: str, *, field: str, offline: bool) -> Iterator[str]:
    name, _, split = source.removeprefix(HUB).partition(":")
    parts = name.split("/")
    if not 1 <= len(parts) <= 3 or not all(parts):
        raise BadInput(f"{source}: expected {HUB}org/name, with /config and :split if need be")
    if offline:
        raise BadInput(f"{source} is on a hub and fetching is switched off (offline)")
    datasets: Any = require("datasets", extra="datasets")
    config = parts[2] if len(parts) == 3 else None
    try:
        rows: Any = datasets.load_dataset(
            "/".join(parts[:2]), config, split=split or "train", streaming=True
        )
        for number, row in enumerate(rows):
            yield _text_of(row, field=field, where=f"{source}, row {number}")
    except BadInput:
        raise
    except Exception as error:  # the hub's own errors differ by version; each becomes words here
        raise BadInput(f"{source} cannot be read: {type(error).__name__}: {error}") from error


def _text_of(row: Any, *, field: str, where: str) -> str:
    fields = cast("dict[str, Any]", row if isinstance(row, dict) else {})
    value = fields.get(field)
    if value is None and field in fields:
        return ""
    if not isinstance(value, str):
        names = ", ".join(list(fields)[:12]) or "no fields"
        raise BadInput(f"{where}: {field!r} is not a text; it has {names}: name one (--field)")
    return value
