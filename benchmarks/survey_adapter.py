"""The one place where the benchmarks call the survey."""

import numpy as np
from scoring import Claim

from armillary.core import FeatureSpace


def surveyed(
    space: FeatureSpace, *, seed: int, n_jobs: int, alpha: float = 0.05
) -> tuple[list[Claim], list[tuple[np.ndarray, np.ndarray]]]:
    """Survey a space without labels.

    Returns
    -------
    tuple
        Claims with q <= alpha, scored by the levels of evidence that their grade names (0 to 2),
        then by -q; and every candidate group tested, as rows and principal coordinates.
    """
    from armillary.survey import survey_space

    atlas = survey_space(space, seed=seed, n_jobs=n_jobs)
    claims = [
        Claim(np.asarray(f.rows), f.fit.shape, _levels(f.grade) - float(f.q), float(f.q))
        for f in atlas.findings_list
        if f.q <= alpha and not f.hypothesis and not f.margin < 0  # a ring beside another shape
    ]
    return claims, [(np.asarray(g.rows), g.scores) for g in atlas.groups_list]


def _levels(grade: str) -> int:
    return ("rivals" in grade) + ("rare" in grade)
