"""Safetensors: the header is checked against the file's length, the values are memory-mapped.

Layout: eight bytes (little-endian length of the header), the header (JSON: name to dtype, shape
and the pair of offsets into what follows), then the values.
"""

import json
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any, cast

import numpy as np

from armillary.core.errors import BadInput
from armillary.load.stored import Offer, StoredTensor

_WIDTH = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1} | {
    "U64": 8,
    "U32": 4,
    "U16": 2,
    "U8": 1,
    "BOOL": 1,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
}
_NUMPY = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
_MAX_HEADER = 100_000_000


def open_safetensors(path: Path) -> Offer:
    """List the tensors of a safetensors file without reading their values.

    Raises
    ------
    BadInput
        If the file is cut short or damaged; the text gives byte counts found and expected.
    """
    size = path.stat().st_size
    header, start = _header(path, size=size)
    tensors: dict[str, StoredTensor] = {}
    end = 0
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        dtype, shape, first, last = _entry(path, name=name, entry=entry)
        end = max(end, last)
        if start + last > size:
            raise BadInput(
                f"{path} is cut short: tensor {name!r} ends at byte {start + last:,}, "
                f"the file has {size:,} bytes; fetch or copy the file again"
            )
        read = _reader(path, offset=start + first, dtype=dtype, shape=shape)
        tensors[name] = StoredTensor(name, shape, dtype, read, path)
    if start + end != size:
        raise BadInput(
            f"{path} is damaged: its header accounts for {start + end:,} bytes, "
            f"the file has {size:,}; fetch or copy the file again"
        )
    return Offer(tensors)


def _header(path: Path, *, size: int) -> tuple[dict[str, Any], int]:
    with path.open("rb") as file:
        word = file.read(8)
        if len(word) < 8:
            raise BadInput(
                f"{path} is cut short: {size} bytes found, a safetensors file starts with 8 bytes "
                "that give its header's length; fetch or copy the file again"
            )
        length = int.from_bytes(word, "little")
        if length > size - 8:
            raise BadInput(
                f"{path} is cut short or not safetensors: its header should be {length:,} bytes "
                f"long, {size - 8:,} bytes follow; fetch or copy the file again"
            )
        if length > _MAX_HEADER:
            raise BadInput(f"{path}: a header of {length:,} bytes is past the format's limit")
        text = file.read(length)
    try:
        header: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"{path}: its {length:,}-byte header is not JSON ({error}); the file is damaged or "
            "not safetensors"
        ) from error
    if not isinstance(header, dict):
        raise BadInput(f"{path}: its header is not a JSON object; the file is not safetensors")
    return cast(dict[str, Any], header), 8 + length


def _entry(path: Path, *, name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    try:
        dtype = str(entry["dtype"])
        shape = tuple(_count(n) for n in entry["shape"])
        first, last = (_count(n) for n in entry["data_offsets"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"{path}: the header's entry for {name!r} is malformed ({error!r}); expected dtype, "
            "shape and two data_offsets"
        ) from error
    width = _WIDTH.get(dtype)
    expected = prod(shape) * width if width else last - first
    if last - first != expected or last < first:
        raise BadInput(
            f"{path}: tensor {name!r} of shape {list(shape)} and type {dtype} needs {expected:,} "
            f"bytes, its offsets {first:,} to {last:,} give {last - first:,}; the file is damaged"
        )
    return dtype, shape, first, last


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is not a count")
    return value


def _reader(
    path: Path, *, offset: int, dtype: str, shape: tuple[int, ...]
) -> Callable[[], np.ndarray]:
    def read() -> np.ndarray:
        kind = np.dtype(_NUMPY[dtype])
        if prod(shape) == 0:
            return np.empty(shape, dtype=kind)
        return np.memmap(path, dtype=kind, mode="r", offset=offset, shape=shape)

    return read
