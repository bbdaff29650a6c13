"""Claims: verdicts with their q-values, rarity, grade and rank become findings."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from armillary.core import Finding
from armillary.inference import NullTest
from armillary.shape import Verdict
from armillary.survey.verdicts import FLAT_SHAPES

RARE = 0.95  # percentile from which a finding is rare in its space
ALIKE = 100  # groups of like size and tightness a finding is compared with
ROUND = ("circle", "ellipse", "arc", "cone", "ring_of_clusters")
SHAPE_NAME = {"product:circle": "circle"}
FAMILY = {"k_clusters": "clusters", "simplex": "clusters", "ring_of_clusters": "clusters"}


def make_findings(
    verdicts: Mapping[int, Sequence[Verdict]],
    rows: Mapping[int, Int[np.ndarray, " member"]],
    *,
    placement: Sequence[NullTest],
    q: Float[np.ndarray, "test cluster"],
    q_by: Float[np.ndarray, "test cluster"],
    tightness: Float[np.ndarray, " cluster"],
    level: float,
) -> list[Finding]:
    """Turn the verdicts on groups with q at most ``level`` into ranked findings.

    ``q`` has a row for the Haar test and one for the spectrum test; only a segment or a disk may
    rest on the second.

    Level c compares a claim's excess with the same statistic in the ``ALIKE`` judged groups
    nearest in log size and mean cosine. Within a shape, findings that pass more levels
    come first, then ``_strength`` decides.
    """
    judged = np.array(sorted(verdicts), dtype=np.int64)
    place = np.column_stack([np.log([rows[g].size for g in judged]), 4 * tightness[judged]])
    findings: list[Finding] = []
    for index, group in enumerate(judged):
        for verdict in verdicts[int(group)]:
            tests = slice(None) if verdict.fit.shape in FLAT_SHAPES else slice(0, 1)
            lowest = float(q[tests, group].min())
            if verdict.fit.shape == "none" or lowest > level:
                continue
            percentile = _percentile(verdict, index, judged, place, verdicts, rows)
            findings.append(
                _finding(
                    int(group),
                    verdict,
                    rows[int(group)],
                    placement[int(group)],
                    (lowest, float(q_by[tests, group].min())),
                    percentile,
                )
            )
    return ranked(without_nested(findings))


def without_nested(findings: Sequence[Finding]) -> list[Finding]:
    """Keep, of findings whose groups overlap by more than half, the strongest.

    Half is meant of the smaller group. Circles fold only into circles and arcs into arcs, and only
    where they share half of the larger group, so a ring inside a tree or an arc stays. What is
    dropped is counted in the note of what stays.
    """
    kept: list[Finding] = []
    holders: dict[tuple[str, int], list[int]] = {}
    folded: list[int] = []
    for finding in sorted(findings, key=_strength, reverse=True):
        kind = finding.fit.shape if finding.fit.shape in ROUND else ""
        near = {k for row in finding.rows.tolist() for k in holders.get((kind, row), ())}
        over = [
            k
            for k in sorted(near)
            if np.intersect1d(kept[k].rows, finding.rows).size
            > 0.5 * _yardstick(bool(kind), kept[k].rows.size, finding.rows.size)
        ]
        if over:
            folded[over[0]] += 1
            continue
        for row in finding.rows.tolist():
            holders.setdefault((kind, row), []).append(len(kept))
        kept.append(finding)
        folded.append(0)
    return [
        replace(f, note=_joined(f.note, f"{n} overlapping findings folded into this one"))
        if n
        else f
        for f, n in zip(kept, folded, strict=True)
    ]


def _yardstick(nests: bool, one: int, other: int) -> int:
    """Size that an overlap is measured by: rings nest at several scales, other shapes do not."""
    return max(one, other) if nests else min(one, other)


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def ranked(findings: Sequence[Finding]) -> list[Finding]:
    """Rank the findings of every shape, strongest first; then list the first of every shape."""
    seen: dict[str, int] = {}
    out: list[Finding] = []
    for finding in sorted(findings, key=_strength, reverse=True):
        seen[finding.fit.shape] = seen.get(finding.fit.shape, 0) + 1
        out.append(replace(finding, rank=seen[finding.fit.shape]))
    return sorted(out, key=lambda f: (-_levels(f), f.rank, f.fit.shape))


def _strength(finding: Finding) -> tuple[int, float]:
    """Rank by the levels passed (rivals, rarity); then nats saved, but circles by regularity.

    A circle's irregularity is the root of its squared roughness (sd over mean of the radius) and
    squared unevenness of its angles; the smaller, the stronger.
    """
    if finding.fit.shape != "circle":
        return _levels(finding), finding.fit.nats
    fitted = finding.fit.parameters
    return _levels(finding), -math.hypot(fitted["roughness"], fitted["unevenness"])


def _levels(finding: Finding) -> int:
    """Count the levels that a grade names beyond the first."""
    return ("rivals" in finding.grade) + ("rare" in finding.grade)


def _finding(
    group: int,
    verdict: Verdict,
    rows: Int[np.ndarray, " member"],
    placement: NullTest,
    q: tuple[float, float],
    percentile: float,
) -> Finding:
    n = rows.size
    shape = SHAPE_NAME.get(verdict.fit.shape, verdict.fit.shape)
    if shape == "circle" and verdict.fit.parameters["coverage_p"] < 0.05:
        shape = "ring_of_clusters"  # on the circle, but not all round it
    runner_up = SHAPE_NAME.get(verdict.runner_up.shape, verdict.runner_up.shape)
    grade = "structured"
    weakest = placement.name
    if verdict.rival is not None:
        weakest = min((placement, verdict.rival), key=lambda test: test.effect).name
        if verdict.rival.pvalue <= 0.05:
            grade = f"{shape} against its rivals"
            if percentile >= RARE:
                grade += ", and rare here"
    note = "seven points or fewer decide little between shapes" if n <= 7 else ""
    return Finding(
        group_id=group,
        rows=rows,
        fit=replace(verdict.fit, shape=shape),
        runner_up=replace(verdict.runner_up, shape=runner_up),
        placement=placement,
        q=q[0],
        q_by=q[1],
        rival=verdict.rival,
        percentile=percentile,
        effect=verdict.fit.nats / n,
        margin=(verdict.fit.nats - verdict.runner_up.nats) / n,
        stability=verdict.stability,
        weakest_null=weakest,
        grade=grade,
        note=note,
    )


def _percentile(
    verdict: Verdict,
    index: int,
    judged: Int[np.ndarray, " judged"],
    place: Float[np.ndarray, "judged 2"],
    verdicts: Mapping[int, Sequence[Verdict]],
    rows: Mapping[int, Int[np.ndarray, " member"]],
) -> float:
    """Share of alike groups whose nats per point for the same statistic are lower."""
    family = FAMILY.get(verdict.fit.shape, verdict.fit.shape)
    distance = ((place - place[index]) ** 2).sum(axis=1)
    distance[index] = np.inf
    alike = judged[np.argsort(distance)[:ALIKE]]
    own = verdict.excess.get(family, 0.0) / rows[int(judged[index])].size
    others = [verdicts[int(g)][0].excess.get(family, 0.0) / rows[int(g)].size for g in alike]
    return float(np.mean(np.array(others) < own)) if others else float("nan")
