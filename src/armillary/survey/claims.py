"""Claims: verdicts with their q-values, rarity, grade and rank become findings."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from armillary.core import Finding, ShapeFit
from armillary.inference import NullTest
from armillary.shape import Verdict
from armillary.survey.gate import INSIDE, LARGER
from armillary.survey.verdicts import FLAT_SHAPES

RARE = 0.95  # percentile from which a finding is rare in its space
ALIKE = 100  # groups of like size and tightness a finding is compared with
ROUND = ("circle", "ellipse", "arc", "cone", "ring_of_clusters")
SHAPE_NAME = {"product:circle": "circle"}
RINGS = ("circle", "ellipse", "ring_of_clusters")
ROLLED = ("sphere", "torus", "helix")
MIXTURES = ("k_clusters", "simplex", "tree", "star")
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

    A claim that an elliptical cloud with heavy tails would carry as well is not made.

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
            if verdict.fit.shape == "none" or lowest > level or verdict.heavy_tails_suffice:
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
    """Keep one finding of those that say the same: wholes before their pieces, then the strongest.

    A piece (``INSIDE`` of its members within a group ``LARGER`` times its size) goes where the
    whole holds against its rivals and accounts for it: a sphere, a torus or a helix accounts for
    all that clustering carves out of it, other curves, sheets and polytopes for all but rings, a
    mixture or a tree for mixtures and trees. Of what stays, findings that overlap by more than
    half of the smaller group leave the strongest; circles fold only into circles there and arcs
    into arcs, and only where they share half of the larger group, so a ring inside a tree stays.
    What is dropped is counted in the note of what stays.
    """
    kept: list[Finding] = []
    holders: dict[tuple[str, int], list[int]] = {}
    folded: list[int] = []
    wholes, accounted = _wholes(findings)
    for finding in sorted(wholes, key=_strength, reverse=True):
        kind = finding.fit.shape if finding.fit.shape in ROUND else ""
        near = {k for row in finding.rows.tolist() for k in holders.get((kind, row), ())}
        over = [
            k
            for k in sorted(near)
            if np.intersect1d(kept[k].rows, finding.rows).size
            > 0.5 * _yardstick(bool(kind), kept[k].rows.size, finding.rows.size)
        ]
        if over:
            folded[over[0]] += 1 + accounted[id(finding)]
            continue
        for row in finding.rows.tolist():
            holders.setdefault((kind, row), []).append(len(kept))
        kept.append(finding)
        folded.append(accounted[id(finding)])
    return [
        replace(f, note=_joined(f.note, f"{n} overlapping findings folded into this one"))
        if n
        else f
        for f, n in zip(kept, folded, strict=True)
    ]


def _wholes(findings: Sequence[Finding]) -> tuple[list[Finding], dict[int, int]]:
    """Drop pieces that a whole accounts for; count them by the ``id`` of their whole."""
    kept: list[Finding] = []
    holders: dict[int, list[int]] = {}
    accounted = {id(finding): 0 for finding in findings}
    for finding in sorted(findings, key=lambda f: -f.rows.size):
        shared = Counter(k for row in finding.rows.tolist() for k in holders.get(row, ()))
        n = finding.rows.size
        whole = [
            k
            for k, both in shared.items()
            if both >= INSIDE * n
            and kept[k].rows.size >= LARGER * n
            and _accounts(kept[k].fit.shape, finding.fit.shape)
        ]
        if whole:
            accounted[id(kept[min(whole)])] += 1
            continue
        if "rivals" in finding.grade and finding.margin >= 0:  # not beside another shape
            for row in finding.rows.tolist():
                holders.setdefault(row, []).append(len(kept))
        kept.append(finding)
    return kept, accounted


def _accounts(whole: str, piece: str) -> bool:
    """Tell whether a whole of one shape is reason enough for a piece of another."""
    if whole in MIXTURES:
        return piece in MIXTURES
    return whole in ROLLED or piece not in RINGS


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
    return sorted(out, key=lambda f: (-levels(f.grade), f.rank, f.fit.shape))


def levels(grade: str) -> int:
    """Count the levels that a grade names beyond the first."""
    return ("rivals" in grade) + ("rare" in grade)


def _strength(finding: Finding) -> tuple[int, float]:
    """Rank by the levels passed (rivals, rarity); then nats saved, but circles by regularity.

    A circle's irregularity is the root of its squared roughness (sd over mean of the radius) and
    squared unevenness of its angles; the smaller, the stronger.
    """
    if finding.fit.shape != "circle":
        return levels(finding.grade), finding.fit.nats
    fitted = finding.fit.parameters
    return levels(finding.grade), -math.hypot(fitted["roughness"], fitted["unevenness"])


def _called(fit: ShapeFit) -> ShapeFit:
    """Name a fit as findings name it: one word for a circle with or without a factor."""
    shape = SHAPE_NAME.get(fit.shape, fit.shape)
    if shape == "circle" and fit.parameters["coverage_p"] < 0.05:
        shape = "ring_of_clusters"  # on the circle, but not all round it
    return replace(fit, shape=shape)


def _finding(
    group: int,
    verdict: Verdict,
    rows: Int[np.ndarray, " member"],
    placement: NullTest,
    q: tuple[float, float],
    percentile: float,
) -> Finding:
    n = rows.size
    fit = _called(verdict.fit)
    runner_up = SHAPE_NAME.get(verdict.runner_up.shape, verdict.runner_up.shape)
    grade = "structured"
    weakest = placement.name
    if verdict.rival is not None:
        weakest = min((placement, verdict.rival), key=lambda test: test.effect).name
        if verdict.rival.pvalue <= 0.05:
            grade = f"{fit.shape} against its rivals"
            if percentile >= RARE:
                grade += ", and rare here"
    note = "seven points or fewer decide little between shapes" if n <= 7 else ""
    return Finding(
        group_id=group,
        rows=rows,
        fit=fit,
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
