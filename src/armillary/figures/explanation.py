"""The explanation curve as a matplotlib figure: function kept against bits a feature."""

from typing import Any

import numpy as np

from armillary.core import BadInput
from armillary.explain.context import gauge_words
from armillary.explain.curve import Curve, Spot, curve_of, main_reader
from armillary.explain.label_places import label_places
from armillary.explain.table import Explanation
from armillary.load.require import require

_INK, _MUTED, _GRID = "#2b2e33", "#777b83", "#e6e3dc"
_STRIP = 0.3  # of the width of the priced part: the left end
_FLOOR = -0.5  # what keeps less stands at the lower edge
_LOOKS: dict[str, tuple[str, str, float]] = {  # Okabe and Ito's colours; markers differ as well
    "null": ("#777b83", "o", 34), "statistic": ("#0072b2", "s", 32),
    "structure": ("#d55e00", "D", 32), "descriptor": ("#8a6d00", "P", 40),
    "codec": ("#00936b", ".", 60),
    "exact": ("#1d1f24", "^", 40), "control": ("#b5578d", "x", 36),
}  # fmt: skip


def plot_explanation(
    explanation: Explanation, *, reader: str = "", gauge: str = "", ax: Any = None
) -> Any:
    """Draw what every theory keeps against its bits a feature, the codec curve through.

    Theories whose message is no more than a few numbers stand at the left end, beyond a break.
    Dashed: random directions under the same gauge. Outlined and named first: theories that lie
    above the codec curve for certain.

    Parameters
    ----------
    explanation
        What was measured.
    reader
        Default: the one nearest to function.
    gauge
        Default: the first.
    ax
        Matplotlib axes to draw on; new ones are made if None.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Raises
    ------
    BadInput
        If nothing was read by this reader under this gauge.
    MissingExtra
        If matplotlib is not installed.
    """
    curve = curve_of(
        explanation,
        reader=reader or main_reader(explanation),
        gauge=gauge or explanation.gauges[0],
    )
    if not curve.spots:
        raise BadInput(
            f"nothing was read by {curve.reader!r} under the gauge {curve.gauge!r}: readers "
            f"{', '.join(explanation.readers)}, gauges {', '.join(explanation.gauges)}"
        )
    if ax is None:
        backend: Any = require("matplotlib.figure", extra="figures")
        ax = backend.Figure(figsize=(9.4, 5.0), layout="constrained").subplots()
    x = _places(curve)
    bottom = min(0.0, max(min(s.value for s in curve.spots), _FLOOR)) - 0.1
    y = np.array([max(s.value, bottom + 0.02) for s in curve.spots])
    _axes(ax, curve, x=x, bottom=bottom)
    for spot, at, level in zip(curve.spots, x, y, strict=True):
        _spot(ax, spot, at=at, level=level)
    _names(ax, curve, x=x, y=y)
    _legend(ax, curve)
    return ax


def _places(curve: Curve) -> np.ndarray:
    """Return where spots stand: bits a feature, and the free ones a decade and more to the left."""
    priced = [s.bits_per_feature for s in curve.spots if not s.free] or [1.0]
    free = [s.label for s in curve.spots if s.free]
    first = min(priced) / 3
    wide = _STRIP * np.log10(max(*priced, 100 * first) / first)
    step = float(10 ** (wide / max(len(free), 4)))
    return np.array([
        first / step ** (len(free) - 1 - free.index(s.label)) if s.free else s.bits_per_feature
        for s in curve.spots
    ])  # fmt: skip


def _axes(ax: Any, curve: Curve, *, x: np.ndarray, bottom: float) -> None:
    priced = [s.bits_per_feature for s in curve.spots if not s.free] or [1.0]
    left, right = float(x.min()) / 1.8, float(max(x.max(), *priced)) * 1.8
    ax.set(xscale="log", xlim=(left, right), ylim=(bottom, 1.08))
    if any(s.free for s in curve.spots):
        cut = min(priced) / 2
        ax.axvspan(cut / 1.12, cut * 1.12, color="#f3f1ec", linewidth=0, zorder=0)
        middle = float(np.sqrt(left * cut))
        ax.annotate("next to nothing", (middle, 0), xycoords=("data", "axes fraction"),
                    xytext=(0, -5), textcoords="offset points", ha="center", va="top",
                    fontsize=8, color=_MUTED)  # fmt: skip
        steps = (1, 2, 5) if right < 2_000 * cut else (1,)
        every = [step * 10.0**p for p in range(-3, 7) for step in steps]
        ticks = [t for t in every if cut * 1.3 <= t <= right]
        ax.set_xticks(ticks, [f"{t:g}" if t < 1000 else f"{t:,.0f}" for t in ticks])
        ax.minorticks_off()
    ax.grid(axis="y", color=_GRID, linewidth=0.7)
    ax.set_axisbelow(True)
    for level in (0, 1):
        ax.axhline(level, color="#c9c5bb", linewidth=1, zorder=0)
    if np.isfinite(curve.zero):
        ax.axhline(curve.zero, color=_MUTED, linewidth=1, linestyle=(0, (5, 4)), zorder=1)
    if len(curve.codecs) > 1:
        ax.plot(*np.array(curve.codecs).T, color=_LOOKS["codec"][0], linewidth=1.4, alpha=0.75)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=8)
    ax.set_xlabel("bits a feature, really sent", fontsize=9)
    ax.set_ylabel("function kept: mean vector 0, true decoder 1", fontsize=9)
    price = f" ({curve.gauge_bits:,.0f} bits a feature more)" if curve.gauge_bits else ""
    ax.set_title(f"{curve.reader}, {gauge_words(curve.gauge)}{price}", loc="left", fontsize=10)


def _spot(ax: Any, spot: Spot, *, at: float, level: float) -> None:
    colour, marker, size = _LOOKS[spot.family]
    if spot.value < level:
        marker = "v"  # stands lower than is drawn
    elif np.isfinite(spot.low):
        ax.plot([at, at], [spot.low, spot.high], color=colour, linewidth=1.1, alpha=0.6)
    edge = None if marker == "x" else _INK if spot.above else "white"
    ax.scatter([at], [level], s=size, marker=marker, color=colour, edgecolors=edge,
               linewidths=1.4 if spot.above or marker == "x" else 0.6, zorder=3)  # fmt: skip


def _names(ax: Any, curve: Curve, *, x: np.ndarray, y: np.ndarray) -> None:
    """Name spots where there is room; those above the curve choose first."""
    figure = ax.figure
    figure.draw_without_rendering()
    scale = 72 / figure.dpi
    pixels = ax.transData.transform(np.c_[x, y]) * scale
    box = ax.get_window_extent()
    left, bottom, right, top = (float(side) * scale for side in box.extents)
    frame = (left, -top, right + 4, -bottom)
    order = sorted(range(len(x)), key=lambda i: (not curve.spots[i].above, i))
    points = [(float(pixels[i, 0]), -float(pixels[i, 1])) for i in order]
    spots = [curve.spots[i] for i in order]
    texts = ["" if s.family == "exact" else s.label for s in spots]
    found = label_places(points, texts, frame=frame, letter=4.3, height=8.0)
    effects: Any = require("matplotlib.patheffects", extra="figures")
    halo = [effects.withStroke(linewidth=2.4, foreground="white")]
    align = {"start": "left", "middle": "center", "end": "right"}
    for i, spot, place, point in zip(order, spots, found, points, strict=True):
        if place is not None:
            ax.annotate(
                spot.label.replace("$", r"\$"), (x[i], y[i]), fontsize=7,
                xytext=(place[0] - point[0], -(place[1] - point[1])), textcoords="offset points",
                ha=align[place[2]], va="baseline", color=_LOOKS[spot.family][0],
                fontweight="bold" if spot.above else "normal", path_effects=halo,
            )  # fmt: skip


def _legend(ax: Any, curve: Curve) -> None:
    for family in _LOOKS:
        if any(s.family == family for s in curve.spots):
            colour, marker, size = _LOOKS[family]
            ax.scatter([], [], s=size, marker=marker, color=colour, label=family)
    if len(curve.codecs) > 1:
        ax.plot([], [], color=_LOOKS["codec"][0], linewidth=1.4, label="codec curve")
    if np.isfinite(curve.zero):
        ax.plot([], [], color=_MUTED, linestyle=(0, (5, 4)), linewidth=1,
                label=f"random directions, {curve.zero:.2f}")  # fmt: skip
    ax.legend(frameon=False, fontsize=7.5, ncols=8, loc="upper left", handlelength=1.4,
              bbox_to_anchor=(-0.06, -0.13), columnspacing=1.2)  # fmt: skip
