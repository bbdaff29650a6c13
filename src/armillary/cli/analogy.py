"""``armillary analogy``: whether one step leads from word to word, beside shuffled pairs."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from armillary.atlas.disk import is_atlas
from armillary.atlas.study import study_folder
from armillary.cli.progress import ShownProgress
from armillary.cli.study_output import show_study, written
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
    """Test analogies (kitten - cat + dog) on a source's words, and find bundles of parallel steps.

    Every family is judged against its own pairs shuffled: how parallel its offsets are, how many
    questions the nearest word answers, and whether parallelograms close, before and after spelling
    and other distractors are removed.
    """
    del debug  # read by main
    if out is None and is_atlas(Path(source)):
        out = Path(source)
    if out is not None:
        study_folder(out, NAME)  # a refusal should not wait for the work
    with ShownProgress(Console(stderr=True, highlight=False), quiet=quiet) as progress:
        study = analogies(
            source, lexicon=lexicon, discover=discover, draws=draws, seed=seed, vectors=vectors,
            offline=offline, cache=cache, command=shlex.join(["armillary", *sys.argv[1:]]),
            progress=progress,
        )  # fmt: skip
    if not as_json:
        show_study(study, Console(highlight=False))
    written(study, out, as_json=as_json)
