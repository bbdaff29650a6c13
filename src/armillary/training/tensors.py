"""What torch and safetensors leave untyped, with a type."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors import safe_open
from safetensors import torch as stored
from torch import Tensor


def tensor_of(array: np.ndarray) -> Tensor:
    """Return a tensor that shares an array's memory."""
    return cast(Any, torch).from_numpy(array)


def lengths(rows: Tensor) -> Tensor:
    """Return the Euclidean length of each row."""
    return cast(Any, torch.linalg).vector_norm(rows, dim=1)


def unit_rows(rows: Tensor) -> Tensor:
    """Return rows of length one; a row of zeros stays."""
    return rows / lengths(rows).clamp(min=1e-12)[:, None]


def write_tensors(path: Path, tensors: Mapping[str, Tensor], *, metadata: dict[str, str]) -> None:
    """Write tensors and metadata to a safetensors file."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    cast(Any, stored).save_file(plain, path, metadata=metadata)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors and the metadata of a safetensors file."""
    with cast(Any, safe_open)(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
