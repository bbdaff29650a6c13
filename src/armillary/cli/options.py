"""Options that many verbs have: one spelling, one help text, one variable of the environment."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable, on stdout.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress; the result is printed all the same.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Traceback on failure.")]
Offline = Annotated[
    bool, typer.Option("--offline", envvar="ARMILLARY_OFFLINE", help="Fetch nothing.")
]
Resume = Annotated[bool, typer.Option("--resume/--fresh", help="Go on where a run was cut off.")]
Cache = Annotated[
    Path | None,
    typer.Option("--cache", envvar="ARMILLARY_CACHE", help="Folder of the built-in model."),
]
Seed = Annotated[
    int, typer.Option("--seed", envvar="ARMILLARY_SEED", min=0, help="Of everything random.")
]


def as_typed() -> str:
    """Return the command line as it was typed, for the record."""
    return shlex.join(["armillary", *sys.argv[1:]])
