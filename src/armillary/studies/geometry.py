"""Trajectory: a model read at the words of lists, and each list followed from layer to layer."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas.study import Study
from armillary.core import BadInput
from armillary.intervene.forward import SteerableModel
from armillary.lexicon import Hypothesis, load_lexicon
from armillary.load.require import require
from armillary.studies.births import Effort
from armillary.studies.followed import Followed, follow
from armillary.studies.geometry_told import charts_of, sentences_of, tables_of
from armillary.studies.words_in_text import (
    NEUTRAL,
    beginnings,
    list_ids,
    other_words,
    read_words,
)
from armillary.survey.progress import Progress, Silent, Stopwatch

NAME = "trajectory"
WORDS = ("weekdays", "months")
OTHERS, OTHER_CONTEXTS = 48, 12
USUAL = Effort()


def cyclic_lists(names: Sequence[str], lexicon: str | Path | None = None) -> tuple[Hypothesis, ...]:
    """Return lists of words by name.

    Parameters
    ----------
    names
        Such as ``weekdays`` or ``months``.
    lexicon
        A file of lists beside the built-in ones.

    Returns
    -------
    tuple
        In the order asked for, each once.

    Raises
    ------
    BadInput
        If a list is not known, or has no cyclic order.
    """
    known = {h.name: h for h in load_lexicon(lexicon)}
    cyclic = [name for name, h in known.items() if h.kind == "cyclic"]
    asked = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    unknown = [name for name in asked if name not in cyclic]
    if unknown or not asked:
        said = f"{unknown[0]!r} is no cyclic list" if unknown else "no list of words was named"
        raise BadInput(f"{said}: use {', '.join(cyclic)}, or --lexicon FILE with one of your own")
    return tuple(known[name] for name in asked)


def trajectory(
    lm: SteerableModel,
    lists: Sequence[Hypothesis],
    *,
    effort: Effort = USUAL,
    seed: int = 0,
    command: str = "",
    progress: Progress | None = None,
) -> Study:
    """Follow cyclic lists of words through the layers of a language model.

    Every word is read in many contexts, which are the repeats of cross-validated distances. Each
    layer's distances are asked for a ring in the known order, beside other orders and random
    placement; rivals (line, clusters, tree, category) compete under a noise ceiling; the ring's
    plane is followed.

    Parameters
    ----------
    lm
        The model; its words must be one token each.
    lists
        Of ``cyclic_lists``.
    effort
        How much is drawn.
    seed
        Of everything random.
    command
        For the record.
    progress
        Told of stages.

    Returns
    -------
    Study
        Named ``trajectory``.

    Raises
    ------
    BadInput
        If a list has too few words, or a word is more than one token.
    MissingExtra
        If rsatoolbox is not installed.
    """
    require("rsatoolbox", extra="studies")  # before minutes of reading
    watch, told = Stopwatch(), progress or Silent()
    ids = [list_ids(lm, each) for each in lists]
    rng = np.random.default_rng(seed)
    others = other_words(lm, OTHERS, without=np.concatenate(ids).tolist(), rng=rng)
    neutral = [text.partition("{}")[0] for text in NEUTRAL[:OTHER_CONTEXTS]]
    with watch.stage(told, "read other words", len(neutral)):
        beside = read_words(lm, neutral, others, progress=told.advance)
    found: list[Followed] = []
    hashes: dict[str, str] = {}
    for each, tokens in zip(lists, ids, strict=True):
        texts = beginnings(each)
        with watch.stage(told, f"read {each.name}", len(texts)):
            patterns = read_words(lm, texts, tokens, progress=told.advance)
        hashes[each.name] = hashlib.sha256(patterns[0, 0].tobytes()).hexdigest()
        with watch.stage(told, f"follow {each.name}"):
            found.append(follow(patterns, each, beside, effort=effort, seed=seed))
    manifest: dict[str, Any] = {
        "version": version("armillary"), "command": command, "seed": seed,
        "parameters": {**asdict(effort), "others": OTHERS, "other_contexts": OTHER_CONTEXTS},
        "sources": [{"model": lm.name, "layers": lm.n_layers, "word_embeddings_sha256": hashes}],
        "texts": {each.name: beginnings(each) for each in lists},
        "timings": watch.seconds,
    }  # fmt: skip
    names = " and ".join(each.name for each in lists)
    return Study(
        name=NAME,
        title=f"{names} through the layers of {lm.name}",
        said=[line for one in found for line in sentences_of(one)],
        tables=tables_of(found),
        charts=[chart for one in found for chart in charts_of(one)],
        manifest=manifest,
    )
