"""Write the built-in corpus: documents that the built-in model samples after drawn openings.

    python scripts/sample_corpus.py --documents 4480 --out src/armillary/load/data/corpus.npz

One seed gives the same openings on every machine; sampled tokens may differ where another processor
or library rounds otherwise, which is why the result is shipped. It resumes from ``OUT.parts``.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from openings import opening
from transformers.cache_utils import DynamicCache

from armillary.models import load_lm

LENGTH = 128  # tokens a document
CHOICES = 64  # the model's likeliest tokens, one of which is drawn at temperature 1


def sample(
    model: Any,
    prompts: list[np.ndarray],
    *,
    banned: list[int],
    generator: torch.Generator,
) -> np.ndarray:
    """Continue every prompt to LENGTH tokens; drawn tokens follow the prompt's own."""
    out = torch.zeros(len(prompts), LENGTH, dtype=torch.long)
    given = torch.zeros(len(prompts), LENGTH, dtype=torch.bool)
    for row, prompt in enumerate(prompts):
        out[row, : prompt.size] = torch.from_numpy(prompt)
        given[row, : prompt.size] = True
    cache = DynamicCache(config=model.config)
    begin = min(p.size for p in prompts)
    step = out[:, :begin]
    for at in range(begin, LENGTH):
        logits = (
            model(
                step,
                past_key_values=cache,
                cache_position=torch.arange(at - step.shape[1], at),
                logits_to_keep=1,
            )
            .logits[:, -1]
            .float()
        )
        logits[:, banned] = -torch.inf
        best = logits.topk(CHOICES)
        drawn = torch.multinomial(best.values.softmax(-1), 1, generator=generator)
        drawn = best.indices.gather(1, drawn)[:, 0]
        out[:, at] = torch.where(given[:, at], out[:, at], drawn)
        step = out[:, at : at + 1]
    return out.numpy().astype(np.uint16)


def main() -> None:
    """Sample batch after batch, keep each, and join them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=4480)
    parser.add_argument("--batch", type=int, default=160)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    lm = load_lm(asked.model, dtype="bfloat16")
    special = [0, 1, 2]  # end of text, start and end of a turn
    parts = asked.out.with_suffix(".parts")
    parts.mkdir(parents=True, exist_ok=True)
    batches = -(-asked.documents // asked.batch)
    began = time.monotonic()
    for batch in range(batches):
        path = parts / f"{batch:05d}.npy"
        if path.exists():
            continue
        rng = np.random.default_rng([asked.seed, batch])
        prompts = [lm.encode(opening(rng)) for _ in range(asked.batch)]
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        with torch.inference_mode():
            tokens = sample(lm.model, prompts, banned=special, generator=generator)
        np.save(path.with_suffix(".tmp.npy"), tokens)
        path.with_suffix(".tmp.npy").rename(path)
        print(
            f"{batch + 1}/{batches} {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True
        )
    tokens = np.concatenate([np.load(parts / f"{b:05d}.npy") for b in range(batches)])
    tokens = tokens[: asked.documents]
    about = {
        "made_by": "scripts/sample_corpus.py",
        "model": "SmolLM2-135M-Instruct, Q4_1, sampled in bfloat16",
        "seed": asked.seed,
        "documents": int(tokens.shape[0]),
        "tokens_a_document": LENGTH,
        "choices": CHOICES,
    }
    starts = np.arange(tokens.shape[0], dtype=np.int64) * LENGTH
    np.savez_compressed(
        asked.out, token_id=tokens.ravel(), document_start=starts, about=json.dumps(about)
    )
    print(f"{tokens.size:,} tokens, {asked.out.stat().st_size:,} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
