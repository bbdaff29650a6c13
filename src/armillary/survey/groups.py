"""Group records: what is kept of every group that was tested."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from armillary.core import FeatureSpace, Finding, Group, Partition
from armillary.inference import NullTest
from armillary.shape import cloud_scores
from armillary.survey.settings import Settings
from armillary.survey.verdicts import Rows

KEPT_AXES = 6


def group_records(
    centred: Float[np.ndarray, "feature d_model"],
    partition: Partition,
    *,
    tests: Sequence[NullTest],
    q: Float[np.ndarray, " cluster"],
    folder: Path,
    settings: Settings,
) -> tuple[list[Group], dict[int, Int[np.ndarray, " point"]]]:
    """Record every group as it was judged; returns the records and the rows judged."""
    held = Rows(folder)
    groups: list[Group] = []
    rows: dict[int, Int[np.ndarray, " point"]] = {}
    for number, members in enumerate(partition):
        judged = held.judged(number, settings.seed)
        note = ""
        if judged.size < members.size:
            note = f"judged on {judged.size} of its {members.size} features (random, seeded)"
        rows[number] = judged
        groups.append(
            _group(
                number,
                judged,
                np.asarray(centred[judged], dtype=np.float64),
                method=partition.method[number],
                scale=float(partition.scale[number]),
                test=tests[number],
                q=float(q[number]),
                note=note,
            )
        )
    return groups, rows


def hypothesis_groups(
    space: FeatureSpace, groups: list[Group], named: list[Finding]
) -> tuple[list[Group], list[Finding]]:
    """Give every named hypothesis a group of its own."""
    centred = space.directions - space.directions.mean(axis=0)
    groups = list(groups)
    out: list[Finding] = []
    for finding in named:
        number = len(groups)
        groups.append(
            _group(
                number,
                finding.rows,
                np.asarray(centred[finding.rows], dtype=np.float64),
                method="lexicon",
                scale=0.0,
                test=finding.placement,
                q=finding.q,
                note=finding.hypothesis,
            )
        )
        out.append(replace(finding, group_id=number))
    return groups, out


def _group(
    number: int,
    rows: Int[np.ndarray, " point"],
    vectors: Float[np.ndarray, "point d_model"],
    *,
    method: str,
    scale: float,
    test: NullTest,
    q: float,
    note: str,
) -> Group:
    scores = cloud_scores(vectors)
    variance = (scores**2).mean(axis=0)
    return Group(
        number,
        rows,
        method,
        scale,
        mean_cosine(vectors),
        scores[:, :KEPT_AXES],
        variance / variance.sum(),
        test,
        q,
        note,
    )


def mean_cosine(vectors: Float[np.ndarray, "point d_model"]) -> float:
    """Mean cosine over all pairs of rows."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    n = unit.shape[0]
    return float((np.square(unit.sum(axis=0)).sum() - n) / (n * (n - 1)))
