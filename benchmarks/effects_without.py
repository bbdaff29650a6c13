"""What distance of features leaves for effect, with and without some features.

    python benchmarks/effects_without.py --without 2115,2327,3614,7338,1126,4607

`armillary effects demo:sae` on 288 features and seed 1, then the same effects once more without
the features named by their ids: are near pairs many, or one clump?
"""

import argparse
from dataclasses import replace

import numpy as np
from printed import head, row

from armillary.studies.effects_measured import DECODER, effected, relations
from armillary.studies.effects_source import open_effects
from armillary.survey.progress import Silent

BINS = ((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (0.6, 1.0))


def told(name, found, tables):
    """Print the relations and the bins of cosine of one set of features."""
    head("features", "distance", "given", "by", "beside", "r", "there", "left", "95 %", "p")
    for one in relations(found, tables, rng=np.random.default_rng(0)):
        left = one.left
        row(name, one.distance, one.given, one.method, one.null, f"{left.test.observed:.3f}",
            f"{left.test.null.mean():.3f}", f"{left.delta:+.3f}",
            f"{left.low:+.3f} to {left.high:+.3f}", f"{left.two_sided:.2f}")  # fmt: skip
    head("features", "cosine", "pairs", "cosine of changes", "elsewhere", "95 % of draws")
    i, j = np.triu_indices(len(found.real), 1)
    cosine, alike = 1 - tables[DECODER][i, j], 1 - found.real[i, j]
    there = np.array([1 - one[i, j] for one in found.elsewhere])
    for low, high in BINS:
        here = (cosine >= low) & (cosine < high)
        if not here.any():
            continue
        null = there[:, here].mean(axis=1)
        ends = np.quantile(null, [0.025, 0.975])
        row(name, f"{low} to {high}", here.sum(), f"{alike[here].mean():.3f}",
            f"{null.mean():.3f}", f"{ends[0]:.3f} to {ends[1]:.3f}")  # fmt: skip


def main() -> None:
    """Measure once, tell twice."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without", default="", help="ids of features, by comma")
    parser.add_argument("--features", type=int, default=288)
    parser.add_argument("--draws", type=int, default=49)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    opened = open_effects("demo:sae", n=asked.features, tell=Silent(), rng=rng)
    found = effected(
        opened.push.of, opened.directions, opened.directions[opened.rows],
        strength=opened.strength, n_elsewhere=asked.draws, n_random=1, rng=rng,
    )  # fmt: skip
    told("all", found, opened.tables)
    gone = {one.strip() for one in asked.without.split(",")}
    kept = np.flatnonzero([label not in gone for label in opened.label])
    if kept.size == len(opened.label):
        return
    some = np.ix_(kept, kept)
    few = replace(
        found, real=found.real[some], size=found.size[kept],
        elsewhere=[one[some] for one in found.elsewhere],
        random=[one[some] for one in found.random],
        random_x=[one[some] for one in found.random_x],
    )  # fmt: skip
    told("without", few, {name: table[some] for name, table in opened.tables.items()})


if __name__ == "__main__":
    main()
