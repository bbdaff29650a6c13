"""The run: every world, every source, both judges, several seeds."""

import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any

from joblib import Parallel
from joblib import delayed as _delayed  # pyright: ignore[reportUnknownVariableType]

from armillary.core import SparseAutoencoder
from armillary.experiments.confusion.clouds import SOURCES, Cloud, clouds_of
from armillary.experiments.confusion.judges import judged_alone, judged_among_others
from armillary.experiments.confusion.table import Called, Confusion
from armillary.worlds import NAMES, World, make
from armillary.worlds.entry import Size

Trained = Callable[[World, int], SparseAutoencoder | None]
Told = Callable[[str, int, int], None]
_D_MODEL = 192


def confusion(
    *,
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    names: Sequence[str] = NAMES,
    size: Size = "tiny",
    trained: Trained | None = None,
    n_points: int = 200,
    jobs: int | None = None,
    progress: Told | None = None,
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
    progress
        Told ``(stage, done, of)``.

    Returns
    -------
    Confusion
        Every verdict.
    """
    began = time.process_time()
    clouds: list[Cloud] = []
    for done, name in enumerate(names):
        for seed in seeds:
            world = make(name, size, seed=seed)
            sae = trained(world, seed) if trained is not None else None
            clouds += clouds_of(world, sae, n_points=n_points, seed=seed)
        if progress is not None:
            progress("worlds", done + 1, len(names))
    called: list[Called] = []
    delayed: Any = _delayed  # pyright: ignore[reportUnknownVariableType]
    runner: Any = Parallel(n_jobs=jobs or -1, return_as="generator_unordered")
    for verdict in runner(delayed(judged_alone)(cloud, seed=cloud.seed) for cloud in clouds):
        called.append(verdict)
        if progress is not None:
            progress("battery", len(called), len(clouds))
    dictionaries = [(seed, source) for seed in seeds for source in SOURCES]
    for done, (seed, source) in enumerate(dictionaries):
        here = [cloud for cloud in clouds if (cloud.seed, cloud.source) == (seed, source)]
        if here:
            called += judged_among_others(here, d=_D_MODEL, seed=seed, jobs=jobs)
        if progress is not None:
            progress("survey", done + 1, len(dictionaries))
    order = {name: at for at, name in enumerate(("gauss", *(n for n in names if n != "gauss")))}
    called.sort(key=lambda one: (one.judge, order[one.world], one.source, one.seed))
    record = {
        "version": version("armillary"), "seeds": list(seeds), "size": size,
        "n_points": n_points, "d_model": _D_MODEL,
        "cpu_seconds": round(time.process_time() - began, 1),
    }  # fmt: skip
    return Confusion(tuple(called), record)
