"""Torch files (.pt, .pth): tensors and plain values are read, and nothing is ever run.

Layout: a zip archive with ``X/data.pkl`` (a pickle that names storages) and ``X/data/<key>``
(their bytes). ``torch_pickle`` reads the first without running anything it asks for.
"""

import zipfile
import zlib
from math import prod
from pathlib import Path
from typing import Any, cast

import numpy as np

from armillary.core.errors import BadInput
from armillary.load.stored import Offer, StoredTensor
from armillary.load.torch_pickle import PickledTensor, unpickled

_NUMPY = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4"} | {
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}
_MAX_PICKLE = 1 << 26
_MAX_DEPTH = 8
_MAX_ENTRIES = 100_000


def open_torch(path: Path) -> Offer:
    """Describe the tensors of a torch file; nested mappings give dotted names.

    Values that are no tensors (numbers, texts, flags) are kept in ``Offer.values``.

    Raises
    ------
    BadInput
        If the file is cut short, is of the layout before torch 1.6, or its pickle asks for
        anything but tensors and plain values; the text names what it asked for.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {m.filename: m for m in archive.infolist()}
            inner = [name for name in members if name.endswith("/data.pkl")]
            if len(inner) != 1:
                raise BadInput(
                    f"{path} is a zip archive but no torch file: {len(inner)} members are called "
                    "data.pkl, expected 1"
                )
            stem = inner[0].removesuffix("data.pkl")
            if members[inner[0]].file_size > _MAX_PICKLE:
                raise BadInput(
                    f"{path}: its pickle is past {_MAX_PICKLE:,} bytes; not a state dict"
                )
            order = archive.read(stem + "byteorder") if stem + "byteorder" in members else b"little"
            if order.strip() != b"little":
                raise BadInput(f"{path} is stored in {order!r} byte order, which is not read")
            content = unpickled(archive.read(inner[0]), path=path)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _no_archive(path, error) from error
    tensors: dict[str, StoredTensor] = {}
    values: dict[str, Any] = {}
    for name, thing in _flat(content, path=path).items():
        if isinstance(thing, PickledTensor):
            member = members.get(f"{stem}data/{thing.storage.key}")
            tensors[name] = _described(name, thing, path=path, member=member)
        else:
            values[name] = thing
    return Offer(tensors, values=values)


def _no_archive(path: Path, error: Exception) -> BadInput:
    with path.open("rb") as file:
        start = file.read(2)
    if start[:1] == b"\x80":
        return BadInput(
            f"{path} is a bare pickle (or a torch file from before 1.6), which can run code when "
            "opened, so it never is. Convert it where it was made: "
            'safetensors.torch.save_file(torch.load(path, weights_only=True), "out.safetensors")'
        )
    return BadInput(
        f"{path} ({path.stat().st_size:,} bytes) is cut short or not a torch file: {error}; "
        "fetch or copy the file again"
    )


def _flat(content: Any, *, path: Path) -> dict[str, Any]:
    """Return tensors and plain values by dotted name; a single tensor is called by its file."""
    if isinstance(content, PickledTensor):
        return {path.stem: content}
    if not isinstance(content, dict):
        raise BadInput(
            f"{path} holds a {type(content).__name__}, expected a mapping from names to tensors "
            "(a state dict)"
        )
    flat: dict[str, Any] = {}
    todo: list[tuple[str, Any, int]] = [("", content, 0)]
    while todo:
        prefix, thing, depth = todo.pop()
        if isinstance(thing, dict):
            if depth > _MAX_DEPTH or len(flat) + len(todo) > _MAX_ENTRIES:
                raise BadInput(f"{path}: its mappings are nested too deep or too many to be a file")
            mapping = cast(dict[Any, Any], thing)
            entries: Any = dict.items(mapping)  # pyright: ignore  # its own items may be a fake
            todo += [(f"{prefix}.{k}" if prefix else str(k), v, depth + 1) for k, v in entries]
        elif isinstance(thing, PickledTensor | str | int | float | None):
            flat[prefix] = thing
    return dict(sorted(flat.items()))


def _described(
    name: str, tensor: PickledTensor, *, path: Path, member: zipfile.ZipInfo | None
) -> StoredTensor:
    storage = tensor.storage
    counts = (storage.entries, tensor.offset, *tensor.shape, *tensor.stride)
    sound = all(type(n) is int and 0 <= n < 1 << 48 for n in counts)
    if not sound or len(tensor.shape) != len(tensor.stride):
        raise BadInput(
            f"{path}: tensor {name!r} claims the shape {tensor.shape!r:.60} and the strides "
            f"{tensor.stride!r:.60}; the file is damaged"
        )
    width = np.dtype(_NUMPY[storage.dtype]).itemsize
    if member is None:
        raise BadInput(f"{path}: the bytes of tensor {name!r} are missing; fetch the file again")
    reach = tensor.offset + sum(
        (n - 1) * s for n, s in zip(tensor.shape, tensor.stride, strict=True)
    )
    empty = prod(tensor.shape) == 0
    needs = 0 if empty else (reach + 1) * width
    if member.file_size < max(needs, 0 if empty else storage.entries * width):
        raise BadInput(
            f"{path}: tensor {name!r} of shape {list(tensor.shape)} needs "
            f"{max(needs, storage.entries * width):,} bytes, its storage has {member.file_size:,}; "
            "fetch or copy the file again"
        )
    if prod(tensor.shape) > max(1, member.file_size // width) and not empty:
        raise BadInput(f"{path}: tensor {name!r} claims more entries than its storage holds")

    def read() -> np.ndarray:
        kind: np.dtype[Any] = np.dtype(_NUMPY[storage.dtype])
        if empty:
            nothing: Any = np.zeros(tensor.shape, dtype=_NUMPY[storage.dtype])
            return nothing
        values = _storage_values(path, member=member, kind=kind)[tensor.offset :]
        strides = tuple(s * width for s in tensor.stride)
        view: Any = np.lib.stride_tricks.as_strided
        return view(values, tensor.shape, strides, writeable=False)

    return StoredTensor(name, tensor.shape, storage.dtype, read, path)


def _storage_values(path: Path, *, member: zipfile.ZipInfo, kind: np.dtype) -> np.ndarray:
    """Return a storage's numbers; zipfile checks their sum."""
    try:
        with zipfile.ZipFile(path) as archive:
            data = archive.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadInput(f"{path} is damaged ({error}); fetch or copy the file again") from error
    return np.frombuffer(data, dtype=kind, count=len(data) // kind.itemsize)
