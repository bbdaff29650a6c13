"""Readings: the rows of a source, whatever it is, with what is known of them, before cleaning."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.load.address import existing
from armillary.load.hub import fetched_part
from armillary.load.model_part import describe_part
from armillary.load.openers import FILE_OPENERS, OPENERS
from armillary.load.orientation import refuse_if_transposed
from armillary.load.sae.build import checked_directions, provenance
from armillary.load.sae.recognise import folders_within
from armillary.load.sae.stored_sae import StoredSae
from armillary.load.settled import settle_matrix
from armillary.load.shards import open_folder, width_in_config
from armillary.load.stored import Offer, as_float32, choose_tensor

Progress = Callable[[str], None] | None


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Rows as they were read.

    Parameters
    ----------
    directions
        One row a feature, float32.
    columns
        Per-feature arrays that came with the file.
    source
        What to record of it, with its ``assumptions``.
    files
        The files that the rows came from.
    """

    directions: Float[np.ndarray, "feature d_model"]
    columns: dict[str, np.ndarray]
    source: dict[str, Any]
    files: tuple[Path, ...]


def model_at(base: str, *, part: str, offline: bool, progress: Progress) -> Path:
    """Return where a model lies that a part was named of."""
    path = Path(base).expanduser()
    if base.startswith("hf:") and not path.exists():
        return fetched_part(base, part=part, offline=offline, progress=progress)
    return existing(base, offline=offline, progress=progress)


def refuse_choices(uri: str, *, tensor: str | None, orientation: str) -> None:
    """Refuse options that say again, or otherwise, what the source says."""
    if tensor is not None or orientation == "columns":
        raise BadInput(
            f"{uri} already says which table is meant and that its rows are features: drop "
            "--tensor and --orientation, or the #"
        )


def reading_of_part(path: Path, *, part: str, d_model: int | None) -> Reading:
    """Read an embedding of a model."""
    found = describe_part(path, part=part)
    directions, columns = found.read()
    if d_model is not None and directions.shape[1] != d_model:
        raise BadInput(f"{path}: the {part} has {directions.shape[1]} dimensions, not {d_model}")
    source: dict[str, Any] = {
        "dtype": found.tensor.dtype,
        "tensor": found.tensor.name,
        "shape": list(found.tensor.shape),
        "orientation": "rows",
        "assumptions": list(found.notes),
    }
    return Reading(directions, columns, source, found.tensor.files)


def reading_of_autoencoder(sae: StoredSae, *, d_model: int | None) -> Reading:
    """Read the directions of an autoencoder that a format described."""
    directions, notes = checked_directions(sae)
    if d_model is not None and directions.shape[1] != d_model:
        raise BadInput(
            f"{sae.files.weights}: its features write {directions.shape[1]} dimensions, but "
            f"d_model was given as {d_model}; drop one of the two"
        )
    columns = {**sae.files.offer.columns, **sae.columns}
    source = {**provenance(sae), "assumptions": notes}
    return Reading(directions, columns, source, sae.decoder.tensor.files)


def reading_of_matrix(
    path: Path, *, orientation: str, tensor: str | None, d_model: int | None
) -> Reading:
    """Read one matrix, on the best evidence there is of its orientation."""
    offer = _open(path, orientation=orientation, tensor=tensor, d_model=d_model)
    chosen = choose_tensor(offer, asked=tensor, where=str(path))
    folder = path if path.is_dir() else path.parent
    transpose, certain, notes = settle_matrix(
        offer, chosen, folder=folder, orientation=orientation, d_model=d_model
    )
    directions = as_float32(chosen, transpose=transpose)
    if orientation == "auto" and not certain:
        refuse_if_transposed(directions, what=f"{path}, tensor {chosen.name!r}")
    source: dict[str, Any] = {
        "dtype": chosen.dtype,
        "tensor": chosen.name,
        "shape": list(chosen.shape),
        "orientation": "columns" if transpose else "rows",
        "assumptions": [*offer.notes, *notes],
    }
    return Reading(directions, dict(offer.columns), source, chosen.files)


def _open(path: Path, *, orientation: str, tensor: str | None, d_model: int | None) -> Offer:
    if not path.is_dir():
        return FILE_OPENERS[path.suffix.lower()](path)
    kinds = {p.suffix for p in path.iterdir()}
    if not kinds & OPENERS.keys():
        inner = folders_within(path)
        if inner:
            shown = ", ".join(str(p.relative_to(path)) for p in inner[:8])
            raise BadInput(
                f"{path} holds {len(inner)} autoencoders, each in its own folder ({shown}"
                f"{' ...' if len(inner) > 8 else ''}): name one of them"
            )
        torch = [p for p in path.iterdir() if p.suffix in (".pt", ".pth")]
        if len(torch) == 1:
            return FILE_OPENERS[torch[0].suffix](torch[0])
    width = d_model if d_model is not None else width_in_config(path)[0]
    return open_folder(path, openers=OPENERS, orientation=orientation, tensor=tensor, d_model=width)
