"""Partitions from a file: published clusters as JSON."""

import json
from pathlib import Path
from typing import Any, cast

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.partition import Partition


def load_partition(path: Path | str, *, n_features: int | None = None) -> Partition:
    """Read clusters from JSON: a list of lists of row numbers, or an object with such values.

    Cluster ``i`` of the file is cluster ``i`` of the result; its members are sorted. Clusters of
    one stay.

    Parameters
    ----------
    path
        The file.
    n_features
        Size of the space. Default: one more than the largest member.

    Returns
    -------
    Partition
        ``giant`` is the size of the largest cluster; ``scale`` is not known and is NaN.

    Raises
    ------
    BadInput
        If the file is not such JSON, a cluster is empty or names a row twice, or a row is not
        below ``n_features``.
    """
    where = Path(path)
    try:
        read: Any = json.loads(where.read_text())
    except (OSError, ValueError) as error:
        raise BadInput(f"{where} cannot be read as JSON: {error}") from error
    listed = cast("list[Any]", list(read.values()) if isinstance(read, dict) else read)  # pyright: ignore
    if not isinstance(read, list | dict) or not listed:
        raise BadInput(f"{where} holds no clusters: expected a list of lists of row numbers")
    members = tuple(_members(rows, where=f"{where}, cluster {i}") for i, rows in enumerate(listed))
    largest = max(int(rows[-1]) for rows in members)
    n = largest + 1 if n_features is None else n_features
    if largest >= n:
        raise BadInput(f"{where} names row {largest}, but the space has {n} rows")
    return Partition(
        members,
        np.full(len(members), np.nan),
        (f"read from {where.name}",) * len(members),
        n,
        giant=max(rows.size for rows in members),
    )


def _members(rows: Any, *, where: str) -> np.ndarray:
    given = cast("list[Any]", rows if isinstance(rows, list) else [])
    if not given or not all(type(row) is int and row >= 0 for row in given):
        raise BadInput(f"{where} is not a non-empty list of row numbers")
    found: np.ndarray = np.unique(np.array(given, dtype=np.int64))
    if found.size < len(given):
        raise BadInput(f"{where} names a row twice")
    return found
