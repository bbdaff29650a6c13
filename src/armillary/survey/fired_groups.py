"""Candidates for rebuilding: groups by where features sit, and by the company they fire in."""

import numpy as np

from armillary.affinity import fired_means
from armillary.core import Codes, FeatureSpace, Group, Partition
from armillary.survey.neighbourhood import neighbourhood
from armillary.survey.parallel import Runner
from armillary.survey.progress import Progress, Stopwatch
from armillary.survey.settings import Settings
from armillary.survey.workspace import Workspace

ROWS, FIRINGS = "decoder rows", "firings"


def rebuildable(
    space: FeatureSpace,
    groups: list[Group],
    codes: Codes,
    *,
    settings: Settings,
    work: Workspace,
    runner: Runner,
    clock: Stopwatch,
    progress: Progress,
) -> tuple[Partition, dict[str, object]]:
    """Join the survey's groups with those found in the fired means of its features.

    Parameters
    ----------
    space, groups
        What was searched, and the groups found in its rows.
    codes
        Which feature fires where; columns are matched by feature id.
    settings, work, runner, clock, progress
        Of the survey.

    Returns
    -------
    partition : Partition
        Its ``method`` says whether decoder rows or firings brought a group together.
    record : dict
        Numbers of the second search.
    """
    with clock.stage(progress, "fired means"):
        means = fired_means(codes.columns_for(space.feature_id), space.directions)
    alive = np.flatnonzero((means != 0).any(axis=1))
    record: dict[str, object] = {"features_that_fire": int(alive.size)}
    members = [np.sort(group.rows) for group in groups]
    scale = [group.scale for group in groups]
    method = [ROWS] * len(groups)
    if alive.size > settings.n_neighbours:
        near = neighbourhood(
            means[alive] - means[alive].mean(axis=0),
            work=work.part("fired"),
            settings=settings,
            runner=runner,
            clock=Stopwatch(),
            progress=progress,
        )
        members += [alive[rows] for rows in near.partition]
        scale += near.partition.scale.tolist()
        method += [FIRINGS] * len(near.partition)
        record |= near.parameters()
    return (
        Partition(tuple(members), np.array(scale, dtype=float), tuple(method), space.n_features),
        record,
    )
