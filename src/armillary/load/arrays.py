"""Numpy files: one array (.npy) or several by name (.npz); pickled objects are never opened."""

import io
import zipfile
import zlib
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core.errors import BadInput
from armillary.load.stored import Offer, StoredTensor, dtype_tag

_ID_NAMES = ("feature_id", "feature_ids", "id", "ids", "index")
_LABEL_NAMES = ("label", "labels")


def open_npy(path: Path) -> Offer:
    """Describe the array of a ``.npy`` file; its name is the file's stem.

    Raises
    ------
    BadInput
        If the file is cut short, is not a numpy array or holds Python objects.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        shape, dtype, _ = _npy_header(file, where=str(path))
        expected = file.tell() + prod(shape) * dtype.itemsize
    if dtype.hasobject:
        raise BadInput(f"{path} holds Python objects, which are never unpickled; save numbers")
    if size < expected:
        raise BadInput(
            f"{path} is cut short: {size:,} bytes found, {expected:,} expected for an array of "
            f"shape {shape}; fetch or copy the file again"
        )

    def read() -> np.ndarray:
        return np.load(path, mmap_mode="r" if prod(shape) else None, allow_pickle=False)

    return Offer({path.stem: StoredTensor(path.stem, shape, dtype_tag(dtype), read, path)})


def open_npz(path: Path) -> Offer:
    """Describe the arrays of a ``.npz`` file.

    One-dimensional members called ``label(s)`` (text) or ``feature_id(s)``, ``id(s)``, ``index``
    (whole numbers) become columns; object arrays are passed over.

    Raises
    ------
    BadInput
        If the archive is cut short or damaged.
    """
    tensors: dict[str, StoredTensor] = {}
    columns: dict[str, np.ndarray] = {}
    notes: list[str] = []
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.namelist() if m.endswith(".npy")]
            for member in members:
                name = member.removesuffix(".npy")
                where = f"{path}, array {name!r}"
                with archive.open(member) as file:
                    shape, dtype, _ = _npy_header(file, where=where)
                if dtype.hasobject:
                    notes.append(f"array {name!r} holds Python objects and was not opened")
                    continue
                read = _npz_reader(path, member=member)
                tensors[name] = StoredTensor(name, shape, dtype_tag(dtype), read, path)
                column = _column_of(name, shape=shape, dtype=dtype)
                if column is not None:
                    columns[column] = read()
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise BadInput(
            f"{path} ({path.stat().st_size:,} bytes) is cut short or not a .npz archive: {error}; "
            "fetch or copy the file again"
        ) from error
    return Offer(tensors, columns=columns, notes=tuple(notes))


def _column_of(name: str, *, shape: tuple[int, ...], dtype: np.dtype) -> str | None:
    if len(shape) == 1 and dtype.kind in "iu" and name in _ID_NAMES:
        return "feature_id"
    if len(shape) == 1 and dtype.kind == "U" and name in _LABEL_NAMES:
        return "label"
    return None


def _npz_reader(path: Path, *, member: str) -> Callable[[], np.ndarray]:
    def read() -> np.ndarray:
        try:
            with zipfile.ZipFile(path) as archive:
                return np.load(io.BytesIO(archive.read(member)), allow_pickle=False)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
            raise BadInput(
                f"{path}: array {member.removesuffix('.npy')!r} is damaged ({error}); "
                "fetch or copy the file again"
            ) from error

    return read


def _npy_header(file: Any, *, where: str) -> tuple[tuple[int, ...], np.dtype, Any]:
    try:
        version = np.lib.format.read_magic(file)
        reader: Any = getattr(
            np.lib.format,
            "read_array_header_1_0" if version == (1, 0) else "read_array_header_2_0",
        )
        shape, fortran, dtype = reader(file)
    except (ValueError, EOFError, SyntaxError) as error:
        raise BadInput(
            f"{where} is cut short or not a numpy array ({error}); fetch or copy the file again"
        ) from error
    return shape, dtype, fortran
