"""What a verb prints of a study, and where it writes it."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from armillary.atlas import Atlas, is_atlas
from armillary.atlas.json_ready import json_ready
from armillary.atlas.study import Row, Study, study_folder
from armillary.atlas.study_source import why_uncoloured
from armillary.atlas.study_values import shown_value

MOST_ROWS = 40  # of a table on a terminal; the file holds all
WIDTH = 120  # of what goes into a file or a pipe


def study_home(out: Path | None, name: str, *, source: str | None = None) -> Path | None:
    """Return where a study will go, and refuse before anything is computed.

    Parameters
    ----------
    out
        As asked for.
    name
        Of the study.
    source
        What is studied; an atlas takes its own study where nothing was asked for.

    Raises
    ------
    BadInput
        If the folder is a file or holds something else.
    """
    if out is None and source is not None and is_atlas(Path(source)):
        out = Path(source)
    if out is not None:
        study_folder(out, name)
    return out


def finished(study: Study, out: Path | None, *, as_json: bool) -> None:
    """Print a study, unless as JSON, and write it; see ``written``."""
    if not as_json:
        show_study(study, Console(highlight=False))
    written(study, out, as_json=as_json)


def show_study(study: Study, console: Console) -> None:
    """Print a study's title, sentences and tables.

    Parameters
    ----------
    study
        What was found.
    console
        Where to.
    """
    out = console if console.is_terminal else Console(
        file=console.file, highlight=False, width=WIDTH
    )  # fmt: skip
    out.print(Text(study.title, style="bold"))
    for sentence in study.said:
        out.print(Text(sentence))
    for name, rows in study.tables.items():
        if not rows:
            continue
        out.print(Padding(Text(_words(name), style="bold"), (1, 0, 0, 0)))
        out.print(_table(rows[:MOST_ROWS]))
        if len(rows) > MOST_ROWS:
            out.print(Text(f"{len(rows) - MOST_ROWS:,} more rows in the study", style="dim"))


def written(study: Study, out: Path | None, *, as_json: bool) -> None:
    """Write a study and say where, or that it was not written; an atlas's report is drawn anew.

    Parameters
    ----------
    study
        What was found.
    out
        An atlas, a folder, or nothing. ``atlas.study.study_folder`` refuses one that holds
        something else before anything is computed. If the study is of other features than the
        atlas, the map is not coloured by it, which is said on stderr.
    as_json
        Print the whole study as JSON on stdout, with ``study`` as the folder or null, in place of
        a sentence.

    Raises
    ------
    BadInput
        If the folder is a file or holds something else.
    """
    where = None if out is None else study.write(out)
    atlas = Atlas.read(out) if out is not None and is_atlas(out) else None
    report = None if atlas is None or out is None else atlas.redraw(out)
    if atlas is not None:
        _warn(study, atlas)
    if as_json:
        told = {
            "study": where,
            **{key: getattr(study, key) for key in ("name", "title", "said", "tables", "manifest")},
        }
        sys.stdout.write(json.dumps(json_ready(told), allow_nan=False) + "\n")
        return
    said = (
        f"Written: {where}" if where else "Nothing written: name a folder or an atlas with --out."
    )
    console = Console(highlight=False)
    console.print(Text(said), soft_wrap=True)
    if report is not None:
        console.print(Text(f"Report: {report.resolve()}"), soft_wrap=True)


def _warn(study: Study, atlas: Atlas) -> None:
    """Say on stderr if the atlas's map is not coloured by what the study measured, and why."""
    ids = atlas.features["feature_id"].to_numpy()
    why = why_uncoloured(study, atlas.manifest, ids)
    if why is not None:
        said = Text(f"The atlas's map is not coloured by this study: {why}.")
        Console(stderr=True, highlight=False).print(said, soft_wrap=True)


def _words(key: str) -> str:
    return key.replace("_", " ")


def _table(rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for key in rows[0]:
        right = all(_is_number(row[key]) for row in rows)
        head = Text(_words(key), style="dim")
        table.add_column(head, justify="right" if right else "left", vertical="bottom")
    for row in rows:
        table.add_row(*(Text(shown_value(row[key])) for key in rows[0]))
    return table


def _is_number(value: Any) -> bool:
    ready = json_ready(value)
    return ready is None or (isinstance(ready, int | float) and not isinstance(ready, bool))
