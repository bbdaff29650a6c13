"""The run: every world, every source, both judges, several seeds."""

import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from joblib import Parallel
from joblib import delayed as _delayed  # pyright: ignore[reportUnknownVariableType]

from armillary.core import SparseAutoencoder
from armillary.experiments.confusion.clouds import SOURCES, Cloud, clouds_of
from armillary.experiments.confusion.judges import judged_alone, judged_among_others
from armillary.experiments.confusion.kept import kept_verdicts
from armillary.experiments.confusion.table import Called, Confusion
from armillary.load.builtin import cache_folder
from armillary.survey.progress import Progress, Silent
from armillary.worlds import NAMES, World, make
from armillary.worlds.entry import Size

Trained = Callable[[World, int], SparseAutoencoder]
_D_MODEL = 192


def confusion(
    *,
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    names: Sequence[str] = NAMES,
    size: Size = "tiny",
    trained: Trained | None = None,
    n_points: int = 200,
    jobs: int | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Confusion:
    """Let the battery and the survey judge every world, and count what they call it.

    Parameters
    ----------
    seeds
        Of worlds, draws, autoencoders and surveys.
    names, size
        Which worlds.
    trained
        Gives the autoencoder of a world and a seed; None leaves latents out.
    n_points
        Most points of a cloud.
    jobs
        Processes; None is one for every core.
    cache
        Armillary's cache; verdicts lie in its ``verdicts``, so that a second run goes on.
    progress
        Told of stages and steps.

    Returns
    -------
    Confusion
        Every verdict, ``gauss`` first.
    """
    began, tell = time.monotonic(), progress or Silent()
    folder = cache_folder(cache) / "verdicts"
    tell.stage("worlds", len(names) * len(seeds))
    clouds: list[Cloud] = []
    for name in names:
        for seed in seeds:
            world = make(name, size, seed=seed)
            sae = trained(world, seed) if trained is not None else None
            clouds += clouds_of(world, sae, n_points=n_points, seed=seed)
            tell.advance()
    tell.stage("battery", len(clouds))
    delayed: Any = _delayed  # pyright: ignore[reportUnknownVariableType]
    runner: Any = Parallel(n_jobs=jobs or -1, return_as="generator_unordered")
    called: list[Called] = []
    for verdict in runner(delayed(_alone)(cloud, folder) for cloud in clouds):
        called.append(verdict)
        tell.advance()
    dictionaries = [(seed, source) for seed in seeds for source in SOURCES]
    tell.stage("survey", len(dictionaries))
    for seed, source in dictionaries:
        here = [cloud for cloud in clouds if (cloud.seed, cloud.source) == (seed, source)]
        called += _among_others(here, folder, seed=seed, jobs=jobs) if here else []
        tell.advance()
    order = {name: at for at, name in enumerate(("gauss", *(n for n in names if n != "gauss")))}
    called.sort(key=lambda one: (one.judge, order[one.world], one.source, one.seed))
    record = {
        "version": version("armillary"), "seeds": list(seeds), "size": size,
        "n_points": n_points, "d_model": _D_MODEL, "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip
    return Confusion(tuple(called), record)


def _alone(cloud: Cloud, folder: Path) -> Called:
    (verdict,) = kept_verdicts(
        "battery", [cloud], lambda: [judged_alone(cloud, seed=cloud.seed)], folder=folder
    )
    return verdict


def _among_others(
    clouds: Sequence[Cloud], folder: Path, *, seed: int, jobs: int | None
) -> list[Called]:
    def judged() -> list[Called]:
        return judged_among_others(clouds, d=_D_MODEL, seed=seed, jobs=jobs)

    return kept_verdicts("survey", clouds, judged, folder=folder)
