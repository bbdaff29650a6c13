"""Activations on disk: ``.npy`` shards that are memory-mapped, with the tokens they belong to."""

from pathlib import Path

import numpy as np

from armillary.core.activations import Activations
from armillary.core.errors import BadInput
from armillary.core.tokens import Tokens
from armillary.load.activations_writer import (
    FORMAT,
    ID_DTYPE,
    MANIFEST,
    TOKENS,
    UNFINISHED,
    ActivationsWriter,
    read_manifest,
)
from armillary.load.hashing import sha256_of
from armillary.load.vocabulary import read_vocabulary


def save_activations(activations: Activations, folder: Path | str) -> Path:
    """Write activations to a folder, shard for shard, in the precision they have.

    Parameters
    ----------
    activations
        What to write.
    folder
        Must not hold other activations.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    BadInput
        If the folder holds or was begun with other activations.
    """
    writer = ActivationsWriter(
        Path(folder),
        activations.tokens,
        rows_of_shard=[s.shape[0] for s in activations.shards],
        dtype=activations.shards[0].dtype.name,
        d_model=activations.d_model,
        hook_name=activations.hook_name,
        source=activations.source,
    )
    for shard in activations.shards[writer.n_done :]:
        writer.write(shard)
    return writer.finish()


def open_activations(folder: Path | str, *, check: bool = False) -> Activations:
    """Open a folder of activations; rows are memory-mapped and not read before they are used.

    Parameters
    ----------
    folder
        What a harvest, ``save_activations`` or ``ActivationsWriter`` wrote.
    check
        Read every shard and compare its SHA-256 with the recorded one.

    Returns
    -------
    Activations
        Memory-mapped, read-only; ``source`` is what the writer recorded.

    Raises
    ------
    BadInput
        If the folder is not whole: unfinished, another format, shards missing, cut short or
        altered.
    """
    where = Path(folder)
    manifest = read_manifest(where / MANIFEST)
    if manifest is None:
        raise BadInput(_why_not(where))
    if manifest.get("format") != FORMAT:
        raise BadInput(f"{where} is {manifest.get('format')!r}, this version reads {FORMAT!r}")
    try:
        n, width = int(manifest["n_tokens"]), int(manifest["d_model"])
        dtype = np.dtype(str(manifest["dtype"])).newbyteorder("<")
        listed = [(where / str(s["file"]), int(s["rows"])) for s in manifest["shards"]]
        digests = [str(s["sha256"]) for s in manifest["shards"]]
        hook_name, source = str(manifest["hook_name"]), dict(manifest["source"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{where / MANIFEST} is damaged ({error!r}): harvest again") from error
    shards = tuple(_mapped(path, (rows, width), dtype) for path, rows in listed)
    if check:
        for (path, _), digest in zip(listed, digests, strict=True):
            if sha256_of(path) != digest:
                raise BadInput(f"{path} was altered after it was written: harvest again")
    ids, document, position = (_mapped(where / f"{t}.npy", (n,), ID_DTYPE) for t in TOKENS)
    vocabulary = read_vocabulary(where) if manifest.get("with_vocabulary") else None
    return Activations(shards, Tokens(ids, document, position, vocabulary), hook_name, source)


def _why_not(where: Path) -> str:
    if (where / UNFINISHED).exists():
        return f"{where} is unfinished: run the harvest that began it once more, it goes on"
    inside = sorted(p.parent.name for p in where.glob(f"*/{MANIFEST}"))
    if inside:
        return f"{where} holds several hook points: name one of them: {', '.join(inside[:8])}"
    return f"{where} has no {MANIFEST}: no activations"


def _mapped(path: Path, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode="r" if shape[0] else None, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(f"{path} is missing or cut short ({error}): harvest again") from error
    if array.shape != shape or array.dtype != dtype:
        raise BadInput(
            f"{path} holds {array.shape} {array.dtype}, {MANIFEST} says {shape} {dtype}: harvest "
            "again"
        )
    return array
