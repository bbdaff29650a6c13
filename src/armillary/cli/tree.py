"""``armillary tree``: the tree of a dictionary, and which regions are trees, rings or neither."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from armillary.atlas.disk import is_atlas
from armillary.atlas.study import study_folder
from armillary.cli.progress import ShownProgress
from armillary.cli.study_output import show_study, written
from armillary.studies.tree_verdict import LEVEL, N_DRAWS
from armillary.studies.trees import NAME, trees


def tree_command(
    source: Annotated[
        str, typer.Argument(help="A source as of a survey (demo, demo:sae, a file), or an atlas.")
    ] = "demo",
    *,
    regions: Annotated[
        str,
        typer.Option(
            "--regions",
            help="By comma: lexicon entries (weekdays), named, findings, groups. Default: all.",
        ),
    ] = "",
    lexicon: Annotated[
        Path | None, typer.Option("--lexicon", help="TOML file with entries of your own.")
    ] = None,
    hierarchy: Annotated[
        bool, typer.Option("--hierarchy/--no-hierarchy", help="Grow the tree of all features.")
    ] = True,
    draws: Annotated[
        int, typer.Option("--draws", min=39, help="Clouds of each null, a region.")
    ] = N_DRAWS,
    level: Annotated[
        float, typer.Option("--level", min=0.0, max=1.0, help="Of a verdict other than neither.")
    ] = LEVEL,
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
    """Say which regions of a dictionary are trees, rings or neither, and grow the tree of it all.

    Each region is judged by the four-point condition, cophenetic correlation and held-out triplets
    beside clouds of its own spectrum. Of the whole tree, features.npz holds each feature's local
    against global structure.
    """
    del debug  # read by main
    if out is None and is_atlas(Path(source)):
        out = Path(source)
    if out is not None:
        study_folder(out, NAME)  # a refusal should not wait for the work
    asked = tuple(name.strip() for name in regions.split(",") if name.strip())
    with ShownProgress(Console(stderr=True, highlight=False), quiet=quiet) as progress:
        found = trees(
            source, regions=asked, lexicon=lexicon, hierarchy=hierarchy, n_draws=draws, level=level,
            seed=seed, vectors=vectors, offline=offline, cache=cache,
            command=shlex.join(["armillary", *sys.argv[1:]]), progress=progress,
        )  # fmt: skip
    console = Console(highlight=False)
    if not as_json:
        show_study(found.study, console)
    written(found.study, out, as_json=as_json)
    if out is not None:
        file = found.write_arrays(study_folder(out, NAME))
        if file is not None and not as_json:
            console.print(Text(f"Feature columns: {file}"), soft_wrap=True)
