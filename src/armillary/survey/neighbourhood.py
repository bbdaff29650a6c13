"""Neighbourhood: flatten, find neighbours, threshold, group; every step kept for a resumed run."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.affinity import cosine_knn, edge_threshold, flatten, nearest
from armillary.cluster import find_groups, merged_groups
from armillary.core import Neighbours, Partition
from armillary.survey.parallel import Runner
from armillary.survey.progress import Progress, Stopwatch, steps_of
from armillary.survey.settings import Settings
from armillary.survey.workspace import Workspace

TILES_FROM = 200_000  # features from which a local search leaves tiles that a later run can use


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhood:
    """Who is near whom, and the groups that follow from it.

    Parameters
    ----------
    unit
        Flattened, centred directions of length 1: what the neighbours were found in.
    neighbours, partition
        Nearest neighbours and groups.
    edge
        The cosine that an edge had to exceed.
    edge_by_null
        What each null decoder reached.
    """

    unit: Float[np.ndarray, "feature d_model"]
    neighbours: Neighbours
    partition: Partition
    edge: float
    edge_by_null: dict[str, float]

    def parameters(self) -> dict[str, Any]:
        """Numbers for the record."""
        return {
            "edge_threshold": self.edge,
            "edge_threshold_by_null": self.edge_by_null,
            "share_of_features_past_threshold": float(
                (self.neighbours.cosine[:, 0] > self.edge).mean()
            ),
            "neighbour_recall": self.neighbours.recall,
            "giant_component": self.partition.giant,
            "groups": len(self.partition),
            "features_in_groups": self.partition.covered,
        }

    def left_out(self, settings: Settings) -> list[str]:
        """Sentences about what was not looked at."""
        outside = len(self.unit) - self.partition.covered
        out = [
            f"{outside:,} features are in no group of {settings.min_size} to {settings.max_size}"
        ]
        if self.partition.giant > settings.max_size:
            out.append(
                f"the graph's largest component has {self.partition.giant:,} features; "
                "it is cut by Leiden and linkage, not tested as one group"
            )
        return out


def neighbourhood(
    centred: Float[np.ndarray, "feature d_model"],
    *,
    work: Workspace,
    settings: Settings,
    runner: Runner,
    clock: Stopwatch,
    progress: Progress,
) -> Neighbourhood:
    """Find the neighbours of every feature and the groups they form.

    Parameters
    ----------
    centred
        Directions less their mean.
    work, settings, runner, clock, progress
        Of the survey.

    Returns
    -------
    Neighbourhood
        Read from the workspace as far as an earlier run got.
    """
    with clock.stage(progress, "flatten"):
        unit = flatten(centred, strength=settings.flatten)
    with clock.stage(progress, "neighbours"):
        neighbours = _neighbours(unit, work, settings=settings, runner=runner, progress=progress)
    with clock.stage(progress, "edge threshold"):
        edge, by_null = _edge(centred, work, settings=settings)
    with clock.stage(progress, "groups"):
        partition = _groups(unit, neighbours, work, edge=edge, settings=settings, progress=progress)
    return Neighbourhood(unit, neighbours, partition, edge, by_null)


def _neighbours(
    unit: Float[np.ndarray, "feature d_model"],
    work: Workspace,
    *,
    settings: Settings,
    runner: Runner,
    progress: Progress,
) -> Neighbours:
    held = work.load("neighbours")
    if held is None:
        tiled = runner.backend is not None or len(unit) >= TILES_FROM
        found = nearest(
            unit,
            k=min(settings.n_neighbours, len(unit) - 1),
            rng=np.random.default_rng([settings.seed, 0]),
            progress=steps_of(progress, "neighbours"),
            parallel=runner.parallel if tiled else None,
            folder=work.path("tiles") if tiled else None,
        )
        work.save("neighbours", index=found.index, cosine=found.cosine, recall=found.recall)
        return found
    return Neighbours(held["index"], held["cosine"], float(held["recall"]))


def _edge(
    centred: Float[np.ndarray, "feature d_model"], work: Workspace, *, settings: Settings
) -> tuple[float, dict[str, float]]:
    held = work.load("edge")
    if held is None:
        edge = edge_threshold(
            centred,
            rng=np.random.default_rng([settings.seed, 1]),
            flatten_strength=settings.flatten,
            quantile=settings.quantile,
        )
        names, values = list(edge.by_null), list(edge.by_null.values())
        held = {"cosine": np.array(edge.cosine), "null": np.array(names), "by": np.array(values)}
        work.save("edge", **held)
    by_null = dict(zip(held["null"].tolist(), held["by"].tolist(), strict=True))
    return float(held["cosine"]), by_null


def _groups(
    unit: Float[np.ndarray, "feature d_model"],
    neighbours: Neighbours,
    work: Workspace,
    *,
    edge: float,
    settings: Settings,
    progress: Progress,
) -> Partition:
    held = work.load("groups")
    if held is not None:
        members = np.split(held["members"], held["ends"][:-1]) if held["ends"].size else []
        method = tuple(str(name) for name in held["method"])
        return Partition(tuple(members), held["scale"], method, len(unit), int(held["giant"]))
    graph = neighbours.graph(edge)
    merged = merged_groups(
        unit,
        graph,
        nearest=lambda rows: cosine_knn(rows, k=min(settings.n_neighbours, len(rows) - 1)),
        edge=edge,
        bases=settings.bases,
        resolutions=settings.resolutions,
        seed=settings.seed,
    )
    found = find_groups(
        unit,
        graph,
        proposed=merged,
        alike=settings.alike,
        resolutions=settings.resolutions,
        cuts=settings.cuts,
        min_size=settings.min_size,
        max_size=settings.max_size,
        seed=settings.seed,
        progress=steps_of(progress, "groups"),
    )
    none: np.ndarray = np.empty(0, dtype=np.int64)
    work.save(
        "groups",
        members=np.concatenate([none, *found.members]),
        ends=np.cumsum(found.size),
        scale=found.scale,
        method=np.array(found.method, dtype=np.str_),
        giant=found.giant,
    )
    return found
