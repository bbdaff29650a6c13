"""Recording: a survey's results as the tables, arrays and manifest that an atlas is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.atlas.arrays import pack_arrays
from armillary.atlas.contexts import Firings, contexts_table
from armillary.atlas.counts import counted
from armillary.atlas.disk import FORMAT, SCHEMA
from armillary.atlas.json_ready import json_ready
from armillary.atlas.rebuilt import examples_table, rebuilt_table
from armillary.atlas.tables import features_table, findings_table, groups_table
from armillary.core import BadInput, FeatureSpace, Finding, Group, Neighbours, Rebuilt, Tokens


def recorded(
    space: FeatureSpace,
    groups: Sequence[Group],
    findings: Sequence[Finding],
    *,
    manifest: Mapping[str, Any],
    map_xy: Float[np.ndarray, "feature 2"] | None,
    map_note: Mapping[str, Any] | None,
    rebuilt: Sequence[Rebuilt],
    tokens: Tokens | None,
    neighbours: Neighbours | None,
    shares: Float[np.ndarray, " axis"] | None,
    firings: Firings | None,
) -> dict[str, Any]:
    """Return the fields of the atlas that records a survey.

    Parameters
    ----------
    space, groups, findings, manifest, map_xy, map_note
        As ``Atlas.from_survey`` takes them.
    rebuilt, tokens, neighbours, shares, firings
        Likewise.

    Raises
    ------
    BadInput
        If a finding names a group or rows that are not there, or the map or the neighbours have
        other rows.
    """
    _check(space, groups, findings, map_xy=map_xy, neighbours=neighbours)
    claims, tested = findings_table(space, findings), groups_table(groups)
    counts = {
        "features": space.n_features,
        "d_model": space.d_model,
        **asdict(counted(claims, tested)),
        "rebuilt": len(rebuilt),
        "rebuilt_claims": sum(one.shape != "none" for one in rebuilt),
    }
    record = {"source": dict(space.source), **manifest}
    record |= {"format": FORMAT, "schema": SCHEMA, "counts": counts}
    if map_note is not None:
        record["map"] = map_note
    return {
        "findings": claims,
        "groups": tested,
        "features": features_table(space, findings, map_xy),
        "rebuilt": rebuilt_table(space, rebuilt),
        "examples": examples_table([one for one in rebuilt if one.shape != "none"], tokens),
        "arrays": MappingProxyType(
            pack_arrays(groups, findings, map_xy, neighbours=neighbours, shares=shares)
        ),
        "manifest": MappingProxyType(json_ready(record)),
        "contexts": contexts_table(firings, tokens),
    }


def _check(
    space: FeatureSpace,
    groups: Sequence[Group],
    findings: Sequence[Finding],
    *,
    map_xy: Float[np.ndarray, "feature 2"] | None,
    neighbours: Neighbours | None,
) -> None:
    rows_of = {group.group_id: group.rows for group in groups}
    if len(rows_of) != len(groups):
        raise BadInput("group_id repeats: every group needs its own id")
    for finding in findings:
        rows = rows_of.get(finding.group_id)
        if rows is None:
            raise BadInput(f"a finding names group {finding.group_id}, which is not in groups")
        if not np.isin(finding.rows, rows).all():
            raise BadInput(f"a finding has rows that its group {finding.group_id} does not have")
    if map_xy is not None and map_xy.shape != (space.n_features, 2):
        raise BadInput(f"map_xy has shape {map_xy.shape}, expected ({space.n_features}, 2)")
    if neighbours is not None and len(neighbours.index) != space.n_features:
        raise BadInput(
            f"neighbours of {len(neighbours.index)} features, expected {space.n_features}"
        )
