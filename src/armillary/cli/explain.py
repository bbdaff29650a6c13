"""``armillary explain``: how much of a space survives when only a theory of it is said."""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from armillary.atlas import Atlas, is_atlas, json_ready
from armillary.cli.options import AsJson, Debug, Offline, Quiet, Resume, as_typed
from armillary.cli.worlds.choosing import shown
from armillary.core.errors import BadInput

if TYPE_CHECKING:
    from armillary.knockoffs import Theory


def explain_command(
    source: Annotated[
        str,
        typer.Argument(
            help="demo (token embeddings), demo:sae, a world (world:pizza), or an autoencoder."
        ),
    ] = "demo",
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder, or an atlas. Default: armillary-explanation/SOURCE."
        ),
    ] = None,
    theories: Annotated[
        str, typer.Option("--theories", help="Kinds or labels, by comma. Default: the ladder.")
    ] = "",
    gauges: Annotated[
        str, typer.Option("--gauges", help="none, rotation, rotation+scale, linear, by comma.")
    ] = "none,rotation",
    readers: Annotated[
        str, typer.Option("--readers", help="By comma. Default: all that suit the source.")
    ] = "",
    model: Annotated[
        str | None, typer.Option("--model", help="The model that an autoencoder reads.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of texts, worlds and draws.")] = 0,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Placings a drawn theory.")] = 3,
    tokens: Annotated[
        int | None, typer.Option("--tokens", min=64, help="Test tokens of a model's loss.")
    ] = None,
    size: Annotated[str, typer.Option("--size", help="Of the ladder: tiny or full.")] = "full",
    twin: Annotated[
        str | None,
        typer.Option("--twin", help="Dictionary of another seed: the noise ceiling of geometry."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Processes, for worlds.")
    ] = None,
    resume: Resume = True,
    listed: Annotated[
        bool, typer.Option("--list", help="Print the ladder of the source, and stop.")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Print every reader and the whole verdict.")
    ] = False,
    offline: Offline = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Say a space in theories of placement, build what follows, and measure what survives.

    Each theory is a message of so many bits. From it, and from what is known anyway, a space is
    built and read: by the model's own loss, by a toy network's task, by probes. Every finished
    cell is kept, so a run that is cut off goes on.
    """
    del debug  # read by main
    from armillary.cli.explain_table import print_explanation, print_ladder
    from armillary.explain.bench import explain
    from armillary.explain.disk import record_of, section_of
    from armillary.explain.gauges import gauge_named
    from armillary.explain.ladder import SIZES, ladder
    from armillary.explain.sources import open_subject

    asked = [gauge_named(name).name for name in _names(gauges, option="--gauges")]
    if size not in SIZES:
        raise BadInput(f"--size {size!r}: use {' or '.join(SIZES)}")
    where = section_of(out or Path("armillary-explanation") / slug(source))
    options: dict[str, Any] = {
        "offline": offline, "n_test": tokens, "twin": twin, "model": model, "seed": seed
    }  # fmt: skip
    options = {name: value for name, value in options.items() if value}
    with shown(quiet=quiet, resumed=f"finished cells are kept in {where}") as progress:
        subject = open_subject(source, progress=progress.note, **options)
        chosen = chosen_theories(ladder(subject, size=size), theories)
        if listed:
            print_ladder(chosen, subject, Console(highlight=False))
            return
        found = explain(
            subject, theories=chosen, gauges=asked, seeds=seeds, folder=where, jobs=jobs,
            readers=_names(readers, option="--readers") if readers else None, resume=resume,
            progress=progress, size=size, source=source, options=options,
        )  # fmt: skip
        found.manifest_with(command=as_typed()).write(where)
        if out is not None and is_atlas(out):
            Atlas.read(out).redraw(out)  # its page shows the curves too
    if as_json:
        said = Console(stderr=True, highlight=False, quiet=quiet)
        said.print(Text(f"written: {where / 'explain.html'}"), soft_wrap=True)
        rows = [json_ready(_fields(row)) for row in found.rows]
        sys.stdout.write(json.dumps({**record_of(found), "rows": rows}) + "\n")
    else:
        print_explanation(found, Console(highlight=False), where=where, every=every)


def slug(source: str) -> str:
    """Return a source as the name of a folder.

    Parameters
    ----------
    source
        As typed.
    """
    return re.sub(r"[^A-Za-z0-9._-]+", "-", source).strip("-.") or "source"


def chosen_theories(known: Sequence["Theory"], asked: str) -> list["Theory"]:
    """Return the theories of a ladder that were asked for; the random one is always there.

    Parameters
    ----------
    known
        The ladder.
    asked
        Kinds or labels, by semicolon, or by comma where no label asked for has one; empty for all.

    Returns
    -------
    list of Theory
        In the order of the ladder.

    Raises
    ------
    BadInput
        If a name is neither.
    """
    if not asked:
        return list(known)
    names = [name.strip() for name in asked.split(";" if ";" in asked else ",")]
    labels = {theory.label for theory in known}
    if asked in labels:
        names = [asked]
    kinds = {theory.kind for theory in known}
    for name in names:
        if name not in labels | kinds:
            raise BadInput(
                f"--theories {name!r}: the ladder of this source has the kinds "
                f"{', '.join(sorted(kinds))}; --list prints it"
            )
    return [t for t in known if {t.label, t.kind} & set(names) or t.kind == "random"]


def _names(text: str, *, option: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise BadInput(f"{option} {text!r}: give at least one name")
    return list(dict.fromkeys(names))


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__dataclass_fields__}
