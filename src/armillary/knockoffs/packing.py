"""Packing: arrays to bytes and back, symbols as near to their entropy as a range coder comes."""

import struct
from typing import Any

import numpy as np
from jaxtyping import Int

from armillary.core.errors import BadInput
from armillary.load.require import require

_KINDS = {32: (b"f", np.float32), 16: (b"h", np.float16)}


def pack_floats(array: np.ndarray, *, bits: int = 16) -> bytes:
    """Write an array of numbers with 32, 16 or 8 bits each.

    With 8 bits every column (last axis) is divided by its largest absolute value, sent as float32,
    and rounded to 1/127 of it.

    Parameters
    ----------
    array
        Finite; up to four axes.
    bits
        8, 16 or 32.

    Returns
    -------
    bytes
        Shape included; ``unpack_floats`` needs nothing else.

    Raises
    ------
    BadInput
        If another number of bits is asked for, or a number is too large for 16.
    """
    head = struct.pack("<BB", bits, array.ndim) + struct.pack(f"<{array.ndim}I", *array.shape)
    if bits == 8:
        most = np.abs(array).max(axis=tuple(range(array.ndim - 1)), initial=0.0)
        scale = np.asarray(most, dtype=np.float32)
        step = np.where(scale > 0, scale / 127, 1)
        return head + scale.tobytes() + np.round(array / step).astype(np.int8).tobytes()
    if bits not in _KINDS:
        raise BadInput(f"numbers are packed with 8, 16 or 32 bits, not {bits}")
    with np.errstate(over="ignore"):
        cast = np.asarray(array).astype(_KINDS[bits][1])
    if not np.isfinite(cast).all():
        raise BadInput("a number is too large for 16 bits: scale the array, or use 32")
    return head + cast.tobytes()


def unpack_floats(data: bytes) -> np.ndarray:
    """Read what ``pack_floats`` wrote, as float32.

    Parameters
    ----------
    data
        All of it, nothing else.
    """
    bits, ndim = struct.unpack_from("<BB", data)
    shape = struct.unpack_from(f"<{ndim}I", data, 2)
    start = 2 + 4 * ndim
    if bits == 8:
        columns = int(shape[-1]) if shape else 1
        scale = np.frombuffer(data, np.float32, count=columns, offset=start)
        whole = np.frombuffer(data, np.int8, offset=start + 4 * columns).reshape(shape)
        return (whole * np.where(scale > 0, scale / 127, 1)).astype(np.float32)
    return np.frombuffer(data, _KINDS[bits][1], offset=start).reshape(shape).astype(np.float32)


def pack_symbols(symbols: Int[np.ndarray, "*shape"]) -> bytes:
    """Write whole numbers of one distribution with a range coder.

    The smallest value, the shape and how often each value occurs go first (the counts as 16-bit
    floats), then the numbers at close to their empirical entropy.

    Parameters
    ----------
    symbols
        Any whole numbers whose range is at most 2^20.

    Returns
    -------
    bytes
        ``unpack_symbols`` needs nothing else.

    Raises
    ------
    BadInput
        If the range is larger.
    MissingExtra
        If ``constriction`` is not installed.
    """
    flat = np.asarray(symbols, dtype=np.int64).ravel()
    low = int(flat.min()) if flat.size else 0
    counts = np.bincount(flat - low, minlength=1)
    if counts.size > 1 << 20:
        raise BadInput(f"symbols spread over {counts.size:,} values: at most 2^20 can be coded")
    shares = _coarse(counts)
    head = struct.pack("<Biq", symbols.ndim, counts.size, low)
    head += struct.pack(f"<{symbols.ndim}I", *symbols.shape) + shares.astype(np.float16).tobytes()
    if counts.size == 1:
        return head
    queue = _stream().queue
    encoder = queue.RangeEncoder()
    encoder.encode((flat - low).astype(np.int32), _model(shares))
    return head + np.asarray(encoder.get_compressed(), dtype=np.uint32).tobytes()


def unpack_symbols(data: bytes) -> Int[np.ndarray, "*shape"]:
    """Read what ``pack_symbols`` wrote, as int64.

    Parameters
    ----------
    data
        All of it, nothing else.
    """
    ndim, size, low = struct.unpack_from("<Biq", data)
    at = struct.calcsize("<Biq")
    shape = struct.unpack_from(f"<{ndim}I", data, at)
    at += 4 * ndim
    shares = np.frombuffer(data, np.float16, count=size, offset=at).astype(np.float64)
    total = int(np.prod(shape, dtype=np.int64))
    if size == 1:
        return np.full(shape, low, dtype=np.int64)
    words = np.frombuffer(data[at + 2 * size :], np.uint32)
    found = _stream().queue.RangeDecoder(words).decode(_model(shares), total)
    return np.asarray(found, dtype=np.int64).reshape(shape) + low


def _coarse(counts: np.ndarray) -> np.ndarray:
    """Return shares of the most frequent value, as a receiver will read them; never 0 if seen."""
    share = (counts / counts.max(initial=1)).astype(np.float16)
    smallest = np.float16(6.1e-5)
    return np.where((counts > 0) & (share < smallest), smallest, share).astype(np.float64)


def _model(shares: np.ndarray) -> Any:
    return _stream().model.Categorical(shares / shares.sum(), perfect=False)


def _stream() -> Any:
    library: Any = require("constriction", extra="explain")
    return library.stream
