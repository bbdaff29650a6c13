"""The header: what was surveyed, by what, and what came of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from armillary.atlas import Atlas, visible
from armillary.atlas.counts import ALPHA, LEXICON
from armillary.explorer.schema import Header, Row
from armillary.explorer.words import provenance, sentences


def header_of(
    atlas: Atlas, rows: Sequence[Row], *, groups: list[dict[str, Any]], shown: tuple[str, ...]
) -> Header:
    """Return the header.

    Parameters
    ----------
    atlas
        The survey.
    rows
        Every line of its list.
    groups
        Rows of its groups table.
    shown
        What the page leaves out.
    """
    manifest, counts = atlas.manifest, atlas.counts
    blind = [group for group in groups if group["method"] != LEXICON]
    qs = [group["q"] for group in blind if group["q"] is not None and np.isfinite(group["q"])]
    nulls: dict[str, None] = dict.fromkeys(group["null"] for group in groups)
    for row in atlas.findings.select(["placement_null", "weakest_null"]).to_pylist():
        nulls |= dict.fromkeys(row.values())
    return Header(
        title=visible(str(manifest.get("title") or atlas.source), limit=120),
        source=visible(atlas.source, limit=200),
        version=visible(str(manifest.get("version", ""))),
        command=visible(str(manifest.get("command", "")), limit=400),
        seed=visible(str(manifest.get("seed", ""))),
        features=atlas.features.num_rows,
        groups=counts.groups,
        findings=counts.findings,
        significant=counts.significant,
        alpha=ALPHA,
        smallest_q=min(qs, default=None),
        nulls=tuple(visible(name, limit=200) for name in nulls if name),
        shown=shown,
        left_out=sentences(manifest.get("left_out")),
        facts=provenance(manifest),
    )
