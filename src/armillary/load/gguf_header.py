"""The header of a GGUF file, walked by hand so that a file cut short is recognised.

Layout, little-endian: ``GGUF``, version (u32), number of tensors and of key-value pairs (u64 each),
the pairs, one record a tensor (name, sizes with the row length first, type, offset), padding to
the alignment, then the values.
"""

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core.errors import BadInput

_SCALARS = {0: "<u1", 1: "<i1", 2: "<u2", 3: "<i2", 4: "<u4", 5: "<i4"} | {
    6: "<f4",
    7: "<u1",
    10: "<u8",
    11: "<i8",
    12: "<f8",
}
_STRING, _ARRAY = 8, 9


@dataclass(frozen=True, slots=True)
class TensorRecord:
    """Where a tensor lies: numpy shape (rows first), type number, offset from the file's start."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int


@dataclass(frozen=True, slots=True)
class GGUFHeader:
    """Key-value pairs (strings as bytes, arrays of them as lists) and where each tensor lies."""

    fields: dict[str, Any]
    tensors: dict[str, TensorRecord]


def read_gguf_header(path: Path) -> GGUFHeader:
    """Walk the header of a GGUF file.

    Raises
    ------
    BadInput
        If the file is not GGUF, is of another version than 2 or 3, or ends inside its header.
    """
    size = path.stat().st_size
    if size < 24:
        raise BadInput(f"{path} is cut short: {size} bytes found, a GGUF header has at least 24")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        walk = _Walk(data, path=path)
        if data[:4] != b"GGUF":
            raise BadInput(f"{path} does not start with 'GGUF' (found {data[:4]!r})")
        walk.at = 4
        version = walk.number("<I")
        if version not in (2, 3):
            raise BadInput(f"{path} is GGUF version {version} (or big-endian); 2 and 3 are read")
        n_tensors, n_fields = walk.number("<Q"), walk.number("<Q")
        fields: dict[str, Any] = {}
        for _ in range(n_fields):
            name = walk.text().decode("utf-8", "replace")
            fields[name] = walk.value(walk.number("<I"))
        records = [walk.record() for _ in range(n_tensors)]
        alignment = int(fields.get("general.alignment", 32))
        start = -(-walk.at // alignment) * alignment if alignment > 0 else walk.at
    return GGUFHeader(
        fields,
        {r.name: TensorRecord(r.name, r.shape, r.kind, start + r.offset) for r in records},
    )


class _Walk:
    """A cursor over the header that refuses to step past the end of the file."""

    def __init__(self, data: mmap.mmap, *, path: Path) -> None:
        self.data, self.path, self.at = data, path, 0

    def step(self, n_bytes: int) -> int:
        """Move on by so many bytes; return where they start."""
        start, end = self.at, self.at + n_bytes
        if end > len(self.data):
            raise BadInput(
                f"{self.path} is cut short or damaged: its header goes on to byte {end:,} at "
                f"least, the file has {len(self.data):,}; fetch or copy the file again"
            )
        self.at = end
        return start

    def number(self, layout: str) -> int:
        """Read one whole number."""
        return struct.unpack_from(layout, self.data, self.step(struct.calcsize(layout)))[0]

    def text(self) -> bytes:
        """Read one string, as bytes."""
        start = self.step(self.number("<Q"))
        return self.data[start : self.at]

    def value(self, kind: int) -> Any:
        """Read one value of a key-value pair."""
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            inner, count = self.number("<I"), self.number("<Q")
            if inner in _SCALARS:
                return self.scalars(inner, count=count)
            return [self.value(inner) for _ in range(count)]
        if kind in _SCALARS:
            return self.scalars(kind, count=1)[0].item()
        raise BadInput(f"{self.path}: value type {kind} at byte {self.at:,} is unknown")

    def scalars(self, kind: int, *, count: int) -> np.ndarray:
        """Read so many numbers of one type."""
        dtype = np.dtype(_SCALARS[kind])
        start = self.step(count * dtype.itemsize)
        return np.frombuffer(self.data[start : self.at], dtype=dtype)

    def record(self) -> TensorRecord:
        """Read one tensor record; its offset still counts from the start of the values."""
        name = self.text().decode("utf-8", "replace")
        n_axes = self.number("<I")
        if n_axes > 8:
            raise BadInput(f"{self.path}: tensor {name!r} claims {n_axes} axes; it is damaged")
        shape = tuple(self.number("<Q") for _ in range(n_axes))[::-1]
        return TensorRecord(name, shape, self.number("<I"), self.number("<Q"))
