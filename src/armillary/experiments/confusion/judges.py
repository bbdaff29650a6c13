"""Judges: the battery on a cloud alone, and the survey on a dictionary that holds many clouds."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from armillary.core import FeatureSpace, Finding
from armillary.experiments.confusion.clouds import Cloud
from armillary.experiments.confusion.table import Called
from armillary.survey import survey_points
from armillary.survey.search import survey_space
from armillary.survey.settings import Settings
from armillary.worlds.background import coloured, spectrum_root, unit_rows
from armillary.worlds.planted import embedded
from armillary.worlds.point_set import standardised

NOISE = 0.25
MEAN_COSINE = 0.5
MOST_PLANTED = 60  # points of a cloud among the rows of a dictionary
LEAST_ROWS = 2000
SPARE = 4  # rows of the dictionary for every planted one
_ALIKE = 0.5


def judged_alone(cloud: Cloud, *, seed: int) -> Called:
    """Return what the battery calls a cloud."""
    found = survey_points(cloud.points, seed=seed, n_null=199)
    return Called(
        cloud.world, cloud.source, cloud.seed, "battery", len(cloud.points), found.shape,
        found.runner_up.shape, found.placement.pvalue, found.shape in cloud.expected,
    )  # fmt: skip


def judged_among_others(
    clouds: Sequence[Cloud], *, d: int, seed: int, jobs: int | None = None
) -> list[Called]:
    """Return what a survey calls clouds that are planted in one dictionary.

    Every cloud (at most 60 of its points, in its principal coordinates) is laid into random
    dimensions around a row of the background, mean cosine 0.5, noise of a quarter of its size, as
    ``planted_world`` does. The background, three rows for every planted one, has the spectrum of a
    real embedding. The verdict is the claim with the same rows, or nearly (largest Jaccard index,
    at least 0.5); of two claims on one group the one that saves more nats.

    Raises
    ------
    BadInput
        If a cloud has more dimensions than ``d``.
    """
    rng = np.random.default_rng([seed, 107])
    shapes = [standardised(_principal(cloud.points, rng=rng)) for cloud in clouds]
    n = max(LEAST_ROWS, SPARE * sum(len(shape.points) for shape in shapes))
    root = spectrum_root(d, rng=rng)
    directions = unit_rows(coloured(n, root, rng=rng))
    place = rng.permutation(n)
    planted: list[np.ndarray] = []
    start = 0
    for shape in shapes:
        rows = place[start : start + len(shape.points)]
        start += len(rows)
        directions[rows] = embedded(shape, mean_cosine=MEAN_COSINE, noise=NOISE, root=root, rng=rng)
        planted.append(rows)
    space = FeatureSpace(
        directions.astype(np.float32), np.arange(n, dtype=np.int64), source={"uri": "worlds"}
    )
    found = survey_space(space, settings=Settings(seed=seed), n_jobs=jobs)
    return [
        verdict_of(cloud, rows, found.findings_list)
        for cloud, rows in zip(clouds, planted, strict=True)
    ]


def verdict_of(
    cloud: Cloud, rows: Int[np.ndarray, " member"], findings: Sequence[Finding]
) -> Called:
    """Return what was claimed of these rows: the closest group, of its claims the strongest."""
    best, most = None, (_ALIKE, -np.inf)
    for finding in findings:
        shared = np.intersect1d(finding.rows, rows).size
        overlap = (shared / (finding.rows.size + rows.size - shared), finding.effect)
        if overlap > most:
            best, most = finding, overlap
    name = best.fit.shape if best is not None else "none"
    return Called(
        cloud.world, cloud.source, cloud.seed, "survey", rows.size, name,
        best.runner_up.shape if best is not None else "none",
        best.q if best is not None else float("nan"), name in cloud.expected,
    )  # fmt: skip


def _principal(points: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    if len(points) > MOST_PLANTED:
        points = points[np.sort(rng.choice(len(points), MOST_PLANTED, replace=False))]
    centred = points - points.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    kept = singular > 1e-6 * singular[0]
    return left[:, kept] * singular[kept]
