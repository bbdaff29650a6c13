"""``armillary tree``: the tree of a dictionary, and which regions are trees, rings or neither."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from armillary.cli.options import AsJson, Cache, Debug, Offline, Quiet, Seed, as_typed
from armillary.cli.progress import ShownProgress
from armillary.cli.study_output import finished, study_home
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
    seed: Seed = 0,
    offline: Offline = False,
    cache: Cache = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Say which regions of a dictionary are trees, rings or neither, and grow the tree of it all.

    Each region is judged by the four-point condition and held-out triplets beside clouds of its own
    spectrum. Of the whole tree, features.npz holds each feature's local against global structure;
    in an atlas it colours the map.
    """
    del debug  # read by main
    out = study_home(out, NAME, source=source)
    asked = tuple(name.strip() for name in regions.split(",") if name.strip())
    with ShownProgress(Console(stderr=True, highlight=False), quiet=quiet) as progress:
        found = trees(
            source, regions=asked, lexicon=lexicon, hierarchy=hierarchy, n_draws=draws, level=level,
            seed=seed, vectors=vectors, offline=offline, cache=cache,
            command=as_typed(), progress=progress,
        )  # fmt: skip
    finished(found, out, as_json=as_json)
