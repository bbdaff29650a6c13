"""Shaped groups from what is known: findings of a survey, lists of words, named groups."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int

from armillary.atlas.record import Atlas
from armillary.core.errors import BadInput
from armillary.core.finding import Finding
from armillary.core.space import FeatureSpace
from armillary.explain.subject import FeatureGroup
from armillary.knockoffs.edits import spellings
from armillary.knockoffs.shaped_group import ShapedGroup
from armillary.lexicon import Hypothesis, load_lexicon, match_all

ALPHA = 0.05
SHAPE_OF = {"cyclic": "circle", "linear": "segment"}


def from_findings(findings: Iterable[Finding], *, alpha: float = ALPHA) -> tuple[ShapedGroup, ...]:
    """Return the groups that a survey claims a shape of, strongest claim first.

    Parameters
    ----------
    findings
        Of a survey of the very space that is explained: rows are rows of it.
    alpha
        Largest q of a claim that counts.

    Returns
    -------
    tuple[ShapedGroup, ...]
        By rising q, then falling effect; they may overlap.
    """
    strong = [f for f in findings if f.q <= alpha and f.fit.shape != "none"]
    return tuple(
        _group(f.rows, f.fit.shape, f.fit.order, f.fit.parameters)
        for f in sorted(strong, key=lambda f: (f.q, -f.effect))
        if f.rows.size >= 3
    )


def from_atlas(
    atlas: Atlas, space: FeatureSpace, *, alpha: float = ALPHA
) -> tuple[ShapedGroup, ...]:
    """Return the same from an atlas on disk; features are found again by their ids.

    Parameters
    ----------
    atlas
        Of a survey of these features.
    space
        The features that are explained.
    alpha
        Largest q of a claim that counts.

    Raises
    ------
    BadInput
        If a feature of a claim is not in the space.
    """
    row_of = {int(one): row for row, one in enumerate(space.feature_id)}
    wanted = ["feature_ids", "shape", "order_index", "parameters", "q", "effect"]
    table: list[dict[str, Any]] = atlas.findings.select(wanted).to_pylist()
    strong = [r for r in table if r["q"] <= alpha and r["shape"] != "none"]
    out: list[ShapedGroup] = []
    for record in sorted(strong, key=lambda r: (r["q"], -r["effect"])):
        unknown = [one for one in record["feature_ids"] if one not in row_of]
        if unknown:
            raise BadInput(f"the atlas speaks of feature {unknown[0]}, which is not in the space")
        rows = np.array([row_of[one] for one in record["feature_ids"]], dtype=np.int64)
        order = np.array(record["order_index"] or [], dtype=np.int64)
        if rows.size >= 3:
            out.append(_group(rows, record["shape"], order, json.loads(record["parameters"])))
    return tuple(out)


def from_lexicon(
    space: FeatureSpace, hypotheses: Sequence[Hypothesis] | None = None
) -> tuple[ShapedGroup, ...]:
    """Return the ordered lists of a lexicon that the labels carry, one group a list.

    Cyclic lists go on a circle, linear ones on a segment; each spelling that three or more words
    have is a part with its own centre, and the parts share a plane.

    Parameters
    ----------
    space
        With labels.
    hypotheses
        Lists; by default the built-in lexicon.

    Returns
    -------
    tuple[ShapedGroup, ...]
        In the lexicon's order; lists may share words.
    """
    wanted = [h for h in (hypotheses or load_lexicon()) if h.kind in SHAPE_OF]
    out: list[ShapedGroup] = []
    for found in match_all(wanted, space.labels):
        name = np.array(found.variant)
        _, part, count = np.unique(name, return_inverse=True, return_counts=True)
        common = count[part] >= 3 if part.size else np.zeros(0, dtype=np.bool_)
        if np.unique(found.step[common]).size < 4:
            continue
        out.append(
            ShapedGroup.of(
                found.rows[common],
                SHAPE_OF[found.hypothesis.kind],
                name=found.hypothesis.name,
                position=found.step[common],
                period=found.hypothesis.period,
                part=part[common].astype(np.int64),
            )
        )
    return tuple(out)


def from_feature_groups(
    groups: Iterable[FeatureGroup], space: FeatureSpace
) -> tuple[ShapedGroup, ...]:
    """Return the ordered ones of a subject's named groups, a part a spelling.

    Parameters
    ----------
    groups
        Of the subject; groups of kind ``"set"`` have no order and are left out.
    space
        Its labels tell spellings apart.
    """
    return tuple(
        ShapedGroup.of(
            group.rows,
            SHAPE_OF[group.kind],
            name=group.name,
            position=group.step,
            period=max(len(group.words), int(group.step.max()) + 1),
            part=spellings(space, group.rows, group.step),
        )
        for group in groups
        if group.kind in SHAPE_OF and group.rows.size >= 3
    )


def _group(
    rows: Int[np.ndarray, " member"],
    shape: str,
    order: Int[np.ndarray, " point"],
    parameters: Mapping[str, Any],
) -> ShapedGroup:
    """Put members in the order of the fit, or at the vertex that the fit gives them."""
    label = parameters.get("labels")
    if shape in ("simplex", "k_clusters") and label is not None and len(label) == rows.size:
        at = np.unique(np.asarray(label), return_inverse=True)[1].astype(np.int64)
        return ShapedGroup.of(rows, shape, name=shape, position=at)
    whole = order.size == rows.size
    return ShapedGroup.of(rows[order] if whole else rows, shape, name=shape)
