"""``armillary describe``: which labels say what features fire on, and which need several."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from armillary.cli.options import AsJson, Cache, Debug, Offline, Quiet, Seed, as_typed
from armillary.cli.progress import ShownProgress
from armillary.cli.study_output import finished, study_home


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
    seed: Seed = 0,
    offline: Offline = False,
    cache: Cache = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Measure sensitivity, specificity and precision of labels, and separate labels a feature."""
    del debug  # read by main
    out = study_home(out, "descriptions")
    from armillary.studies.descriptions import describe

    with ShownProgress(Console(stderr=True, highlight=False), quiet=quiet) as progress:
        found = describe(
            source, labels=labels, rate=rate, n_null=null, seed=seed, offline=offline, cache=cache,
            command=as_typed(), progress=progress,
        )  # fmt: skip
    finished(found, out, as_json=as_json)
