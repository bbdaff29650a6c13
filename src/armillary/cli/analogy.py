"""``armillary analogy``: whether one step leads from word to word, beside shuffled pairs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from armillary.cli.options import AsJson, Cache, Debug, Offline, Quiet, Seed, as_typed
from armillary.cli.progress import ShownProgress
from armillary.cli.study_output import finished, study_home
from armillary.studies.analogies import NAME, analogies


def analogy_command(
    source: Annotated[
        str, typer.Argument(help="A labelled source: demo, minilm:embed, demo:sae, or an atlas.")
    ] = "demo",
    *,
    lexicon: Annotated[
        Path | None, typer.Option("--lexicon", help="TOML file with families of your own.")
    ] = None,
    discover: Annotated[
        bool, typer.Option("--discover/--no-discover", help="Look for bundles without a lexicon.")
    ] = True,
    draws: Annotated[
        int, typer.Option("--draws", min=99, help="Shuffled pairings a test.")
    ] = 9_999,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="An atlas, or a folder. Default: the atlas asked; else nothing."
        ),
    ] = None,
    vectors: Annotated[
        str | None, typer.Option("--vectors", help="Where an atlas's vectors are now.")
    ] = None,
    seed: Seed = 0,
    offline: Offline = False,
    cache: Cache = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Test analogies (kitten - cat + dog) on a source's words, and find bundles of parallel steps.

    Every family is judged against its own pairs shuffled: how parallel its offsets are, how many
    questions the nearest word answers, and whether parallelograms close, before and after spelling
    and other distractors are removed.
    """
    del debug  # read by main
    out = study_home(out, NAME, source=source)
    with ShownProgress(Console(stderr=True, highlight=False), quiet=quiet) as progress:
        study = analogies(
            source, lexicon=lexicon, discover=discover, draws=draws, seed=seed, vectors=vectors,
            offline=offline, cache=cache, command=as_typed(),
            progress=progress,
        )  # fmt: skip
    finished(study, out, as_json=as_json)
