"""Opening: the source that a user names becomes a subject."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from armillary.core import BadInput, Corpus
from armillary.explain.sources.autoencoder import open_autoencoder
from armillary.explain.sources.embedding import embedding_subject
from armillary.explain.subject import Subject
from armillary.load import open_corpus, require
from armillary.load.corpus import builtin_corpus_for

DEMO, DEMO_SAE, WORLD = "demo", "demo:sae", "world:"


def open_subject(
    source: str = DEMO,
    *,
    model: str | None = None,
    text: str = DEMO,
    hook_name: str | None = None,
    twin: str | None = None,
    codes: str | Path | None = None,
    n_calibration: int = 16_384,
    n_test: int = 1_536,
    context: int = 128,
    max_tokens: int = 600_000,
    seed: int = 0,
    cache: Path | None = None,
    offline: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Subject:
    """Make a subject of a source.

    Parameters
    ----------
    source
        ``demo``: token embeddings of the built-in model. ``demo:sae``: the built-in autoencoder.
        ``world:NAME``: a world. Else an autoencoder (any that ``load_sae`` takes) if ``model`` is
        given, and without it a model (a folder, or ``org/name``), for its token embeddings.
    model
        The model that an autoencoder reads.
    text
        ``demo`` is the built-in corpus; else what ``open_corpus`` takes.
    hook_name
        Place of the autoencoder in the model, where its file does not say.
    twin
        An autoencoder of another seed, for the noise ceiling.
    codes
        Folder of the autoencoder's codes on the text, where they have been made.
    n_calibration, n_test
        Tokens that gauges are fitted on and that readers score; worlds choose their own.
    context
        Tokens of a text.
    max_tokens
        Most of a text that is read.
    seed
        Of everything random.
    cache
        Folder of the built-in model.
    offline
        Fetch nothing.
    progress
        Called with one line of text now and then.

    Returns
    -------
    Subject
        Named as the source.

    Raises
    ------
    BadInput
        If the source cannot be read, or an option does not go with it.
    MissingExtra
        If torch or transformers is not installed and a model is needed.
    """
    if source.startswith(WORLD):
        if model is not None or twin is not None:
            raise BadInput(f"{source}: a world brings its own network; leave out model and twin")
        worlds: Any = import_module("armillary.explain.sources.world")
        made: Subject = worlds.world_subject(source.removeprefix(WORLD), seed=seed, cache=cache)
        return made
    is_sae = source == DEMO_SAE or model is not None
    if twin is not None and not is_sae:
        raise BadInput(f"{source}: a twin is another autoencoder; an embedding has none")
    for package in ("torch", "transformers"):
        require(package, extra="torch")
    models: Any = import_module("armillary.models")  # they import torch
    of = model or (DEMO if is_sae else source.removesuffix("#embed"))
    lm = models.load_lm(of, offline=offline, cache=cache, progress=progress)
    corpus = _corpus(text, lm, max_tokens=max_tokens, cache=cache, offline=offline)
    numbers = {"n_calibration": n_calibration, "n_test": n_test, "context": context, "seed": seed}
    if not is_sae:
        return embedding_subject(lm, corpus, name=source, **numbers)
    return open_autoencoder(
        source, lm, corpus, hook_name=hook_name, twin=twin, codes=codes, cache=cache,
        offline=offline, progress=progress, **numbers,
    )  # fmt: skip


def _corpus(text: str, lm: Any, *, max_tokens: int, cache: Path | None, offline: bool) -> Corpus:
    if text != DEMO:
        return open_corpus(text, lm.encode, max_tokens=max_tokens, offline=offline)
    return builtin_corpus_for(
        lm.name, lm.encode, max_tokens=max_tokens, offline=offline, cache=cache
    )
