"""``armillary worlds survey``: what the battery and the survey call worlds whose truth is known."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from armillary.cli.options import AsJson, Debug, Quiet
from armillary.cli.worlds.choosing import SizeName, chosen, shown
from armillary.core.errors import BadInput

if TYPE_CHECKING:
    from armillary.core import SparseAutoencoder
    from armillary.worlds import World


def survey_worlds_command(
    names: Annotated[
        list[str] | None, typer.Argument(help="Worlds; none stands for all of them.")
    ] = None,
    *,
    size: Annotated[SizeName, typer.Option("--size", help="How large.")] = SizeName.tiny,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many of each.")] = 5,
    points: Annotated[int, typer.Option("--points", min=20, help="Most points of a cloud.")] = 200,
    sae: Annotated[bool, typer.Option("--sae/--no-sae", help="Also through an SAE.")] = True,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="Processes.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the table and a figure.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Judge every world by the shape battery and by a survey, and print truth against verdict.

    Gaussian clouds of the same covariance come first. Verdicts are kept, so a run that is cut off
    goes on. All tiny worlds with five seeds take about half an hour on two cores.
    """
    del debug  # read by main
    if out is not None and out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file: name a folder for the table")
    from armillary.experiments.confusion import confusion

    found = chosen(names, everything=not names)
    if sae:
        from armillary.load.require import require

        require("torch", extra="torch")
    with shown(quiet=quiet, resumed="every verdict that was reached is kept") as progress:
        table = confusion(
            seeds=range(seeds), names=[e.name for e in found], size=size.value,
            trained=_trained if sae else None, n_points=points, jobs=jobs, progress=progress,
        )  # fmt: skip
    if out is not None:
        written = ", ".join(map(str, table.write(out)))
        Console(stderr=True, highlight=False, quiet=quiet).print(
            Text(f"written: {written}"), soft_wrap=True
        )
    if as_json:
        record = {"record": table.record, "verdicts": table.rows(), "worst": table.worst()}
        sys.stdout.write(json.dumps(record) + "\n")
    else:
        sys.stdout.write("\n".join(table.lines()) + "\n")


def _trained(world: "World", seed: int) -> "SparseAutoencoder":
    from armillary.experiments.trained import train_on
    from armillary.worlds import entry

    return train_on(world, entry(world.name).sae[world.size], seed=seed)
