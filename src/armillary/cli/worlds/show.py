"""``armillary worlds show``: one world's truth, in words or as JSON, and a sample of it."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.atlas.json_ready import json_ready
from armillary.cli.options import AsJson, Debug
from armillary.cli.worlds.choosing import SizeName, chosen
from armillary.core.errors import BadInput
from armillary.worlds import Entry, Sample, World

_FACTORS = 12  # that are named one by one


def show_command(
    name: Annotated[str, typer.Argument(help="Of the world; armillary worlds list.")],
    *,
    size: Annotated[SizeName, typer.Option("--size", help="How large.")] = SizeName.tiny,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the world and its rows.")] = 0,
    rows: Annotated[int, typer.Option("--rows", min=2, help="Drawn for the statistics.")] = 2000,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for activations.npy, sample.npz, truth.json."),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Show what is true of a world, and statistics of rows drawn from it."""
    del debug  # read by main
    if out is not None and out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file: name a folder for the sample")
    (found,) = chosen([name], everything=False)
    world = found.make(size.value, seed=seed)
    sample = world.draw(rows, np.random.default_rng([seed, 403]))
    record = _record(found, world, sample)
    if out is not None:
        _write(out, record, sample)
    if as_json:
        sys.stdout.write(json.dumps(record) + "\n")
    else:
        _print(record, Console(highlight=False))


def statistics(sample: Sample) -> dict[str, float]:
    """Describe drawn rows: their number, lengths, and over how many axes their variance lies.

    Parameters
    ----------
    sample
        Drawn rows.

    Returns
    -------
    dict of str to float
        ``rows``, ``rms_length``, ``mean_length`` (of the mean row), ``rank`` (axes with more than
        a millionth of the variance) and ``effective_rank`` (``(sum v)^2 / sum v^2`` of the
        covariance's eigenvalues ``v``).
    """
    x = sample.activations.astype(np.float64)
    values = np.linalg.svd(x - x.mean(axis=0), compute_uv=False) ** 2
    whole = max(float(values.sum()), 1e-300)
    return {
        "rows": float(len(x)),
        "rms_length": float(np.sqrt((x**2).sum(axis=1).mean())),
        "mean_length": float(np.linalg.norm(x.mean(axis=0))),
        "rank": float((values > 1e-6 * whole).sum()),
        "effective_rank": float(whole**2 / max(float((values**2).sum()), 1e-300)),
    }


def _record(found: Entry, world: World, sample: Sample) -> dict[str, Any]:
    return json_ready({
        "name": world.name, "size": world.size, "seed": world.seed, "d_model": world.d_model,
        "family": found.family, "title": found.title, "motive": found.motive,
        "expected": found.expected, "truth": world.truth.as_dict(),
        "features": world.space.n_features if world.space is not None else None,
        "known_of_each_row": {
            "coordinates": list(sample.coordinates), "active": list(sample.active),
            "cells": list(sample.cells), "codes": sample.codes is not None,
            "inputs": sample.inputs is not None, "targets": sample.targets is not None,
        },
        "sample": statistics(sample),
    })  # fmt: skip


def _write(folder: Path, record: dict[str, Any], sample: Sample) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "activations.npy", sample.activations)
    arrays: dict[str, np.ndarray] = {}
    for kind in ("coordinates", "active", "cells"):
        arrays |= {f"{kind}/{name}": value for name, value in getattr(sample, kind).items()}
    for kind in ("codes", "inputs", "targets"):
        if getattr(sample, kind) is not None:
            arrays[kind] = getattr(sample, kind)
    np.savez(folder / "sample.npz", **arrays)  # pyright: ignore[reportArgumentType]
    (folder / "truth.json").write_text(json.dumps(record, indent=2) + "\n", "utf-8")


def _print(record: dict[str, Any], console: Console) -> None:
    truth = record["truth"]
    console.print(
        Text(f"{record['name']} ({record['size']}, seed {record['seed']}): {record['title']}")
    )
    grid = Table.grid(padding=(0, 2))
    symmetry, readout = truth["symmetry"], truth["readout"]
    lines = {
        "kind": truth["kind"],
        "stands for": record["motive"],
        "d_model": str(record["d_model"]),
        "true features": str(record["features"]) if record["features"] else "no finite list",
        "factors": _factors(truth["factors"]),
        "gates": ", ".join(truth["circuit"]) or "none",
        "not identifiable": truth["gauge"] or "order and lengths",
        "symmetry": f"{symmetry['name']}: {', '.join(symmetry['elements'])}"
        if symmetry
        else "none",
        "exact autoencoder": truth["exact_sae"] or "none known",
        "read by": readout["name"] if readout else "nothing",
        "controls": ", ".join(truth["nulls"]),
        "parameters": json.dumps(truth["params"])[:400],
        "an autoencoder": record["expected"],
        "rows drawn": ", ".join(
            f"{k.replace('_', ' ')} {v:.4g}" for k, v in record["sample"].items()
        ),
    }
    for name, text in lines.items():
        grid.add_row(name, Text(text))
    console.print(grid)


def _factors(factors: list[dict[str, Any]]) -> str:
    named = [f"{f['name']} ({f['kind']}, {f['span_dim']} dimensions)" for f in factors[:_FACTORS]]
    more = len(factors) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "") if named else "none"
