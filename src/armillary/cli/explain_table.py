"""What ``armillary explain`` prints: the ladder, the table, the verdict."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from armillary.explain import Subject
    from armillary.explain.measured import Row
    from armillary.explain.overview import Overview
    from armillary.explain.table import Explanation
    from armillary.knockoffs import Theory

_WIDE = 100
_AT_ONCE = 2  # gauges side by side
_GROUPS = 3  # groups side by side


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


def print_explanation(
    explanation: "Explanation", console: Console, *, where: Path, every: bool = False
) -> None:
    """Print the table of the main reader, groups in short, and the verdict.

    Parameters
    ----------
    explanation
        What was measured.
    console
        Where to.
    where
        Folder of the report.
    every
        Print a table of every reader, and the whole verdict.
    """
    from armillary.explain.context import gauge_words
    from armillary.explain.overview import overview
    from armillary.explain.verdict import SHORT

    out = _fitted(console)
    main = overview(explanation)
    asked = [main]
    if every:
        whole = dict.fromkeys(r.reader for r in explanation.rows if not r.group)
        asked += [overview(explanation, reader=name) for name in whole if name != main.reader]
    for one in asked:
        scale = ": 0 is the mean vector, 1 the true decoder; (random)"
        scale = scale if one.reader != "cosine" else ""
        out.print(Text(f"{one.reader}, what a theory keeps{scale}", style="bold"))
        for start in range(0, len(one.gauges), _AT_ONCE):
            out.print(_table(explanation, one, one.gauges[start : start + _AT_ONCE]))
        out.print(Padding(Text(_foot(explanation, one), style="dim"), (0, 0, 1, 0)))
    ceiling: dict[str, float] = explanation.manifest.get("ceiling") or {}
    if ceiling:
        said = ", ".join(f"{name} {value:.2f}" for name, value in ceiling.items())
        out.print(Padding(Text(f"noise ceiling of geometry, the twin: {said}"), (0, 0, 1, 0)))
    alone = (explanation.gauges or ("none",))[0]  # under which single groups are edited
    groups = _groups(explanation, alone, every=every)
    if groups:
        said = f"one group misplaced, {gauge_words(alone)}: kept [95 %] (random), then "
        out.print(Text(f"{said}nats a prediction lost", style="bold"))
    for table in groups:
        out.print(Padding(table, (0, 0, 1, 0)))
    verdict = explanation.verdict()
    said = verdict.lines(*(() if every else SHORT))
    if any(one.reader for one in verdict.sentences):
        head = f"Verdict by {main.reader}. The gap: from random directions to true ones. "
        out.print(Text(f"{head}Bits: for each feature.", style="dim"))
    for line in said:
        rest = (line.rest if every else line.short).replace(" bits a feature", " bits")
        out.print(Text.assemble((line.lead, "bold"), f": {rest}" if rest else "."))
    if not every:
        more = len(verdict.lines()) - len(said)
        answers = f"{more} more answers, and every reader" if more else "every reader"
        out.print(Text(f"{answers}: --all, or the report", style="dim"))
    out.print(Text(f"report: {where / 'explain.html'}"), soft_wrap=True)


def _table(explanation: "Explanation", one: "Overview", gauges: Sequence[str]) -> Table:
    m = max(explanation.n_features, 1)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("theory", vertical="bottom")
    table.add_column(Text("bits/\nfeature", justify="right"), justify="right", no_wrap=True)
    for gauge in gauges:
        head = Text(_gauge_head(explanation, gauge, one.reader), justify="right")
        table.add_column(head, justify="right", no_wrap=True)
    sides = one.sides if gauges[-1:] == one.gauges[-1:] else ()
    for side in sides:
        head = Text(f"{_short(side.name)}\n({_number(side.zero)})", justify="right")
        table.add_column(head, justify="right", no_wrap=True)
    for family, theories in one.families:
        table.add_row(Text(family, style="italic cyan"))
        for theory in theories:
            cells = [_cell(one.rows.get((theory.label, gauge))) for gauge in gauges]
            cells += [_number(side.values[theory.label]) for side in sides]
            table.add_row(Padding(theory.label, (0, 0, 0, 1)), _bits(theory.bits / m), *cells)
    return table


def _gauge_head(explanation: "Explanation", gauge: str, reader: str) -> str:
    from armillary.explain.context import gauge_words

    rows = explanation.curve(reader=reader, gauge=gauge)
    price = max((row.gauge_bits for row in rows), default=0) / max(explanation.n_features, 1)
    name = gauge_words(gauge).replace("after the ", "")
    return f"{name}\n" + (f"+{_bits(price)} bits/feature" if price else "")


def _foot(explanation: "Explanation", one: "Overview") -> str:
    from armillary.explain.context import gauge_words

    seeds = max((row.n_seeds for row in explanation.rows), default=1)
    said = f"[95 % over units and {seeds} seeds]; in round brackets random directions under the "
    said += "same re-fit, the zero line."
    if one.sides:
        named = ", ".join(side.name for side in one.sides)
        said += f" Beside it, {gauge_words(one.side_gauge)}: {named}"
        said += " (mean over groups)." if any(s.name == "probes" for s in one.sides) else "."
    return said


def _cell(row: "Row | None") -> str:
    if row is None or np.isnan(row.value):
        return ""
    between = "" if np.isnan(row.low) else f" [{_number(row.low)} {_number(row.high)}]"
    zero = "" if np.isnan(row.zero) else f" ({_number(row.zero)})"
    return f"{_number(row.value)}{between}{zero}"


def _number(value: float) -> str:
    if np.isnan(value):
        return ""
    if value < -9.995:
        return "<-10"
    shown = f"{value:.2f}".replace("-0.00", "0.00")
    return shown.replace("0.", ".", 1) if abs(float(shown)) < 1 else shown


def _short(name: str) -> str:
    return {"neighbours": "neigh.", "relearn": "relrn"}.get(name, name)


def _bits(bits: float) -> str:
    return f"{bits:,.0f}" if bits >= 10 else f"{bits:.2g}"


def _groups(explanation: "Explanation", gauge: str, *, every: bool) -> list[Table]:
    """Return what theories keep of single groups: the few that matter, or every theory."""
    from armillary.explain.overview import group_rows, row_name, told_of_groups

    rows = [row for row in group_rows(explanation) if row.gauge in (gauge, "any")]
    chosen = explanation.said if every else told_of_groups(explanation, gauge=gauge)
    places = list(dict.fromkeys((row.group, row.reader) for row in rows))
    called = {one.label: row_name(one) for one in explanation.said}
    at = {(called[row.theory], row.group, row.reader): row for row in rows}
    names = dict.fromkeys(called[one.label] for one in sorted(chosen, key=lambda one: one.bits))
    tables: list[Table] = []
    for start in range(0, len(places), _GROUPS):
        some = places[start : start + _GROUPS]
        table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column("theory", vertical="bottom")
        for group, reader in some:
            head = f"{group}\n{reader.removeprefix('group ')}"
            table.add_column(Text(head, justify="right"), justify="right", no_wrap=True)
        for name in names:
            found = [at.get((name, *place)) for place in some]
            if any(found):
                table.add_row(Text(name), *(_with_nats(row) for row in found))
        tables.append(table)
    return tables


def _with_nats(row: "Row | None") -> str:
    nats = float("nan") if row is None else row.raw.get("change", float("nan"))
    return _cell(row) + ("" if np.isnan(nats) else f" {nats:+.2f}")


def _fitted(console: Console) -> Console:
    """Return a console of 100 columns where the output goes into a file or a pipe."""
    return (
        console if console.is_terminal else Console(file=console.file, highlight=False, width=_WIDE)
    )
