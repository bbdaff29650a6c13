"""Columns of whole numbers to bytes: every column under its own distribution, one range coder."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.load.require import require

_HISTOGRAM, _ABSENT = 1, 255
_POWERS = {2: 1.0, 3: 1.5, 4: 2.0}  # kind: exponent of exp(-|k / scale|^exponent)
_LARGEST = 1 << 15


@dataclass(frozen=True, slots=True)
class _Model:
    """How one column is coded: what is sent, the distribution it says, what the numbers cost."""

    kind: int
    low: int
    size: int
    sent: bytes
    share: np.ndarray
    cost: float

    @property
    def bits(self) -> float:
        """Cost of the column with its model; values that never occur are nearly free, packed."""
        size = len(self.sent)
        seen = size - self.sent.count(_ABSENT) if self.kind == _HISTOGRAM else size
        return self.cost + 8 * (min(size, 2 * seen + 8) + 5)


def pack_columns(
    symbols: Int[np.ndarray, "feature column"], *, group: Int[np.ndarray, " feature"] | None = None
) -> bytes:
    """Write a table of whole numbers, the columns of each group of rows at about their entropy.

    A column of a group is coded under its own histogram (a byte a value, logarithmic) or under
    ``share(0)`` and ``exp(-|k / scale|^power)`` for the others, power 1, 1.5 or 2 (two bytes),
    whichever is shorter. The models are packed together, then one range coder writes all numbers.

    Parameters
    ----------
    symbols
        Between -32768 and 32767.
    group
        Rows of one group share their distributions; the receiver must know them. None is one.

    Returns
    -------
    bytes
        ``unpack_columns`` needs only the groups besides.

    Raises
    ------
    BadInput
        If a number is out of range.
    MissingExtra
        If ``constriction`` is not installed.
    """
    _check_range(symbols)
    encoder: Any = _stream().queue.RangeEncoder()
    models: list[_Model] = []
    for rows in _groups(symbols.shape[0], group):
        for column in np.ascontiguousarray(symbols[rows].T, dtype=np.int32):
            model = _fitted(column)
            models.append(model)
            if model.kind:
                encoder.encode(column - np.int32(model.low), _coded(model.share))
    fixed = [np.array([getattr(m, name) for m in models]) for name in ("kind", "low", "size")]
    head = b"".join(
        array.astype(kind).tobytes()
        for array, kind in zip(fixed, ("<u1", "<i2", "<u2"), strict=True)
    )
    packed = zlib.compress(head + b"".join(model.sent for model in models), 9)
    body = np.asarray(encoder.get_compressed(), dtype=np.uint32).tobytes()
    return struct.pack("<III", *symbols.shape, len(packed)) + packed + body


def unpack_columns(
    data: bytes, *, group: Int[np.ndarray, " feature"] | None = None
) -> Int[np.ndarray, "feature column"]:
    """Read what ``pack_columns`` wrote, as int32.

    Parameters
    ----------
    data
        All of it, nothing else.
    group
        As it was written.
    """
    n_rows, n_columns, size = struct.unpack_from("<III", data)
    head, body = zlib.decompress(data[12 : 12 + size]), data[12 + size :]
    decoder: Any = _stream().queue.RangeDecoder(np.frombuffer(body, np.uint32))
    groups = list(_groups(n_rows, group))
    models = _read(head, n_columns * len(groups))
    out: np.ndarray = np.empty((n_rows, n_columns), dtype=np.int32)
    for rows in groups:
        part: np.ndarray = np.empty((n_columns, rows.size), dtype=np.int32)
        for j in range(n_columns):
            kind, low, share = next(models)
            part[j] = low
            if kind:
                part[j] += np.asarray(decoder.decode(_coded(share), rows.size), dtype=np.int32)
        out[rows] = part.T
    return out


def columns_bits(
    symbols: Int[np.ndarray, "feature column"], *, group: Int[np.ndarray, " feature"] | None = None
) -> tuple[float, float]:
    """Return about what ``pack_columns`` would spend on numbers and on models, without writing.

    Parameters
    ----------
    symbols, group
        As there.

    Returns
    -------
    tuple
        Bits of the numbers, in proportion to the rows; bits of the models, independent of them.
    """
    _check_range(symbols)
    models = [
        _fitted(column)
        for rows in _groups(symbols.shape[0], group)
        for column in np.ascontiguousarray(symbols[rows].T, dtype=np.int32)
    ]
    return sum((m.cost for m in models), 0.0), sum((m.bits - m.cost for m in models), 0.0)


def _groups(n_rows: int, group: np.ndarray | None) -> Iterator[np.ndarray]:
    if group is None:
        yield np.arange(n_rows)
        return
    for value in np.unique(group):
        yield np.flatnonzero(group == value)


def _check_range(symbols: np.ndarray) -> None:
    most = int(np.abs(symbols).max(initial=0))
    if most >= _LARGEST:
        raise BadInput(f"a number is {most:,}, columns hold less than {_LARGEST:,}: larger steps")


def _fitted(column: np.ndarray) -> _Model:
    low, high = (int(column.min()), int(column.max())) if column.size else (0, 0)
    if low == high:
        return _Model(0, low, 1, b"", np.ones(1), 0.0)
    counts = np.bincount(column - low)
    sent = _levels(counts)
    best = _scored(_HISTOGRAM, low, counts, sent)
    for kind in _POWERS:
        for sent in _scales(kind, low, counts):
            tried = _scored(kind, low, counts, sent)
            best = tried if tried.bits < best.bits else best
    return best


def _scored(kind: int, low: int, counts: np.ndarray, sent: bytes) -> _Model:
    share = _share(kind, low, sent, counts.size)
    seen = counts > 0
    cost = -float(counts[seen] @ np.log2(np.maximum(share[seen], 2.0**-24)))
    return _Model(kind, low, counts.size, sent, share, cost)


def _levels(counts: np.ndarray) -> bytes:
    """Return 16 log2 of the most frequent count over each, a byte; 255 says never."""
    own: Float[np.ndarray, " value"] = counts.astype(np.float64)
    with np.errstate(divide="ignore"):
        level: np.ndarray = np.rint(16 * (np.log2(own.max()) - np.log2(own)))
    return np.where(counts > 0, np.minimum(level, _ABSENT - 1), _ABSENT).astype(np.uint8).tobytes()


def _scales(kind: int, low: int, counts: np.ndarray) -> Iterator[bytes]:
    """Yield the share of 0 and some scales near the one that moments say, a byte each."""
    value = np.abs(low + np.arange(counts.size)).astype(np.float64)
    other = counts * (value > 0)
    zero = 1 - other.sum() / counts.sum()
    power = _POWERS[kind]
    scale = (power * (other @ value**power) / other.sum()) ** (1 / power)
    middle = round(16 * np.log2(scale) + 64)
    for byte in range(middle - 12, middle + 3, 2):
        if 0 <= byte <= 255:
            yield bytes([min(255, int(256 * zero)), byte])


def _share(kind: int, low: int, sent: bytes, size: int) -> Float[np.ndarray, " value"]:
    """Return the distribution that a receiver reads."""
    if kind == _HISTOGRAM:
        level: np.ndarray = np.frombuffer(sent, np.uint8).astype(np.float64)
        share = np.where(level == _ABSENT, 0.0, 2.0 ** (-level / 16))
        return share / share.sum()
    value = np.abs(low + np.arange(size)).astype(np.float64)
    share = np.exp(-((value / 2.0 ** ((sent[1] - 64) / 16)) ** _POWERS[kind])) + 1e-12
    at = -low
    if 0 <= at < size:
        share[at] = 0
        zero = (sent[0] + 0.5) / 256
        share *= (1 - zero) / share.sum()
        share[at] = zero
    return share / share.sum()


def _read(head: bytes, n: int) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield kind, lowest value and distribution of every column."""
    kind = np.frombuffer(head, "<u1", count=n).tolist()
    low = np.frombuffer(head, "<i2", count=n, offset=n).tolist()
    size = np.frombuffer(head, "<u2", count=n, offset=3 * n).tolist()
    at = 5 * n
    for k, least, many in zip(kind, low, size, strict=True):
        length = 0 if k == 0 else many if k == _HISTOGRAM else 2
        sent, at = head[at : at + length], at + length
        yield k, least, np.ones(1) if k == 0 else _share(k, least, sent, many)


def _coded(share: np.ndarray) -> Any:
    return _stream().model.Categorical(share, perfect=False)


def _stream() -> Any:
    library: Any = require("constriction", extra="explain")
    return library.stream
