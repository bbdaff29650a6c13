"""Does level a hold its size on groups like those a survey finds? Surrogates with nothing in them.

    python benchmarks/unit_length.py ATLAS [--groups 40] [--draws 199]

For groups of an atlas, by mean cosine: rows redrawn as a Gaussian of the group's own mean and
covariance and brought to unit length, which is all that a structureless group of unit vectors has.
Group and surrogate go through both stages of level a: clouds of the same spectrum, and unit rows of
the same mean and spectrum. The surrogate's share of p <= .05 should be .05. The atlas's
source is read again.
"""

import argparse
from pathlib import Path

import numpy as np
from printed import head, row

from armillary.atlas import Atlas
from armillary.explorer.placement import chosen_placement_test
from armillary.shape import cloud_scores
from armillary.survey.points_placement import any_placement_test
from armillary.survey.reopened import reopened

EDGES = (0.15, 0.25, 0.35, 0.45, 0.6, 0.9)
LARGEST = 60


def surrogate(unit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return Gaussian rows of the same mean and covariance, at unit length."""
    mean = unit.mean(axis=0)
    mixed = rng.standard_normal((len(unit), len(unit))) @ (unit - mean) / np.sqrt(len(unit))
    return (mean + mixed) / np.linalg.norm(mean + mixed, axis=1, keepdims=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("atlas", type=Path)
    parser.add_argument("--groups", type=int, default=40)
    parser.add_argument("--draws", type=int, default=199)
    asked = parser.parse_args()
    atlas = Atlas.read(asked.atlas)
    directions = reopened(atlas).directions
    directions = directions - directions.mean(axis=0)
    groups, begin = atlas.groups.to_pydict(), atlas.arrays["members_offset"]
    cosine, size = np.array(groups["mean_cosine"]), np.array(groups["n"])
    rng = np.random.default_rng(0)
    head("mean cosine", "groups", "median n", "group, spectrum", "group, unit rows",
         "surrogate, spectrum", "surrogate, unit rows", "s.e.")  # fmt: skip
    for low, high in zip(EDGES, EDGES[1:], strict=False):
        pool = np.flatnonzero((cosine > low) & (cosine <= high) & (size <= LARGEST))
        chosen = rng.choice(pool, min(asked.groups, pool.size), replace=False)
        found = []
        for group in chosen:
            unit = directions[atlas.arrays["members"][begin[group] : begin[group + 1]]]
            unit = np.asarray(unit / np.linalg.norm(unit, axis=1, keepdims=True), dtype=np.float64)
            found.append([pvalue(one, asked.draws, rng)
                          for one in (unit, surrogate(unit, rng))
                          for pvalue in (spectrum_alone, unit_rows)])  # fmt: skip
        share = (np.array(found) <= 0.05).mean(axis=0)
        error = np.sqrt(0.05 * 0.95 / len(found))
        row(f"{low} to {high}", len(found), f"{np.median(size[chosen]):.0f}",
            *(f"{each:.3f}" for each in share), f"{error:.3f}")  # fmt: skip


def spectrum_alone(unit: np.ndarray, draws: int, rng: np.random.Generator) -> float:
    """Return the p against clouds of the same spectrum."""
    return any_placement_test(cloud_scores(unit), n_null=draws, rng=rng).pvalue


def unit_rows(unit: np.ndarray, draws: int, rng: np.random.Generator) -> float:
    """Return the p against unit rows of the same mean and spectrum."""
    return chosen_placement_test(unit, n_null=draws, rng=rng, tell=lambda _: None).pvalue


if __name__ == "__main__":
    main()
