"""``armillary effects``: whether features that lie near each other do the same."""

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


def effects_command(
    source: Annotated[
        str,
        typer.Argument(help="An autoencoder, a model's embeddings (demo), or an atlas of either."),
    ] = "demo:sae",
    *,
    model: Annotated[str, typer.Option("--model", help="demo, a folder, or a hub's org/name.")] = (
        "demo"
    ),
    hook: Annotated[
        str | None, typer.Option("--hook", help="Where vectors are added. Default: its own place.")
    ] = None,
    codes: Annotated[
        Path | None, typer.Option("--codes", help="Folder of the autoencoder's codes.")
    ] = None,
    features: Annotated[
        int, typer.Option("--features", min=12, help="Features drawn, in families of three.")
    ] = 144,
    texts: Annotated[int, typer.Option("--texts", min=1, max=12, help="Texts.")] = 6,
    read: Annotated[
        str, typer.Option("--read", help="logits, or a hook whose vectors are read.")
    ] = "logits",
    draws: Annotated[
        int, typer.Option("--draws", min=1, help="Draws of the arrangement elsewhere.")
    ] = 39,
    random: Annotated[
        int, typer.Option("--random", min=0, help="Draws of random directions.")
    ] = 19,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="An atlas or a folder. Default: the source's atlas."),
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
    """Add features to a model and ask whether near ones change its answers alike.

    What distances predict stands beside the same arrangement put elsewhere, and random directions.
    """
    del debug  # read by main
    if out is None and is_atlas(Path(source)):
        out = Path(source)
    if out is not None:
        study_folder(out, "effects")  # a refusal should not wait for the model
    from armillary.studies.effects import effects

    with ShownProgress(Console(stderr=True, highlight=False), quiet=quiet) as progress:
        found = effects(
            source, model=model, hook_name=hook, codes=codes, n=features, n_texts=texts, read=read,
            n_elsewhere=draws, n_random=random, seed=seed, offline=offline, cache=cache,
            command=shlex.join(["armillary", *sys.argv[1:]]), progress=progress,
        )  # fmt: skip
    if not as_json:
        show_study(found, Console(highlight=False))
    written(found, out, as_json=as_json)
