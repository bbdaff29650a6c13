"""``armillary compare A B C``: a series of widths, its families, and their export."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rich.console import Console
from rich.text import Text

from armillary.cli.options import as_typed
from armillary.cli.progress import ShownProgress
from armillary.cli.study_output import finished, study_home
from armillary.core import BadInput
from armillary.studies.builtin_series import NESTED, SERIES, builtin_series
from armillary.studies.families import families
from armillary.studies.families_export import export_file, write_export
from armillary.studies.opened_series import opened_series


class Measure(StrEnum):
    """What makes two features alike."""

    cosine = "cosine"
    cofiring = "cofiring"
    both = "both"


@dataclass(frozen=True, slots=True)
class SeriesAsked:
    """What was asked of a series on the command line.

    Parameters
    ----------
    sources
        Dictionaries, or one name of a built-in series.
    by, codes, export, meta, vectors, seed, offline, cache
        As the options.
    """

    sources: tuple[str, ...]
    by: str
    codes: tuple[str, ...]
    export: Path | None
    meta: bool
    vectors: str | None
    seed: int
    offline: bool
    cache: Path | None


def compare_series(asked: SeriesAsked, *, out: Path | None, as_json: bool, quiet: bool) -> None:
    """Compare a series, print it, write it.

    Parameters
    ----------
    asked
        Sources and options.
    out
        An atlas, a folder, or nothing.
    as_json
        Print JSON alone on stdout.
    quiet
        No progress.

    Raises
    ------
    BadInput
        If something named cannot be read, or written to.
    """
    out = study_home(out, "families", source=asked.sources[0])
    if asked.export is not None:
        export_file(asked.export)
    with ShownProgress(Console(stderr=True, highlight=False), quiet=quiet) as progress:
        first, *others = asked.sources
        if first in (SERIES, NESTED):
            if others:
                raise BadInput(f"{first} is a series by itself: name nothing beside it")
            series = builtin_series(first, cache=asked.cache, offline=asked.offline, tell=progress)
        else:
            series = opened_series(
                asked.sources, codes=asked.codes, vectors=asked.vectors, seed=asked.seed,
                offline=asked.offline, cache=asked.cache, tell=progress,
            )  # fmt: skip
        found = families(
            series, by=asked.by, seed=asked.seed, meta=asked.meta,
            command=as_typed(), progress=progress,
        )  # fmt: skip
    finished(found.study, out, as_json=as_json)
    console = Console(highlight=False)
    if asked.export is not None:
        where = write_export(found.export, asked.export)
        if not as_json:
            console.print(Text(f"Exported: {where}"), soft_wrap=True)
