"""What effects are measured of: directions with strengths, their distances, and a model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Float, Int
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from armillary.affinity import codes_affinity, phi
from armillary.affinity.unit_rows import unit_rows
from armillary.atlas import Atlas, is_atlas
from armillary.core import BadInput, Codes, FeatureSpace, SparseAutoencoder
from armillary.intervene.effects import LOGITS, Effects
from armillary.intervene.text_effect import ORDINARY
from armillary.load import cache_folder, load_sae, load_space, open_codes
from armillary.load.address import BUILTIN, DEMO_SAE
from armillary.load.openers import FILE_OPENERS
from armillary.load.sae.recognise import recognised
from armillary.studies.effects_measured import DECODER, Table, distances, families
from armillary.survey.builtin_codes import builtin_codes
from armillary.survey.progress import Progress
from armillary.survey.reopened import reopened

FEWEST, MOST_OFTEN = 50, 0.05  # firings; share of tokens past which a feature is rather a bias
LEAST = 12  # features
EMBEDDED = "blocks.0.hook_resid_pre"  # where embeddings go in
TREE_UP_TO = 10_000  # rows whose tree is built whole; past it that of the sample


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A sample of features and everything that effects need.

    Parameters
    ----------
    name
        What the user wrote.
    directions
        All rows features were drawn from.
    rows
        Which were drawn.
    label
        Of each drawn, its id where it has none.
    strength
        By how much each is added.
    tables
        Distances by name.
    push
        Effects of vectors, ready.
    record
        For the manifest.
    """

    name: str
    directions: Float[np.ndarray, "row d_model"]
    rows: Int[np.ndarray, " feature"]
    label: Sequence[str]
    strength: Float[np.ndarray, " feature"]
    tables: Mapping[str, Table]
    push: Effects
    record: Mapping[str, Any]


def open_effects(
    source: str,
    *,
    model: str = "demo",
    hook_name: str | None = None,
    codes: str | Path | None = None,
    n: int = 144,
    n_texts: int = 6,
    read: str = LOGITS,
    offline: bool = False,
    cache: Path | None = None,
    tell: Progress,
    rng: np.random.Generator,
) -> Opened:
    """Open a source and draw features.

    Parameters
    ----------
    source
        An autoencoder as ``load_sae`` takes it; a model's embeddings, or a file of vectors that is
        no autoencoder (``.npy``, ``.npz``, ...), as ``load_space`` takes them; or an atlas of one
        of these. Vectors of a table are added at their own length.
    model
        The language model.
    hook_name
        Where vectors are added; None is the autoencoder's own place, and before the first layer for
        a model's embeddings; a file of vectors does not say.
    codes
        Folder of the autoencoder's codes; those of ``demo:sae`` are known. Tables have none.
    n, n_texts, read
        Features, texts, and what is read (see ``Effects``).
    offline, cache, tell, rng
        As for ``effects``.

    Returns
    -------
    Opened
        Ready to be pushed.

    Raises
    ------
    BadInput
        If no place or no codes are known, dimensions differ, or there are too few features.
    """
    if n < LEAST:
        raise BadInput(f"{n} features: draw {LEAST} at least")
    uri = _source_of(source)
    home = cache_folder(cache)
    lm: Any = _language_model(model, offline=offline, cache=cache, tell=tell)
    if not 1 <= n_texts <= len(ORDINARY):
        raise BadInput(f"{n_texts} texts: there are 1 to {len(ORDINARY)}")
    embedding = uri in BUILTIN or "#" in uri
    if embedding or _is_table(uri, d_model=lm.d_model):
        if codes is not None:
            raise BadInput(f"{uri} is a table of vectors, added at their own length: no --codes")
        place = hook_name or (EMBEDDED if embedding else None)
        if place is None:
            raise BadInput(f"{uri}: where in the model are these vectors added? Give --hook")
        atlas = None if embedding or uri == source else Atlas.read(source)
        made = _of_table(
            load_space(uri, d_model=lm.d_model, offline=offline, cache=cache)
            if atlas is None
            else reopened(atlas, offline=offline, cache=cache)
        )
    else:
        sae = load_sae(uri, offline=offline, progress=tell.note)
        fired = _codes(uri, codes, home, offline=offline, tell=tell)
        made = _of_autoencoder(sae, fired, uri=uri)
        place = hook_name or _place_of(sae)
    directions, label, strength, fired = made.directions, made.label, made.strength, made.codes
    if directions.shape[1] != lm.d_model:
        raise BadInput(f"{uri} has {directions.shape[1]} dimensions, {lm.name} has {lm.d_model}")
    if len(directions) < LEAST:
        raise BadInput(f"{uri}: {len(directions)} vectors have a length, {LEAST} are needed")
    rows = families(directions, n=n, rng=rng)
    push = Effects(lm, place, texts=ORDINARY[:n_texts], read=read, back=made.back)
    tables = {DECODER: distances(directions[rows]), "tree": _tree(directions, rows)}
    if fired is not None:
        ids = fired.feature_id[rows]
        few = fired.columns_for(ids)
        tables["co-firing"] = 1.0 - codes_affinity(few, phi, rows=np.arange(ids.size))
    record = {
        "source": dict(made.record), "model": lm.name, "hook_name": place, "read": read,
        "eligible": len(directions), "features": rows.size, "texts": push.n_texts,
    }  # fmt: skip
    return Opened(
        source,
        directions,
        rows,
        [str(one) for one in label[rows]],
        strength[rows],
        tables,
        push,
        record,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    directions: np.ndarray
    label: np.ndarray
    strength: np.ndarray
    codes: Codes | None
    back: Callable[[np.ndarray], Callable[[np.ndarray], np.ndarray]] | None
    record: Mapping[str, Any]


def _is_table(uri: str, *, d_model: int) -> bool:
    """Whether a file holds vectors that no format of autoencoders claims."""
    path = Path(uri).expanduser()
    if not path.is_file() or path.suffix.lower() not in FILE_OPENERS:
        return False
    return recognised(path, openers=FILE_OPENERS, d_model=d_model) is None


def _of_table(space: FeatureSpace) -> _Made:
    special = space.columns.get("special")
    if special is not None:
        space = space.take(np.flatnonzero(~special))
    length = np.linalg.norm(space.directions, axis=1)
    kept = np.flatnonzero(length > 0)
    space = space.take(kept)
    return _Made(space.directions, space.labels, length[kept], None, None, space.source)


def _of_autoencoder(sae: SparseAutoencoder, codes: Codes, *, uri: str) -> _Made:
    """Keep features that fire often enough, not always; strength: the mean firing in length."""
    count = codes.firing_count()
    known = codes.feature_id < sae.n_features
    length = np.linalg.norm(sae.directions, axis=1)
    kept = np.flatnonzero(known & (count >= FEWEST) & (count <= MOST_OFTEN * codes.n_tokens))
    ids = codes.feature_id[kept]
    kept, ids = kept[length[ids] > 0], ids[length[ids] > 0]
    if kept.size < LEAST:
        raise BadInput(
            f"{uri}: {kept.size} of {sae.n_features:,} features can be drawn, {LEAST} are needed. "
            f"One can be that fires on {FEWEST} of the {codes.n_tokens:,} tokens at least and on "
            f"{MOST_OFTEN:.0%} of them at most: give codes of more text"
        )
    total = np.bincount(codes.feature, weights=codes.value, minlength=codes.n_features)
    strength = total[kept] / count[kept] * length[ids]
    return _Made(
        sae.directions[ids], ids.astype(str), strength.astype(np.float32),
        codes.columns_for(ids), lambda held: sae.scaling.apply(held)[1], sae.source,
    )  # fmt: skip


def _tree(directions: np.ndarray, rows: np.ndarray) -> Table:
    """Return heights at which features meet in the average-linkage tree of cosine distances."""
    import fastcluster

    whole = len(directions) <= TREE_UP_TO
    unit = unit_rows(directions if whole else directions[rows])
    at = rows if whole else np.arange(rows.size)
    upper = np.triu_indices(len(unit), 1)
    cosine = (unit @ unit.T)[upper].astype(np.float64)
    link: Any = cast(Any, fastcluster).linkage(
        np.maximum(1.0 - cosine, 0.0), method="average", preserve_input=False
    )
    del upper, cosine
    flat: Any = hierarchy
    if not whole:
        return np.asarray(squareform(flat.cophenet(link)))
    height: np.ndarray = flat.cophenet(link)
    n = len(unit)
    low, high = np.minimum.outer(at, at), np.maximum.outer(at, at)
    index = n * low - low * (low + 1) // 2 + high - low - 1
    np.fill_diagonal(index, 0)
    table = height[index]
    np.fill_diagonal(table, 0.0)
    return table


def _codes(
    uri: str, codes: str | Path | None, home: Path, *, offline: bool, tell: Progress
) -> Codes:
    if codes is not None:
        return open_codes(codes)
    if uri == DEMO_SAE:
        return builtin_codes(home, offline=offline, tell=tell)
    raise BadInput(f"{uri}: how strongly do its features fire? Give the folder of codes (--codes)")


def _place_of(sae: SparseAutoencoder) -> str:
    said: Any = sae.source.get("model") or {}
    place: Any = said.get("hook_name") or sae.source.get("hook_name")
    if not isinstance(place, str):
        raise BadInput("where in the model? The autoencoder does not say: give --hook")
    if sae.skip is not None or sae.directions.shape[1] != sae.d_model:
        raise BadInput("a transcoder writes another space than it reads: give an autoencoder")
    return place


def _source_of(source: str) -> str:
    if not is_atlas(Path(source)):
        return source
    said: Any = Atlas.read(source).manifest.get("source")
    held: Mapping[str, Any] = cast("Mapping[str, Any]", said) if isinstance(said, Mapping) else {}
    uri: Any = held.get("uri")
    if not isinstance(uri, str) or uri == "an array":
        raise BadInput(f"{source}: the atlas was made of an array; name the source itself")
    return uri


def _language_model(model: str, *, offline: bool, cache: Path | None, tell: Progress) -> Any:
    from armillary.models import load_lm

    return load_lm(model, offline=offline, cache=cache, progress=tell.note)
