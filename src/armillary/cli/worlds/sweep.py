"""``armillary worlds sweep``: width x sparsity x architecture, as a table and a figure."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.cli.options import AsJson, Debug, Quiet
from armillary.cli.worlds.choosing import shown
from armillary.core.errors import BadInput, MissingExtra

if TYPE_CHECKING:
    from armillary.experiments import SweepTable

_WIDE = 240  # columns of a table that goes into a file or a pipe


def sweep_command(
    name: Annotated[str, typer.Argument(help="boats, manifolds, faces, exact or compatible.")],
    *,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Worlds and runs a cell.")] = 5,
    steps: Annotated[
        int | None, typer.Option("--steps", min=20, help="Fewer steps a run, for a first look.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the table and a figure.")
    ] = None,
    form: Annotated[
        str, typer.Option("--form", help="Of the table: parquet, csv or json.")
    ] = "parquet",
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Sweep autoencoders over worlds: what is found, by width, sparsity and architecture.

    What it will cost is said first. Every run is kept, so a sweep that is cut off goes on.
    """
    del debug  # read by main
    from armillary.experiments.sweeps import SWEEPS
    from armillary.experiments.table import FORMS

    if name not in SWEEPS:
        raise BadInput(f"there is no sweep {name!r}: {', '.join(SWEEPS)}")
    if form not in FORMS:
        raise BadInput(f"--form {form!r}: use {', '.join(FORMS)}")
    if out is not None and out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file: name a folder for the table")
    with shown(quiet=quiet, resumed="every run that was finished is kept") as progress:
        table = SWEEPS[name](seeds=range(seeds), steps=steps, progress=progress)
    if out is not None:
        written = [table.write(out, form=form), *_figure(table, out)]
        Console(stderr=True, highlight=False, quiet=quiet).print(
            Text("written: " + ", ".join(map(str, written))), soft_wrap=True
        )
    if as_json:
        sys.stdout.write(json.dumps(table.as_dict()) + "\n")
    else:
        console = Console(highlight=False)
        _print(table, console if console.is_terminal else Console(highlight=False, width=_WIDE))


def _figure(table: "SweepTable", folder: Path) -> list[Path]:
    from armillary.load.require import require

    try:
        backend: Any = require("matplotlib.figure", extra="figures")
    except MissingExtra:
        return []  # the table is there; a figure is an extra
    figure = backend.Figure(layout="constrained")
    table.plot(figure=figure)
    path = folder / f"worlds_sweep_{table.name}.png"
    figure.savefig(path, dpi=110)
    return [path]


def _print(table: "SweepTable", console: Console) -> None:
    rows = table.summary()
    shown_as = Table(title=table.title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in (*table.keys, *table.measures):
        shown_as.add_column(name.replace("_", " "))
    for row in rows:
        cells = [Text("" if row[key] is None else str(row[key])) for key in table.keys]
        cells += [Text(_spread(row[m], row[f"{m}_sd"])) for m in table.measures]
        shown_as.add_row(*cells)
    console.print(shown_as)
    console.print(Text(f"mean ± standard deviation of {max(r['seeds'] for r in rows)} seeds"))
    for line in table.lines:
        console.print(Text(line), soft_wrap=True)
    for verdict in table.verdicts:
        held = "held" if verdict["held"] else "NOT HELD"
        console.print(Text(f"{held}: {verdict['asked']} ({verdict['found']})"), soft_wrap=True)


def _spread(mean: float | None, deviation: float | None) -> str:
    if mean is None:
        return ""
    return f"{mean:.3g}" if deviation is None else f"{mean:.3g} ± {deviation:.1g}"
