"""Recognition: which format a file or folder is of, from its names and its config."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from armillary.core.errors import BadInput
from armillary.load.sae import plain
from armillary.load.sae.config import read_config
from armillary.load.sae.formats import FORMATS
from armillary.load.sae.stored_sae import SaeFiles, StoredSae
from armillary.load.stored import Offer

Openers = Mapping[str, Callable[[Path], Offer]]
_CONFIGS = ("cfg.json", "config.json", "hyperparams.json")


def recognised(path: Path, *, openers: Openers, d_model: int | None = None) -> StoredSae | None:
    """Describe the autoencoder in a file or a folder; None where there is none.

    Parameters
    ----------
    path
        A file of tensors, or a folder that holds one as some format lays it out.
    openers
        Function that opens a file, by suffix.
    d_model
        Dimension, where the caller knows it; only plain arrays need it.

    Raises
    ------
    BadInput
        If a format claims the file and then finds it wanting, or the folder holds several.
    """
    if path.is_dir():
        layout = _laid_out(path)
        if layout is None:
            return None
        weights, config_path = layout
        folder = path
    elif path.suffix.lower() not in openers:
        return None
    else:
        weights, folder = path, path.parent
        if folder.name == "checkpoints":
            folder = folder.parent
        config_path = next((folder / c for c in _CONFIGS if (folder / c).is_file()), None)
    offer = openers[weights.suffix.lower()](weights)
    config = _config_of(config_path, weights=weights, asked=path)
    return described(SaeFiles(weights, offer, config, config_path, folder), d_model=d_model)


def described(files: SaeFiles, *, d_model: int | None = None) -> StoredSae | None:
    """Describe what a format claims, plain arrays last; None where nobody does."""
    if files.offer.tensors or files.config:
        for form in FORMATS:
            if form.claims(files):
                return form.read(files)
    return plain.read(files, d_model=d_model) if plain.claims(files) else None


def folders_within(folder: Path) -> list[Path]:
    """Return the folders at most three levels down that hold an autoencoder, at most 50."""
    found: list[Path] = []
    level = [folder]
    for _ in range(3):
        level = [p for parent in level for p in sorted(parent.iterdir()) if p.is_dir()][:1000]
        found += [p for p in level if _laid_out(p) is not None]
    return found[:50]


def _laid_out(folder: Path) -> tuple[Path, Path | None] | None:
    for form in FORMATS:
        for weights, configs in form.layouts:
            if not (folder / weights).is_file():
                continue
            beside = [folder / config for config in configs if (folder / config).is_file()]
            if beside or not configs or form.name in ("dictionary_learning", "Gemma Scope"):
                return folder / weights, beside[0] if beside else None
    single = [p for p in folder.iterdir() if p.suffix in (".pt", ".pth", ".safetensors", ".npz")]
    config = next((folder / c for c in _CONFIGS if (folder / c).is_file()), None)
    return (single[0], config) if len(single) == 1 else None


def _config_of(path: Path | None, *, weights: Path, asked: Path) -> dict[str, Any]:
    """Read the config; one that merely lies beside a named file may be of something else."""
    if path is None:
        return {}
    try:
        return read_config(path)
    except BadInput:
        known = any(weights.name == w for form in FORMATS for w, _ in form.layouts)
        if asked.is_dir() and known:
            raise
        return {}
