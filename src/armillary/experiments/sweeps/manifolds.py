"""Manifolds: shatter, capture, dilute; what rebuilds best is not what captures best."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core.autoencoder import SparseAutoencoder
from armillary.experiments.plans import quicker
from armillary.experiments.sweeps.grid import Cell, Sweep, run_grid
from armillary.experiments.sweeps.judged import factors_of
from armillary.experiments.table import SweepTable
from armillary.survey.progress import Progress
from armillary.worlds import SaePlan, World, make

COUNTS = (2, 3, 4, 6, 8, 12, 16)
WIDTH, STEPS = 96, 3000
MEASURES = ("fvu", "l0", "alive", "r2_span", "r2_12", "support")


def manifolds(
    *,
    seeds: Sequence[int] = range(5),
    steps: int | None = None,
    progress: Progress | None = None,
    cache: Path | None = None,
) -> SweepTable:
    """Sweep k of TopK on sums of three of twelve manifolds, 96 latents.

    For every manifold, over the rows where it is active: held-out R2 of its contribution from the
    greedy choice of as many latents as its span has dimensions (``r2_span``), of 12 (``r2_12``),
    and how many reach 95 % of the best (``support``); means over the twelve. See ``worlds.report``.

    Parameters
    ----------
    seeds
        Each draws its own frames and trains its own autoencoders.
    steps
        Fewer steps a run, for a first look.
    progress, cache
        As in ``run_grid``.

    Returns
    -------
    SweepTable
        Key ``k``.

    Raises
    ------
    MissingExtra
        If torch is not installed and something must be trained.
    """
    cells = [
        Cell(_build, quicker(SaePlan("topk", WIDTH, k=k, steps=STEPS), steps=steps), {"k": k})
        for k in COUNTS
    ]
    rows = run_grid(
        Sweep("manifolds", 2, _measure), cells, seeds=seeds, progress=progress, cache=cache
    )
    table = SweepTable(
        "manifolds",
        "12 manifolds, 3 active, TopK of 96: how few latents hold a manifold, by k",
        ("k",),
        MEASURES,
        rows,
        {"world": "manifold_mix tiny", "width": WIDTH},
    )
    return table.asked(_verdicts)


def _build(seed: int) -> World:
    return make("manifold_mix", "tiny", seed=seed)


def _measure(world: World, sae: SparseAutoencoder, rng: np.random.Generator) -> dict[str, Any]:
    scores = factors_of(world, sae, rng=rng)
    return {
        "r2_span": float(np.mean([s.r2_span for s in scores])),
        "r2_12": float(np.mean([s.r2_few for s in scores])),
        "support": float(np.mean([s.support for s in scores])),
    }


def _verdicts(table: SweepTable) -> list[dict[str, Any]]:
    seeds = sorted({row["seed"] for row in table.rows})
    span = {k: table.mean("r2_span", k=k) for k in COUNTS}
    fvu = {k: table.mean("fvu", k=k) for k in COUNTS}
    few, many = min(COUNTS), max(COUNTS)
    top, least = max(span, key=lambda k: span[k]), min(fvu, key=lambda k: fvu[k])
    peaks = [_best(table, "r2_span", seed, largest=True) for seed in seeds]
    optima = [_best(table, "fvu", seed, largest=False) for seed in seeds]
    by_seed = f"by seed {peaks} and {optima}"
    return [
        {
            "asked": "shatter, capture, dilute: R2 at span dimension has its best k between the "
            "smallest and the largest",
            "found": f"{span[few]:.3f} at k {few}, {span[top]:.3f} at {top}, {span[many]:.3f} at "
            f"{many}",
            "held": top not in (few, many),
        },
        {
            "asked": "the k that captures best is below the k that rebuilds best",
            "found": f"k {top} (R2 {span[top]:.3f}, FVU {fvu[top]:.1g}) and k {least} (R2 "
            f"{span[least]:.3f}, FVU {fvu[least]:.1g}); {by_seed}",
            "held": top < least,
        },
    ]


def _best(table: SweepTable, measure: str, seed: int, *, largest: bool) -> int:
    rows = sorted(table.where(seed=seed), key=lambda row: row[measure], reverse=largest)
    return int(rows[0]["k"])
