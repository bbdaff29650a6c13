"""Layers: how the features of one layer follow from those of the one before, as a study."""

from dataclasses import asdict
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas import visible
from armillary.atlas.study import Study
from armillary.core import BadInput, MissingExtra
from armillary.load import load_sae
from armillary.studies.layer_clamps import ClampEffects, clamp_effects, model_forward
from armillary.studies.layer_relations import Relations, RelationSettings, relate
from armillary.studies.layer_topology import Topology, topology
from armillary.studies.layer_worlds import circuit_pair, stored_pair
from armillary.studies.layers_drawn import charts
from armillary.studies.layers_told import Told, sentences, tables
from armillary.studies.two_layers import LayerPair, TwoLayers, builtin_pair
from armillary.survey.feature_words import feature_words
from armillary.survey.progress import Progress, Silent, Stopwatch
from armillary.survey.words import Lexemes

NAME = "layers"
WORLD = "world:circuit"


def layers_study(
    source: str = "demo",
    *,
    later: str | None = None,
    dictionaries: str | None = None,
    layer: int = 9,
    features: int = 1024,
    documents: int = 2000,
    draws: int = 199,
    clamps: bool = True,
    size: str = "full",
    settings: RelationSettings | None = None,
    seed: int = 0,
    offline: bool = False,
    cache: Path | None = None,
    command: str = "",
    progress: Progress | None = None,
) -> Study:
    """Relate two neighbouring layers.

    Parameters
    ----------
    source
        ``"demo"`` (dictionaries of two layers of the built-in model are trained once and kept),
        ``"world:circuit"``, or a folder of codes.
    later
        Codes of the later layer, where ``source`` is a folder of codes of the earlier.
    dictionaries
        Addresses of the two autoencoders of folders, by comma; None leaves out virtual weights.
    layer, features, documents
        Of ``demo``: the earlier layer, the size of each dictionary, and what is read; three fifths
        of the documents are trained and fitted on, the others tested on.
    draws
        Random complexes.
    clamps
        Of ``demo``: clamp earlier features in the model and look at later codes.
    size
        Of the world.
    settings
        How edges are looked for.
    seed
        Of everything random.
    offline, cache
        As for a survey.
    command
        For the record.
    progress
        Told of stages.

    Returns
    -------
    Study
        Sentences, tables and charts.

    Raises
    ------
    BadInput
        If a source is missing or not of two layers at the same tokens.
    MissingExtra
        If gudhi is not installed, or torch where dictionaries have to be trained.
    """
    tell, watch, asked = progress or Silent(), Stopwatch(), settings or RelationSettings()
    model = TwoLayers(
        layer=layer, features=features, documents=documents, learned=documents * 3 // 5, seed=seed
    )
    with watch.time("codes of both layers"):
        pair = _pair(
            source, later, dictionaries, model=model, size=size, cache=cache, offline=offline,
            tell=tell,
        )  # fmt: skip
    streams = np.random.default_rng(seed).spawn(3)
    with watch.stage(tell, "relations"):
        found = relate(pair, asked, rng=streams[0])
    with watch.stage(tell, "complexes"):
        shape = _shape(found, draws=draws, rng=streams[1])
    effects, tested = None, None
    if source == "demo" and clamps:
        with watch.stage(tell, "clamps"):
            effects = _clamped(pair, found, model, cache=cache, offline=offline, tell=tell)
        tested = None if effects is None else effects.test(rng=streams[2])
    told = Told(pair, found, shape, effects, tested, *_labels(pair), asked)
    manifest = {
        "version": version("armillary"), "command": command, "seed": seed,
        "parameters": {**asdict(asked), "random_complexes": draws},
        "sources": [dict(pair.earlier.source), dict(pair.later.source)],
        "dictionaries": asdict(model) if source == "demo" else dictionaries,
        "tokens": pair.earlier.n_tokens, "fitted_on": pair.learned, "block": pair.block,
        "quality": pair.quality, "timings": watch.seconds,
    }  # fmt: skip
    return Study(
        NAME, f"Between layers: {pair.name}", sentences(told), tables(told), charts(told), manifest
    )


def _pair(
    source: str, later: str | None, dictionaries: str | None, *, model: TwoLayers, size: str,
    cache: Path | None, offline: bool, tell: Progress,
) -> LayerPair:  # fmt: skip
    if source in ("demo", WORLD):
        if later is not None or dictionaries is not None:
            raise BadInput(f"{source} brings both layers: leave out --later and --dictionaries")
        if source == WORLD:
            return circuit_pair(size, seed=model.seed)
        return builtin_pair(model, cache=cache, offline=offline, progress=tell)
    if later is None:
        raise BadInput(
            f"{source} is one layer: name the codes of the next with --later, or use {WORLD}"
        )
    if dictionaries is None:
        return stored_pair(source, later, None)
    named = [one.strip() for one in dictionaries.split(",")]
    if len(named) != 2:
        raise BadInput(f"--dictionaries names {len(named)} autoencoders: give two, by comma")
    one, two = (load_sae(address, offline=offline) for address in named)
    return stored_pair(source, later, (one, two))


def _shape(found: Relations, *, draws: int, rng: np.random.Generator) -> Topology | None:
    spans, kept = found.spans.facets(), found.spans.kept
    if len(spans) < 2:
        return None
    total = np.zeros(found.r2.size)
    np.add.at(total, found.spans.later[kept], found.spans.share[kept])
    tight = {later: float(total[later]) / len(vertices) for later, vertices in spans.items()}
    return topology(spans, tight, draws=draws, rng=rng)


def _clamped(
    pair: LayerPair, found: Relations, model: TwoLayers, *, cache: Path | None, offline: bool,
    tell: Progress,
) -> ClampEffects | None:  # fmt: skip
    assert pair.dictionaries is not None
    try:
        models: Any = import_module("armillary.models")  # they import torch
        lm = models.load_lm("demo", offline=offline, cache=cache, progress=tell.note)
    except MissingExtra as missing:
        tell.note(f"nothing is clamped: {missing}")
        return None
    return clamp_effects(pair, found, model_forward(lm, pair.dictionaries[0], model.hooks))


def _labels(pair: LayerPair) -> tuple[list[str], list[str]]:
    named: list[list[str]] = []
    for codes in (pair.earlier, pair.later):
        if codes.tokens is None:
            named.append([str(k) for k in codes.feature_id.tolist()])
        else:
            words = feature_words(codes, Lexemes.of(codes.tokens))[0]
            named.append([word if word.strip() else visible(word) for word in words])
    return named[0], named[1]
