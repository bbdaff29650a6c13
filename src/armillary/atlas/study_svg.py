"""A study's charts as SVG: one drawing for the report, a notebook and a paper."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from armillary.atlas.study import Chart
from armillary.atlas.svg import (
    BOTTOM,
    COLOURS,
    LEFT,
    RIGHT,
    STYLE,
    TOP,
    WIDTH,
    Axis,
    Number,
    box,
    colour,
    dot,
    frame,
    key,
    path,
    span,
    stroke,
    text,
    written,
)
from armillary.core import BadInput

NOT_OF_THE_FORM = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
MOST_NAMED = 60  # points, nodes or leaves whose labels are written
Drawn = tuple[Number, str]  # height, and what stands inside


def chart_svg(chart: Chart) -> str:
    """Draw a chart.

    Parameters
    ----------
    chart
        Of a study.

    Returns
    -------
    str
        A whole SVG document; colours suit a light and a dark page, chance is grey and dashed.
        Points without a finite place are left out.

    Raises
    ------
    BadInput
        If the data are not of the kind's form: lists of unequal length, a missing key, no numbers.
    """
    try:
        height, inside = _DRAWN[chart.kind](chart)
    except NOT_OF_THE_FORM as error:
        raise BadInput(
            f"chart {chart.title!r} ({chart.kind}) cannot be drawn ({type(error).__name__}: "
            f"{error}): make the study again"
        ) from error
    size = f'viewBox="0 0 {WIDTH:g} {height:g}" width="{WIDTH:g}" height="{height:g}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
        f"<title>{written(chart.title)}</title><style>{STYLE}</style>"
        f"{text(4.0, 20.0, chart.title, css='t')}{inside}</svg>"
    )


def _lines(chart: Chart) -> Drawn:
    series = [_plain(one) for one in chart.data["series"]]
    names = _names([v for one in series for v in one["x"]])
    place = {name: i for i, name in enumerate(names)}
    xs = [[place[str(v)] if names else v for v in one["x"]] for one in series]
    low, high = (-0.5, len(names) - 0.5) if names else span([v for x in xs for v in x])
    held = [v for one in series for part in ("y", "low", "high") for v in one.get(part) or ()]
    turned = bool(names) and max(map(len, names)) * len(names) > 90
    height = 430.0 if turned else 380.0
    bottom = height - BOTTOM - (50 if turned else 0)
    x = Axis(low, high, LEFT, WIDTH - RIGHT, names)
    y = Axis(*span(held), bottom, TOP)
    out = [frame((chart.x, chart.y), x, y, bottom=bottom, turned=turned), key(series)]
    for i, (one, places) in enumerate(zip(series, xs, strict=True)):
        out.append(_band(one, places, x, y, colour(i, one)))
        pairs = zip(places, one["y"], strict=True)
        spots = [(x(a), y(b)) for a, b in pairs if a is not None and b is not None]
        if spots:
            out.append(path("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in spots), stroke(i, one)))
        if len(spots) <= MOST_NAMED:
            out += [dot((a, b), 2.6, colour(i, one)) for a, b in spots]
    return height, "".join(out)


def _band(
    one: Mapping[str, Any], places: Sequence[Number | None], x: Axis, y: Axis, paint: str
) -> str:
    if not (one.get("low") and one.get("high")):
        return ""
    edges = zip(places, one["low"], one["high"], strict=True)
    kept = [
        (x(a), y(low), y(high))
        for a, low, high in edges
        if a is not None and None not in (low, high)
    ]
    way = [f"{a:.1f} {low:.1f}" for a, low, _ in kept]
    way += [f"{a:.1f} {high:.1f}" for a, _, high in reversed(kept)]
    return path(f"M{'L'.join(way)}Z", f'fill="{paint}" opacity=".16"') if way else ""


def _bars(chart: Chart) -> Drawn:
    labels = [str(v) for v in chart.data["labels"]]
    series = [_plain(one) for one in chart.data["series"]]
    row = max(16.0, 11.0 * len(series) + 6)
    left = min(260.0, 20 + 6.6 * max((len(name) for name in labels), default=4))
    height = TOP + row * len(labels) + BOTTOM
    held = [v for one in series for part in ("values", "low", "high") for v in one.get(part) or ()]
    x = Axis(*span(held, zero=True), left, WIDTH - RIGHT - 8)
    bottom = height - BOTTOM
    out = [key(series)]
    for at, name in x.ticks():
        out.append(path(f"M{at:.1f} {TOP:.1f}V{bottom:.1f}", 'class="g"'))
        out.append(text(at, bottom + 16, name, anchor="middle"))
    axis = chart.y or chart.x
    out.append(text((x.start + x.end) / 2, bottom + 38, axis, css="", anchor="middle"))
    thick = (row - 6) / max(len(series), 1)
    for k, label in enumerate(labels):
        top = TOP + k * row + 3
        out.append(text(left - 6, top + row / 2 + 1, label[:38], anchor="end"))
        for i, one in enumerate(series):
            out.append(_bar(one, k, x, top + i * thick, (thick, colour(i, one))))
    return height, "".join(out)


def _bar(one: Mapping[str, Any], k: int, x: Axis, top: Number, look: tuple[Number, str]) -> str:
    value, (thick, paint) = one["values"][k], look
    if value is None:
        return ""
    a, b = sorted((x(0.0), x(value)))
    out = box((a, top), (b - a, thick - 1.5), paint, opacity=0.5 if one.get("null") else 0.9)
    low, high = (one[part][k] if one.get(part) else None for part in ("low", "high"))
    if low is None or high is None:
        return out
    way = f"M{x(low):.1f} {top + thick / 2 - 0.7:.1f}H{x(high):.1f}"
    return out + path(way, 'class="l" stroke-width="1.4"')


def _dots(chart: Chart) -> Drawn:
    series = [_plain(one) for one in chart.data["series"]]
    height = 440.0
    bottom = height - BOTTOM
    x = Axis(*span([v for one in series for v in one["x"]]), LEFT, WIDTH - RIGHT)
    y = Axis(*span([v for one in series for v in one["y"]]), bottom, TOP)
    out = [frame((chart.x, chart.y), x, y, bottom=bottom), key(series)]
    named = sum(len(one["x"]) for one in series) <= MOST_NAMED
    for i, one in enumerate(series):
        texts = one.get("labels") or ()
        for k, (a, b) in enumerate(zip(one["x"], one["y"], strict=True)):
            if a is None or b is None:
                continue
            size, opacity = (4.0, 0.95) if named else (2.2, 0.45)
            out.append(dot((x(a), y(b)), size, colour(i, one), opacity=opacity))
            if named and k < len(texts):
                out.append(text(x(a) + 6, y(b) - 5, str(texts[k])[:24]))
    return height, "".join(out)


def _heat(chart: Chart) -> Drawn:
    rows, columns = ([str(v) for v in chart.data[part]] for part in ("rows", "columns"))
    values = [[_number(v) for v in row] for row in chart.data["values"]]
    left = min(240.0, 16 + 6.4 * max(map(len, rows), default=4))
    wide = (WIDTH - left - RIGHT) / max(len(columns), 1)
    tall = min(26.0, max(7.0, 420.0 / max(len(rows), 1)))
    height = TOP + tall * len(rows) + 96
    held = [v for row in values for v in row if v is not None] or [0.0, 1.0]
    low, high = min(held), max(held)
    out: list[str] = []
    for k, row in enumerate(values):
        at = TOP + k * tall
        if tall >= 9 or k % 4 == 0:
            out.append(text(left - 6, at + tall / 2 + 4, rows[k][:34], anchor="end"))
        out += [
            box(
                (left + j * wide, at),
                (wide - 0.6, tall - 0.6),
                _shade((v - low) / (high - low or 1.0)),
            )
            for j, v in enumerate(row)
            if v is not None
        ]
    for j, name in enumerate(columns):
        if j % -(-len(columns) // 40) == 0:
            where = left + (j + 0.6) * wide, TOP + tall * len(rows) + 12
            out.append(text(*where, name[:20], anchor="end", turn=-35))
    said = f"{low:.3g} (light) to {high:.3g} (dark){f': {chart.y}' if chart.y else ''}"
    out.append(text(left, height - 8, said))
    return height, "".join(out)


def _shade(share: Number) -> str:
    light, dark = np.array([245, 238, 220]), np.array([10, 74, 110])
    mixed = light + (dark - light) * min(max(share, 0.0), 1.0)
    return "#" + "".join(f"{round(float(v)):02x}" for v in mixed)


def _graph(chart: Chart) -> Drawn:
    nodes, edges = chart.data["nodes"], chart.data["edges"]
    fullest = max(Counter(round(float(n["x"]), 3) for n in nodes).values(), default=0)
    height = min(1600.0, max(520.0, 16.0 * fullest))
    x = Axis(*span([n["x"] for n in nodes]), 20.0, WIDTH - RIGHT - 100)
    y = Axis(*span([n["y"] for n in nodes]), height - 24, TOP)
    kinds, groups = (
        list(dict.fromkeys(str(each.get("kind", "")) for each in those)) for those in (edges, nodes)
    )
    out = [key([{"name": kind} for kind in kinds])]
    weights = [abs(float(e.get("weight") or 1)) for e in edges]
    heaviest = max(weights, default=1.0) or 1.0
    for e, weight in zip(edges, weights, strict=True):
        a, b = nodes[e["from"]], nodes[e["to"]]
        paint = COLOURS[kinds.index(str(e.get("kind", ""))) % len(COLOURS)]
        look = f'stroke="{paint}" stroke-width="{0.5 + 2.2 * weight / heaviest:.2f}" opacity=".5"'
        out.append(path(f"M{x(a['x']):.1f} {y(a['y']):.1f}L{x(b['x']):.1f} {y(b['y']):.1f}", look))
    size = 3.4 if len(nodes) <= 200 else 1.8
    named: list[tuple[Number, Number]] = []
    for n in nodes:
        paint = COLOURS[(groups.index(str(n.get("kind", ""))) + 2) % len(COLOURS)]
        out.append(dot((x(n["x"]), y(n["y"])), size, paint))
        at = x(n["x"]) + 5, y(n["y"]) + 4
        free = all(abs(at[0] - a) > 90 or abs(at[1] - b) > 9 for a, b in named)
        if free and len(nodes) <= 4 * MOST_NAMED:
            named.append(at)
            out.append(text(*at, str(n.get("label", ""))[:26], css="s h"))
    return height, "".join(out)


def _tree(chart: Chart) -> Drawn:
    parent, tall, label = (list(chart.data[part]) for part in ("parent", "height", "label"))
    children: dict[int, list[int]] = {}
    for i, p in enumerate(parent):
        children.setdefault(int(p), []).append(i)
    order: list[int] = []
    waiting = list(reversed(children.get(-1, [])))
    while waiting:
        order.append(waiting.pop())
        waiting += reversed(children.get(order[-1], []))
    leaves = [i for i in order if i not in children]
    row = min(18.0, max(3.0, 640.0 / max(len(leaves), 1)))
    height = TOP + row * len(leaves) + 46
    x = Axis(max(max(tall, default=1.0), 1e-9), 0.0, 20.0, WIDTH - 190)
    at = {leaf: TOP + (k + 0.5) * row for k, leaf in enumerate(leaves)}
    out: list[str] = []
    for i in reversed(order):
        inside = children.get(i)
        if inside:
            at[i] = sum(at[c] for c in inside) / len(inside)
            ends = f"{min(at[c] for c in inside):.1f}V{max(at[c] for c in inside):.1f}"
            way = "".join(f"M{x(tall[i]):.1f} {at[c]:.1f}H{x(tall[c]):.1f}" for c in inside)
            out.append(path(f"M{x(tall[i]):.1f} {ends}{way}", 'class="l" fill="none"'))
        elif row > 7:
            out.append(text(x(0.0) + 6, at[i] + 4, str(label[i])[:30]))
    out.append(text(WIDTH / 2 - 90, height - 10, chart.x or chart.y, css="", anchor="middle"))
    return height, "".join(out)


def _names(values: Sequence[Any]) -> tuple[str, ...]:
    """Return the names along an axis in order, none where it is of numbers."""
    if not any(isinstance(v, str) for v in values):
        return ()
    return tuple(dict.fromkeys(str(v) for v in values))


def _plain(series: Mapping[str, Any]) -> dict[str, Any]:
    """Return a series with what is no number as None."""
    out = dict(series)
    named = bool(_names(series.get("x", ())))
    for part in ("y", "low", "high", "values", *(() if named else ("x",))):
        if out.get(part) is not None:
            out[part] = [_number(v) for v in out[part]]
    return out


def _number(value: Any) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None


_DRAWN: dict[str, Callable[[Chart], Drawn]] = {
    "lines": _lines,
    "bars": _bars,
    "dots": _dots,
    "heat": _heat,
    "graph": _graph,
    "tree": _tree,
}
