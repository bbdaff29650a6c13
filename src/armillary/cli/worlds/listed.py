"""``armillary worlds list``: which worlds there are."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.atlas.json_ready import json_ready
from armillary.cli.options import AsJson, Debug
from armillary.worlds import Entry, entries


def list_command(
    *,
    family: Annotated[
        str | None, typer.Option("--family", help="Only this family: manifolds, groups...")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List the worlds: family, sizes, what each is, what it stands for."""
    del debug  # read by main
    found = [e for e in entries() if family in (None, e.family)]
    if as_json:
        sys.stdout.write(json.dumps([_record(e) for e in found]) + "\n")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("world", "family", "what it is", "what it stands for"):
        table.add_column(name)
    for e in found:
        star = " *" if e.needs_torch else ""
        table.add_row(Text(e.name + star), e.family, Text(e.title), Text(e.motive))
    console = Console(highlight=False)
    console.print(table)
    console.print(Text(f"{len(found)} worlds, each tiny and full. * trains a network (torch)."))


def _record(e: Entry) -> dict[str, Any]:
    return json_ready({
        "name": e.name, "family": e.family, "title": e.title, "motive": e.motive,
        "sizes": {size: dict(given) for size, given in e.sizes.items()},
        "controls": list(e.controls), "rates": e.rates, "expected": e.expected,
        "needs_torch": e.needs_torch,
    })  # fmt: skip
