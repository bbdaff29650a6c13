"""Bits a feature against squared error left, of clusters and trees, on the built-in embedding.

Run: python benchmarks/structure_theories.py [out.json]
Prints one line a theory and writes them as JSON. k-means runs once for each k; the clusters of
k = 1,024 are the leaves, and the branches, of the trees too. About 2 CPU minutes.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

import armillary
from armillary.core.space import FeatureSpace
from armillary.knockoffs import Clusters, Exact, Message, RandomUnit, Shared, Tree, place
from armillary.knockoffs.binary_tree import grown
from armillary.knockoffs.clusters import kmeans
from armillary.knockoffs.packing import pack_symbols

ROUNDS = {256: 10, 1024: 8, 4096: 2}  # of k-means; k = 4,096 would take most of the time
STEPS = (16.0, 8.0, 4.0, 2.0)
PAIRS = 200_000


def main() -> None:
    """Fit, write, read back, measure."""
    space = armillary.load_space("demo")
    x = np.asarray(space.directions - space.directions.mean(axis=0), dtype=np.float32)
    centred = FeatureSpace(x, space.feature_id, space.columns, space.source)
    shared = Shared(space.feature_id, space.d_model, space.columns)
    pairs = np.random.default_rng(5).integers(len(x), size=(2, PAIRS))
    rows: list[dict[str, float | str]] = []

    def read(label: str, message: Message) -> None:
        placed = place(message.to_bytes(), shared, rng=np.random.default_rng(1)).directions
        fvu = float(((x - placed) ** 2).sum() / (x**2).sum())
        inner = [np.einsum("ij,ij->i", y[pairs[0]], y[pairs[1]]) for y in (x, placed)]
        gram = float(np.corrcoef(*inner)[0, 1])
        bits = message.bits / len(x)
        rows.append({"theory": label, "bits": bits, "fvu": fvu, "gram": gram})
        print(
            f"{label:44s} {bits:9.2f} bits  FVU {fvu:.4f}  inner products r {gram:.3f}", flush=True
        )

    for theory in (RandomUnit(), Exact(8)):
        read(theory.label, theory.fit(centred, shared, rng=np.random.default_rng(0)))
    labels: dict[int, np.ndarray] = {}
    for k, rounds in ROUNDS.items():
        labels[k] = kmeans(x, k, rng=np.random.default_rng(0), rounds=rounds)
        for theory in (Clusters(k), Clusters(k, spread=True), Clusters(k, arranged="random")):
            read(theory.label, theory.message_of(x, labels[k]))
        message = Clusters(k).message_of(x, labels[k])
        dealt = pack_symbols(np.random.default_rng(2).permutation(labels[k]))
        wrong = Message(message.theory, {**message.parts, "assignment": dealt})
        read(f"{k} clusters, dealt to wrong features", wrong)
        if k == 1024:
            for leaves in (1024, 0):
                tree = grown(x, leaves, rng=np.random.default_rng(0), labels=labels[k])
                theories = [Tree(leaves)]
                steps = STEPS if leaves == 0 else STEPS[1:2]
                theories += [Tree(leaves, arranged="sent", step=step) for step in steps]
                for theory in theories:
                    read(theory.label, theory.message_of(x, tree))
        print(f"{time.process_time():.0f} CPU seconds", flush=True)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
