"""``armillary compare``: two dictionaries, feature by feature, beside what chance matches."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.atlas import Atlas, is_atlas, json_ready
from armillary.atlas.comparison import comparison_folder
from armillary.cli.compare_series import Measure, SeriesAsked, compare_series
from armillary.cli.options import Cache, Debug, Offline, Quiet, Seed, as_typed
from armillary.cli.progress import ShownProgress
from armillary.studies.builtin_series import NESTED, SERIES
from armillary.survey.compared import NULL, compare


def compare_command(
    atlas: Annotated[
        str, typer.Argument(help="An atlas folder, or a source as of a survey (a dictionary).")
    ],
    other: Annotated[
        str,
        typer.Argument(help="The same, or null: the first one's null of like mean and spectrum."),
    ] = "null",
    more: Annotated[
        list[str] | None,
        typer.Argument(help="Wider dictionaries of the same layer: a series, narrow to wide."),
    ] = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="An atlas, or a folder. Default: the first atlas; else nothing."
        ),
    ] = None,
    vectors: Annotated[
        str | None,
        typer.Option("--vectors", help="What the first atlas was made of, if it was moved."),
    ] = None,
    one_to_one: Annotated[
        bool, typer.Option("--one-to-one", help="Two as a series: pairs, edges, absorption.")
    ] = False,
    by: Annotated[
        Measure, typer.Option("--by", help="What makes features of a series alike.")
    ] = Measure.cosine,
    codes: Annotated[
        list[str] | None,
        typer.Option("--codes", help="Folder of codes, one a dictionary, or one of activations."),
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="Pairs and edges of a series as one JSON file.")
    ] = None,
    meta: Annotated[
        bool | None,
        typer.Option(
            "--meta/--no-meta",
            help="Decompose the widest one's rows as well (torch). Default: of built-in series.",
        ),
    ] = None,
    seed: Seed = 0,
    offline: Offline = False,
    cache: Cache = None,
    as_json: Annotated[bool, typer.Option("--json", help="Summary as JSON on stdout.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Match two dictionaries of one layer: which features both have, which are split or merged.

    Into an atlas the section compare/ is written and its report drawn anew.

    Three or more, demo:series or demo:matryoshka, or any of --one-to-one, --by, --codes, --export
    and --meta: a series, with features that continue, split, merge, are absorbed, novel or gone.
    """
    del debug  # read by main
    built_in = atlas in (SERIES, NESTED)
    if more or built_in or one_to_one or codes or export or meta or by is not Measure.cosine:
        named = [atlas] if built_in and other == NULL else [atlas, other, *(more or ())]
        asked = SeriesAsked(
            tuple(named), by.value, tuple(codes or ()), export,
            built_in if meta is None else meta, vectors, seed, offline, cache,
        )  # fmt: skip
        compare_series(asked, out=out, as_json=as_json, quiet=quiet)
        return
    if out is None and is_atlas(Path(atlas)):
        out = Path(atlas)
    if out is not None:
        comparison_folder(out)  # a refusal should not wait for the matching
    with ShownProgress(Console(stderr=True, highlight=False), quiet=quiet) as progress:
        found = compare(
            atlas, other, vectors=vectors, seed=seed, offline=offline, cache=cache,
            command=as_typed(), progress=progress,
        )  # fmt: skip
    written = None if out is None else found.write(out)
    if as_json:
        place = {"comparison": None if written is None else str(written)}
        sys.stdout.write(json.dumps(json_ready({**place, **found.manifest})) + "\n")
    else:
        console = Console(highlight=False)
        _print(found.manifest, console)
        said = f"Written: {written}" if out else "Nothing written: name a folder with --out."
        console.print(Text(said), soft_wrap=True)
    if out is not None and is_atlas(out):  # last, so that an atlas too old to draw costs no result
        report = Atlas.read(out).redraw(out)
        if not as_json:
            Console(highlight=False).print(Text(f"Report: {report.resolve()}"), soft_wrap=True)


def _print(told: Mapping[str, Any], console: Console) -> None:
    for letter, name in zip("AB", told["names"], strict=True):
        console.print(Text(f"{letter}: {name}"))
    table = Table(box=None, pad_edge=False)
    for name in ("", "A", "by chance", "B", "by chance"):
        table.add_column(name, justify="right" if name else "left")
    sides = (told["a"], told["b"])
    table.add_row("features", *(cell for one in sides for cell in (f"{one['features']:,}", "")))
    for kind in told["kinds"]:
        table.add_row(kind, *(cell for one in sides for cell in _count(one, kind)))
    for name, cells in (("mean best cosine", _cosines), ("matched share", _shares),
                        ("  95 % interval", _interval), ("split: spanned", _spanned)):  # fmt: skip
        table.add_row(name, *(cell for one in sides for cell in cells(one)))
    console.print(table)
    console.print(Text(str(told["note"])))


def _count(one: Mapping[str, Any], kind: str) -> tuple[str, str]:
    return f"{one['counts'][kind]:,}", f"{one['chance']['counts'][kind]:,}"


def _cosines(one: Mapping[str, Any]) -> tuple[str, str]:
    return f"{one['mean_max_cosine']:.3f}", f"{one['chance']['mean_max_cosine']:.3f}"


def _shares(one: Mapping[str, Any]) -> tuple[str, str]:
    by_chance = one["chance"]["counts"]["matched"] / max(one["features"], 1)
    return f"{one['matched_share']:.1%}", f"{by_chance:.1%}"


def _interval(one: Mapping[str, Any]) -> tuple[str, str]:
    low, high = one["matched_share_95"]
    return f"{100 * low:.1f} to {high:.1%}", ""


def _spanned(one: Mapping[str, Any]) -> tuple[str, str]:
    both = one["split_spanned"][1]
    return "" if both is None or both != both else f"{both:.0%}", ""
