"""``armillary effects``: whether features that lie near each other do the same."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from armillary.cli.options import AsJson, Cache, Debug, Offline, Quiet, Seed, as_typed
from armillary.cli.progress import ShownProgress
from armillary.cli.study_output import finished, study_home


def effects_command(
    source: Annotated[
        str,
        typer.Argument(
            help="An autoencoder, a model's embeddings (demo), a file of vectors, or an atlas."
        ),
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
    ] = 39,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="An atlas or a folder. Default: the source's atlas."),
    ] = None,
    seed: Seed = 0,
    offline: Offline = False,
    cache: Cache = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Add features to a model and ask whether near ones change its answers alike.

    What distances predict stands beside the same arrangement put elsewhere, and random directions.
    """
    del debug  # read by main
    out = study_home(out, "effects", source=source)
    from armillary.studies.effects import effects

    with ShownProgress(Console(stderr=True, highlight=False), quiet=quiet) as progress:
        found = effects(
            source, model=model, hook_name=hook, codes=codes, n=features, n_texts=texts, read=read,
            n_elsewhere=draws, n_random=random, seed=seed, offline=offline, cache=cache,
            command=as_typed(), progress=progress,
        )  # fmt: skip
    finished(found, out, as_json=as_json)
