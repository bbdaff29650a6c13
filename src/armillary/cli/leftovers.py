"""``armillary leftovers``: what an autoencoder does not rebuild."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from armillary.atlas.study import Study
from armillary.cli.options import AsJson, Cache, Debug, Offline, Quiet, Seed, as_typed
from armillary.cli.progress import ShownProgress
from armillary.cli.study_output import finished, study_home
from armillary.survey.progress import Progress

WORLD = "world:"


def leftovers_command(
    source: Annotated[
        str, typer.Argument(help="An autoencoder (demo:sae, a folder), or world:NAME.")
    ] = "demo:sae",
    *,
    model: Annotated[str, typer.Option("--model", help="demo, a folder, or a hub's org/name.")] = (
        "demo"
    ),
    hook: Annotated[
        str | None, typer.Option("--hook", help="The autoencoder's place. Default: what it says.")
    ] = None,
    tokens: Annotated[int, typer.Option("--tokens", min=2000, help="Tokens read.")] = 16_384,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Draws of the null.")] = 19,
    shapes: Annotated[
        bool, typer.Option("--shapes/--no-shapes", help="Survey the mean residuals of tokens.")
    ] = True,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="An atlas or a folder.")] = None,
    seed: Seed = 0,
    offline: Offline = False,
    cache: Cache = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Measure the residual of an autoencoder: spectrum, shapes, and whether x foretells it.

    Of a world, an autoencoder is trained on its tiny size (and kept), and what is planted is
    followed into the residual.
    """
    del debug  # read by main
    out = study_home(out, "leftovers")
    command = as_typed()
    with ShownProgress(Console(stderr=True, highlight=False), quiet=quiet) as progress:
        if source.startswith(WORLD):
            found = _of_world(
                source.removeprefix(WORLD), draws, seed=seed, cache=cache, command=command,
                progress=progress,
            )  # fmt: skip
        else:
            from armillary.studies.leftovers import leftovers

            found = leftovers(
                source, model=model, hook_name=hook, n_tokens=tokens, n_draws=draws, shapes=shapes,
                seed=seed, offline=offline, cache=cache, command=command, progress=progress,
            )  # fmt: skip
    finished(found, out, as_json=as_json)


def _of_world(
    name: str, draws: int, *, seed: int, cache: Path | None, command: str, progress: Progress
) -> Study:
    from armillary.experiments.trained import train_on
    from armillary.studies.leftovers import leftovers_of_world
    from armillary.worlds import entry, make

    plan = entry(name).sae["tiny"]
    world = make(name, "tiny", seed=seed)
    progress.note(f"training an autoencoder on {name}, unless one is kept")
    sae = train_on(world, plan, seed=seed, cache=cache)
    progress.stage("measure", 0)
    return leftovers_of_world(world, sae, n_draws=draws, seed=seed, command=command)
