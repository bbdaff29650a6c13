"""Boats: when latents are attributes, and when they are combinations (blue boats)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core.autoencoder import SparseAutoencoder
from armillary.experiments.plans import quicker
from armillary.experiments.sweeps.grid import Cell, Sweep, run_grid
from armillary.experiments.sweeps.judged import census_of, price
from armillary.experiments.table import SweepTable
from armillary.survey.progress import Progress
from armillary.worlds import SaePlan, World, make

WIDTHS = (8, 12, 16, 24, 40, 48)
LR = 1e-2  # for L1: at 3e-3 it takes four times the steps to get as far
L1 = (0.02, 0.1, 0.4)
COUNTS = (("topk", 2),)
OTHERS = (("batchtopk", 2), ("matryoshka", 2))
OTHER_WIDTHS = (12, 24, 40)
MEASURES = ("fvu", "l0", "alive", "attributes", "pairs", "other", "price")


def boats(
    *,
    seeds: Sequence[int] = range(5),
    steps: int | None = None,
    progress: Progress | None = None,
    cache: Path | None = None,
) -> SweepTable:
    """Sweep width and sparsity on 6 colours x 6 shapes, and count what latents stand for.

    ``attributes``, ``pairs`` and ``other`` are shares of the living latents by the census of
    ``worlds.report``. ``price`` is ``sum_j code_j |row_j| / |x' - bias|``, the mean over rows: two
    orthogonal parts of one size cost ``sqrt(2)``, the same vector as one atom costs 1. So L1 buys
    pairs as soon as there are latents for them (36), and attributes where there are only 12.

    Parameters
    ----------
    seeds
        Each draws its own world and trains its own autoencoders.
    steps
        Fewer steps a run, for a first look.
    progress, cache
        As in ``run_grid``.

    Returns
    -------
    SweepTable
        Keys ``architecture``, ``sparsity``, ``width``.

    Raises
    ------
    MissingExtra
        If torch is not installed and something must be trained.
    """
    kinds = [("relu", weight, WIDTHS) for weight in L1]
    kinds += [(name, k, WIDTHS) for name, k in COUNTS]
    kinds += [(name, k, OTHER_WIDTHS) for name, k in OTHERS]
    cells = [
        _cell(name, sparsity, width, steps=steps)
        for name, sparsity, widths in kinds
        for width in widths
    ]
    rows = run_grid(Sweep("boats", 2, _measure), cells, seeds=seeds, progress=progress, cache=cache)
    table = SweepTable(
        "boats",
        "6 colours x 6 shapes: shares of living latents that are attributes, pairs, other",
        ("architecture", "sparsity", "width"),
        MEASURES,
        rows,
        {"world": "blue_boats tiny", "price of two parts": 2**0.5, "price of one atom": 1.0},
    )
    return table.asked(_verdicts)


def _build(seed: int) -> World:
    return make("blue_boats", "tiny", seed=seed)


def _cell(name: str, sparsity: float | int, width: int, *, steps: int | None) -> Cell:
    priced = name == "relu"
    plan = SaePlan(
        name,
        width,
        k=None if priced else int(sparsity),
        l1=sparsity if priced else None,
        lr=LR if priced else 3e-3,
    )
    keys = {"architecture": name, "sparsity": sparsity, "width": width}
    return Cell(_build, quicker(plan, steps=steps), keys)


def _measure(world: World, sae: SparseAutoencoder, rng: np.random.Generator) -> dict[str, Any]:
    shares = census_of(world, sae, rng=rng)
    return {
        "attributes": shares["attribute"], "pairs": shares["pair"], "other": shares["other"],
        "price": price(world, sae, rng=rng),
    }  # fmt: skip


def _verdicts(table: SweepTable) -> list[dict[str, Any]]:
    narrow = [table.mean("attributes", architecture="relu", sparsity=s, width=12) for s in L1]
    runs = table.where(architecture="relu", width=12)
    whole = sum(row["attributes"] == 1 and row["alive"] == 12 for row in runs)
    wide = {
        kind: table.mean(kind, architecture="relu", sparsity=L1[-1], width=40)
        for kind in ("attributes", "pairs")
    }
    return [
        {
            "asked": "attributes at width 12: more than 90 % of living latents over the three L1",
            "found": f"{', '.join(f'{share:.0%}' for share in narrow)} at L1 "
            f"{', '.join(map(str, L1))}; all twelve in {whole} of {len(runs)} runs",
            "held": float(np.mean(narrow)) > 0.9,
        },
        {
            "asked": "clusters at width 40: with strong L1 (0.4) more pairs than attributes, and "
            "attributes below 5 %",
            "found": f"{wide['pairs']:.0%} pairs, {wide['attributes']:.0%} attributes",
            "held": wide["pairs"] > wide["attributes"] and wide["attributes"] < 0.05,
        },
    ]
