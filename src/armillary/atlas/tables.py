"""The atlas's tables: one row a claim, one row a group, one row a feature."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.atlas.columnar import Table, table_of_columns, table_of_rows
from armillary.atlas.json_ready import json_ready
from armillary.core import BadInput, FeatureSpace, Finding, Group

FINDINGS = {
    "group_id": "int64",
    "shape": "string",
    "n": "int64",
    "feature_ids": "list int64",
    "labels": "list string",
    "p": "float64",
    "q": "float64",
    "q_by": "float64",
    "statistic": "float64",
    "effect": "float64",
    "nats": "float64",
    "weakest_null": "string",
    "placement_null": "string",
    "runner_up": "string",
    "margin": "float64",
    "stability": "float64",
    "order": "list string",
    "order_index": "list int64",
    "parameters": "string",
    "reach_p": "float64",
    "rank": "int64",
    "grade": "string",
    "p_rival": "float64",
    "rival_null": "string",
    "percentile": "float64",
    "hypothesis": "string",
    "axes": "list int64",
    "note": "string",
}
GROUPS = {
    "group_id": "int64",
    "n": "int64",
    "method": "string",
    "scale": "float64",
    "mean_cosine": "float64",
    "p": "float64",
    "q": "float64",
    "spectrum": "list float64",
    "n_draws": "int64",
    "null": "string",
    "note": "string",
}
FEATURES = {
    "feature_id": "int64",
    "label": "string",
    "map_x": "float32",
    "map_y": "float32",
    "finding": "int64",
    "group_id": "int64",
}


def findings_table(space: FeatureSpace, findings: Sequence[Finding]) -> Table:
    """Return one row a claim, in the order given; ``order_index`` counts within ``feature_ids``."""
    return table_of_rows([_finding_row(space, f) for f in findings], FINDINGS)


def groups_table(groups: Sequence[Group]) -> Table:
    """Return one row a group tested."""
    rows = [
        {
            "group_id": int(group.group_id),
            "n": int(group.rows.size),
            "method": group.method,
            "scale": float(group.scale),
            "mean_cosine": float(group.mean_cosine),
            "p": group.test.pvalue,
            "q": float(group.q),
            "spectrum": group.spectrum.tolist(),
            "n_draws": int(group.test.null.size),
            "null": group.test.name,
            "note": group.note,
        }
        for group in groups
    ]
    return table_of_rows(rows, GROUPS)


def features_table(
    space: FeatureSpace,
    findings: Sequence[Finding],
    map_xy: Float[np.ndarray, "feature 2"] | None,
) -> Table:
    """Return one row a feature, with the strongest finding (smallest q, then rank) it is in.

    ``finding`` is that finding's row in the findings table; null where there is none.
    """
    best = _best_finding(space.n_features, findings)
    group_of = np.array([finding.group_id for finding in findings] + [-1], dtype=np.int64)
    nowhere = best < 0
    place = np.full((space.n_features, 2), np.nan) if map_xy is None else map_xy
    values = {
        "feature_id": space.feature_id,
        "label": label_texts(space.labels),
        "map_x": place[:, 0].astype(np.float32),
        "map_y": place[:, 1].astype(np.float32),
        "finding": np.ma.masked_array(best, mask=nowhere),
        "group_id": np.ma.masked_array(group_of[best], mask=nowhere),
    }
    return table_of_columns(values, FEATURES)


def label_texts(labels: np.ndarray) -> list[str]:
    """Return labels as text that UTF-8 can hold: lone surrogates become their escapes."""
    return [
        str(label).encode("utf-8", "backslashreplace").decode("utf-8") for label in labels.tolist()
    ]


def _best_finding(n_features: int, findings: Sequence[Finding]) -> Int[np.ndarray, " feature"]:
    best = np.full(n_features, -1, dtype=np.int64)
    strength = [(finding.q, finding.rank) for finding in findings]
    for i in sorted(range(len(findings)), key=strength.__getitem__, reverse=True):
        best[findings[i].rows] = i  # the strongest writes last
    return best


def _finding_row(space: FeatureSpace, finding: Finding) -> dict[str, Any]:
    labels = label_texts(space.labels[finding.rows])
    order = [int(i) for i in finding.fit.order]
    if order and not 0 <= min(order) <= max(order) < len(labels):
        raise BadInput(
            f"the {finding.fit.shape} in group {finding.group_id} orders point {max(order)}, "
            f"but has {len(labels)} points: order must count within rows"
        )
    rival = finding.rival
    return {
        "group_id": int(finding.group_id),
        "shape": finding.fit.shape,
        "n": len(labels),
        "feature_ids": space.feature_id[finding.rows].tolist(),
        "labels": labels,
        "p": finding.placement.pvalue,
        "q": float(finding.q),
        "q_by": float(finding.q_by),
        "statistic": float(finding.placement.observed),
        "effect": float(finding.effect),
        "nats": float(finding.fit.nats),
        "weakest_null": finding.weakest_null,
        "placement_null": finding.placement.name,
        "runner_up": finding.runner_up.shape,
        "margin": float(finding.margin),
        "stability": float(finding.stability),
        "order": [labels[i] for i in order],
        "order_index": order,
        "parameters": json.dumps(json_ready(finding.fit.parameters), sort_keys=True),
        "reach_p": finding.placement.reach,
        "rank": int(finding.rank),
        "grade": finding.grade,
        "p_rival": None if rival is None else rival.pvalue,
        "rival_null": "" if rival is None else rival.name,
        "percentile": float(finding.percentile),
        "hypothesis": finding.hypothesis,
        "axes": [int(axis) for axis in finding.fit.axes],
        "note": finding.note,
    }
