"""Rates at which the verdicts tree, ring and neither are right where the truth is planted.

    python benchmarks/tree_verdicts.py [--noise .25 .5] [--seeds 2] [--each 5] [--draws 199]

Groups of 7 to 40 rows of every shape are planted in 256 dimensions, as `armillary worlds survey`
plants them, and each is handed to the verdict as a region. Truth: trees are trees; circles,
ellipses and rings of clusters are rings; everything else, clouds without shape too, is neither.
"""

import argparse
from collections import Counter, defaultdict

import numpy as np
from printed import head, row

from armillary.inference import binomial_interval
from armillary.studies.tree_verdict import tree_or_ring
from armillary.worlds import planted_world

RINGS = ("circle", "ellipse", "ring_of_clusters")
OTHERS = ("k_clusters", "simplex", "star", "arc", "segment", "helix", "sphere", "torus", "disk",
          "hypercube", "grid")  # fmt: skip
KINDS = ("tree", *RINGS, *OTHERS)
VERDICTS = ("tree", "ring", "neither")


def truth_of(kind: str) -> str:
    """Return the verdict that is right for a planted shape."""
    return "tree" if kind == "tree" else "ring" if kind in RINGS else "neither"


def main() -> None:
    """Print the confusion table and the rates."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--noise", type=float, nargs="+", default=[0.25, 0.5])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--each", type=int, default=5, help="groups a shape, world and noise")
    parser.add_argument("--draws", type=int, default=199)
    asked = parser.parse_args()
    count: dict[str, Counter[str]] = defaultdict(Counter)
    for noise in asked.noise:
        for seed in range(asked.first_seed, asked.first_seed + asked.seeds):
            world = planted_world(
                n=9000, d=256, n_structures=len(KINDS) * asked.each, sizes=(7, 40), noise=noise,
                kinds=KINDS, decoys=6 * asked.each, rng=np.random.default_rng(seed),
            )  # fmt: skip
            rows = world.space.directions - world.space.directions.mean(axis=0)
            rng = np.random.default_rng([seed, 1])
            for one in (*world.truth.structures, *world.truth.decoys):
                found = tree_or_ring(rows[one.rows], rng=rng, n_draws=asked.draws)
                count[one.kind][found.kind] += 1
    head("planted", "truth", *VERDICTS)
    for kind, seen in count.items():
        row(kind, truth_of(kind), *(seen[verdict] for verdict in VERDICTS))
    print()
    head("truth", "regions", "right", "95 %")
    for truth in VERDICTS:
        mine = [seen for kind, seen in count.items() if truth_of(kind) == truth]
        n, right = sum(sum(seen.values()) for seen in mine), sum(seen[truth] for seen in mine)
        low, high = binomial_interval(right, n)
        row(truth, n, f"{right / n:.3f}", f"{low:.3f} to {high:.3f}")
    shapeless = count["gaussian"] + count["heavy_tailed"]
    row("without shape", sum(shapeless.values()),
        f"{shapeless['neither'] / sum(shapeless.values()):.3f}", "")  # fmt: skip


if __name__ == "__main__":
    main()
