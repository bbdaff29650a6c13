"""``armillary layers``: how the features of one layer follow from those of the one before."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from armillary.cli.options import AsJson, Cache, Debug, Offline, Quiet, Seed, as_typed
from armillary.cli.progress import ShownProgress
from armillary.cli.study_output import finished, study_home
from armillary.studies.layers import NAME, layers_study


def layers_command(
    source: Annotated[
        str,
        typer.Argument(
            help="demo, world:circuit, or a folder of codes of the earlier layer (with --later)."
        ),
    ] = "demo",
    *,
    later: Annotated[
        str | None,
        typer.Option("--later", help="Codes of the later layer, of the same tokens."),
    ] = None,
    dictionaries: Annotated[
        str | None,
        typer.Option("--dictionaries", help="The two autoencoders, by comma, for virtual weights."),
    ] = None,
    layer: Annotated[
        int, typer.Option("--layer", min=0, help="Of demo: the earlier layer; the next is later.")
    ] = 9,
    features: Annotated[
        int, typer.Option("--features", min=32, help="Of demo: features of each dictionary.")
    ] = 1024,
    documents: Annotated[
        int, typer.Option("--documents", min=50, help="Of demo: documents read, 128 tokens each.")
    ] = 2000,
    draws: Annotated[
        int, typer.Option("--draws", min=39, help="Random complexes; the least p is 2/(1 + this).")
    ] = 199,
    clamps: Annotated[
        bool, typer.Option("--clamps/--no-clamps", help="Of demo: clamp features in the model.")
    ] = True,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="An atlas, or a folder. Default: nothing.")
    ] = None,
    seed: Seed = 0,
    offline: Offline = False,
    cache: Cache = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Relate two neighbouring layers: edges tested on fresh tokens, their shape, clamped features.

    Each later feature is explained by a few earlier ones; virtual weights show what the residual
    stream merely carries; the complex of what fires together is compared with random complexes.
    """
    del debug  # read by main
    out = study_home(out, NAME)
    with ShownProgress(Console(stderr=True, highlight=False), quiet=quiet) as progress:
        study = layers_study(
            source, later=later, dictionaries=dictionaries, layer=layer, features=features,
            documents=documents, draws=draws, clamps=clamps, seed=seed, offline=offline,
            cache=cache, command=as_typed(), progress=progress,
        )  # fmt: skip
    finished(study, out, as_json=as_json)
