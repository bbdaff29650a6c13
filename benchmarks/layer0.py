"""What keeps more function per bit than codecs on token embeddings: one table.

    python benchmarks/layer0.py [--tokens 2048] [--seeds 1] [--only told] [--out FILE]

The subject is the built-in model's token embedding; texts, zero and one are those of ``armillary
explain demo``: the mean vector keeps 0, the true embedding 1. Every message is written to bytes and
read back; bits are of the bytes. ``cosine`` is the mean cosine of placed and true directions over
tokens of the test text, both centred. One thread.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

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

LADDER: list[Theory] = [
    RandomUnit(),
    Product(8),
    Stretched(Product(8)),
    Product(32),
    Stretched(Product(32)),
    Transform(16.0),
    Transform(64.0),
    Stretched(Transform(64.0)),
    Transform(16.0, by_energy=True),
    Stretched(Transform(16.0, by_energy=True)),
    Transform(64.0, by_energy=True),
    Stretched(Transform(64.0, by_energy=True)),
    Told(0.7),
    Told(0.4, lean=0.0),
    Told(0.4, by=()),
    Told(0.4, by=("names",)),
    Told(0.4, by=("letters",)),
    Told(0.4, by=("company",)),
    Told(0.4),
    Told(0.28),
    Told(0.2),
    Told(0.14),
    Told(0.1),
]
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


def told_table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table in Markdown."""
    lines = [COLUMNS, ["---"] * len(COLUMNS), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def halving(rows: Sequence[Sequence[str]], start: str) -> str:
    """Say how many times the bits must grow to halve the gap, by a line through log bits."""
    chosen = [row for row in rows if row[0].startswith(start)]
    points = np.array([(np.log2(float(r[1])), np.log2(max(1 - float(r[3]), 1e-3))) for r in chosen])
    if len(np.unique(points[:, 0].round(2))) < 2:
        return ""
    slope = float(np.polyfit(points[:, 0], points[:, 1], 1)[0])
    fold = 2 ** (-1 / slope)
    return f"{start}: the gap halves with every {fold:.1f}-fold of bits ({len(points)} points)"


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
        for seed in range(asked.seeds):
            for theory in LADDER:
                if asked.only in theory.label and (seed == 0 or theory.drawn):
                    rows.append(measured(theory, subject, reader, seed=seed))
                    print(rows[-1], flush=True)
    told = [told_table(rows)]
    curve = [row for row in rows if row[0].endswith("lean 0.35, by names, letters, company")]
    told += [halving(curve, "told")] if curve else []
    told += [halving(rows, "transform")]
    if len(rows) > 3:
        rank = stats.spearmanr([float(r[5]) for r in rows], [float(r[3]) for r in rows])
        told += [f"rank correlation of cosine with function kept: {float(rank.statistic):.2f}"]
    print("\n".join(told))
    if asked.out:
        asked.out.write_text("\n".join(told) + "\n")


if __name__ == "__main__":
    main()
