"""Neuronpedia exports: explanations of features, in files ``batch-N.jsonl.gz`` of one source."""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from armillary.core.errors import BadInput

_PATTERN = "batch-*.jsonl*"


def is_export(path: Path) -> bool:
    """Tell whether a path is a folder of batches or one batch."""
    return path.is_dir() or path.name.endswith(".jsonl.gz")


def read_export(path: Path) -> tuple[dict[int, str], str]:
    """Read the descriptions of features, from one batch or a folder of them.

    A row holds ``modelId``, ``layer`` (the source), ``index`` and ``description``. Where a feature
    has several explanations the first that is not empty is kept.

    Parameters
    ----------
    path
        A file ``batch-N.jsonl.gz``, or a folder of them; batches are read by their number.

    Returns
    -------
    label : dict
        Description by feature.
    note : str
        Which model and source they are of, and how many features had more than one.

    Raises
    ------
    BadInput
        If there is no batch, one is damaged, a row lacks its index, or rows are of several sources.
    """
    batches = sorted(path.glob(_PATTERN), key=_number) if path.is_dir() else [path]
    if not batches:
        raise BadInput(f"labels {path}: it holds no batch-N.jsonl.gz; name a folder that does")
    found: dict[int, str] = {}
    several: set[int] = set()
    origins: dict[str, Path] = {}
    for batch in batches:
        for number, row in _rows(batch):
            where = f"labels {batch}, row {number}"
            index, text = _entry(row, where=where)
            origins.setdefault(f"{row.get('modelId', '?')}/{row.get('layer', '?')}", batch)
            if len(origins) > 1:
                raise BadInput(
                    f"{where}: explanations of {' and of '.join(origins)} are mixed; keep one "
                    "source a folder"
                )
            if found.get(index):
                several.add(index)
            else:
                found[index] = text
    origin = next(iter(origins), "nothing")
    more = f"; {len(several):,} have several, the first is kept" if several else ""
    return found, f"explanations of {origin}{more}"


def _number(path: Path) -> tuple[int, str]:
    digits = re.search(r"\d+", path.name)
    return (int(digits[0]) if digits else 0, path.name)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                row: Any = json.loads(line)
                if not isinstance(row, dict):
                    raise BadInput(f"labels {path}, row {number}: expected a JSON object")
                yield number, row
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadInput(
            f"labels {path} is cut short or damaged ({error}); fetch the file again"
        ) from error
    except (ValueError, OSError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"labels {path} cannot be read: {error}") from error


def _entry(row: dict[str, Any], *, where: str) -> tuple[int, str]:
    index, text = row.get("index"), row.get("description")
    if not str(index).isdecimal():
        raise BadInput(f"{where}: 'index' is {index!r}, expected the number of a feature")
    if text is not None and not isinstance(text, str):
        raise BadInput(f"{where}: 'description' is {text!r:.60}, expected a text")
    return int(str(index)), (text or "").strip()
