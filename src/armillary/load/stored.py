"""Stored tensors: what a file offers, before anything is read, and how it becomes float32."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.load.orientation import (
    COLUMNS_ARE_FEATURES,
    ROWS_ARE_FEATURES,
    named_orientation,
)

FLOATS = frozenset({"F64", "F32", "F16", "BF16"})
_BLOCK_BYTES = 1 << 25


@dataclass(frozen=True, slots=True, eq=False)
class StoredTensor:
    """A tensor in a file: its shape and type are known, its values are read on demand.

    Parameters
    ----------
    name
        Name in the file.
    shape
        Shape on disk.
    dtype
        Type on disk, spelled as safetensors spells it; ``"BF16"`` is handed over as 16-bit words.
        Block formats are spelled ``"GGUF:Q8_0"`` and handed over as float32.
    read
        Returns the array as it lies on disk, memory-mapped where the format allows.
    path
        The file it lies in.
    parts
        Shards that make up this tensor, in order; ``read`` is then not used.
    axis
        Axis along which ``parts`` are joined.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    read: Callable[[], np.ndarray]
    path: Path
    parts: tuple["StoredTensor", ...] = ()
    axis: int = 0

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that the values come from."""
        return tuple(p.path for p in self.parts) if self.parts else (self.path,)


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """Everything one file or folder offers.

    Parameters
    ----------
    tensors
        Tensors by name.
    d_model
        Dimension that the file itself states, None where it is silent.
    columns
        Per-feature arrays that come with the file (token strings, flags).
    notes
        Assumptions made while opening it.
    values
        Numbers and texts that lie beside the tensors, by name.
    """

    tensors: Mapping[str, StoredTensor]
    d_model: int | None = None
    columns: Mapping[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])
    notes: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])


def dtype_tag(dtype: np.dtype) -> str:
    """Return the safetensors spelling of a numpy type (``"F32"``, ``"I64"``, ``"BOOL"``)."""
    if dtype.kind == "b":
        return "BOOL"
    letter = {"f": "F", "i": "I", "u": "U", "c": "C"}.get(dtype.kind)
    return f"{letter}{8 * dtype.itemsize}" if letter else str(dtype)


def choose_tensor(offer: Offer, *, asked: str | None, where: str) -> StoredTensor:
    """Choose the matrix of feature directions.

    The one asked for; else the one whose name is known to be a decoder or an embedding; else the
    only two-dimensional tensor of real numbers.

    Raises
    ------
    BadInput
        If the tensor asked for is absent or not of real numbers, or the choice is not unique.
    """
    if asked is not None:
        if asked not in offer.tensors:
            raise BadInput(f"{where} has no tensor {asked!r}; it has {_listing(offer)}")
        return _readable(offer.tensors[asked], where=where)
    matrices = [t for t in offer.tensors.values() if len(t.shape) == 2 and _is_real(t)]
    known = [t for t in matrices if named_orientation(t.name) is not None]
    decoders = [t for t in known if "dec" in t.name.lower()]
    embeddings = [t for t in known if "pos" not in t.name and "wpe" not in t.name]
    for among in (decoders, embeddings, known, matrices):
        if len(among) == 1:
            return among[0]
        if among:
            break
    found = "several matrices fit" if matrices else "no two-dimensional tensor of real numbers"
    raise BadInput(
        f"{where}: {found}; it has {_listing(offer)}. Name one with --tensor "
        '(in Python: tensor="..."). Names known without it: '
        + ", ".join(sorted(ROWS_ARE_FEATURES | COLUMNS_ARE_FEATURES))
    )


def encoder_shape(offer: Offer, tensor: StoredTensor) -> tuple[int, ...] | None:
    """Return the encoder's shape as ``(d_model, features)``; None where there is no encoder.

    ``W_enc`` is stored that way round, ``encoder.weight`` the other.
    """
    stem = tensor.name
    for decoder in ("decoder_linear.weight", "decoder.weight", "W_dec", "w_dec"):
        stem = stem.removesuffix(decoder)
    for name, step in (("W_enc", 1), ("w_enc", 1), ("encoder.weight", -1),
                       ("encoder_linear.weight", -1)):  # fmt: skip
        if stem + name in offer.tensors and stem != tensor.name:
            return offer.tensors[stem + name].shape[::step]
    return None


def width_from_biases(
    offer: Offer, tensor: StoredTensor
) -> tuple[int | None, str]:  # fmt: skip
    """Infer d_model from the biases beside a decoder.

    ``b_dec``, ``pre_bias`` and ``decoder_bias`` have one entry a dimension; ``b_enc``,
    ``threshold``, ``encoder.bias`` and ``latent_bias`` one a feature. Returns None unless exactly
    one axis fits all that is there.
    """
    if len(tensor.shape) != 2 or tensor.shape[0] == tensor.shape[1]:
        return None, ""
    stem = tensor.name
    for decoder in ("decoder_linear.weight", "decoder.weight", "W_dec", "w_dec"):
        stem = stem.removesuffix(decoder)
    votes: dict[int, str] = {}
    per_dimension = ("b_dec", "pre_bias", "decoder_bias", "decoder.bias")
    per_feature = ("b_enc", "threshold", "encoder.bias", "latent_bias")
    for name in per_dimension + per_feature:
        bias = offer.tensors.get(stem + name)
        if stem == tensor.name or bias is None or len(bias.shape) != 1:
            continue
        axis = tensor.shape.index(bias.shape[0]) if bias.shape[0] in tensor.shape else None
        if axis is not None:
            width = bias.shape[0] if name in per_dimension else tensor.shape[1 - axis]
            votes.setdefault(width, name)
    if len(votes) != 1:
        return None, ""
    [(width, name)] = votes.items()
    return width, f"d_model is {width}: the length of {stem + name!r} says so"


def as_float32(
    tensor: StoredTensor, *, transpose: bool
) -> Float[np.ndarray, "feature d_model"]:  # fmt: skip
    """Read a matrix into float32 with rows as features, a block at a time.

    float64 values beyond float32 become infinite; cleaning sets such rows aside.
    """
    out = np.empty(tensor.shape[::-1] if transpose else tensor.shape, dtype=np.float32)
    target = out.T if transpose else out
    if not tensor.parts:
        _fill(target, tensor)
    start = 0
    for part in tensor.parts:
        stop = start + part.shape[tensor.axis]
        _fill(target[start:stop] if tensor.axis == 0 else target[:, start:stop], part)
        start = stop
    return out


def small_float32(tensor: StoredTensor) -> Float[np.ndarray, "..."]:
    """Read a tensor of any number of axes (a bias, a threshold) into float32 at once."""
    stored = tensor.read()
    if tensor.dtype == "BF16":
        return (stored.astype(np.uint32) << 16).view(np.float32)
    with np.errstate(over="ignore"):
        return np.asarray(stored).astype(np.float32)


def _fill(target: np.ndarray, tensor: StoredTensor) -> None:
    stored = tensor.read()
    step = max(1, _BLOCK_BYTES // max(1, 8 * stored.shape[1]))
    with np.errstate(over="ignore"):
        for start in range(0, stored.shape[0], step):
            block = stored[start : start + step]
            if tensor.dtype == "BF16":
                block = (block.astype(np.uint32) << 16).view(np.float32)
            target[start : start + step] = block


def _readable(tensor: StoredTensor, *, where: str) -> StoredTensor:
    if not _is_real(tensor):
        raise BadInput(
            f"{where}: tensor {tensor.name!r} is of type {tensor.dtype}, which is not read; "
            "convert it to float32, float16 or bfloat16 first"
        )
    return tensor


def _is_real(tensor: StoredTensor) -> bool:
    leaves = tensor.parts or (tensor,)
    return all(t.dtype in FLOATS or t.dtype.startswith("GGUF:") for t in leaves)


def _listing(offer: Offer) -> str:
    shown = [f"{t.name} {list(t.shape)} {t.dtype}" for t in list(offer.tensors.values())[:12]]
    more = len(offer.tensors) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "") if shown else "nothing"
