"""Named hypotheses: whether the words of a lexicon are where their order says."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from armillary.core import FeatureSpace, Finding, ShapeFit
from armillary.inference import (
    NullTest,
    benjamini_hochberg,
    benjamini_yekutieli,
    cyclic_order_test,
    fit_turns,
    linear_order_test,
    pairs_test,
)
from armillary.lexicon import Hypothesis, Match, match_all
from armillary.shape import cloud_scores

MOST_DRAWS = 9_999


def tested_hypotheses(
    space: FeatureSpace,
    lexicon: Sequence[Hypothesis],
    *,
    seed: int,
) -> list[Finding]:
    """Test every lexicon entry that has enough words here, in its commonest spelling.

    q-values are over the hypotheses tested; ``note`` says the smallest p that the number of words
    allows. A null result is kept as a finding of shape ``none``.
    """
    labels = [str(label) for label in space.labels]
    directions = space.directions - space.directions.mean(axis=0)
    findings: list[Finding] = []
    for number, found in enumerate(match_all(lexicon, labels)):
        if found.hypothesis.kind == "set" or not found.variants:
            continue
        spelled = found.spelled(found.variants[0])
        least = 8 if found.hypothesis.kind == "pairs" else 5
        if spelled.rows.size < least:
            continue
        rng = np.random.default_rng([seed, number, 3])
        findings.append(_tested(spelled, directions, rng))
    p = np.array([f.placement.pvalue for f in findings])
    if p.size == 0:
        return []
    q, q_by = benjamini_hochberg(p), benjamini_yekutieli(p)
    return [_with_q(f, float(a), float(b)) for f, a, b in zip(findings, q, q_by, strict=True)]


def _tested(found: Match, directions: np.ndarray, rng: np.random.Generator) -> Finding:
    vectors = np.asarray(directions[found.rows], dtype=np.float64)
    kind = found.hypothesis.kind
    if kind == "pairs":
        left, right = vectors[found.step % 2 == 0], vectors[found.step % 2 == 1]
        tested = pairs_test(left, right, n_draws=MOST_DRAWS, rng=rng)
        shape, parameters = "lattice", {"pairs": int(left.shape[0])}
        order = np.arange(found.rows.size)
    else:
        scores = cloud_scores(vectors)
        squared = ((scores[:, None] - scores[None]) ** 2).sum(axis=2)
        period = len(found.hypothesis.words)
        if kind == "cyclic":
            tested = cyclic_order_test(
                squared, found.step, period=period, n_draws=MOST_DRAWS, rng=rng
            )
        else:
            tested = linear_order_test(squared, found.step, n_draws=MOST_DRAWS, rng=rng)
        turns = fit_turns(squared, found.step, period=period)
        shape = "circle" if kind == "cyclic" else "arc"
        parameters = {"turns": turns.turns, "turns_interval": [turns.low, turns.high]}
        order = np.argsort(found.step)
    test = NullTest(tested.test.observed, tested.test.null, f"label order ({kind})")
    parameters |= {"smallest_p": tested.reach, "exact": tested.exact, "spelling": found.variants[0]}
    return _finding(
        found, ShapeFit(shape, float("nan"), (), parameters, order), test, tested.pvalue
    )


def _finding(found: Match, fit: ShapeFit, test: NullTest, pvalue: float) -> Finding:
    smallest = fit.parameters["smallest_p"]
    return Finding(
        group_id=-1,
        rows=found.rows,
        fit=fit,
        runner_up=ShapeFit("none", 0.0),
        placement=test,
        q=pvalue,
        q_by=pvalue,
        rival=None,
        percentile=float("nan"),
        effect=test.effect,
        margin=float("nan"),
        stability=float("nan"),
        weakest_null=test.name,
        grade="named hypothesis",
        hypothesis=found.hypothesis.name,
        note=f"smallest p that {found.rows.size} words allow: {smallest:.2g}",
    )


def _with_q(finding: Finding, q: float, q_by: float) -> Finding:
    return replace(finding, q=q, q_by=q_by)
