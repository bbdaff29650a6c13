"""``armillary describe``: which labels say what features fire on, and which need several."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from armillary.atlas.study import study_folder
from armillary.cli.progress import ShownProgress
from armillary.cli.study_output import show_study, written


def describe_command(
    source: Annotated[
        str, typer.Argument(help="demo:sae, or a folder of codes with their text.")
    ] = "demo:sae",
    *,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            help="Table with columns token and label (csv, parquet). Default: letters "
            "and the lexicon.",
        ),
    ] = None,
    rate: Annotated[
        float,
        typer.Option(
            "--rate", help="Share of a token's occurrences from which a feature answers to it."
        ),
    ] = 0.25,
    null: Annotated[
        int, typer.Option("--null", min=0, help="Times it is done again with labels dealt anew.")
    ] = 3,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="An atlas or a folder.")] = None,
    seed: Annotated[
        int, typer.Option("--seed", envvar="ARMILLARY_SEED", min=0, help="Of everything random.")
    ] = 0,
    offline: Annotated[bool, typer.Option("--offline", help="Fetch nothing.")] = False,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", envvar="ARMILLARY_CACHE", help="Folder of the built-in model."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The study as JSON on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Traceback on failure.")] = False,
) -> None:
    """Measure sensitivity, specificity and precision of labels, and separate labels a feature."""
    del debug  # read by main
    if out is not None:
        study_folder(out, "descriptions")  # a refusal should not wait for the counting
    from armillary.studies.descriptions import describe

    with ShownProgress(Console(stderr=True, highlight=False), quiet=quiet) as progress:
        found = describe(
            source, labels=labels, rate=rate, n_null=null, seed=seed, offline=offline, cache=cache,
            command=shlex.join(["armillary", *sys.argv[1:]]), progress=progress,
        )  # fmt: skip
    if not as_json:
        show_study(found, Console(highlight=False))
    written(found, out, as_json=as_json)
