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
    """
    arrays: list[np.ndarray] = []
    head = json.dumps(_plain(body, arrays), ensure_ascii=False, allow_nan=False,
                      separators=(",", ":")).encode("utf-8")  # fmt: skip
    head += b" " * (-len(head) % 4)
    blocks = b"".join(_block(array) for array in arrays)
    return _START.pack(MAGIC, len(head)) + head + blocks


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
    if len(data) < _START.size or not data.startswith(MAGIC):
        raise BadInput("these bytes are no body of the explorer: they do not begin with ARM1")
    size = _START.unpack_from(data)[1]
    begin = _START.size + size

    def restored(item: dict[str, Any]) -> Any:
        if set(item) != {"@"}:
            return item
        kind, at, count = item["@"]
        return np.frombuffer(data, dtype=_KINDS[kind], count=count, offset=begin + at)

    return cast("dict[str, Any]", json.loads(data[_START.size : begin], object_hook=restored))


def readable(body: Any) -> Any:
    """Return a body as plain JSON for other programs: arrays become base64 of the same bytes.

    Parameters
    ----------
    body
        A dataclass of the schema, or a dict of ``decode``.
    """
    if isinstance(body, np.ndarray):
        return base64.b64encode(np.ascontiguousarray(body).tobytes()).decode("ascii")
    if is_dataclass(body):
        return {one.name: readable(getattr(body, one.name)) for one in fields(body)}
    if isinstance(body, dict):
        held = cast("dict[str, Any]", body)
        return {name: readable(value) for name, value in held.items()}
    if isinstance(body, list | tuple):
        return [readable(value) for value in cast("list[Any]", body)]
    return body


def _plain(value: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(value, np.ndarray):
        kind = value.dtype.str[1:]
        if kind not in _KINDS:
            raise TypeError(f"an array of a body is {value.dtype}: use one of {', '.join(_KINDS)}")
        at = sum(-(-one.nbytes // 4) * 4 for one in arrays)
        arrays.append(np.ascontiguousarray(value, dtype=_KINDS[kind]))
        return {"@": [kind, at, value.size]}
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name), arrays) for one in fields(value)}
    if isinstance(value, list | tuple):
        return [_plain(one, arrays) for one in cast("list[Any]", value)]
    return value


def _block(array: np.ndarray) -> bytes:
    raw = array.tobytes()
    return raw + b"\0" * (-len(raw) % 4)
