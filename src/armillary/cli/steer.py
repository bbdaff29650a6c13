"""``armillary steer``: turn a circle of words inside a language model, and see what it says."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.cli.options import AsJson, Debug, Offline, Quiet
from armillary.cli.progress import ShownProgress
from armillary.core.errors import BadInput, MissingExtra

if TYPE_CHECKING:
    from armillary.intervene import Steering, Task

FIGURE = "steering.png"


def steer_command(
    model: Annotated[
        str,
        typer.Argument(help="demo, a folder of transformers, or a hub's org/name."),
    ] = "demo",
    *,
    words: Annotated[str, typer.Option("--words", help="months or weekdays.")] = "months",
    texts: Annotated[
        Path | None,
        typer.Option(
            "--texts",
            help="TOML file with words, templates and contexts of your own.",
            dir_okay=False,
        ),
    ] = None,
    layer: Annotated[int | None, typer.Option("--layer", min=-1, help="One layer.")] = None,
    layers: Annotated[
        str, typer.Option("--layers", help="all, or a list such as 0,5,9 or 0..29; -1: embedding.")
    ] = "",
    steps: Annotated[
        str, typer.Option("--steps", help="How far to turn: 1..6, or -3..3, or 1,2.")
    ] = "-3..3",
    edits: Annotated[
        str,
        typer.Option("--edits", help="usual, alone (the circle without all else), or names."),
    ] = "usual",
    where: Annotated[
        str, typer.Option("--where", help="Positions: word, after (from it on) or last.")
    ] = "word",
    most: Annotated[int, typer.Option("--templates", min=1, help="Templates at most.")] = 5,
    bos: Annotated[bool, typer.Option("--bos", help="Start texts with the model's token.")] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the random planes.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for results.json, turns.parquet, a figure.")
    ] = None,
    as_json: AsJson = False,
    offline: Offline = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Turn a circle of words in a language model, beside controls, and measure its answers."""
    del debug  # read by main
    if layer is not None and layers:
        raise BadInput("give --layer or --layers, not both")
    asked_steps = [k for k in numbers(steps, option="--steps") if k]
    if out is not None and out.exists() and not out.is_dir():
        raise BadInput(f"{out} is a file: name a folder for the results")
    from armillary.intervene import builtin_task, steer
    from armillary.intervene.edits import ALONE, EDITS, USUAL

    task = builtin_task(words) if texts is None else _task(texts)
    sets = {"usual": USUAL, "alone": (*USUAL, *ALONE)}
    chosen = sets.get(edits) or tuple(name.strip() for name in edits.split(","))
    unknown = [name for name in chosen if name not in EDITS]
    if unknown:
        raise BadInput(f"--edits {unknown[0]!r}: use usual, alone or {', '.join(EDITS)}")
    with ShownProgress(Console(stderr=True), quiet=quiet) as shown:
        lm = _load(model, offline=offline, note=shown.note)
        where_to = _layers(layer, layers, lm.n_layers)
        settings: dict[str, Any] = {"where": where, "most": most, "bos": bos, "seed": seed}
        found = steer(
            lm, task, layers=where_to, steps=asked_steps, edits=chosen, progress=shown, **settings
        )
    if out is not None:
        found.write(out)
        _draw(found, out / FIGURE)
    if as_json:
        sys.stdout.write(json.dumps(found.record()) + "\n")
    else:
        _show(found, Console(highlight=False))


def numbers(text: str, *, option: str) -> list[int]:
    """Read whole numbers: ``1,2,5``, or ``1..6`` with both ends.

    Parameters
    ----------
    text
        What was given.
    option
        Name of the option, for the refusal.

    Returns
    -------
    list of int
        In the order given, each once.

    Raises
    ------
    BadInput
        If it is neither.
    """
    found: list[int] = []
    try:
        for part in text.split(","):
            first, dots, last = part.partition("..")
            found += range(int(first), int(last) + 1) if dots else [int(first)]
    except ValueError:
        found = []
    if not found:
        raise BadInput(
            f"{option} {text!r}: give whole numbers such as 1,2,5 or a range such as 1..6"
        )
    return list(dict.fromkeys(found))


def _layers(layer: int | None, layers: str, n_layers: int) -> list[int]:
    if layer is not None:
        return [layer]
    if not layers:
        return [n_layers // 3]
    return [*range(-1, n_layers)] if layers == "all" else numbers(layers, option="--layers")


def _load(model: str, *, offline: bool, note: Any) -> Any:
    from armillary.models import load_lm

    return load_lm(model, offline=offline, progress=note)


def _task(path: Path) -> "Task":
    import tomllib

    from armillary.intervene import Task

    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as TOML ({error})") from error
    lists: list[tuple[str, ...]] = []
    for name in ("words", "templates", "contexts"):
        found = given.get(name)
        entries = cast(list[object], found) if isinstance(found, list) else [None]
        lists.append(tuple(entry for entry in entries if isinstance(entry, str)))
        if len(lists[-1]) < max(len(entries), 1):
            raise BadInput(f"{path}: {name} must be a list of strings")
    return Task(path.stem, *lists)


def _draw(found: "Steering", file: Path) -> None:
    from armillary.load.require import require

    try:
        backend: Any = require("matplotlib.figure", extra="figures")
    except MissingExtra:
        return  # the tables are there; a figure is an extra
    figure = backend.Figure(figsize=(7.2, 4.2), layout="constrained")
    found.plot(ax=figure.subplots())
    figure.savefig(file, dpi=110)


def _show(found: "Steering", console: Console) -> None:
    n = len(found.task.words)
    for score in found.scores:
        if score.prompts.text in found.chosen:
            console.print(Text(f"{score.right} of {n} right: {score.prompts.text}"))
    rows = found.summary()
    for layer in dict.fromkeys(row["layer"] for row in rows):
        table = Table(title=f"after layer {layer}", title_justify="left", box=None)
        for name in ("edit", "slope of mean answer", "slope of answer", "exact hits", "unmoved"):
            table.add_column(name)
        for name in ("on the words", "KL", "over its best control"):
            table.add_column(name)
        for row in (row for row in rows if row["layer"] == layer):
            over = (
                ""
                if row["over_control"] is None
                else f"{row['over_control']} {row['best_control']}"
            )
            table.add_row(
                row["edit"],
                Text(str(row["soft_slope"])),
                Text(str(row["slope"])),
                Text(str(row["hits"])),
                f"{row['stays']:.2f}",
                f"{row['base_mass']:.2f} to {row['mass']:.2f}",
                f"{row['kl']:.2f}",
                Text(over),
            )
        console.print(table)
    console.print(
        "Slopes: steps that the answer moves a step turned, 1 follows, 0 does not; 95 % intervals "
        "over templates and words."
    )
