"""``armillary worlds report``: what the world's autoencoder made of it."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.atlas.json_ready import json_ready
from armillary.cli.options import AsJson, Debug, Quiet
from armillary.cli.worlds.choosing import SizeName, chosen, shown
from armillary.worlds import report


def report_command(
    name: Annotated[str, typer.Argument(help="Of the world; armillary worlds list.")],
    *,
    size: Annotated[SizeName, typer.Option("--size", help="How large.")] = SizeName.tiny,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of world and autoencoder.")] = 0,
    rows: Annotated[int, typer.Option("--rows", min=20, help="To measure on.")] = 5000,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Report what the world's own autoencoder did to its truth; it is trained if it is not kept."""
    del debug  # read by main
    from armillary.experiments.trained import trained

    (found,) = chosen([name], everything=False)
    with shown(quiet=quiet, resumed="what is trained is kept") as progress:
        progress.stage("building")
        world = found.make(size.value, seed=seed)
        made = trained(world, found.sae[size.value], seed=seed, progress=progress.stage)
        progress.stage("reporting")
        said = report(
            world, made.sae, twin=made.twin, control_fvu=made.control_fvu, n_tokens=rows, seed=seed
        )
    if as_json:
        sys.stdout.write(json.dumps(json_ready(said.as_dict())) + "\n")
        return
    grid = Table.grid(padding=(0, 2))
    for what, text in said.lines():
        grid.add_row(Text(what), Text(text))
    Console(highlight=False).print(grid)
