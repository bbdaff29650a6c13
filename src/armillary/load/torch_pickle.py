"""Restricted unpickling: what a tensor needs is noted, every other request is refused.

A pickle can call whatever it names. This reader knows the handful of names that a state dict needs
and gives each a stand-in that only notes what was asked; nothing of torch or of the file is run.
"""

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from armillary.core.errors import BadInput

STORAGE_DTYPE = {
    "DoubleStorage": "F64",
    "FloatStorage": "F32",
    "HalfStorage": "F16",
    "BFloat16Storage": "BF16",
    "LongStorage": "I64",
    "IntStorage": "I32",
    "ShortStorage": "I16",
    "CharStorage": "I8",
    "ByteStorage": "U8",
    "BoolStorage": "BOOL",
}


class PickledStorage(NamedTuple):
    """Numbers in another member of the archive: their name, type and count as claimed."""

    key: str
    dtype: str
    entries: int


class PickledTensor(NamedTuple):
    """A tensor as claimed; every number is to be checked before it is used.

    A tuple, so that a pickle cannot change it after it was made.
    """

    storage: PickledStorage
    offset: Any
    shape: Any
    stride: Any


class _StandIn:
    """A callable without a state that a pickle could change."""

    __slots__ = ("_made",)

    _made: Callable[..., Any]

    def __init__(self, made: Callable[..., Any]) -> None:
        object.__setattr__(self, "_made", made)

    def __call__(self, *args: Any) -> Any:
        made: Any = self._made(*args)
        return made

    def __setattr__(self, name: str, value: object) -> None:
        raise pickle.UnpicklingError(f"it sets {name!r} on a torch function")

    def __setstate__(self, state: object) -> None:
        raise pickle.UnpicklingError("it sets a state on a torch function")


def unpickled(data: bytes, *, path: Path) -> Any:
    """Return what a pickle holds, tensors as ``PickledTensor``.

    Raises
    ------
    BadInput
        If it asks for anything but tensors and plain values, or is damaged.
    """
    try:
        return _Restricted(io.BytesIO(data)).load()
    except _Forbidden as error:
        raise BadInput(
            f"{path}: its pickle asks for {error}, which is no part of a tensor, so the file was "
            "not opened further and nothing was run. Load it where it was made, and save its "
            "state dict alone, best as safetensors"
        ) from error
    except Exception as error:  # whatever a damaged pickle does to the machine that reads it
        raise BadInput(
            f"{path}: its pickle is damaged ({type(error).__name__}: {error}); fetch or copy the "
            "file again"
        ) from error


class _Forbidden(pickle.UnpicklingError):
    pass


class _Restricted(pickle.Unpickler):
    """An unpickler that knows what a tensor needs and refuses every other name."""

    def find_class(self, module: str, name: str, /) -> Any:
        if module in ("torch", "torch.storage") and name in STORAGE_DTYPE:
            return STORAGE_DTYPE[name]
        known = _KNOWN.get((module, name))
        if known is None:
            raise _Forbidden(f"{module}.{name}")
        return known

    def persistent_load(self, pid: Any, /) -> PickledStorage:
        match pid:
            case ("storage", str(dtype), str(key), str(), int(count)) if (
                dtype in STORAGE_DTYPE.values()
            ):
                return PickledStorage(key, dtype, count)
            case _:
                raise _Forbidden(f"the storage {pid!r:.80}")


def _rebuilt(storage: Any, offset: Any, shape: Any, stride: Any, *_: Any) -> PickledTensor:
    """Note what a tensor is made of; its numbers are checked where they are used."""
    if not isinstance(storage, PickledStorage):
        raise pickle.UnpicklingError("a tensor without a storage")
    return PickledTensor(storage, offset, tuple(shape), tuple(stride))


def _parameter(data: Any, *_: Any) -> Any:
    return data


def _size(numbers: Any = ()) -> tuple[Any, ...]:
    return tuple(numbers)


def _device(*names: Any) -> str:
    return ":".join(str(name) for name in names)


_KNOWN: Mapping[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _StandIn(_rebuilt),
    ("torch._utils", "_rebuild_parameter"): _StandIn(_parameter),
    ("torch", "Size"): _StandIn(_size),
    ("torch", "device"): _StandIn(_device),
}
