"""Rows of a group as bytes: sorted, the gaps between them range-coded or written plainly."""

import numpy as np
from jaxtyping import Int

from armillary.knockoffs.packing import pack_symbols, unpack_symbols


def pack_rows(rows: Int[np.ndarray, " member"]) -> bytes:
    """Write rising row numbers by their gaps.

    Each gap goes as a variable number of bytes, seven bits a byte with a flag that says whether
    another follows; where a range coder with its table of counts is shorter, it is used.

    Parameters
    ----------
    rows
        Rising, at least 0.

    Returns
    -------
    bytes
        For ``unpack_rows``.
    """
    gaps = np.diff(rows, prepend=-1) - 1
    plain = b"".join(_varying(int(gap)) for gap in gaps)
    if gaps.size and gaps.max() < 1 << 16:
        coded = pack_symbols(gaps)
        if len(coded) < len(plain):
            return b"\x01" + coded
    return b"\x00" + plain


def unpack_rows(data: bytes) -> Int[np.ndarray, " member"]:
    """Read what ``pack_rows`` wrote.

    Parameters
    ----------
    data
        All of it.
    """
    if data[:1] == b"\x01":
        gaps = unpack_symbols(data[1:])
    else:
        values: list[int] = []
        value, shift = 0, 0
        for byte in data[1:]:
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                values.append(value)
                value, shift = 0, 0
        gaps = np.array(values, dtype=np.int64)
    return np.cumsum(gaps + 1) - 1


def _varying(value: int) -> bytes:
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
