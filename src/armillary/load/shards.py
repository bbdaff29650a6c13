"""Folders: one dictionary spread over several files, joined along its features."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from armillary.core.errors import BadInput
from armillary.load.orientation import named_orientation, settle_orientation
from armillary.load.stored import Offer, StoredTensor

Opener = Callable[[Path], Offer]
_WIDTH_KEYS = ("d_out", "d_in", "d_model", "activation_dim", "hidden_size", "n_embd")


def open_folder(
    folder: Path,
    *,
    openers: Mapping[str, Opener],
    orientation: str = "auto",
    tensor: str | None = None,
    d_model: int | None = None,
) -> Offer:
    """Describe a folder as if it were one file.

    With an ``*.index.json``, its weight map says which file holds which tensor. Without one, files
    of one kind are taken in the order of their names (numbers in them compared as numbers); a
    tensor found in several files is joined along its features. Arrays in ``.npy`` files whose
    names mean nothing are taken as shards of one matrix.

    Parameters
    ----------
    folder
        Where to look; subfolders are not entered.
    openers
        Function that opens a file, by suffix, in order of preference.
    orientation
        As for ``settle_orientation``; needed where all shards have the same shape.
    tensor
        The tensor that will be asked for, None if it will be chosen.
    d_model
        Dimension of the space, where it is known; settles shards that all have the same shape.

    Raises
    ------
    BadInput
        If nothing in the folder can be read, kinds are mixed, a shard of the index is missing, or
        shards do not fit together; the text names the shard.
    """
    listed = weight_map(folder)
    if listed is not None:
        return _by_index(folder, listed=listed, openers=openers)
    paths = sorted((p for p in folder.iterdir() if p.suffix in openers), key=_natural)
    kinds = sorted({p.suffix for p in paths})
    if not paths:
        names = ", ".join(sorted(p.name for p in folder.iterdir())[:8]) or "nothing"
        raise BadInput(
            f"{folder} holds no file that can be read ({', '.join(openers)}); it holds: {names}"
        )
    if len(kinds) > 1:
        raise BadInput(
            f"{folder} holds files of several kinds ({', '.join(kinds)}): name one file, or move "
            "the shards into a folder of their own"
        )
    offers = {path: openers[path.suffix](path) for path in paths}
    parts: dict[str, list[StoredTensor]] = {}
    for offer in offers.values():
        for name, stored in offer.tensors.items():
            parts.setdefault(name, []).append(stored)
    meant = any(named_orientation(name) for name in parts) or tensor in parts
    if kinds == [".npy"] and len(paths) > 1 and not meant:
        parts = {folder.name: [s for shards in parts.values() for s in shards]}
    joined = _join_all(parts, wanted=tensor, orientation=orientation, d_model=d_model)
    notes = tuple(note for offer in offers.values() for note in offer.notes)
    if len(paths) > 1:
        notes += (f"files of the folder in order: {_short([p.name for p in paths])}",)
    return Offer(joined, columns=_columns(list(offers.values())), notes=notes)


def width_in_config(folder: Path) -> tuple[int | None, str]:
    """Return the dimension that ``cfg.json`` or ``config.json`` in the folder states, and where."""
    for name in ("cfg.json", "config.json"):
        try:
            config: Any = json.loads((folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        for key in _WIDTH_KEYS:
            width: Any = cast(dict[str, Any], config).get(key) if isinstance(config, dict) else None
            if isinstance(width, int) and width > 0:
                return width, f"d_model is {width}: {key!r} in {name} says so"
    return None, ""


def weight_map(folder: Path, *, name: str = "*.index.json") -> dict[str, str] | None:
    """Return which file holds which tensor, by the folder's index; None where it has none."""
    found = sorted(folder.glob(name))
    if not found:
        return None
    if len(found) > 1:
        raise BadInput(
            f"{folder} has several indices ({_short([p.name for p in found])}): keep one"
        )
    try:
        content: Any = json.loads(found[0].read_text(encoding="utf-8"))
        return {str(name): str(file) for name, file in content["weight_map"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{found[0]} is not an index of shards ({error!r}); expected JSON with a 'weight_map' "
            "from tensor to file"
        ) from error


def _by_index(folder: Path, *, listed: dict[str, str], openers: Mapping[str, Opener]) -> Offer:
    offers: dict[str, Offer] = {}
    for file in sorted(set(listed.values())):
        path = folder / file
        if Path(file).name != file or path.suffix not in openers:
            raise BadInput(f"{folder}: the index names {file!r}, which is not a file it can mean")
        if not path.is_file():
            raise BadInput(
                f"{folder}: the index names the shard {file!r}, which is not there; "
                "fetch the folder again"
            )
        offers[file] = openers[path.suffix](path)
    for name, file in listed.items():
        if name not in offers[file].tensors:
            raise BadInput(f"{folder}: the index says {file!r} holds {name!r}, but it does not")
    return Offer({name: offers[file].tensors[name] for name, file in listed.items()})


def _join_all(
    parts: dict[str, list[StoredTensor]],
    *,
    wanted: str | None,
    orientation: str,
    d_model: int | None,
) -> dict[str, StoredTensor]:
    """Join every tensor; one that cannot be joined matters only if it may be the one wanted."""
    joined: dict[str, StoredTensor] = {}
    failure: BadInput | None = None
    for name, shards in parts.items():
        try:
            joined[name] = _join(name, shards, orientation=orientation, d_model=d_model)
        except BadInput as error:
            if name == wanted or named_orientation(name):
                raise
            failure = failure or error
    if failure is not None and not any(wanted == n or named_orientation(n) for n in joined):
        raise failure
    return joined


def _join(
    name: str, shards: list[StoredTensor], *, orientation: str, d_model: int | None
) -> StoredTensor:
    if len(shards) == 1:
        return shards[0]
    first = shards[0].shape
    if any(len(s.shape) != 2 for s in shards):
        axis = 0
    else:
        by_rows = all(s.shape[1] == first[1] for s in shards)
        by_columns = all(s.shape[0] == first[0] for s in shards)
        if by_rows and by_columns:  # all of one shape: only knowledge of the features' axis helps
            transpose, _ = settle_orientation(
                first,
                asked=orientation,
                d_model=d_model if d_model in first else None,
                tensor_name=name,
            )
            axis = 1 if transpose else 0
        elif by_rows or by_columns:
            axis = 0 if by_rows else 1
        else:
            axis = 1 if orientation == "columns" or named_orientation(name) == "columns" else 0
    for shard in shards:
        if _without(shard.shape, axis) != _without(first, axis):
            raise BadInput(
                f"shard {shard.path} has {name!r} of shape {list(shard.shape)}, the first shard "
                f"{shards[0].path.name} of {list(first)}: they must agree in all but the "
                "features' axis"
            )
    total = sum(s.shape[axis] if s.shape else 1 for s in shards)
    shape = tuple(total if i == axis else n for i, n in enumerate(first))
    dtype = "/".join(sorted({s.dtype for s in shards}))
    return StoredTensor(name, shape, dtype, shards[0].read, shards[0].path, tuple(shards), axis)


def _columns(offers: list[Offer]) -> dict[str, np.ndarray]:
    names = set(offers[0].columns).intersection(*(o.columns for o in offers))
    return {name: np.concatenate([o.columns[name] for o in offers]) for name in names}


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return shape[:axis] + shape[axis + 1 :]


def _natural(path: Path) -> list[tuple[int, str]]:
    pieces = re.split(r"(\d+)", path.name)
    return [(int(p), "") if p.isdigit() else (-1, p) for p in pieces]


def _short(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" ... {names[-1]} ({len(names)})" if len(names) > 4 else "")
