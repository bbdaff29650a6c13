"""An atlas as the page's payload; whatever is left out is said."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.atlas import Atlas, NullSummary, excerpt, family, fit_plane, is_closed, visible
from armillary.explorer.curve import fitted_curve
from armillary.explorer.schema import (
    SCHEMA,
    Header,
    Map,
    Null,
    Panel,
    Report,
    Row,
    ShapeCount,
)
from armillary.explorer.words import evidence, parameter_facts, provenance, sentences

ALPHA = 0.05
MAX_PANELS = 300
MAX_POINTS = 2_000
MAX_MAP = 100_000
MAX_AXES = 6
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
    picture, place = _map(atlas, max_map=max_map)
    line_of = {finding: line for line, finding in enumerate(ranking)}
    if picture is not None:
        picture = _with_rows(picture, atlas, place=place, line_of=line_of)
    panels = tuple(
        _panel(atlas, i, line=line, row=rows[i], group=groups[rows[i]["group_id"]], place=place,
               max_points=max_points)
        for line, i in enumerate(ranking[:max_panels])
    )  # fmt: skip
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
    return Report(SCHEMA, header, _taxonomy(table), table, panels, picture)


def _strength(row: Mapping[str, Any], i: int) -> tuple[bool, int, float, float, int]:
    """Order: significant first, then rank within shape, q, margin."""
    return (not row["q"] <= ALPHA, row["rank"], row["q"], -(row["margin"] or 0.0), i)


def _header(
    atlas: Atlas, table: Sequence[Row], *, groups: list[dict[str, Any]], shown: tuple[str, ...]
) -> Header:
    manifest = atlas.manifest
    qs = [group["q"] for group in groups if group["q"] is not None and np.isfinite(group["q"])]
    nulls: dict[str, None] = dict.fromkeys(group["null"] for group in groups)
    for row in atlas.findings.select(["placement_null", "rival_null", "weakest_null"]).to_pylist():
        nulls |= dict.fromkeys(row.values())
    return Header(
        title=visible(str(manifest.get("title") or atlas.source), limit=120),
        source=visible(atlas.source, limit=200),
        version=visible(str(manifest.get("version", ""))),
        command=visible(str(manifest.get("command", "")), limit=400),
        seed=visible(str(manifest.get("seed", ""))),
        features=atlas.features.num_rows,
        groups=len(groups),
        findings=len(table),
        significant=sum(row.level > 0 for row in table),
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
        if row.level > 0:
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
    scores = atlas.scores(i)
    order = row["order_index"]
    drawn = np.array(order or range(row["n"]), dtype=np.int64)
    drawn = drawn[np.linspace(0, drawn.size - 1, min(_THUMB, drawn.size)).astype(np.int64)]
    flat = scores[:, fit_plane(row["axes"], scores.shape[1])][drawn]
    return Row(
        finding=i,
        group=row["group_id"],
        shape=visible(row["shape"]),
        family=family(row["shape"]),
        rank=row["rank"],
        excerpt=excerpt(row["order"] or row["labels"]),
        search=" ".join(visible(label) for label in row["labels"][:60]).lower(),
        n=row["n"],
        p=_finite(row["p"]),
        q=_finite(row["q"]),
        runner_up=visible(row["runner_up"]) if row["runner_up"] else "",
        margin=_finite(row["margin"]),
        weakest_null=visible(row["weakest_null"], limit=200) if row["weakest_null"] else "",
        grade=visible(row["grade"], limit=120),
        level=_level(row),
        stability=_finite(row["stability"]),
        hypothesis=visible(row["hypothesis"]) if row["hypothesis"] else "",
        ordered=bool(order),
        closed=is_closed(row["shape"]),
        thumb=_packed(np.rint(_unit(flat) * 255), "<u1"),
    )


def _panel(
    atlas: Atlas, i: int, *, line: int, row: Mapping[str, Any], group: Mapping[str, Any],
    place: Int[np.ndarray, " feature"], max_points: int,
) -> Panel:  # fmt: skip
    scores = atlas.scores(i)
    axes = _axes(row["axes"], scores.shape[1])
    kept = _choice(row["n"], limit=max_points)
    position = {int(point): k for k, point in enumerate(kept)}
    order = [position[point] for point in row["order_index"] if point in position]
    ahead = fit_plane(row["axes"], scores.shape[1])
    points = scores[kept][:, axes]
    plane = (axes.index(ahead[0]), axes.index(ahead[1]))
    pairs = [(a, b) for a, b in ((0, 1), (1, 2), (0, 2), (0, 3)) if max(a, b) < len(axes)]
    other = [pair for pair in pairs if set(pair) != set(plane)][:2]
    deep = list(
        dict.fromkeys([*plane, *(axes.index(a) for a in row["axes"] if a in axes), 0, 1, 2])
    )
    parameters = json.loads(row["parameters"])
    nulls = (atlas.null(i), atlas.null(i, level="rival"))
    spectrum = np.array(group["spectrum"][:10], dtype=np.float64)
    ids = np.array(row["feature_ids"], dtype=np.int64)
    return Panel(
        row=line,
        n=row["n"],
        n_shown=kept.size,
        axes=tuple(axes),
        points=_packed(points, "<f4"),
        labels=tuple(visible(row["labels"][k]) for k in kept),
        ids=tuple(ids[kept].tolist()),
        order=tuple(order),
        plane=plane,
        planes=tuple(other),
        solid=tuple(deep[:3]) if len(axes) > 2 else (),
        curve=fitted_curve(
            points[:, plane], parameters=parameters, order=order, closed=is_closed(row["shape"])
        ),
        spectrum=tuple((spectrum / max(float(np.sum(group["spectrum"])), 1e-300)).tolist()),
        nulls=_nulls(nulls, row),
        evidence=evidence(row, group, nulls=nulls, n_groups=atlas.groups.num_rows),
        parameters=parameter_facts(parameters),
        map_rows=_map_rows(atlas, ids, place=place),
    )  # fmt: skip


def _nulls(
    nulls: tuple[NullSummary | None, NullSummary | None], row: Mapping[str, Any]
) -> tuple[Null, ...]:
    titles = ("Structure at all", "Against its best impostor")
    return tuple(
        Null(
            title,
            visible(null.name, limit=200) if null.name else "",
            _finite(null.observed),
            _finite(null.low),
            _finite(null.high),
            tuple(null.counts.tolist()),
            null.n_draws,
            _finite(p),
            _finite(null.effect),
        )
        for title, null, p in zip(titles, nulls, (row["p"], row["p_rival"]), strict=True)
        if null is not None
    )


def _axes(named: Sequence[int], n_axes: int) -> list[int]:
    """Return the leading three axes and those the fit names, at most six, in order."""
    wanted = [*fit_plane(named, n_axes), *range(min(3, n_axes)), *named]
    return sorted(list(dict.fromkeys(axis for axis in wanted if axis < n_axes))[:MAX_AXES])


def _map(atlas: Atlas, *, max_map: int) -> tuple[Map | None, Int[np.ndarray, " feature"]]:
    """Return the map without its findings, and each feature's place in it (-1: not shown)."""
    total = atlas.features.num_rows
    place = np.full(total, -1, dtype=np.int64)
    xy = atlas.arrays.get("map")
    if xy is None:
        return None, place
    here = np.isfinite(xy).all(axis=1)
    member = atlas.features["finding"].is_valid().to_numpy()
    pool = np.flatnonzero(here & ~member)
    first = np.flatnonzero(here & member)
    chosen = pool[_choice(pool.size, limit=max(0, max_map - first.size))]
    kept = np.sort(np.concatenate([first, chosen]))
    place[kept] = np.arange(kept.size)
    unit = np.rint(_unit(xy[kept]) * 65535)
    labels = atlas.features["label"].to_numpy(zero_copy_only=False)[kept].tolist()
    note = ", ".join(
        f"{fact.name} {fact.value}" for fact in parameter_facts(atlas.manifest.get("map"))
    )
    shown = tuple(visible(label, limit=32) for label in labels)
    return Map(
        total, kept.size, _packed(unit[:, 0], "<u2"), _packed(unit[:, 1], "<u2"), "", shown, note
    ), place


def _with_rows(
    picture: Map, atlas: Atlas, *, place: Int[np.ndarray, " feature"], line_of: Mapping[int, int]
) -> Map:
    lines = np.full(picture.shown, -1, dtype=np.int64)
    for feature, finding in enumerate(atlas.features["finding"].to_pylist()):
        if finding is not None and place[feature] >= 0:
            lines[place[feature]] = line_of[finding]
    return Map(
        picture.total, picture.shown, picture.x, picture.y, _packed(lines, "<i4"), picture.labels,
        picture.note,
    )  # fmt: skip


def _map_rows(
    atlas: Atlas, ids: Int[np.ndarray, " point"], *, place: Int[np.ndarray, " feature"]
) -> tuple[int, ...]:
    if place.size == 0 or place.max() < 0:
        return ()
    every = atlas.features["feature_id"].to_numpy()
    order = np.argsort(every, kind="stable")
    found = place[order[np.searchsorted(every, ids, sorter=order)]]
    return tuple(found[found >= 0].tolist())


def _choice(n: int, *, limit: int) -> Int[np.ndarray, " kept"]:
    if n <= limit:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, size=limit, replace=False))


def _unit(xy: Float[np.ndarray, "point 2"]) -> Float[np.ndarray, "point 2"]:
    """Shift and scale into the unit square, one scale for both axes, centred."""
    if xy.shape[0] == 0:
        return np.zeros((0, 2))
    low, high = xy.min(axis=0), xy.max(axis=0)
    side = max(float((high - low).max()), 1e-12)
    return (np.asarray(xy, dtype=np.float64) - (low + high) / 2) / side + 0.5


def _packed(values: np.ndarray, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode("ascii")


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)
