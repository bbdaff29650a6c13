"""The confusion of worlds and verdicts, drawn with matplotlib."""

from collections import Counter
from typing import Any

from armillary.experiments.confusion import Confusion
from armillary.experiments.confusion.expected import expected_of
from armillary.load.require import require

_INK = "#2b2e33"
_RIGHT, _WRONG, _MISSED = "#2f6f9f", "#b4411f", "#8d939c"
SOURCES = ("gaussian", "activations", "features", "latents")


def plot_confusion(table: Confusion, *, figure: Any = None) -> Any:
    """Draw truth against verdict, one panel a source and judge, the Gaussian control first.

    Blue is a right name, red a wrong one, grey a structure that was passed over; the darker, the
    more of the seeds.

    Parameters
    ----------
    table
        As ``confusion`` returns it.
    figure
        Matplotlib figure to draw on; a new one is made if None. Its size is set.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    MissingExtra
        If matplotlib is not installed.
    """
    backend: Any = require("matplotlib.figure", extra="figures")
    if figure is None:
        figure = backend.Figure(layout="constrained")
    judges = [j for j in ("battery", "survey") if any(c.judge == j for c in table.called)]
    sources = [s for s in SOURCES if any(c.source == s for c in table.called)]
    worlds = list(dict.fromkeys(c.world for c in table.called))
    verdicts = sorted({c.verdict for c in table.called} - {"none"})
    names = ["none", *verdicts]
    wide, high = 1.6 + 0.23 * len(names) * len(sources), 1.2 + 0.21 * len(worlds) * len(judges)
    figure.set_size_inches(wide, high)
    panels = figure.subplots(len(judges), len(sources), sharex=True, sharey=True, squeeze=False)
    for line, judge in zip(panels, judges, strict=True):
        for axes, source in zip(line, sources, strict=True):
            _panel(axes, table.counts(judge, source), source, worlds=worlds, names=names)
            axes.set_title(f"{judge}, {source}", fontsize=9, color=_INK)
    return figure


def _panel(
    axes: Any, counts: dict[str, Counter[str]], source: str, *, worlds: list[str], names: list[str]
) -> None:
    """Draw one judge's verdicts on one source."""
    for row, world in enumerate(worlds):
        seen = counts.get(world, Counter())
        total = sum(seen.values())
        right = expected_of(world, source)
        if not total:
            axes.axhspan(row - 0.5, row + 0.5, color="#f3f4f5", linewidth=0)
        for name, times in seen.items():
            colour = _RIGHT if name in right else _MISSED if name == "none" else _WRONG
            at = names.index(name)
            axes.fill_between(
                [at - 0.5, at + 0.5], row - 0.5, row + 0.5, color=colour, linewidth=0,
                alpha=0.15 + 0.85 * times / total,
            )  # fmt: skip
            ink = "white" if times / total > 0.4 else _INK
            axes.text(at, row, str(times), ha="center", va="center", fontsize=6.5, color=ink)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.set_ylim(len(worlds) - 0.5, -0.5)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(worlds)), worlds, fontsize=7)
    axes.set_xticks([i - 0.5 for i in range(1, len(names))], minor=True)
    axes.set_yticks([i - 0.5 for i in range(1, len(worlds))], minor=True)
    axes.grid(which="minor", color="#e6e8ea", linewidth=0.5)
    axes.tick_params(which="both", length=0)
    for spine in axes.spines.values():
        spine.set_color("#c9ccd2")
