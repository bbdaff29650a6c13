"""The explanation curve as inline SVG: function kept against bits a feature, logarithmic."""

from html import escape
from math import ceil, floor, isnan, log10

from armillary.explain.curve import Curve, Spot
from armillary.explain.label_places import Box, label_places

_W, _H = 940.0, 470.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 912.0, 22.0, 420.0
_STRIP = 150.0  # width of the broken left end, where theories stand that cost next to nothing
_FLOOR = -0.5  # what keeps less stands at the lower edge


def curve_svg(curve: Curve) -> str:
    """Return the curve; every point says its numbers when pointed at.

    Parameters
    ----------
    curve
        What to draw.

    Returns
    -------
    str
        An ``<svg>`` element styled by classes alone.
    """
    priced = [spot for spot in curve.spots if not spot.free]
    low, high = _decades([s.bits_per_feature for s in priced])
    bottom = max(min((s.value for s in curve.spots), default=0.0), _FLOOR)
    bottom = min(0.0, floor(bottom * 5 - 0.2) / 5)
    plot = _Plot(low, high, bottom, has_strip=len(priced) < len(curve.spots))
    places = [plot.at(spot, curve) for spot in curve.spots]
    body = plot.axes(curve) + plot.line(curve)
    body += "".join(_interval(plot, s, xy) for s, xy in zip(curve.spots, places, strict=True))
    body += "".join(_mark(s, *xy) for s, xy in zip(curve.spots, places, strict=True))
    order = sorted(range(len(places)), key=lambda i: (not curve.spots[i].above, i))
    named = [curve.spots[i] for i in order]
    texts = ["" if s.family in ("exact",) else s.label for s in named]
    where = label_places(
        [places[i] for i in order], texts, frame=(_LEFT, _TOP - 8, _W - 4, _BOTTOM - 3),
        kept_free=plot.words_of_zero(curve),
    )  # fmt: skip
    for spot, place in zip(named, where, strict=True):
        if place is not None:
            weight = " above" if spot.above else ""
            body += (
                f'<text class="name f-{spot.family}{weight}" x="{place[0]:.1f}" y="{place[1]:.1f}" '
                f'text-anchor="{place[2]}">{escape(spot.label)}</text>'
            )
    said = f"Function kept against bits a feature, reader {curve.reader}, gauge {curve.gauge}"
    return (
        f'<svg class="curve" viewBox="0 0 {_W:.0f} {_H:.0f}" role="img" '
        f'aria-label="{escape(said)}">{body}</svg>'
    )


def family_mark(family: str) -> str:
    """Return the mark of a family as a small ``<svg>``, for the key.

    Parameters
    ----------
    family
        One of ``FAMILIES``.
    """
    path = _SHAPES[family].format(x=8.0, y=8.0, a=3.4, b=3.4, c=2.5, d=2.5)
    mark = f'<path class="mark f-{family}" d="{path}"/>'
    return f'<svg viewBox="0 0 16 16" aria-hidden="true">{mark}</svg>'


class _Plot:
    """Where numbers lie on the drawing."""

    def __init__(self, low: int, high: int, bottom: float, *, has_strip: bool) -> None:
        self.low, self.high, self.bottom = low, high, bottom
        self.start = _LEFT + (_STRIP + 14 if has_strip else 0)
        self.has_strip = has_strip

    def x(self, bits: float) -> float:
        share = (log10(max(bits, 1e-9)) - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (_RIGHT - self.start)

    def y(self, value: float) -> float:
        share = (min(max(value, self.bottom), 1.06) - self.bottom) / (1.06 - self.bottom)
        return _BOTTOM - share * (_BOTTOM - _TOP)

    def at(self, spot: Spot, curve: Curve) -> tuple[float, float]:
        if not spot.free:
            return self.x(spot.bits_per_feature), self.y(spot.value)
        free = [s.label for s in curve.spots if s.free]
        step = _STRIP / (len(free) + 1)
        return _LEFT + step * (free.index(spot.label) + 1), self.y(spot.value)

    def axes(self, curve: Curve) -> str:
        out = ""
        steps = range(round(self.bottom * 5), 6)
        for value in (step / 5 for step in steps):
            y, strong = self.y(value), " zero" if value in (0, 1) else ""
            out += (
                f'<line class="grid{strong}" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
            text = f"{value:.1f}".replace("-", "\N{MINUS SIGN}")
            out += _tick(_LEFT - 8, y + 4, text, anchor="end")
        for power in range(self.low, self.high + 1):
            x = self.x(10.0**power)
            out += f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_BOTTOM}"/>'
            text = f"{10**power:,}" if power >= 0 else f"{10.0**power:g}"
            out += _tick(x, _BOTTOM + 18, text)
        middle = (self.start + _RIGHT) / 2
        out += (
            f'<text class="axis" x="{middle:.1f}" y="{_BOTTOM + 40}" text-anchor="middle">'
            "bits a feature, really sent</text>"
            f'<text class="axis" transform="translate(16 {(_TOP + _BOTTOM) / 2:.0f}) rotate(-90)" '
            f'text-anchor="middle">function kept ({escape(curve.reader)})</text>'
        )
        if self.has_strip:
            x = _LEFT + _STRIP + 7
            out += (
                f'<rect class="gap" x="{x - 7}" y="{_TOP}" width="14" height="{_BOTTOM - _TOP}"/>'
            )
            out += _tick(_LEFT + _STRIP / 2, _BOTTOM + 18, "next to nothing")
        return out + self._zero_line(curve)

    def _zero_line(self, curve: Curve) -> str:
        if isnan(curve.zero):
            return ""
        y = self.y(curve.zero)
        return (
            f'<line class="random" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick" x="{_RIGHT}" y="{y - 5:.1f}" text-anchor="end">random directions '
            f"{curve.zero:.2f}</text>"
        )

    def words_of_zero(self, curve: Curve) -> list[Box]:
        if isnan(curve.zero):
            return []
        y = self.y(curve.zero)
        return [(_RIGHT - 128, y - 16, _RIGHT, y - 2)]

    def line(self, curve: Curve) -> str:
        if len(curve.codecs) < 2:
            return ""
        points = " ".join(f"{self.x(b):.1f},{self.y(v):.1f}" for b, v in curve.codecs)
        return f'<polyline class="codecs" points="{points}"><title>codec curve</title></polyline>'


def _tick(x: float, y: float, text: str, *, anchor: str = "middle") -> str:
    return f'<text class="tick" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _decades(bits: list[float]) -> tuple[int, int]:
    if not bits:
        return 0, 1
    low, high = floor(log10(max(min(bits), 1e-3))), ceil(log10(max(*bits, 1e-2)))
    return low, max(high, low + 1)


def _interval(plot: _Plot, spot: Spot, at: tuple[float, float]) -> str:
    if isnan(spot.low) or isnan(spot.high):
        return ""
    return (
        f'<line class="bar f-{spot.family}" x1="{at[0]:.1f}" x2="{at[0]:.1f}" '
        f'y1="{plot.y(spot.low):.1f}" y2="{plot.y(spot.high):.1f}"/>'
    )


def _mark(spot: Spot, x: float, y: float) -> str:
    low = "" if isnan(spot.low) else f" [{spot.low:.3f}, {spot.high:.3f}]"
    title = (
        f"{spot.label}: keeps {spot.value:.3f}{low} at {spot.bits_per_feature:,.3g} bits a feature"
    )
    if spot.above:
        title += "; above the codec curve"
    if spot.value < _FLOOR:
        path = f"M{x - 5:.1f} {y - 8:.1f}h10l-5 8z"  # stands lower than is drawn
    else:
        path = _SHAPES[spot.family].format(x=x, y=y, a=x - 4.6, b=y - 4.6, c=x - 5.5, d=y - 5.5)
    ring = " above" if spot.above else ""
    return (
        f'<path class="mark f-{spot.family}{ring}" d="{path}"><title>{escape(title)}</title></path>'
    )


_SHAPES = {
    "null": "M{a:.1f} {y:.1f}a4.6 4.6 0 1 0 9.2 0a4.6 4.6 0 1 0 -9.2 0z",
    "statistic": "M{a:.1f} {b:.1f}h9.2v9.2h-9.2z",
    "structure": "M{x:.1f} {d:.1f}m0 -1l6.5 6.5l-6.5 6.5l-6.5 -6.5z",
    "descriptor": "M{x:.1f} {d:.1f}m0 -1l6 6.5h-3v5h-6v-5h-3z",
    "codec": "M{a:.1f} {y:.1f}m1.4 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0 -6.4 0z",
    "exact": "M{x:.1f} {d:.1f}m0 -1l6 10.5h-12z",
    "control": "M{c:.1f} {d:.1f}l11 11m0 -11l-11 11",
}
