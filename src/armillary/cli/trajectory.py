"""``armillary trajectory``: words with a cyclic order, followed through a model's layers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from armillary.cli.options import AsJson, Cache, Debug, Offline, Quiet, Seed, as_typed
from armillary.cli.progress import ShownProgress
from armillary.cli.study_output import finished, study_home
from armillary.studies.births import Effort
from armillary.studies.geometry import NAME, WORDS, cyclic_lists, trajectory

if TYPE_CHECKING:
    from collections.abc import Callable

    from armillary.intervene.forward import SteerableModel


def trajectory_command(
    source: Annotated[
        str, typer.Argument(help="demo, a folder of transformers, or a hub's org/name.")
    ] = "demo",
    *,
    words: Annotated[
        str, typer.Option("--words", help="Cyclic lists of words, by comma.")
    ] = ",".join(WORDS),
    lexicon: Annotated[
        Path | None, typer.Option("--lexicon", help="TOML file with lists of your own.")
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=100, help="Draws of contexts for intervals.")
    ] = 400,
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
    """Follow weekdays or months from the embeddings to the last layer of a language model.

    Where their ring begins, with an interval, which model of their distances does best under the
    noise ceiling, and in which layers the ring's plane turns.
    """
    del debug  # read by main
    lists = cyclic_lists(words.split(","), lexicon)
    out = study_home(out, NAME)
    with ShownProgress(Console(stderr=True, highlight=False), quiet=quiet) as progress:
        lm = _load(source, offline=offline, cache=cache, note=progress.note)
        study = trajectory(
            lm, lists, effort=Effort(n_boot=draws), seed=seed,
            command=as_typed(), progress=progress,
        )  # fmt: skip
    finished(study, out, as_json=as_json)


def _load(
    source: str, *, offline: bool, cache: Path | None, note: "Callable[[str], None]"
) -> "SteerableModel":
    from armillary.models import load_lm  # of torch

    return load_lm(source, offline=offline, cache=cache, progress=note)
