"""Surveys with codes: where codes come from, what they name, what they rebuild."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core import BadInput, Codes, FeatureSpace, MissingExtra
from armillary.load import cache_folder, load_sae, open_activations, open_codes
from armillary.load.address import DEMO_SAE
from armillary.survey.builtin_codes import builtin_codes
from armillary.survey.feature_words import feature_words
from armillary.survey.progress import Progress, steps_of
from armillary.survey.words import Lexemes


@dataclass(frozen=True, slots=True, eq=False)
class Fired:
    """Codes and the word of every token; neither where there are none.

    Parameters
    ----------
    codes, lexemes
        Which feature fires where, and on which word.
    left_out
        What could not be done without them, in sentences.
    """

    codes: Codes | None = None
    lexemes: Lexemes | None = None
    left_out: list[str] = field(default_factory=list[str])


def fired(
    source: Any,
    codes: Codes | str | Path | None,
    *,
    cache: Path | None,
    offline: bool,
    tell: Progress,
) -> Fired:
    """Open the codes that were named, or those of the built-in autoencoder.

    Parameters
    ----------
    source
        What is surveyed; the built-in autoencoder brings its codes along.
    codes
        Codes, a folder of them or of activations (they are encoded first), ``"none"``, or None.
    cache, offline
        As for a survey.
    tell
        Told what is made.

    Raises
    ------
    BadInput
        If the codes carry no text.
    """
    if isinstance(codes, Codes):
        held = codes
    elif codes is not None:
        held = None if str(codes) == "none" else _opened(source, Path(codes), cache, tell)
    elif str(source) == DEMO_SAE:
        try:
            held = builtin_codes(cache_folder(cache), offline=offline, tell=tell)
        except MissingExtra as missing:
            tell.note(f"no codes: {missing}")
            return Fired(left_out=[f"codes of the built-in autoencoder: {missing}"])
    else:
        held = None
    if held is None:
        return Fired()
    if held.tokens is None:
        raise BadInput("these codes carry no token ids: words cannot be told apart")
    return Fired(held, Lexemes.of(held.tokens))


def _opened(source: Any, folder: Path, cache: Path | None, tell: Progress) -> Codes:
    """Open a folder of codes, or encode a folder of activations into the cache and open that."""
    if not (folder / "activations.json").exists():
        return open_codes(folder)
    sae, held = load_sae(source), open_activations(folder)
    digest = hashlib.sha256(sae.directions.tobytes() + sae.encoder.tobytes())
    digest.update((folder / "activations.json").read_bytes())
    kept = cache_folder(cache) / f"codes-{digest.hexdigest()[:16]}"
    if (kept / "codes.json").exists():
        tell.note(f"codes from {kept}")
        return open_codes(kept)
    evaluate: Any = import_module("armillary.evaluate")
    codes: Codes = evaluate.encode_corpus(sae, held, kept, progress=steps_of(tell, "encoding"))
    return codes


def labelled_by(space: FeatureSpace, given: Fired) -> FeatureSpace:
    """Name the features of an unlabelled space by the words they fire on."""
    if given.codes is None or given.lexemes is None or "label" in space.columns:
        return space
    words, share = feature_words(given.codes.columns_for(space.feature_id), given.lexemes)
    note = "labels are the words on whose tokens most of a feature's activation falls"
    source = {**space.source, "assumptions": [*space.source.get("assumptions", []), note]}
    columns = {**space.columns, "label": np.array(words, dtype=object), "label_share": share}
    return replace(space, columns=columns, source=source)


def fingerprint(codes: Codes) -> str:
    """Hash who fires where, how strongly and on which token: what kept steps belong to."""
    digest = hashlib.sha256()
    arrays = [codes.offset, codes.feature, codes.value]
    if codes.tokens is not None:
        arrays.append(codes.tokens.token_id)
    for array in arrays:
        content: Any = np.ascontiguousarray(array)
        digest.update(content)
    return digest.hexdigest()[:16]


def about(given: Fired, groups: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a manifest says of the codes; None without any."""
    if given.codes is None:
        return None
    return {
        "tokens": given.codes.n_tokens,
        "firings": given.codes.n_firings,
        "l0": given.codes.l0,
        "source": dict(given.codes.source),
        "groups_by_firing": dict(groups),
    }
