"""The wire: a body of the explorer as bytes, the same in a page on disk and from a server.

A body is a dataclass of the schema: numbers that a view draws in bulk are arrays, the rest is JSON.
On the wire stand four magic bytes, the length of the head (uint32), the head (JSON, in which an
array is ``{"@": [type, first byte, count]}``, counted from the end of the head), and the arrays,
little-endian, each at a multiple of four bytes.
"""

import base64
import json
import struct
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, cast

import numpy as np

from armillary.core.errors import BadInput

MAGIC = b"ARM1"
_START = struct.Struct("<4sI")
_KINDS = {"u1": "<u1", "u2": "<u2", "i4": "<i4", "f4": "<f4"}

Bytes = Annotated[np.ndarray, "u1"]
Places = Annotated[np.ndarray, "u2"]  # of a square, 0 to 65535
Whole = Annotated[np.ndarray, "i4"]
Reals = Annotated[np.ndarray, "f4"]


def encode(body: Any) -> bytes:
    """Return a body of the schema as bytes.

    Parameters
    ----------
    body
        A dataclass whose arrays are uint8, uint16, int32 or float32; they are sent flat.

    Returns
    -------
    bytes
        The same for the same body.

    Raises
    ------
    TypeError
        If an array is of another type.
    ValueError
        If a number is not finite.
    """
    blocks = _Blocks()
    head = json.dumps(_plain(body, blocks), ensure_ascii=False, allow_nan=False,
                      separators=(",", ":")).encode("utf-8")  # fmt: skip
    head += b" " * (-len(head) % 4)
    return _START.pack(MAGIC, len(head)) + head + b"".join(blocks.raw)


def decode(data: bytes) -> dict[str, Any]:
    """Return what a body says: arrays are arrays again, dataclasses are dicts.

    Parameters
    ----------
    data
        Of ``encode``.

    Raises
    ------
    BadInput
        If these bytes are no body.
    """
    try:
        return _decoded(data)
    except (ValueError, TypeError, KeyError, struct.error) as error:
        raise BadInput(
            f"these {len(data):,} bytes are no body of the explorer ({error}): expected ARM1, a "
            "head and its arrays"
        ) from error


def _decoded(data: bytes) -> dict[str, Any]:
    magic, size = _START.unpack_from(data)
    begin = _START.size + size
    if magic != MAGIC or begin > len(data):
        raise ValueError(f"it begins with {data[:4]!r} and a head of {size:,} bytes")

    def restored(item: dict[str, Any]) -> Any:
        if set(item) != {"@"}:
            return item
        kind, at, count = item["@"]
        if count == 0:  # no byte of it need be there
            return np.empty(0, dtype=_KINDS[kind])
        return np.frombuffer(data, dtype=_KINDS[kind], count=count, offset=begin + at)

    body: Any = json.loads(data[_START.size : begin], object_hook=restored)
    if not isinstance(body, dict):
        raise ValueError("its head is no object")
    return cast("dict[str, Any]", body)


def readable(body: Any) -> Any:
    """Return a body as plain JSON for other programs: arrays become base64 of the same bytes.

    Parameters
    ----------
    body
        A dataclass of the schema, or a dict of ``decode``.
    """
    if isinstance(body, np.ndarray):
        return base64.b64encode(cast("np.ndarray", body).tobytes()).decode("ascii")
    if is_dataclass(body):
        return {one.name: readable(getattr(body, one.name)) for one in fields(body)}
    if isinstance(body, dict):
        held = cast("dict[str, Any]", body)
        return {name: readable(value) for name, value in held.items()}
    if isinstance(body, list | tuple):
        return [readable(value) for value in cast("list[Any]", body)]
    return body


class _Blocks:
    """Arrays end to end, each at a multiple of four bytes."""

    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.size = 0

    def add(self, array: np.ndarray) -> dict[str, Any]:
        """Put an array at the end and return what the head says of it."""
        kind = array.dtype.str[1:]
        if kind not in _KINDS:
            raise TypeError(f"an array of a body is {array.dtype}: use one of {', '.join(_KINDS)}")
        raw = np.ascontiguousarray(array, dtype=_KINDS[kind]).tobytes()
        at = self.size
        self.raw.append(raw + b"\0" * (-len(raw) % 4))
        self.size += len(self.raw[-1])
        return {"@": [kind, at, array.size]}


def _plain(value: Any, blocks: _Blocks) -> Any:
    if isinstance(value, np.ndarray):
        return blocks.add(cast("np.ndarray", value))
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name), blocks) for one in fields(value)}
    if isinstance(value, list | tuple):
        return [_plain(one, blocks) for one in cast("list[Any]", value)]
    return value
