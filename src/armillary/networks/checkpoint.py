"""Checkpoints: weights of a trained network, kept under the hash of the recipe that made them."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import (
    load_file as _load,  # pyright: ignore[reportUnknownVariableType]
)
from safetensors.numpy import (
    save_file as _save,  # pyright: ignore[reportUnknownVariableType]
)

from armillary.load.builtin import cache_folder

Weights = dict[str, np.ndarray]


def recipe_hash(recipe: Mapping[str, Any]) -> str:
    """Return the hash of a recipe, 16 hex digits; the order of its keys does not matter."""
    text = json.dumps(recipe, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def cached_weights(
    recipe: Mapping[str, Any], train: Callable[[], Weights], *, cache: Path | None = None
) -> Weights:
    """Return the weights that a recipe gives: from the cache, else trained now and kept.

    Parameters
    ----------
    recipe
        Everything that decides the outcome, JSON-ready: name of the network, a version number of
        its training code, sizes, rates, seed. torch's version is added.
    train
        Trains and returns the weights.
    cache
        Folder; by default ``networks/`` in armillary's cache.

    Returns
    -------
    dict of str to numpy.ndarray
        As ``train`` returned them.
    """
    full = {**recipe, "torch": _torch_version()}
    folder = cache if cache is not None else cache_folder() / "networks"
    path = folder / f"{recipe.get('network', 'network')}-{recipe_hash(full)}.safetensors"
    if path.exists():
        try:
            return _load(path)
        except (SafetensorError, OSError):
            path.unlink(missing_ok=True)  # torn by a full disk or a kill: train again
    weights = {name: np.ascontiguousarray(array) for name, array in train().items()}
    folder.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=folder, suffix=".partial")
    os.close(handle)
    try:
        _save(weights, partial, metadata={"recipe": json.dumps(full, sort_keys=True)})
        Path(partial).replace(path)
    finally:
        Path(partial).unlink(missing_ok=True)
    return weights


def _torch_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("torch").split("+")[0]
    except PackageNotFoundError:
        return "absent"
