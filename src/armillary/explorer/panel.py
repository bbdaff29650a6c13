"""One finding's section: its points, planes, nulls and words."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.atlas import Atlas, NullSummary, fit_plane, is_closed, visible
from armillary.atlas.counts import LEXICON
from armillary.explorer.curve import fitted_curve
from armillary.explorer.packing import chosen, finite
from armillary.explorer.schema import Null, Panel
from armillary.explorer.words import evidence, parameter_facts

MAX_AXES = 6
MAX_HEAT = 60  # members on the heat map


def panel_of(
    atlas: Atlas, i: int, *, line: int, row: Mapping[str, Any], group: Mapping[str, Any],
    max_points: int,
) -> Panel:  # fmt: skip
    """Return one finding's section; ``line`` is its place in the ranking."""
    scores, parameters = atlas.scores(i), json.loads(row["parameters"])
    axes = _axes(row["axes"], scores.shape[1])
    kept = chosen(row["n"], limit=max_points)
    position = {int(point): k for k, point in enumerate(kept)}
    order = [position[point] for point in row["order_index"] if point in position]
    ahead = fit_plane(row["axes"], scores.shape[1])
    plane = (axes.index(ahead[0]), axes.index(ahead[1]))
    hero, own = atlas.plane(i)[kept], atlas.own_plane(i) is not None
    nulls = (atlas.null(i), atlas.null(i, level="rival"))
    ids = [row["feature_ids"][k] for k in kept]
    n_tested = tested(atlas, by_name=bool(row["hypothesis"]))
    heat, heat_of = _heat(scores[kept], order)
    return Panel(
        row=line,
        n=row["n"],
        n_shown=kept.size,
        axes=tuple(axes),
        points=scores[kept][:, axes].astype(np.float32),
        labels=tuple(visible(row["labels"][k]) for k in kept),
        ids=np.array(ids, dtype=np.int32),
        order=tuple(order),
        plane=plane,
        plane_points=hero.astype(np.float32),
        own_plane=own,
        planes=_planes(len(axes), drawn=None if own else plane),
        solid=_solid(row["axes"], axes, plane=plane),
        curve=fitted_curve(
            hero, parameters=parameters, order=order, closed=is_closed(row["shape"])
        ),
        spectrum=_shares(np.array(group["spectrum"], dtype=np.float64)),
        nulls=_nulls(nulls, row),
        evidence=evidence(row, group, nulls=nulls, n_groups=n_tested),
        parameters=parameter_facts(parameters),
        heat=heat,
        heat_of=heat_of,
        heat_axes=scores.shape[1],
    )


def tested(atlas: Atlas, *, by_name: bool) -> int:
    """Return how many groups were tested: those of the lexicon by name, the others blind."""
    named = sum(method == LEXICON for method in atlas.groups["method"].to_pylist())
    return named if by_name else atlas.groups.num_rows - named


def _heat(
    scores: Float[np.ndarray, "point axis"], order: list[int]
) -> tuple[np.ndarray, tuple[int, ...]]:
    """Return cosines about the mean in the axes kept, and of which points, in fitted order."""
    listed = list(dict.fromkeys([*order, *range(len(scores))]))[:MAX_HEAT]
    about = scores - scores.mean(axis=0)
    unit = about / np.maximum(np.linalg.norm(about, axis=1, keepdims=True), 1e-12)
    cosine = unit[listed] @ unit[listed].T
    return np.rint((cosine + 1) * 127.5).clip(0, 255).astype(np.uint8), tuple(listed)


def _nulls(
    nulls: tuple[NullSummary | None, NullSummary | None], row: Mapping[str, Any]
) -> tuple[Null, ...]:
    titles = ("Structure at all", "Against its best impostor")
    return tuple(
        Null(
            title,
            visible(null.name, limit=200) if null.name else "",
            finite(null.observed),
            finite(null.low),
            finite(null.high),
            tuple(null.counts.tolist()),
            null.n_draws,
            finite(p),
            finite(null.effect),
        )
        for title, null, p in zip(titles, nulls, (row["p"], row["p_rival"]), strict=True)
        if null is not None
    )


def _axes(named: Sequence[int], n_axes: int) -> list[int]:
    """Return the leading three axes and those the fit names, at most six, in order."""
    wanted = [*fit_plane(named, n_axes), *range(min(3, n_axes)), *named]
    return sorted(list(dict.fromkeys(axis for axis in wanted if axis < n_axes))[:MAX_AXES])


def _planes(n_axes: int, *, drawn: tuple[int, int] | None) -> tuple[tuple[int, int], ...]:
    """Return two leading pairs of axes that are not drawn large already."""
    pairs = [(a, b) for a, b in ((0, 1), (1, 2), (0, 2)) if b < n_axes]
    return tuple(pair for pair in pairs if drawn is None or set(pair) != set(drawn))[:2]


def _solid(named: Sequence[int], axes: list[int], *, plane: tuple[int, int]) -> tuple[int, ...]:
    """Return three positions for the 3-D view: the plane, the fit's further axes, the leading."""
    if len(axes) < 3:
        return ()
    further = [axes.index(axis) for axis in named if axis in axes]
    return tuple(dict.fromkeys([*plane, *further, 0, 1, 2]))[:3]


def _shares(spectrum: Float[np.ndarray, " axis"]) -> tuple[float, ...]:
    total = max(float(spectrum.sum()), 1e-300)
    return tuple(round(float(share), 5) for share in spectrum[:10] / total)
