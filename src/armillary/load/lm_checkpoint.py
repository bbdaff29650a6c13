"""The built-in model as a checkpoint: turned once into float32 files that load in a second."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from armillary.load.builtin import (
    SMOLLM2,
    BuiltinModel,
    cache_folder,
    fetch_builtin,
    storage_errors,
    work_folder,
)
from armillary.load.gguf_llama import llama_arrays, llama_config
from armillary.load.gguf_tokenizer import tokenizer_json
from armillary.load.hashing import sha256_of

FILES = ("config.json", "model.safetensors", "tokenizer.json")
_READY = "ready.json"
_CONVERTER = 1  # raise it when the files change, so that old ones are made anew


def builtin_checkpoint(
    *,
    cache: Path | None = None,
    offline: bool = False,
    progress: Callable[[str], None] | None = None,
    model: BuiltinModel = SMOLLM2,
) -> Path:
    """Return a folder that transformers loads as it is, making it the first time (540 MB).

    The folder holds ``config.json``, ``model.safetensors`` (float32) and ``tokenizer.json``, and a
    note with the hash of the file they were made from and their own. Files that were touched are
    hashed again; if one differs, all are made anew.

    Parameters
    ----------
    cache
        Folder to keep it in; see ``cache_folder``.
    offline
        Never start a download.
    progress
        Called with one line of text now and then.
    model
        What it is made from.

    Returns
    -------
    Path
        The folder, whole.

    Raises
    ------
    BadInput
        If the model cannot be fetched or the folder cannot be written. Nothing half-written stays.
    MissingExtra
        If the package that reads GGUF is not installed.
    """
    say = progress or _silent
    home = cache_folder(cache)
    target = home / (Path(model.file_name).stem + ".float32")
    if _is_whole(target, model=model, say=say):
        return target
    gguf = fetch_builtin(cache=cache, offline=offline, progress=progress, model=model)
    say("turning the built-in model into a float32 checkpoint (once)")
    with storage_errors(home, model=model), work_folder(home) as folder:
        draft = folder / target.name
        draft.mkdir()
        _write(gguf, folder=draft)
        _note(draft, model=model)
        if target.exists():  # damaged, or of an older converter
            os.replace(target, folder / "replaced")
        try:
            os.replace(draft, target)
        except OSError:
            if not _is_whole(target, model=model, say=say):  # else another process was faster
                raise
    say(f"kept {target}")
    return target


def _write(gguf: Path, *, folder: Path) -> None:
    from safetensors.numpy import save_file

    arrays: dict[str, Any] = llama_arrays(gguf)
    config, vocabulary = llama_config(gguf), tokenizer_json(gguf)
    save_file(arrays, folder / "model.safetensors", metadata={"format": "pt"})
    for name, content in (("config.json", config), ("tokenizer.json", vocabulary)):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _stamp(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def _note(folder: Path, *, model: BuiltinModel, sha256: dict[str, str] | None = None) -> None:
    note = {
        "converter": _CONVERTER,
        "source_sha256": model.member_sha256,
        "sha256": sha256 or {name: sha256_of(folder / name) for name in FILES},
        "stamp": {name: _stamp(folder / name) for name in FILES},
    }
    draft = folder / f"{_READY}.{os.getpid()}"
    draft.write_text(json.dumps(note), encoding="utf-8")
    os.replace(draft, folder / _READY)


def _is_whole(folder: Path, *, model: BuiltinModel, say: Callable[[str], None]) -> bool:
    try:
        note: Any = json.loads((folder / _READY).read_text(encoding="utf-8"))
        stamps = {name: _stamp(folder / name) for name in FILES}
        if note["converter"] != _CONVERTER or note["source_sha256"] != model.member_sha256:
            return False
        if note["stamp"] == stamps:
            return True
        say(f"checking {folder.name}")
        whole = all(sha256_of(folder / name) == note["sha256"][name] for name in FILES)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if whole:
        try:
            _note(folder, model=model, sha256=note["sha256"])
        except OSError:  # a cache that cannot be written is still good to read
            say(f"cannot write in {folder}: the checkpoint will be checked again next time")
    return whole


def _silent(_: str) -> None:
    pass
