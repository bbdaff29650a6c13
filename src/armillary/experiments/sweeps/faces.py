"""Faces: on the vertices of a cube of four bits, which faces latents stand for."""

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

LR = 1e-2  # for L1: at 3e-3 it takes four times the steps to get as far
L1 = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
WIDTH = 32
COUNTS = ((1, 16), (2, 16), (2, 32), (3, 32), (4, 8), (4, 32))
MEASURES = ("fvu", "l0", "alive", "vertices", "edges", "faces", "facets", "other", "price")


def faces(
    *,
    seeds: Sequence[int] = range(5),
    steps: int | None = None,
    progress: Progress | None = None,
    cache: Path | None = None,
) -> SweepTable:
    """Sweep sparsity on ``{+-1}^4``, and class latents by the vertices that they fire on.

    One vertex, an edge (two), a face of the square kind (four), a facet (eight: one bit fixed, the
    true attribute) or any other set; shares of living latents. In closed form there is an exact
    autoencoder of each kind, with L0 ``C(4, k)`` and L1 ``sqrt(4 / (4 - k))`` for faces of
    dimension k: vertices are cheapest (1), facets dearest (2), but facets need only 8 latents.

    Parameters
    ----------
    seeds
        Each draws its own frame and trains its own autoencoders.
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
    plans = [SaePlan("relu", WIDTH, l1=weight, lr=LR) for weight in L1]
    plans += [SaePlan("topk", width, k=k) for k, width in COUNTS]
    cells = [
        Cell(_build, quicker(plan, steps=steps), {
            "architecture": plan.architecture, "sparsity": plan.l1 or plan.k, "width": plan.d_sae,
        })
        for plan in plans
    ]  # fmt: skip
    rows = run_grid(Sweep("faces", 2, _measure), cells, seeds=seeds, progress=progress, cache=cache)
    table = SweepTable(
        "faces",
        "tesseract: shares of living latents that are vertices, edges, square faces, facets, other",
        ("architecture", "sparsity", "width"),
        MEASURES,
        rows,
        {"world": "tesseract tiny", "price of vertices": 1.0, "price of facets": 2.0},
    )
    return table.asked(_verdicts)


def _build(seed: int) -> World:
    return make("tesseract", "tiny", seed=seed)


def _measure(world: World, sae: SparseAutoencoder, rng: np.random.Generator) -> dict[str, Any]:
    shares = census_of(world, sae, rng=rng)
    return {
        "vertices": shares["vertex"], "edges": shares["edge"], "faces": shares["face"],
        "facets": shares["half-space"], "other": shares["other"],
        "price": price(world, sae, rng=rng),
    }  # fmt: skip


def _verdicts(table: SweepTable) -> list[dict[str, Any]]:
    edges = table.mean("edges", architecture="relu", sparsity=0.05)
    strong = table.mean("vertices", architecture="relu", sparsity=0.5)
    weak = table.mean("vertices", architecture="relu", sparsity=0.05)
    facets = table.mean("facets", architecture="topk", sparsity=4, width=8)
    return [
        {
            "asked": "edges are most of the latents at L1 0.05",
            "found": f"{edges:.0%}",
            "held": edges > 0.5,
        },
        {
            "asked": "a stronger L1 (0.5) has more vertices than 0.05",
            "found": f"{strong:.0%} against {weak:.0%}",
            "held": strong > weak,
        },
        {
            "asked": "facets are most of the latents of TopK 4 at width 8",
            "found": f"{facets:.0%}",
            "held": facets > 0.5,
        },
    ]
