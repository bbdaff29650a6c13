"""Compatible: for a given FVU, L0 and width, which true structures fit the autoencoder alike."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core.autoencoder import SparseAutoencoder
from armillary.experiments.plans import quicker
from armillary.experiments.sweeps.fitting import NUMBERS, told_apart, which_fit
from armillary.experiments.sweeps.grid import Cell, Sweep, run_grid
from armillary.experiments.sweeps.seen import seen_of
from armillary.experiments.sweeps.theories import THEORIES, theory
from armillary.experiments.table import SweepTable
from armillary.survey.progress import Progress
from armillary.worlds import SaePlan, World

WIDTHS, COUNTS, STEPS, LR = (12, 24, 48), (2, 4), 600, 5e-3
NOISES, NOISY = (0.3,), (24, 2)
ASKED = (0.3, 0.1, 0.03, 0.01, 0.003)
SEEN = (
    "steadiness", "evenness", "patterns", "repeats", "company", "partners", "opposed", "spread",
    "axes", "length",
)  # fmt: skip
_ROWS = 5000


def compatible(
    *,
    seeds: Sequence[int] = range(5),
    steps: int | None = None,
    progress: Progress | None = None,
    cache: Path | None = None,
) -> SweepTable:
    """Train the same autoencoders on seven true structures in 16 dimensions.

    The structures are 36 random clusters, a 6 x 6 product, the vertices of a cube of 5 bits, a tree
    of 13 exclusive nodes, a circle, two circles in orthogonal planes and an isotropic Gaussian, all
    at rms length 1. TopK fixes L0, so a cell is a width and a k, and FVU is what is left to tell
    them apart by; ``fitting.which_fit`` says how. One cell is trained with noise as well, to see
    whether FVU does slide up as it is assumed to there.

    Parameters
    ----------
    seeds
        Each draws its own structures and trains its own autoencoders.
    steps
        Fewer steps a run, for a first look.
    progress, cache
        As in ``run_grid``.

    Returns
    -------
    SweepTable
        Keys ``world``, ``noise``, ``width``, ``k``; in ``settings`` under ``"fit"`` which
        structures fit at each FVU that is asked for, and under ``"apart"`` how often a structure
        is named rightly from numbers and from codes.

    Raises
    ------
    MissingExtra
        If torch is not installed and something must be trained.
    """
    grid = [(0.0, width, k) for k in COUNTS for width in WIDTHS]
    grid += [(noise, *NOISY) for noise in NOISES]
    cells: list[Cell] = []
    for name in THEORIES:
        build = {noise: partial(_build, name=name, noise=noise) for noise in (0.0, *NOISES)}
        for noise, width, k in grid:
            plan = quicker(SaePlan("topk", width, k=k, steps=STEPS, lr=LR), steps=steps)
            keys = {"world": name, "noise": noise, "width": width, "k": k}
            cells.append(Cell(build[noise], plan, keys))
    rows = run_grid(
        Sweep("compatible", 1, _measure), cells, seeds=seeds, progress=progress, cache=cache
    )
    return _judged(SweepTable(
        "compatible",
        "which of seven true structures fit an autoencoder of given width, k and FVU",
        ("world", "noise", "width", "k"),
        ("fvu", "l0", "alive", *SEEN),
        rows,
    ))  # fmt: skip


def _build(seed: int, *, name: str, noise: float) -> World:
    return theory(name, seed=seed, noise=noise)


def _measure(world: World, sae: SparseAutoencoder, rng: np.random.Generator) -> dict[str, Any]:
    return seen_of(sae, world.activations(_ROWS, rng))


def _judged(table: SweepTable) -> SweepTable:
    clean = table.where(noise=0.0)
    fit = [
        {"width": width, "k": k, **which_fit(_cell(clean, width, k), asked=ASKED, names=THEORIES)}
        for k in COUNTS
        for width in WIDTHS
    ]
    if len({row["seed"] for row in table.rows}) < 2:
        return _with(table, {"fit": fit})
    apart = [
        {
            "width": width, "k": k, "chance": 1 / len(THEORIES),
            "from_numbers": told_apart(_cell(clean, width, k), measures=NUMBERS),
            "from_codes": told_apart(_cell(clean, width, k), measures=SEEN),
        }
        for k in COUNTS
        for width in WIDTHS
    ]  # fmt: skip
    learnt = _cell(clean, *NOISY)
    moved = [
        {
            "noise": noise,
            "from_numbers": told_apart(learnt, measures=NUMBERS, of=table.where(noise=noise)),
            "from_codes": told_apart(learnt, measures=SEEN, of=table.where(noise=noise)),
            "from_numbers_learnt_there": told_apart(table.where(noise=noise), measures=NUMBERS),
            "from_codes_learnt_there": told_apart(table.where(noise=noise), measures=SEEN),
        }
        for noise in NOISES
    ]
    made = _with(table, {"fit": fit, "apart": apart, "noise_moved": moved})
    return made.asked(_verdicts)


def _with(table: SweepTable, settings: Mapping[str, Any]) -> SweepTable:
    given = {"theories": THEORIES, "steps": STEPS, "lr": LR, **settings}
    return replace(table, settings=given, lines=tuple(_said(given)))


def _said(settings: Mapping[str, Any]) -> list[str]:
    """Say which structures fit at each FVU, cell by cell, and how often one is named rightly."""
    lines: list[str] = []
    for cell in settings["fit"]:
        for fvu, known, free in zip(
            cell["asked"], cell["noise_known"], cell["noise_unknown"], strict=True
        ):
            where = f"{cell['width']} latents, k {cell['k']}, FVU {fvu:g}"
            lines.append(
                f"{where}: {len(known)} fit without noise ({', '.join(known) or 'none'}), "
                f"{len(free)} with any ({', '.join(free) or 'none'})"
            )
    for row in settings.get("apart", ()):
        lines.append(
            f"{row['width']} latents, k {row['k']}: named rightly {row['from_numbers']:.0%} by FVU "
            f"and living latents, {row['from_codes']:.0%} by codes, {row['chance']:.0%} by chance"
        )
    for row in settings.get("noise_moved", ()):
        lines.append(
            f"noise {row['noise']:g} at {NOISY[0]} latents, k {NOISY[1]}: learnt without noise "
            f"{row['from_numbers']:.0%} and {row['from_codes']:.0%}, learnt with it "
            f"{row['from_numbers_learnt_there']:.0%} and {row['from_codes_learnt_there']:.0%}"
        )
    return lines


def _cell(rows: Sequence[Mapping[str, Any]], width: int, k: int) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["width"] == width and row["k"] == k]


def _verdicts(table: SweepTable) -> list[dict[str, Any]]:
    numbers = [row["from_numbers"] for row in table.settings["apart"]]
    codes = [row["from_codes"] for row in table.settings["apart"]]
    own = [len(found) > 1 for cell in table.settings["fit"] for found in cell["own"].values()]
    slides = all(
        table.mean("fvu", world=name, noise=NOISES[-1], width=NOISY[0], k=NOISY[1])
        > table.mean("fvu", world=name, noise=0.0, width=NOISY[0], k=NOISY[1])
        for name in THEORIES
        if name != "Gaussian"
    )
    return [
        {
            "asked": "noise raises the FVU of every structure but the Gaussian",
            "found": f"at width {NOISY[0]}, k {NOISY[1]}",
            "held": slides,
        },
        {
            "asked": "at its own median FVU most structures are not alone, noise known to be none",
            "found": f"{sum(own)} of {len(own)} structures in all cells",
            "held": sum(own) > len(own) / 2,
        },
        {
            "asked": "codes and decoder name the structure more often than FVU, L0 and the number "
            "of living latents",
            "found": f"{np.mean(codes):.0%} against {np.mean(numbers):.0%}, chance "
            f"{1 / len(THEORIES):.0%}",
            "held": bool(np.mean(codes) > np.mean(numbers)),
        },
    ]
