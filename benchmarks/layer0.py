"""What keeps more function per bit than codecs on token embeddings: one table.

    python benchmarks/layer0.py [--tokens 2048] [--seeds 1] [--only told] [--out FILE]

The subject is the built-in model's token embedding; texts, zero and one are those of ``armillary
explain demo``: the mean vector keeps 0, the true embedding 1. Every message is written to bytes and
read back; bits are of the bytes. ``cosine`` is the mean cosine of placed and true directions over
tokens of the test text, both centred. One thread.
"""

import argparse
import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats
from threadpoolctl import threadpool_limits

from armillary.explain.gauges import NONE
from armillary.explain.knockoff import Knockoff
from armillary.explain.readers.splice import Splice
from armillary.explain.sources.embedding import embedding_subject
from armillary.explain.subject import Subject
from armillary.knockoffs import Product, RandomUnit, Stretched, Theory, Told, Transform, place
from armillary.load.corpus import builtin_corpus
from armillary.models import load_lm

STEPS = (0.6, 0.4, 0.28, 0.2, 0.14, 0.1)  # of the curve
TEXTS = 12  # that say which coordinates the model minds


def ladder(minds: np.ndarray) -> list[Theory]:
    """Return the theories, codecs first."""
    codecs: list[Theory] = [Product(8), Product(72), Transform(64.0)]
    codecs += [Transform(bits, by_energy=True) for bits in (16.0, 64.0)]
    parts = [(), ("names",), ("letters",), ("company",)]
    return [
        RandomUnit(),
        *[theory for codec in codecs for theory in (codec, Stretched(codec))],
        *[Told(0.4, by=by) for by in parts],
        Told(0.4),
        *[Told(step, minds=minds) for step in STEPS],
    ]


def minded(subject: Subject) -> np.ndarray:
    """Return how much the model minds an error in each coordinate, from calibration text.

    Root mean square over positions of the gradient of the summed loss by the embedding there, each
    gradient scaled to length 1. The sender has the model; what it says of it is in the message.
    """
    import torch

    model: Any = subject.parts["lm"].model
    rows = subject.parts["calibration_texts"].rows[: TEXTS * 128].reshape(TEXTS, -1)
    table = torch.as_tensor(subject.space.directions + subject.bias)
    squares = np.zeros(subject.space.d_model)
    for text in rows:
        ids = torch.as_tensor(text.astype(np.int64))
        x = table[ids][None].clone().requires_grad_(True)
        logits = model(inputs_embeds=x).logits[0]
        torch.nn.functional.cross_entropy(logits[:-1], ids[1:], reduction="sum").backward()
        g = x.grad[0].double().numpy()
        squares += (g**2 / np.maximum((g**2).sum(axis=1, keepdims=True), 1e-30)).sum(axis=0)
    return np.sqrt(squares)


COLUMNS = ("theory", "bits a token", "loss", "kept", "95 %", "cosine", "cpu s")


def measured(theory: Theory, subject: Subject, reader: Splice, *, seed: int) -> list[str]:
    """Say, hear and splice one theory; return a row of the table."""
    start = time.process_time()
    message = theory.fit(subject.space, subject.shared, rng=np.random.default_rng(seed))
    placed = place(message.to_bytes(), subject.shared, rng=np.random.default_rng([seed, 1]))
    spent = time.process_time() - start
    refit = NONE.fit(placed.directions[:1], placed.directions[:1])
    score = reader.score(Knockoff(placed.directions, refit))[0]
    true, made = (subject.test.codes @ d for d in (subject.space.directions, placed.directions))
    norms = np.linalg.norm(true, axis=1) * np.linalg.norm(made, axis=1)
    cosine = float(((true * made).sum(axis=1) / np.maximum(norms, 1e-9)).mean())
    return [
        theory.label,
        f"{message.bits / subject.space.n_features:.2f}",
        f"{score.raw['loss']:.3f}",
        f"{score.value:.3f}",
        f"{score.low:.3f} to {score.high:.3f}",
        f"{cosine:.3f}",
        f"{spent:.0f}",
    ]


def dealt(subject: Subject, *, seed: int) -> Subject:
    """Return the subject with its labels dealt to the wrong tokens: the control of guesses."""
    labels = np.random.default_rng(seed).permutation(np.asarray(subject.shared.labels))
    shared = dataclasses.replace(subject.shared, columns={"label": labels})
    return dataclasses.replace(subject, shared=shared)


def told_table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table in Markdown."""
    lines = [COLUMNS, ["---"] * len(COLUMNS), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def halving(rows: Sequence[Sequence[str]], end: str) -> str:
    """Say how many times the bits must grow to halve the gap, by a line through log bits."""
    chosen = [row for row in rows if row[0].endswith(end)]
    points = np.array([(np.log2(float(r[1])), np.log2(max(1 - float(r[3]), 1e-3))) for r in chosen])
    if len(points) < 2:
        return ""
    slope = float(np.polyfit(points[:, 0], points[:, 1], 1)[0])
    fold = 2 ** (-1 / slope)
    return f"{end}: the gap halves with every {fold:.1f}-fold of bits ({len(points)} points)"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, default=2048)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", default="", help="theories whose label holds this")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    with threadpool_limits(1):
        import torch

        torch.set_num_threads(1)
        subject = embedding_subject(load_lm("demo"), builtin_corpus(), n_test=asked.tokens)
        reader = Splice(subject)
        rows: list[list[str]] = []
        told = ladder(minded(subject))
        for seed in range(asked.seeds):
            for theory in told:
                if asked.only in theory.label and (seed == 0 or theory.drawn):
                    rows.append(measured(theory, subject, reader, seed=seed))
                    print(rows[-1], flush=True)
            if asked.only in "dealt":
                for by in ("names", "letters"):
                    wrong = dealt(subject, seed=seed)
                    row = measured(Told(0.4, by=(by,)), wrong, reader, seed=seed)
                    rows.append([f"{row[0]} dealt to wrong tokens", *row[1:]])
                    print(rows[-1], flush=True)
    lines = [told_table(rows)]
    lines += [halving(rows, "coordinates weighted"), halving(rows, "by energy (floor 0.1)")]
    lines += [halving(rows, "by energy (floor 0.1), stretched")]
    if len(rows) > 3:
        rank = stats.spearmanr([float(r[5]) for r in rows], [float(r[3]) for r in rows])
        lines += [f"rank correlation of cosine with function kept: {float(rank.statistic):.2f}"]
    print("\n".join(lines))
    if asked.out:
        asked.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
