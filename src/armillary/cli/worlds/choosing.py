"""Choosing: names and sizes as they are typed become entries of the catalogue."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from enum import StrEnum

import typer
from rich.console import Console
from rich.text import Text

from armillary.cli.progress import ShownProgress
from armillary.core.errors import BadInput
from armillary.worlds import NAMES, Entry, entry


class SizeName(StrEnum):
    """How large a world is built."""

    tiny = "tiny"
    full = "full"


def chosen(names: Sequence[str] | None, *, everything: bool) -> list[Entry]:
    """Return the entries that were asked for, in the order of asking.

    Parameters
    ----------
    names
        As typed.
    everything
        Whether the whole catalogue is meant; names must then be empty.

    Returns
    -------
    list of Entry
        Each once.

    Raises
    ------
    BadInput
        If there is no such world, none was named, or names stand beside ``--all``.
    """
    typed = list(dict.fromkeys(names or ()))
    if everything and typed:
        raise BadInput("give names or --all, not both")
    if not everything and not typed:
        raise BadInput(f"name a world or give --all: {', '.join(NAMES)}")
    return [entry(name) for name in (NAMES if everything else typed)]


@contextmanager
def shown(*, quiet: bool, resumed: str) -> Generator[ShownProgress]:
    """Show progress on stderr; an interrupt says what a second run finds and exits with 130."""
    console = Console(stderr=True, highlight=False)
    try:
        with ShownProgress(console, quiet=quiet) as progress:
            yield progress
    except KeyboardInterrupt:
        console.print(Text(f"interrupted; {resumed}: run the same command to go on"))
        raise typer.Exit(130) from None
