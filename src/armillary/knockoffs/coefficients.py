"""Coefficients: tables of whole numbers whose columns of one spread share a distribution."""

import struct
from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from armillary.knockoffs.packing import pack_symbols, unpack_symbols

Table = Int[np.ndarray, "_ column"]  # tables differ in rows
_LOWEST = -16  # half octaves of spread: columns with less are told apart no further


def pack_tables(tables: Sequence[Table]) -> bytes:
    """Write tables with the same number of columns, near to the entropy of columns of one spread.

    The spread of a column of a table is ``round(2 log2 rms)``, in half octaves; it is sent (0 for a
    column of zeros). All numbers in columns of one spread, of whatever table, are one stream of
    ``pack_symbols``: the shape of each distribution is learned from many columns and sent once.

    Parameters
    ----------
    tables
        One or more.

    Returns
    -------
    bytes
        ``unpack_tables`` needs the numbers of rows besides.
    """
    spread = np.array([[_spread(column) for column in table.T] for table in tables], dtype=np.int64)
    streams = [pack_symbols(spread)]
    for level in np.unique(spread[spread > 0]):
        chosen = [t.T[s == level].ravel() for t, s in zip(tables, spread, strict=True)]
        streams.append(pack_symbols(np.concatenate(chosen)))
    return b"".join(struct.pack("<I", len(stream)) + stream for stream in streams)


def unpack_tables(data: bytes, rows: Sequence[int]) -> list[Table]:
    """Read what ``pack_tables`` wrote.

    Parameters
    ----------
    data
        All of it, nothing else.
    rows
        Number of rows of each table.

    Returns
    -------
    list of array
        Int64, in the order they were written.
    """
    streams = _streams(data)
    spread = unpack_symbols(streams[0])
    tables: list[np.ndarray] = [np.zeros((n, spread.shape[1]), dtype=np.int64) for n in rows]
    levels = np.unique(spread[spread > 0]).tolist()
    for level, stream in zip(levels, streams[1:], strict=True):
        numbers, at = unpack_symbols(stream), 0
        for table, here in zip(tables, spread == level, strict=True):
            size = len(table) * int(here.sum())
            table.T[here] = numbers[at : at + size].reshape(-1, len(table))
            at += size
    return tables


def _spread(column: np.ndarray) -> int:
    square = float((column.astype(np.float64) ** 2).mean()) if column.size else 0.0
    return max(1, 1 + round(np.log2(square)) - _LOWEST) if square > 0 else 0


def _streams(data: bytes) -> list[bytes]:
    found: list[bytes] = []
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return found
