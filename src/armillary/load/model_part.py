"""A model's embeddings as dictionaries: ``hf:org/model#embed``, ``folder#position``, and their kin.

Read from the model's files, without torch: only the file that holds the table is opened.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.load.gguf_file import open_gguf
from armillary.load.safetensors_file import open_safetensors
from armillary.load.shards import weight_map
from armillary.load.stored import Offer, StoredTensor, as_float32
from armillary.load.vocabulary_file import VOCABULARY_FILES, token_columns

PARTS: dict[str, tuple[str, ...]] = {
    "embed": (
        "embed_tokens.weight",
        "wte.weight",
        "embed_in.weight",
        "word_embeddings.weight",
        "tok_embeddings.weight",
        "token_embd.weight",
    ),
    "unembed": ("lm_head.weight", "embed_out.weight", "output.weight"),
    "position": (
        "wpe.weight",
        "embed_positions.weight",
        "position_embeddings.weight",
        "position_embd.weight",
    ),
}
INDEX = "model.safetensors.index.json"
_WEIGHTS = "model.safetensors"
# the first rows of these tables stand for padding, not for a position
_OFFSET = {"opt": 2, "roberta": 2, "xlm-roberta": 2, "camembert": 2, "bart": 2, "mbart": 2}


@dataclass(frozen=True, slots=True, eq=False)
class ModelPart:
    """One table of a model.

    Parameters
    ----------
    tensor
        The table, not read yet; rows are tokens or positions.
    columns
        What is known of each row.
    notes
        What was assumed, in sentences.
    first
        Rows before this one mean nothing and are left out.
    """

    tensor: StoredTensor
    columns: Mapping[str, np.ndarray]
    notes: tuple[str, ...]
    first: int = 0

    def read(self) -> tuple[Float[np.ndarray, "feature d_model"], dict[str, np.ndarray]]:
        """Read the rows in float32, with their columns and their ``feature_id``."""
        rows = np.arange(self.tensor.shape[0], dtype=np.int64)[self.first :]
        columns = {name: column[self.first :] for name, column in self.columns.items()}
        values = as_float32(self.tensor, transpose=False)[self.first :]
        return values, {"feature_id": rows, **columns}


def part_named(uri: str) -> tuple[str, str] | None:
    """Split ``model#embed`` into the model and the part; None where no part is named.

    A file or folder whose own name ends that way is not split.

    Parameters
    ----------
    uri
        A source.

    Returns
    -------
    tuple or None
        What stands before the ``#``, and ``embed``, ``unembed`` or ``position``.

    Raises
    ------
    BadInput
        If another word follows the ``#`` of a hub's address or of something that exists.
    """
    base, mark, part = uri.rpartition("#")
    if not mark or Path(uri).expanduser().exists():
        return None
    if part in PARTS:
        return base, part
    if base.startswith("hf:") or Path(base).expanduser().exists():
        raise BadInput(f"{uri}: {part!r} is no part of a model; use #{', #'.join(PARTS)}")
    return None


def describe_part(path: Path, *, part: str) -> ModelPart:
    """Find an embedding in the files of a model.

    Parameters
    ----------
    path
        A folder with ``*.safetensors`` (and an index, where there are shards) and a
        ``tokenizer.json``; or one ``.safetensors`` or ``.gguf`` file.
    part
        ``embed``, ``unembed`` (the embedding itself, where the two are tied) or ``position``.

    Returns
    -------
    ModelPart
        The table and what its rows are.

    Raises
    ------
    BadInput
        If there are no weights that can be read, no such table, or several.
    """
    folder = path if path.is_dir() else path.parent
    files = weight_files(path)
    notes: list[str] = []
    name = _table(list(files), part=part, where=path)
    if name is None and part == "unembed":
        name = _table(list(files), part="embed", where=path)
        notes.append(f"no unembedding is stored: it is tied to the embedding, {name!r}")
    if name is None:
        why = " It may tell positions apart by rotation instead." if part == "position" else ""
        raise BadInput(
            f"{path}: no tensor of a model's {part} ({', '.join(PARTS[part])}).{why} "
            "Name another tensor with --tensor, without the #"
        )
    offer = _open(files[name])
    if name not in offer.tensors or len(offer.tensors[name].shape) != 2:
        raise BadInput(f"{files[name]}: {name!r} is not there as a table of rows; fetch it again")
    tensor = offer.tensors[name]
    notes.append(f"rows are features: each is {_ROWS[part]}, by the name {name!r}")
    if part == "position":
        first = _OFFSET.get(str(_config(folder).get("model_type")), 0)
        if first:
            notes.append(f"the first {first} rows stand for padding and are left out")
        return ModelPart(tensor, position_columns(tensor.shape[0], first), tuple(notes), first)
    columns: dict[str, np.ndarray] = dict(offer.columns)
    if not columns:
        columns, note = token_columns(folder, n_rows=tensor.shape[0])
        notes.append(note)
    return ModelPart(tensor, columns, (*offer.notes, *notes))


_ROWS = {"embed": "a token", "unembed": "a token", "position": "a position"}


def position_columns(n_rows: int, first: int = 0) -> dict[str, np.ndarray]:
    """Return what is known of the rows of a table of positions.

    Parameters
    ----------
    n_rows
        Rows of the table.
    first
        Row of position 0.

    Returns
    -------
    dict
        ``label``, the position as text, and ``position``, as a number.
    """
    position = np.arange(n_rows, dtype=np.int64) - first
    return {"label": position.astype(str), "position": position}


def weight_files(path: Path) -> dict[str, Path]:
    """List which file holds which tensor of a model, opening no more than headers.

    Parameters
    ----------
    path
        A folder or a file, as for ``describe_part``.

    Returns
    -------
    dict
        File by tensor name. Files that an index names need not be there.

    Raises
    ------
    BadInput
        If there is nothing that can be read.
    """
    if not path.is_dir():
        return dict.fromkeys(_open(path).tensors, path)
    listed = weight_map(path, name=INDEX if (path / INDEX).is_file() else "*.index.json")
    if listed is not None:
        return {name: path / Path(file).name for name, file in listed.items()}
    found = sorted(p for p in path.iterdir() if p.suffix in (".safetensors", ".gguf"))
    found = [path / _WEIGHTS] if path / _WEIGHTS in found else found
    if len(found) != 1:
        held = ", ".join(sorted(p.name for p in path.iterdir())[:8]) or "nothing"
        raise BadInput(
            f"{path}: {len(found)} files of weights, expected {_WEIGHTS} or its index; the folder "
            f"holds {held}. Pickled weights (pytorch_model.bin) are not read: convert them with "
            "save_pretrained"
        )
    return dict.fromkeys(_open(found[0]).tensors, found[0])


def wanted_files(part: str) -> tuple[list[str], Callable[[Path], list[str]]]:
    """Say which files of a repository an embedding needs: the small ones first, then one shard.

    Parameters
    ----------
    part
        ``embed``, ``unembed`` or ``position``.

    Returns
    -------
    small : list of str
        Names of configs, vocabularies and the index.
    weights : callable
        Given the folder with those, the names of the weights to fetch.
    """

    def weights(folder: Path) -> list[str]:
        if not (folder / INDEX).is_file():
            return [_WEIGHTS]
        files = weight_files(folder)
        name = _table(list(files), part=part, where=folder)
        if name is None and part == "unembed":
            name = _table(list(files), part="embed", where=folder)
        return [files[name].name] if name is not None else []

    return ["config.json", INDEX, *VOCABULARY_FILES], weights


def _table(names: list[str], *, part: str, where: Path) -> str | None:
    """Return the one tensor whose name ends as such a table's does, None where none does."""
    ends = PARTS[part]
    fitting = [n for n in names if any(n == end or n.endswith("." + end) for end in ends)]
    if len(fitting) > 1:
        raise BadInput(
            f"{where}: several tensors could be the {part}: {', '.join(fitting[:6])}. Name one "
            "with --tensor, without the #"
        )
    return fitting[0] if fitting else None


def _open(path: Path) -> Offer:
    if not path.is_file():
        raise BadInput(f"{path} is not there, though the model's index names it; fetch it again")
    if path.suffix == ".gguf":
        return open_gguf(path)
    if path.suffix == ".safetensors":
        return open_safetensors(path)
    raise BadInput(f"{path}: a model's embeddings are read from .safetensors or .gguf files")


def _config(folder: Path) -> dict[str, Any]:
    try:
        content: Any = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return cast(dict[str, Any], content) if isinstance(content, dict) else {}
