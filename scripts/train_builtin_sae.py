"""Train the built-in autoencoder: TopK on the built-in model's residual stream after layer 9.

    armillary harvest demo --hook blocks.9.hook_resid_post --context-size 128 --batch-size 32 --out H
    python scripts/train_builtin_sae.py H --work W [--only sae|twin|control|measure]

Three runs of one size: the autoencoder, its twin with another seed, and a control on an isotropic
Gaussian. The last twentieth of the documents is never trained on; everything is measured there.
Each run goes on from its checkpoint in W. What is shipped is written to ``--out``.
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core import Activations
from armillary.evaluate import ce_with_sae, evaluate_sae, gaussian_control, seed_agreement
from armillary.load import builtin_corpus, load_sae, open_activations
from armillary.models import load_lm
from armillary.training import TopK, TrainedSae, TrainingConfig, to_saelens, train

OUT = Path(__file__).parents[1] / "src" / "armillary" / "load" / "data" / "sae"
HELD_OUT = 0.05  # share of the documents, the last ones
CE_DOCUMENTS = 64
CONFIG = TrainingConfig(
    TopK(k=32), d_sae=8192, tokens=5_000_000, batch=1024, lr=1e-3, seed=0, log_every=100
)


def parts(held: Activations) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the vectors to train on, those held out, and the first document held out."""
    document = np.asarray(held.tokens.document)
    first = int((1 - HELD_OUT) * (document.max() + 1))
    every = np.concatenate([np.asarray(shard) for shard in held.shards])
    return every[document < first], every[document >= first], first


def watch(name: str) -> Any:
    """Return a progress call that prints now and then."""
    began = time.monotonic()

    def say(step: int, steps: int, numbers: Mapping[str, float]) -> None:
        shown = ", ".join(f"{key} {value:.4g}" for key, value in numbers.items() if key != "step")
        seconds = time.monotonic() - began
        print(f"{name} {step}/{steps} {seconds:.0f} s: {shown}", file=sys.stderr, flush=True)

    return say


def trained(name: str, vectors: np.ndarray, work: Path) -> TrainedSae:
    """Train one run, or go on with it."""
    config = CONFIG if name == "sae" else replace(CONFIG, seed=1)
    made = train(vectors, config, progress=watch(name), folder=work / name)
    to_saelens(work / name / "saelens", made, dtype="float16")
    return made


def control(d_model: int, work: Path) -> dict[str, float]:
    """Train the same size on a Gaussian."""
    _, quality = gaussian_control(
        CONFIG, d_model, progress=watch("control"), folder=work / "control"
    )
    (work / "control.json").write_text(json.dumps(quality.as_dict()))
    return quality.as_dict()


def measure(held: np.ndarray, first: int, *, work: Path, harvested: Activations) -> dict[str, Any]:
    """Measure the autoencoder as it is shipped, at 16 bits."""
    sae = load_sae(work / "sae" / "saelens")
    twin = load_sae(work / "twin" / "saelens")
    quality, twin_quality = evaluate_sae(sae, held), evaluate_sae(twin, held)
    corpus = builtin_corpus()
    texts = [np.asarray(text) for number, text in enumerate(corpus) if number >= first]
    lm = load_lm("demo")
    loss = ce_with_sae(
        lm, sae, np.stack(texts[:CE_DOCUMENTS]), hook_name=harvested.hook_name, from_position=1
    )
    agree = seed_agreement(
        sae, twin, alive_a=quality.fired > 0, alive_b=twin_quality.fired > 0,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    return {
        "measured_on": f"{held.shape[0]:,} vectors of documents not trained on",
        "sae": quality.as_dict(),
        "twin": twin_quality.as_dict(),
        "gaussian_control": json.loads((work / "control.json").read_text()),
        "cross_entropy": loss.as_dict(),
        "agreement_with_twin": agree.as_dict(),
        "training": CONFIG.record(),
        "corpus": corpus.source.get("about"),
        "armillary": version("armillary"),
        "made_by": "scripts/train_builtin_sae.py",
    }


def main() -> None:
    """Train what is asked for, and ship."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("activations", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", choices=["sae", "twin", "control", "measure"])
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args()
    harvested = open_activations(asked.activations)
    vectors, held, first = parts(harvested)
    for name in ("sae", "twin"):
        if asked.only in (None, name):
            trained(name, vectors, asked.work)
    if asked.only in (None, "control"):
        control(vectors.shape[1], asked.work)
    if asked.only in (None, "measure"):
        about = measure(held, first, work=asked.work, harvested=harvested)
        metadata = {
            "model_name": "SmolLM2-135M-Instruct (Q4_1)",
            "hook_name": harvested.hook_name,
            "context_size": 128,
            "prepend_bos": False,
            "dataset_path": "the built-in corpus of armillary",
        }
        made = load_sae(asked.work / "sae" / "saelens")
        to_saelens(asked.out, made, dtype="float16", metadata=metadata)
        (asked.out / "about.json").write_text(json.dumps(about, indent=1) + "\n")
        print(json.dumps(about, indent=1))


if __name__ == "__main__":
    main()
