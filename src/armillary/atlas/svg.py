"""Drawing in SVG: text, paths, an axis and its ticks; what every chart is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from armillary.atlas.text import legible

WIDTH = 760.0
LEFT, RIGHT, TOP, BOTTOM = 66.0, 16.0, 44.0, 54.0
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#a23b00")
NULL = "#8b8579"  # whatever is chance, dashed as well
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#2b2a27}.t{font:600 15px Georgia,serif}"
    ".s{font-size:11px;fill:#6b675f}.g{stroke:#dcd6c8;stroke-width:1}.l{stroke:#6b675f}"
    ".h{paint-order:stroke;stroke:#faf9f5;stroke-width:3px}"
    "@media (prefers-color-scheme:dark){text{fill:#e8e4da}.s{fill:#a8a294}.g{stroke:#3d3a34}"
    ".l{stroke:#a8a294}.h{stroke:#1d1c1a}}"
)


Number = float | int  # a whole number is one too
Place = tuple[Number, Number]


@dataclass(frozen=True, slots=True)
class Axis:
    """Places of values along one side, with the ticks written there."""

    low: Number
    high: Number
    start: Number
    end: Number
    names: tuple[str, ...] = ()

    def __call__(self, value: Number) -> float:
        """Return where a value lies."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[tuple[float, str]]:
        """Return places and what is written there."""
        if self.names:
            every = -(-len(self.names) // 40)
            return [(self(i), name) for i, name in enumerate(self.names) if i % every == 0]
        step = _step(self.high - self.low)
        first = np.ceil(self.low / step - 1e-9) * step
        values = np.arange(first, self.high + step * 1e-6, step)
        return [(self(float(v)), f"{v:.6g}" if abs(v) > step / 9 else "0") for v in values]


def span(values: Sequence[Number | None], *, zero: bool = False) -> tuple[float, float]:
    """Return a little more than the range of numbers; from 0 on where ``zero`` is asked for."""
    kept = [v for v in values if v is not None and np.isfinite(v)] or [0.0]
    low, high = min(kept), max(kept)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    pad = 0.05 * (high - low) or 0.5
    at_low, at_high = (zero and low == 0 < high), (zero and high == 0 > low)
    return low - (0 if at_low else pad), high + (0 if at_high else pad)


def text(
    x: Number, y: Number, said: object, *, css: str = "s", anchor: str = "start", turn: Number = 0
) -> str:
    """Write at a place, turned by degrees."""
    more = f' text-anchor="{anchor}"' if anchor != "start" else ""
    more += f' transform="rotate({turn:g} {x:.1f} {y:.1f})"' if turn else ""
    more += f' class="{css}"' if css else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{written(said)}</text>'


def written(said: object) -> str:
    """Return text as SVG may hold it: markup escaped, and spelled out what XML does not allow.

    A label may hold anything, a control character or half a surrogate pair too; one such character
    and no browser draws the image.
    """
    return escape(legible(str(said)))


def path(way: str, style: str) -> str:
    """Draw a way."""
    return f'<path d="{way}" {style}/>'


def dot(at: Place, size: Number, colour: str, *, opacity: Number = 1.0) -> str:
    """Draw a dot."""
    x, y = at
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" fill="{colour}" opacity="{opacity:g}"/>'


def box(at: Place, size: Place, colour: str, *, opacity: Number = 1.0) -> str:
    """Draw a filled box."""
    (x, y), (wide, high) = at, size
    where = f'x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0.8):.1f}" height="{high:.1f}"'
    return f'<rect {where} fill="{colour}" opacity="{opacity:g}"/>'


def frame(names: tuple[str, str], x: Axis, y: Axis, *, bottom: Number, turned: bool = False) -> str:
    """Draw both axes: lines across, ticks, and what the axes are."""
    out: list[str] = []
    for at, name in y.ticks():
        out.append(path(f"M{x.start:.1f} {at:.1f}H{x.end:.1f}", 'class="g"'))
        out.append(text(x.start - 6, at + 4, name, anchor="end"))
    for at, name in x.ticks():
        if turned:
            out.append(text(at, bottom + 12, name[:24], anchor="end", turn=-35))
        else:
            out.append(text(at, bottom + 16, name[:24], anchor="middle"))
    below = bottom + (92 if turned else 40)
    out.append(text((x.start + x.end) / 2, below, names[0], css="", anchor="middle"))
    out.append(text(14.0, (y.start + y.end) / 2, names[1], css="", anchor="middle", turn=-90))
    return "".join(out)


def key(series: Sequence[Mapping[str, Any]]) -> str:
    """Draw which colour is what; nothing where there is only one."""
    out: list[str] = []
    at = LEFT
    for i, one in enumerate(series):
        name = str(one.get("name", ""))
        if not name or (len(series) == 1 and not one.get("null")):
            continue
        out += [path(f"M{at:.0f} 33h16", stroke(i, one)), text(at + 20, 37.0, name)]
        at += 36 + 6.4 * len(name)
    return "".join(out)


def colour(i: int, one: Mapping[str, Any]) -> str:
    """Return the colour of a series."""
    return NULL if one.get("null") else COLOURS[i % len(COLOURS)]


def stroke(i: int, one: Mapping[str, Any]) -> str:
    """Return how the line of a series is drawn."""
    dash = ' stroke-dasharray="5 4"' if one.get("null") else ""
    return f'fill="none" stroke="{colour(i, one)}" stroke-width="2"{dash}'


def _step(wide: Number) -> float:
    rough = wide / 5
    power = 10.0 ** np.floor(np.log10(rough))
    return float(power * min((1, 2, 5, 10), key=lambda k: abs(k * power - rough)))
