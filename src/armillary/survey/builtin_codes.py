"""Codes of the built-in autoencoder: the built-in corpus read by the built-in model, once."""

import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

from armillary.core import Codes
from armillary.load import builtin_corpus, load_sae, open_codes, require
from armillary.load.address import BUILTIN_SAE
from armillary.load.hashing import sha256_of
from armillary.survey.progress import Progress, steps_of

CONTEXT, BATCH = 128, 32  # a document of the corpus, and how many are read at once


def builtin_codes(cache: Path, *, offline: bool, tell: Progress) -> Codes:
    """Return which feature of the built-in autoencoder fires on which token of the corpus.

    The first call runs the model over the corpus, some minutes, and keeps the codes; the vectors
    they are made of are removed.

    Parameters
    ----------
    cache
        Folder of the built-in model.
    offline
        Fetch nothing.
    tell
        Told of size, time and every batch.

    Returns
    -------
    Codes
        Memory-mapped from the cache.

    Raises
    ------
    MissingExtra
        If torch or transformers is not installed and no codes are kept.
    """
    corpus = builtin_corpus()
    weights = sha256_of(BUILTIN_SAE / "sae_weights.safetensors")
    folder = cache / f"codes-{weights[:12]}-{corpus.sha256[:12]}"
    if (folder / "codes.json").exists():
        tell.note(f"codes from {folder}")
        return open_codes(folder)
    for package in ("torch", "transformers"):
        require(package, extra="torch")
    models: Any = import_module("armillary.models")  # they import torch
    harvests: Any = import_module("armillary.harvest")
    evaluate: Any = import_module("armillary.evaluate")
    sae = load_sae(BUILTIN_SAE)
    lm = models.load_lm("demo", offline=offline, cache=cache, progress=tell.note)
    vectors = cache / f"{folder.name}-vectors"
    made = harvests.harvest(
        lm,
        corpus,
        vectors,
        hook_names=[sae.source["model"]["hook_name"]],
        settings=harvests.HarvestSettings(context_size=CONTEXT, batch_size=BATCH),
        progress=tell,
    )
    held = next(iter(made.activations.values()))
    codes: Codes = evaluate.encode_corpus(sae, held, folder, progress=steps_of(tell, "encoding"))
    shutil.rmtree(vectors, ignore_errors=True)
    return codes
