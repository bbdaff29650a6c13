"""Two neighbouring layers of the built-in model: a small dictionary of each, and their codes."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core import BadInput, Codes, SparseAutoencoder
from armillary.load import builtin_corpus, cache_folder, load_sae, open_codes, require
from armillary.survey.progress import Progress, Silent, steps_of

VERSION = 1  # raise it where what was kept must not be read again
CONTEXT, BATCH = 128, 32  # a document of the corpus, and how many are read at once


@dataclass(frozen=True, slots=True)
class TwoLayers:
    """How the two dictionaries are made; what is kept lies under the hash of this.

    Parameters
    ----------
    layer
        The earlier of the two; the residual stream after it and after the next one.
    features
        Of each dictionary.
    k
        Features a token, on average (BatchTopK).
    documents
        Documents of the built-in corpus that are read, 128 tokens each.
    learned
        How many of them, the first ones, the dictionaries are trained on.
    vectors
        Vectors of each training run.
    seed
        Of training.

    Raises
    ------
    BadInput
        If no document is left that the dictionaries never saw, or a layer does not exist.
    """

    layer: int = 9
    features: int = 1024
    k: int = 24
    documents: int = 2000
    learned: int = 1200
    vectors: int = 1_200_000
    seed: int = 0

    def __post_init__(self) -> None:
        """Check that something is held out."""
        if not 0 < self.learned < self.documents:
            raise BadInput(
                f"{self.learned} of {self.documents} documents to train on: leave some to test on"
            )
        if self.layer < 0:
            raise BadInput(f"layer {self.layer} does not exist: they count from 0")

    @property
    def hooks(self) -> tuple[str, str]:
        """Where the earlier and the later vectors are read."""
        return f"blocks.{self.layer}.hook_resid_post", f"blocks.{self.layer + 1}.hook_resid_post"

    @property
    def key(self) -> str:
        """Hash of the settings and of the corpus."""
        told = {**asdict(self), "version": VERSION, "corpus": builtin_corpus().sha256}
        text = json.dumps(told, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, eq=False)
class LayerPair:
    """Two dictionaries and the codes of the same tokens.

    Parameters
    ----------
    earlier, later
        Codes; row t of both is the same token.
    dictionaries
        The two autoencoders; None where only codes are known.
    learned
        Tokens (the first ones) that dictionaries and relations may be fitted on.
    block
        Rows that belong together: a document's.
    name
        Of the pair.
    quality
        FVU and L0 of each dictionary on tokens it never saw, where known.
    truth
        Edges (earlier, later) that are known to be there; None of a model.
    """

    earlier: Codes
    later: Codes
    dictionaries: tuple[SparseAutoencoder, SparseAutoencoder] | None
    learned: int
    block: int
    name: str
    quality: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Any])
    truth: frozenset[tuple[int, int]] | None = None


def builtin_pair(
    settings: TwoLayers | None = None,
    *,
    cache: Path | None = None,
    offline: bool = False,
    progress: Progress | None = None,
) -> LayerPair:
    """Read, or train once and keep, the dictionaries of two neighbouring layers with their codes.

    Parameters
    ----------
    settings
        Which layers, how wide, how long.
    cache, offline
        As for ``load_lm``.
    progress
        Told of every stage.

    Returns
    -------
    LayerPair
        With the dictionaries' FVU on documents they never saw.

    Raises
    ------
    MissingExtra
        If nothing is kept and torch or transformers is not installed.
    """
    asked, tell = settings or TwoLayers(), progress or Silent()
    folder = cache_folder(cache) / f"layers-{asked.key}"
    if not (folder / "pair.json").exists():
        _make(folder, asked, cache=cache, offline=offline, tell=tell)
    else:
        tell.note(f"dictionaries and codes from {folder}")
    note = json.loads((folder / "pair.json").read_text("utf-8"))
    sides = [folder / side for side in ("earlier", "later")]
    saes = [load_sae(side / "sae") for side in sides]
    codes = [open_codes(side / "codes") for side in sides]
    return LayerPair(
        codes[0], codes[1], (saes[0], saes[1]), int(note["learned"]), int(note["block"]),
        f"SmolLM2-135M after layers {asked.layer} and {asked.layer + 1}", note["quality"],
    )  # fmt: skip


def _make(
    folder: Path, asked: TwoLayers, *, cache: Path | None, offline: bool, tell: Progress
) -> None:
    for package in ("torch", "transformers"):
        require(package, extra="torch")
    models: Any = import_module("armillary.models")  # they import torch
    harvests: Any = import_module("armillary.harvest")
    corpus = builtin_corpus()
    if asked.documents * CONTEXT > corpus.n_tokens:
        held = corpus.n_tokens // CONTEXT
        raise BadInput(f"{asked.documents:,} documents: the built-in corpus has {held:,}")
    vectors = folder / "vectors"  # an interrupted harvest is gone on with
    lm = models.load_lm("demo", offline=offline, cache=cache, progress=tell.note)
    if asked.layer + 2 > lm.n_layers:
        raise BadInput(f"layer {asked.layer} has no next one: {lm.name} has {lm.n_layers}")
    made = harvests.harvest(
        lm, corpus.take(asked.documents * CONTEXT), vectors, hook_names=list(asked.hooks),
        settings=harvests.HarvestSettings(context_size=CONTEXT, batch_size=BATCH), progress=tell,
    )  # fmt: skip
    layers = [made.activations[hook] for hook in asked.hooks]
    document = np.asarray(layers[0].tokens.document)
    learned = int(np.searchsorted(document, asked.learned))
    quality = {
        side: _dictionary(folder / side, one, asked, learned=learned, side=side, tell=tell)
        for side, one in zip(("earlier", "later"), layers, strict=True)
    }
    note = {
        "settings": asdict(asked), "learned": learned, "quality": quality,
        "block": int(np.bincount(document).max()),
    }  # fmt: skip
    del layers, made
    shutil.rmtree(vectors, ignore_errors=True)
    (folder / "pair.json").write_text(json.dumps(note, indent=1) + "\n", "utf-8")


def _dictionary(
    folder: Path, held: Any, asked: TwoLayers, *, learned: int, side: str, tell: Progress
) -> dict[str, float]:
    training: Any = import_module("armillary.training")
    evaluate: Any = import_module("armillary.evaluate")
    rows = held.rows(np.arange(learned))
    config = training.TrainingConfig(
        training.BatchTopK(k=asked.k), d_sae=asked.features, tokens=asked.vectors, batch=1024,
        seed=asked.seed, log_every=50,
    )  # fmt: skip
    watch = _steps(tell, f"training the {side} dictionary")
    made = training.train(rows, config, progress=watch, folder=folder / "run")
    training.to_saelens(folder / "sae", made)
    shutil.rmtree(folder / "codes", ignore_errors=True)
    sae = load_sae(folder / "sae")
    evaluate.encode_corpus(
        sae, held, folder / "codes", progress=steps_of(tell, f"encoding the {side} layer")
    )
    shutil.rmtree(folder / "run", ignore_errors=True)
    fresh = held.rows(np.arange(learned, held.n_tokens))
    return {name: float(value) for name, value in sae.unexplained(fresh).items()}


def _steps(tell: Progress, name: str) -> Callable[[int, int, Mapping[str, float]], None]:
    step = steps_of(tell, name)

    def watch(done: int, total: int, metrics: Mapping[str, float]) -> None:
        del metrics
        step(done, total)

    return watch
