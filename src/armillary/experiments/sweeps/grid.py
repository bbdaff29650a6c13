"""Grid: cells of a sweep, each trained and measured once, kept, and gone on with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas.json_ready import json_ready
from armillary.core.autoencoder import SparseAutoencoder
from armillary.experiments.kept_json import keep, read_kept
from armillary.experiments.plans import expected_seconds
from armillary.experiments.trained import VERSION, fingerprint, quality_on, train_on
from armillary.load.builtin import cache_folder
from armillary.networks.checkpoint import recipe_hash
from armillary.survey.progress import Progress, Silent
from armillary.worlds import SaePlan, World

Build = Callable[[int], World]
Measure = Callable[[World, SparseAutoencoder, np.random.Generator], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One point of a grid.

    Parameters
    ----------
    build
        Makes the world of a seed.
    plan
        Of the autoencoder.
    keys
        Where the cell lies in the grid, JSON-ready.
    """

    build: Build
    plan: SaePlan
    keys: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """What is done at every cell.

    Parameters
    ----------
    name
        Of the sweep; kept rows are filed under it.
    version
        Of its measures: raise it where kept rows must not be read again.
    measure
        What to say of a trained autoencoder beside FVU, L0 and the number of living latents.
    """

    name: str
    version: int
    measure: Measure


def run_grid(
    sweep: Sweep,
    cells: Sequence[Cell],
    *,
    seeds: Sequence[int],
    progress: Progress | None = None,
    cache: Path | None = None,
) -> tuple[dict[str, Any], ...]:
    """Train and measure every cell for every seed; what is kept is read.

    Each row is written as soon as it is known, so a run that is cut off goes on where it was.
    The world and the autoencoder of a row share its seed.

    Parameters
    ----------
    sweep
        What is measured.
    cells
        Where.
    seeds
        Each builds its own world and trains its own autoencoder.
    progress
        Told how many runs are left and about how long they take, then of each.
    cache
        Armillary's cache folder; None is the usual one.

    Returns
    -------
    tuple of dict
        One row a cell and a seed: its keys, ``seed``, ``fvu``, ``l0``, ``alive`` and what
        ``measure`` adds.

    Raises
    ------
    MissingExtra
        If torch is not installed and something must be trained.
    """
    told = progress or Silent()
    folder = cache_folder(cache) / "sweeps"
    todo = [(cell, seed) for cell in cells for seed in seeds]
    worlds: dict[tuple[Build, int], World] = {}
    paths: list[Path] = []
    for cell, seed in todo:
        if (cell.build, seed) not in worlds:
            worlds[cell.build, seed] = cell.build(seed)
        row = _row_hash(sweep, cell, seed, worlds[cell.build, seed])
        paths.append(folder / f"{sweep.name}-{row}.json")
    missing = sum(not path.exists() for path in paths)
    left = sum(
        expected_seconds(cell.plan)
        for (cell, _), path in zip(todo, paths, strict=True) if not path.exists()
    )  # fmt: skip
    told.note(
        f"{sweep.name}: {len(todo)} autoencoders, {len(todo) - missing} measured before; about "
        f"{left / 60:.1f} CPU minutes for the other {missing}"
    )
    told.stage(f"sweep {sweep.name}", len(todo))
    rows: list[dict[str, Any]] = []
    for (cell, seed), path in zip(todo, paths, strict=True):
        kept = read_kept(path)
        if kept is None:
            kept = _measured(sweep, cell, worlds[cell.build, seed], seed=seed, cache=cache)
            keep(path, dict(kept))
        rows.append({**cell.keys, "seed": seed, **kept})
        told.advance()
    return tuple(rows)


def _measured(
    sweep: Sweep, cell: Cell, world: World, *, seed: int, cache: Path | None
) -> dict[str, Any]:
    sae = train_on(world, cell.plan, seed=seed, cache=cache)
    quality = quality_on(world, sae, seed=seed)
    more = sweep.measure(world, sae, np.random.default_rng([seed, 402]))
    return json_ready({**quality, **more})


def _row_hash(sweep: Sweep, cell: Cell, seed: int, world: World) -> str:
    made_of = {
        "sweep": sweep.name, "version": [sweep.version, VERSION], "keys": dict(cell.keys),
        "plan": asdict(cell.plan), "world": fingerprint(world), "seed": seed,
    }  # fmt: skip
    return recipe_hash(made_of)
