"""An atlas as the page's payload; whatever is left out is said."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from armillary.atlas import Atlas, excerpt, family, is_closed, visible
from armillary.explorer.map_payload import map_of
from armillary.explorer.packing import finite, packed, unit_square
from armillary.explorer.panel import panel_of
from armillary.explorer.rebuilt import rebuilt_words
from armillary.explorer.schema import (
    SCHEMA,
    Header,
    Report,
    Row,
    ShapeCount,
)
from armillary.explorer.words import provenance, sentences

ALPHA = 0.05
MAX_PANELS = 300
NAMED_AFTER = 3  # findings of every shape that the list shows before the named hypotheses
MAX_POINTS = 2_000
MAX_MAP = 100_000
_THUMB = 60


def report_payload(
    atlas: Atlas,
    *,
    max_panels: int = MAX_PANELS,
    max_points: int = MAX_POINTS,
    max_map: int = MAX_MAP,
) -> Report:
    """Return everything the page shows.

    Parameters
    ----------
    atlas
        The survey.
    max_panels
        Findings with a section of their own, strongest first; the others are listed only.
    max_points
        Points drawn of one finding; a fixed random choice beyond.
    max_map
        Features on the map; members of findings first, then a fixed random choice.

    Returns
    -------
    Report
        The same for the same atlas; ``header.shown`` states each reduction that took place.
    """
    rows = atlas.findings.to_pylist()
    ranking = sorted(range(len(rows)), key=lambda i: _strength(rows[i], i))
    groups = {group["group_id"]: group for group in atlas.groups.to_pylist()}
    line_of = {finding: line for line, finding in enumerate(ranking)}
    picture, place_of = map_of(atlas, line_of=line_of, max_map=max_map)
    panels = tuple(
        panel_of(
            atlas,
            i,
            line=line,
            row=rows[i],
            group=groups[rows[i]["group_id"]],
            place_of=place_of,
            max_points=max_points,
        )
        for line, i in enumerate(ranking[:max_panels])
    )
    table = tuple(_row(atlas, i, rows[i]) for i in ranking)
    shown: list[str] = []
    if len(rows) > max_panels:
        shown.append(
            f"{max_panels:,} of {len(rows):,} findings have a section, strongest first; the "
            "others are listed only."
        )
    cut = sum(panel.n_shown < panel.n for panel in panels)
    if cut:
        shown.append(f"{cut:,} groups are drawn with {max_points:,} points each, chosen at random.")
    if picture is not None and picture.shown < picture.total:
        shown.append(
            f"The map shows {picture.shown:,} of {picture.total:,} features: every member of a "
            "finding, the others chosen at random."
        )
    header = _header(atlas, table, groups=list(groups.values()), shown=tuple(shown))
    return Report(SCHEMA, header, _taxonomy(table), table, panels, picture, rebuilt_words(atlas))


def _strength(row: Mapping[str, Any], i: int) -> tuple[bool, float, float, float, int]:
    """Order: significant first, then rank within shape (hypotheses have none), q, margin."""
    rank = float(row["rank"] or NAMED_AFTER + 0.5)
    return (not row["q"] <= ALPHA, rank, row["q"], -(row["margin"] or 0.0), i)


def _header(
    atlas: Atlas, table: Sequence[Row], *, groups: list[dict[str, Any]], shown: tuple[str, ...]
) -> Header:
    manifest = atlas.manifest
    qs = [group["q"] for group in groups if group["q"] is not None and np.isfinite(group["q"])]
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
        groups=len(groups),
        findings=sum(row.rank > 0 for row in table),
        significant=sum(row.level > 0 and row.rank > 0 for row in table),
        alpha=ALPHA,
        smallest_q=min(qs, default=None),
        nulls=tuple(visible(name, limit=200) for name in nulls if name),
        shown=shown,
        left_out=sentences(manifest.get("left_out")),
        facts=provenance(manifest),
    )


def _taxonomy(table: Sequence[Row]) -> tuple[ShapeCount, ...]:
    lines: dict[str, list[int]] = {}
    for line, row in enumerate(table):
        if row.level > 0 and row.rank > 0:
            lines.setdefault(row.shape, []).append(line)
    counts = [
        ShapeCount(
            shape,
            family(shape),
            len(found),
            (
                sum(table[i].level == 1 for i in found),
                sum(table[i].level == 2 for i in found),
                sum(table[i].level == 3 for i in found),
            ),
            tuple(found[:3]),
        )
        for shape, found in lines.items()
    ]
    return tuple(sorted(counts, key=lambda c: (-c.count, c.shape)))


def _level(row: Mapping[str, Any]) -> int:
    if not row["q"] <= ALPHA:
        return 0
    if "rare" in row["grade"]:
        return 3
    return 2 if "rival" in row["grade"] else 1


def _row(atlas: Atlas, i: int, row: Mapping[str, Any]) -> Row:
    order = row["order_index"]
    drawn = np.array(order or range(row["n"]), dtype=np.int64)
    drawn = drawn[np.linspace(0, drawn.size - 1, min(_THUMB, drawn.size)).astype(np.int64)]
    flat = atlas.plane(i)[drawn]
    return Row(
        finding=i,
        group=row["group_id"],
        shape=visible(row["shape"].replace("_", " ")),
        family=family(row["shape"]),
        rank=row["rank"],
        excerpt=excerpt(row["order"] or row["labels"]),
        search=" ".join(visible(label) for label in row["labels"][:60]).lower(),
        n=row["n"],
        p=finite(row["p"]),
        q=finite(row["q"]),
        runner_up=visible(row["runner_up"]) if row["runner_up"] else "",
        margin=finite(row["margin"]),
        weakest_null=visible(row["weakest_null"], limit=200) if row["weakest_null"] else "",
        grade=visible(row["grade"], limit=120),
        level=_level(row),
        stability=finite(row["stability"]),
        hypothesis=visible(row["hypothesis"]) if row["hypothesis"] else "",
        ordered=bool(order),
        closed=is_closed(row["shape"]),
        thumb=packed(np.rint(unit_square(flat) * 255), "<u1"),
    )
