"""Exact: where a perfect autoencoder is known in closed form, what does training find."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.evaluate import seed_agreement
from armillary.experiments.plans import quicker
from armillary.experiments.sweeps.grid import Build, Cell, Sweep, run_grid
from armillary.experiments.table import SweepTable
from armillary.survey.progress import Progress
from armillary.worlds import SaePlan, World, entry

WORLDS = {
    "hexagon": ("ngon_boundary", {"n": 6, "d_model": 8}, 2),
    "12-gon": ("ngon_boundary", {"n": 12, "d_model": 8}, 2),
    "icosahedron": ("icosphere", {"subdivisions": 0, "d_model": 8}, 3),
}
L1 = (0.05,)
LONG = ("hexagon", 6000)  # trained four times as long as well, with as many latents as vertices
_ROWS = 10_000
MEASURES = (
    "fvu", "l0", "alive", "vertex_mcc", "random_mcc", "opposed", "loss", "fvu_exact", "loss_exact",
)  # fmt: skip


def exact(
    *,
    seeds: Sequence[int] = range(5),
    steps: int | None = None,
    progress: Progress | None = None,
    cache: Path | None = None,
) -> SweepTable:
    """Train on a polygon's boundary and an icosahedron's surface, beside their exact autoencoders.

    Widths: as many latents as vertices, and twice as many; the hexagon also at four times the
    steps. ``vertex_mcc`` is the mean cosine of decoder rows with the vertices, one to one (a vertex
    left over counts 0), ``random_mcc`` that of random rows. ``opposed`` is the share of latents
    (that fire on more than 1 % of rows) with another at cosine below -.99, as in the cross code
    ``[ReLU(x), ReLU(-x)]``. ``loss`` is ``FVU + l1 * sum of codes / rms |x - mean|`` (at ``l1`` 0
    for TopK): where the trained loss is below the exact one, the objective itself prefers another
    dictionary; where it is above, training missed a better one.

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
        Keys ``world``, ``architecture``, ``sparsity``, ``width``, ``steps``.

    Raises
    ------
    MissingExtra
        If torch is not installed and something must be trained.
    """
    cells: list[Cell] = []
    for called, (name, parameters, l0) in WORLDS.items():
        build = partial(_build, name=name, parameters=parameters)
        n = entry_vertices(build(0))
        for width in (n, 2 * n):
            plans = [SaePlan("relu", width, l1=weight) for weight in L1]
            plans.append(SaePlan("topk", width, k=l0))
            if called == LONG[0] and width == n:
                plans += [replace(plan, steps=LONG[1]) for plan in plans[-2:]]
            cells += [_cell(build, plan, called=called, steps=steps) for plan in plans]
    rows = run_grid(Sweep("exact", 2, _measure), cells, seeds=seeds, progress=progress, cache=cache)
    table = SweepTable(
        "exact",
        "where an exact autoencoder is known: what training finds",
        ("world", "architecture", "sparsity", "width", "steps"),
        MEASURES,
        rows,
        {"measured on": _ROWS},
    )
    return table.asked(_verdicts)


def _cell(build: Build, plan: SaePlan, *, called: str, steps: int | None) -> Cell:
    plan = quicker(plan, steps=steps)
    sparsity = plan.k if plan.k is not None else plan.l1
    keys = {
        "world": called, "architecture": plan.architecture, "sparsity": sparsity,
        "width": plan.d_sae, "steps": plan.steps,
    }  # fmt: skip
    return Cell(build, plan, keys)


def entry_vertices(world: World) -> int:
    """Return how many vertices a world's exact autoencoder has.

    Raises
    ------
    BadInput
        If it knows none.
    """
    if world.truth.exact_sae is None:
        raise BadInput(f"no exact autoencoder is known of {world!r}")
    return world.truth.exact_sae.n_features


def _build(seed: int, *, name: str, parameters: dict[str, Any]) -> World:
    return entry(name).build(seed=seed, size="tiny", **parameters)


def _measure(world: World, sae: SparseAutoencoder, rng: np.random.Generator) -> dict[str, Any]:
    perfect = world.truth.exact_sae
    if perfect is None:
        raise BadInput(f"no exact autoencoder is known of {world!r}")
    rows = world.activations(_ROWS, rng)
    fired = (sae.encode(rows) != 0).any(axis=0)
    agreement = seed_agreement(perfect, sae, alive_b=fired, rng=rng)
    share = len(agreement.paired) / perfect.n_features
    weight = float(sae.source["plan"]["l1"] or 0.0)
    return {
        "vertex_mcc": share * float(agreement.paired.mean()),
        "random_mcc": share * agreement.random_paired,
        "opposed": _opposed(sae, rows),
        "loss": _loss(sae, rows, weight), "loss_exact": _loss(perfect, rows, weight),
        "fvu_exact": perfect.unexplained(rows)["fvu"],
    }  # fmt: skip


def _opposed(sae: SparseAutoencoder, rows: np.ndarray) -> float:
    fired = (sae.encode(rows) != 0).mean(axis=0)
    made = sae.directions[fired > 0.01]
    made = made / np.linalg.norm(made, axis=1, keepdims=True)
    return float(((made @ made.T).min(axis=1) < -0.99).mean())


def _loss(sae: SparseAutoencoder, rows: np.ndarray, weight: float) -> float:
    """Return what training minimises, with vectors at rms length one round their mean."""
    codes = sae.encode(rows)
    scale = float(np.sqrt(((rows - rows.mean(axis=0)) ** 2).sum(axis=1).mean()))
    paid = float((codes @ np.linalg.norm(sae.directions, axis=1)).mean()) / scale
    return sae.unexplained(rows)["fvu"] + weight * paid


def _verdicts(table: SweepTable) -> list[dict[str, Any]]:
    worst = max(row["fvu_exact"] for row in table.rows)
    least = min(row["fvu"] for row in table.rows)
    priced = [row for row in table.rows if row["architecture"] == "relu"]
    above = sum(row["loss"] > row["loss_exact"] for row in priced)
    return [
        {
            "asked": "exact autoencoders leave less than 1e-10",
            "found": f"at most {worst:.1g}",
            "held": worst < 1e-10,
        },
        {
            "asked": "training does not find them: no run below FVU 1e-5",
            "found": f"least trained FVU {least:.1g}",
            "held": least > 1e-5,
        },
        {
            "asked": "that is the optimiser's doing: the L1 loss of the exact one is below that of "
            "every trained one",
            "found": f"in {above} of {len(priced)} runs",
            "held": above == len(priced),
        },
    ]
