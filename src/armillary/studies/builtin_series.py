"""The built-in series: three widths and one Matryoshka, trained once on the built-in model."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core import Activations, FeatureSpace
from armillary.load import builtin_corpus, cache_folder, load_sae, open_codes, require
from armillary.load.address import BUILTIN_SAE
from armillary.studies.series import Dictionary
from armillary.survey.feature_words import feature_words
from armillary.survey.progress import Progress, steps_of
from armillary.survey.words import Lexemes

SERIES, NESTED = "demo:series", "demo:matryoshka"
WIDTHS = (512, 1024, 2048)
PLAN: Mapping[str, Any] = {
    "harvested": 200_000, "held out": 0.3, "tokens": 1_200_000, "batch": 1024, "k": 24,
    "lr": 2e-3, "seed": 0,
}  # fmt: skip


def builtin_series(
    which: str, *, seed: int = 0, cache: Path | None = None, offline: bool = False, tell: Progress
) -> list[Dictionary]:
    """Return three widths of autoencoder on the built-in model, or the levels of one Matryoshka.

    The first call reads a part of the built-in corpus through the model, trains four autoencoders
    on the residual stream that the built-in one reads, encodes documents that none was trained on,
    and keeps the lot in the cache; the vectors are removed.

    Parameters
    ----------
    which
        ``"demo:series"`` or ``"demo:matryoshka"``. A level of the latter is what its prefix adds:
        the first 512 features, the next 512, the last 1,024.
    seed
        Of the training.
    cache
        Folder of the built-in model.
    offline
        Fetch nothing.
    tell
        Told of size, time and every batch.

    Returns
    -------
    list of Dictionary
        Narrow to wide, with codes on the same tokens and words for labels.

    Raises
    ------
    MissingExtra
        If torch or transformers is not installed and nothing is kept.
    """
    plan = {**PLAN, "seed": seed, "widths": WIDTHS, "version": 2}
    key = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()[:12]
    folder = cache_folder(cache) / f"series-{key}"
    if not (folder / "ready.json").exists():
        _make(folder, plan, cache=cache_folder(cache), offline=offline, tell=tell)
    else:
        tell.note(f"series from {folder}")
    if which == SERIES:
        return [_read(folder / str(width), name=str(width)) for width in WIDTHS]
    whole = _read(folder / "matryoshka", name="matryoshka")
    return levels_of(whole, WIDTHS)


def levels_of(whole: Dictionary, widths: tuple[int, ...]) -> list[Dictionary]:
    """Cut a Matryoshka into levels: the features that every prefix adds to the one before.

    Parameters
    ----------
    whole
        The widest prefix, with codes.
    widths
        Sizes of the prefixes, ascending.

    Returns
    -------
    list of Dictionary
        One a prefix, of features that no narrower prefix has.
    """
    out: list[Dictionary] = []
    for level, (first, last) in enumerate(zip((0, *widths), widths, strict=False), start=1):
        part = whole.space.take(np.arange(first, last))
        kept = None if whole.codes is None else whole.codes.columns_for(part.feature_id)
        out.append(Dictionary(f"level {level}", part, kept))
    return out


def _make(
    folder: Path, plan: Mapping[str, Any], *, cache: Path, offline: bool, tell: Progress
) -> None:
    for package in ("torch", "transformers"):
        require(package, extra="torch")
    shutil.rmtree(folder, ignore_errors=True)  # what an interrupted call left
    held = _harvested(folder / "vectors", plan, cache=cache, offline=offline, tell=tell)
    seen, kept = _parts(held, share=plan["held out"])
    for name in (*map(str, WIDTHS), "matryoshka"):
        _trained(folder, name, plan, parts=(seen, kept), tell=tell)
    shutil.rmtree(folder / "vectors", ignore_errors=True)
    (folder / "ready.json").write_text(json.dumps(dict(plan)) + "\n", "utf-8")


def _trained(
    folder: Path, name: str, plan: Mapping[str, Any], *, parts: tuple[np.ndarray, Activations],
    tell: Progress,
) -> None:  # fmt: skip
    """Train one autoencoder and encode what it has not seen.

    Neighbours have different seeds: with one seed their first rows would begin alike.
    """
    training: Any = import_module("armillary.training")  # they import torch
    evaluate: Any = import_module("armillary.evaluate")
    seen, kept = parts
    if name.isdigit():
        width, architecture = int(name), training.TopK(plan["k"])
        seed = plan["seed"] + WIDTHS.index(width) % 2
    else:
        width, architecture = WIDTHS[-1], training.Matryoshka(plan["k"], WIDTHS[:-1])
        seed = plan["seed"]
    config = training.TrainingConfig(
        architecture, width, tokens=plan["tokens"], batch=plan["batch"], lr=plan["lr"], seed=seed,
        log_every=50,
    )  # fmt: skip
    made = training.train(seen, config, progress=_watch(tell, f"training {name}"))
    numbers = evaluate.evaluate_sae(made.autoencoder, kept, n_tokens=20_000).as_dict()
    metadata = {"quality": numbers, "hook_name": kept.hook_name}
    training.to_saelens(folder / name / "sae", made, metadata=metadata)
    evaluate.encode_corpus(made.autoencoder, kept, folder / name / "codes")
    fvu, l0, dead = (numbers[key] for key in ("fvu", "l0", "dead_share"))
    tell.note(f"{name}: FVU {fvu:.3f}, L0 {l0:.1f}, dead {dead:.1%}")


def _watch(tell: Progress, name: str) -> Callable[[int, int, Mapping[str, float]], None]:
    watch = steps_of(tell, name)

    def step(done: int, total: int, metrics: Mapping[str, float]) -> None:
        del metrics
        watch(done, total)

    return step


def _harvested(
    folder: Path, plan: Mapping[str, Any], *, cache: Path, offline: bool, tell: Progress
) -> Activations:
    models: Any = import_module("armillary.models")
    harvests: Any = import_module("armillary.harvest")
    lm = models.load_lm("demo", offline=offline, cache=cache, progress=tell.note)
    hook_name = load_sae(BUILTIN_SAE).source["model"]["hook_name"]
    made = harvests.harvest(
        lm,
        builtin_corpus().take(plan["harvested"]),
        folder,
        hook_names=[hook_name],
        settings=harvests.HarvestSettings(context_size=128, batch_size=32),
        progress=tell,
    )
    return next(iter(made.activations.values()))


def _parts(held: Activations, *, share: float) -> tuple[np.ndarray, Activations]:
    """Return vectors to train on, and the last documents with their text."""
    document = np.asarray(held.tokens.document)
    last = float(document.max())
    first = int(np.searchsorted(document, (1 - share) * last))
    every = np.concatenate([np.asarray(shard) for shard in held.shards])
    tokens = held.tokens.take(np.arange(first, document.size))
    return every[:first], Activations((every[first:],), tokens, held.hook_name, held.source)


def _read(folder: Path, *, name: str) -> Dictionary:
    sae, codes = load_sae(folder / "sae"), open_codes(folder / "codes")
    words = [""] * sae.n_features
    if codes.tokens is not None:
        words, _ = feature_words(codes, Lexemes.of(codes.tokens))
    space = FeatureSpace(
        sae.directions, np.arange(sae.n_features), {"label": np.array(words)}, sae.source
    )
    return Dictionary(name, space, codes)
