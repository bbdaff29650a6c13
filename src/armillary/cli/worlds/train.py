"""``armillary worlds train``: the networks of worlds, and the autoencoders on them."""

import json
import sys
import time
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.cli.options import AsJson, Debug, Quiet
from armillary.cli.worlds.choosing import SizeName, chosen, shown
from armillary.worlds import Entry


def train_command(
    names: Annotated[list[str] | None, typer.Argument(help="Worlds.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="The whole catalogue.")] = False,
    size: Annotated[SizeName, typer.Option("--size", help="How large.")] = SizeName.tiny,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of world and autoencoder.")] = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Train a world's network and its autoencoder, a twin of another seed, a Gaussian control.

    All of it is kept in armillary's cache; what is there is not trained again.
    """
    del debug  # read by main
    found = chosen(names, everything=everything)
    _require_torch()
    records: list[dict[str, Any]] = []
    with shown(quiet=quiet, resumed="what is trained is kept") as progress:
        seconds = sum(_expected(e, size) for e in found)
        progress.note(
            f"{len(found)} worlds, networks aside about {seconds / 60:.1f} CPU minutes if nothing "
            "is kept"
        )
        progress.stage("training", len(found))
        for e in found:
            records.append(_record(e, size, seed=seed, note=progress.note))
            progress.advance()
    if as_json:
        sys.stdout.write(json.dumps(records) + "\n")
    else:
        _print(records, Console(highlight=False))


def _require_torch() -> None:
    from armillary.load.require import require

    require("torch", extra="torch")


def _expected(e: Entry, size: SizeName) -> float:
    from armillary.experiments.plans import expected_seconds

    return 3 * expected_seconds(e.sae[size.value])


def _record(e: Entry, size: SizeName, *, seed: int, note: Any) -> dict[str, Any]:
    from armillary.evaluate import seed_agreement
    from armillary.experiments.trained import quality_on, trained

    began = time.process_time()
    world = e.make(size.value, seed=seed)
    built = time.process_time() - began
    plan = e.sae[size.value]
    made = trained(world, plan, seed=seed, progress=lambda what: note(f"{e.name}: {what}"))
    quality = quality_on(world, made.sae, seed=seed)
    agreement = seed_agreement(made.sae, made.twin, rng=np.random.default_rng([seed, 405]))
    return {
        "name": e.name, "size": size.value, "seed": seed, "architecture": plan.architecture,
        "d_sae": plan.d_sae, "k": plan.k, "l1": plan.l1, **quality,
        "control_fvu": made.control_fvu,
        "twin_cosine": agreement.as_dict()["mean_paired_cosine"],
        "random_cosine": agreement.random_paired,
        "build_cpu_seconds": round(built, 2),
        "cpu_seconds": round(time.process_time() - began, 2),
    }  # fmt: skip


def _print(records: list[dict[str, Any]], console: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    heads = (
        "world",
        "autoencoder",
        "FVU",
        "of a Gaussian",
        "L0",
        "alive",
        "twin",
        "random",
        "CPU s",
    )
    for name in heads:
        table.add_column(name)
    for r in records:
        sparsity = f"k {r['k']}" if r["k"] is not None else f"l1 {r['l1']:g}"
        table.add_row(
            Text(r["name"]), Text(f"{r['architecture']}, {r['d_sae']} latents, {sparsity}"),
            f"{r['fvu']:.2g}", f"{r['control_fvu']:.2g}", f"{r['l0']:.1f}",
            f"{r['alive']:.0f}", f"{r['twin_cosine']:.2f}", f"{r['random_cosine']:.2f}",
            f"{r['cpu_seconds']:.1f}",
        )  # fmt: skip
    console.print(table)
    console.print(
        "twin: mean cosine of one-to-one pairs with the same autoencoder of another seed, beside "
        "that of random directions."
    )
