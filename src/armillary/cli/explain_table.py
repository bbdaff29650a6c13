"""What ``armillary explain`` prints: the ladder, the table, the verdict."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from armillary.explain import Subject
    from armillary.explain.measured import Row
    from armillary.explain.table import Explanation
    from armillary.knockoffs import Theory

_WIDE = 100


def print_ladder(theories: Sequence["Theory"], subject: "Subject", console: Console) -> None:
    """Print what each theory keeps and breaks.

    Parameters
    ----------
    theories
        The ladder.
    subject
        What it is of.
    console
        Where to.
    """
    m, d = subject.space.directions.shape
    title = f"{len(theories)} theories of {subject.name}: {m:,} features in {d:,} dimensions"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in ("theory", "family", "keeps", "breaks"):
        table.add_column(name)
    for theory in theories:
        cells = (theory.label, theory.family, theory.keeps, theory.breaks)
        table.add_row(*(Text(cell) for cell in cells))
    _fitted(console).print(table)


def print_explanation(explanation: "Explanation", console: Console) -> None:
    """Print one table a reader, with the zero line, and the verdict.

    Parameters
    ----------
    explanation
        What was measured.
    console
        Where to.
    """
    out = _fitted(console)
    for reader, group in dict.fromkeys((row.reader, row.group) for row in explanation.rows):
        if not group:
            out.print(_table(explanation, reader))
            out.print()
    groups = _groups(explanation)
    if groups is not None:
        out.print(groups)
        out.print()
    for sentence in explanation.verdict().sentences:
        out.print(Text(sentence.text))


def _table(explanation: "Explanation", reader: str) -> Table:
    gauges = [g for g in (*explanation.gauges, "any") if explanation.curve(reader=reader, gauge=g)]
    if any(row.gauge == "any" and row.reader == reader for row in explanation.rows):
        gauges = ["any"]
    seeds = max(row.n_seeds for row in explanation.rows)
    table = Table(
        title=f"{reader}: 0 is the mean vector alone, 1 the true decoder; 95 % over units and "
        f"{seeds} seeds" if reader != "cosine" else "cosine with the true directions (no scale)",
        title_justify="left", box=None, padding=(0, 2, 0, 0),
    )  # fmt: skip
    table.add_column("theory")
    table.add_column("bits a feature", justify="right")
    for gauge in gauges:
        table.add_column(_gauge_head(explanation, gauge, reader), justify="right")
    by_gauge = {g: {r.theory: r for r in explanation.curve(reader=reader, gauge=g)} for g in gauges}
    for theory in sorted(explanation.said, key=lambda one: one.bits):
        cells = [_cell(by_gauge[g].get(theory.label)) for g in gauges]
        table.add_row(Text(theory.label), _bits(theory.bits / explanation.n_features), *cells)
    return table


def _gauge_head(explanation: "Explanation", gauge: str, reader: str) -> Text:
    rows = explanation.curve(reader=reader, gauge=gauge)
    price = max((row.gauge_bits for row in rows), default=0)
    name = {"none": "as is", "any": "any gauge"}.get(gauge, gauge)
    price_text = f"\n+{_bits(price / explanation.n_features)} bits" if price else ""
    zero = next((row for row in rows), None)
    shown = "" if zero is None or np.isnan(zero.zero) else f"\nrandom {zero.zero:.2f}"
    return Text(f"{name}{price_text}{shown}")


def _cell(row: "Row | None") -> Text:
    if row is None or np.isnan(row.value):
        return Text("")
    if np.isnan(row.low):
        return Text(f"{row.value:.3f}")
    return Text(f"{row.value:.3f} [{row.low:.2f}, {row.high:.2f}]")


def _bits(bits: float) -> str:
    return f"{bits:,.0f}" if bits >= 100 else f"{bits:.2g}"


def _groups(explanation: "Explanation") -> Table | None:
    rows: Any = [row for row in explanation.rows if row.group]
    if not rows:
        return None
    table = Table(title="by group of features", title_justify="left", box=None,
                  padding=(0, 2, 0, 0))  # fmt: skip
    for name in ("group", "theory", "reader", "gauge", "kept", "random"):
        table.add_column(name)
    for row in sorted(rows, key=lambda r: (r.group, r.reader, r.gauge, r.bits)):
        zero = "" if np.isnan(row.zero) else f"{row.zero:.3f}"
        table.add_row(
            Text(row.group), Text(row.theory), row.reader, row.gauge, _cell(row), Text(zero)
        )
    return table


def _fitted(console: Console) -> Console:
    """Return a console of 100 columns where the output goes into a file or a pipe."""
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)
