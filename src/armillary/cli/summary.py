"""A survey's result on one screen: the taxonomy, the strongest findings, where the report is."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.atlas import Atlas, excerpt, json_ready, visible
from armillary.atlas.counts import is_named

SHOWN = 12
BAR = 32
HELD = {
    "circle": "keep their cyclic order",
    "arc": "keep their order",
    "lattice": "differ by one common step",
}
ORDER = "in its own order"


def print_summary(atlas: Atlas, console: Console, *, level: float, shown: int = SHOWN) -> None:
    """Print what was found: counts by shape, the strongest findings, the named hypotheses.

    Parameters
    ----------
    atlas
        A finished survey.
    console
        Where to print.
    level
        Findings with a larger q are counted, not shown.
    shown
        How many findings to list.
    """
    rows = finding_rows(atlas)
    unlabelled = [row for row in rows if not is_named(row)]
    passed = [row for row in unlabelled if row["q"] <= level]
    counts = atlas.manifest["counts"]
    console.print(
        Text(f"{atlas.source}: {counts['features']:,} features in {counts['d_model']:,} dimensions")
    )
    tested = f"{_counted(atlas.counts.groups, 'group')} tested"
    if not passed:
        smallest = min((row["q"] for row in unlabelled), default=1.0)
        console.print(
            Text(f"Nothing found: 0 of {tested} at q <= {level:g}; smallest q {smallest:.2g}.")
        )
    else:
        console.print(Text(f"{_counted(len(passed), 'finding')} among {tested}, q <= {level:g}\n"))
        console.print(_taxonomy(passed))
        console.print(_table(passed[:shown]))
    if atlas.rebuilt.num_rows:
        claims = rebuilt_rows(atlas)
        tested = f"{_counted(atlas.rebuilt.num_rows, 'group')} rebuilt from codes"
        console.print(Text(f"\n{_counted(len(claims), 'claim')} among {tested}"))
        if claims:
            console.print(_rebuilt(claims[:shown]))
    named = [row for row in rows if is_named(row)]
    if named:
        passed_by_name = sum(row["q"] <= level for row in named)
        tests = f"{_counted(len(named), 'test')} by name"
        console.print(Text(f"\n{passed_by_name:,} of {tests}, q <= {level:g}"))
        console.print(_named(sorted(named, key=lambda row: row["p"])[:shown], level=level))


def taxonomy(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Count findings by shape, most frequent first.

    Parameters
    ----------
    rows
        Findings, as from ``finding_rows``.

    Returns
    -------
    dict[str, int]
        Count of each shape.
    """
    tally = Counter(str(row["shape"]) for row in rows)
    return dict(sorted(tally.items(), key=lambda item: (-item[1], item[0])))


def finding_rows(atlas: Atlas) -> list[dict[str, Any]]:
    """Return findings as plain values, with ``number`` (1 is the table's first row).

    Parameters
    ----------
    atlas
        A finished survey.

    Returns
    -------
    list[dict[str, Any]]
        Ready for JSON; ``parameters`` is unpacked.
    """
    rows: list[dict[str, Any]] = []
    for number, row in enumerate(atlas.findings.to_pylist(), start=1):
        if isinstance(row.get("parameters"), str):
            row["parameters"] = json.loads(row["parameters"] or "{}")
        rows.append(json_ready({"number": number, **row}))
    return rows


def rebuilt_rows(atlas: Atlas) -> list[dict[str, Any]]:
    """Return claims rebuilt from codes as plain values, strongest first.

    Parameters
    ----------
    atlas
        A finished survey.

    Returns
    -------
    list[dict[str, Any]]
        Ready for JSON; what is merely flat comes last. Empty where the survey had no codes.
    """
    rows = [row for row in atlas.rebuilt.to_pylist() if row["shape"] != "none"]
    return [json_ready(row) for row in sorted(rows, key=lambda row: row["shape"] == "flat")]


def claimed_order(row: dict[str, Any]) -> list[str]:
    """Return the words of a claim in its order; in the order of their counts where it has none.

    Parameters
    ----------
    row
        A claim, as from ``rebuilt_rows``.

    Returns
    -------
    list[str]
        All words.
    """
    return list(row["words"] if row["shape"] == "flat" else row["order"])


def words_of(row: dict[str, Any], *, count: int = 7) -> str:
    """Return a finding's labels in the order its shape gives them, shortened.

    Parameters
    ----------
    row
        A finding, as from ``finding_rows``.
    count
        Labels shown.

    Returns
    -------
    str
        Labels, with what is invisible in them made visible.
    """
    return excerpt(list(row["order"] or row["labels"]), count=count)


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _taxonomy(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table.grid(padding=(0, 2))
    tally = taxonomy(rows)
    most = max(tally.values())
    for shape, count in tally.items():
        bar = "█" * max(1, round(BAR * count / most))
        table.add_row(Text(shape), Text(f"{count:>5,}"), Text(bar, style="cyan"))
    return table


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for name in ("#", "shape", "n", "q", "runner-up", "margin", ORDER):
        right = name in ("#", "n", "q", "margin")
        table.add_column(name, justify="right" if right else "left", no_wrap=name != ORDER)
    for row in rows:
        table.add_row(
            str(row["number"]),
            Text(f"{row['shape']} {row['rank']}"),
            f"{row['n']:,}",
            f"{row['q']:.2g}",
            Text(str(row["runner_up"])),
            "" if row["margin"] is None else f"{row['margin']:.2f}",
            Text(words_of(row), no_wrap=True, overflow="ellipsis"),
        )
    return table


def _rebuilt(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    words = "words, in order where there is one"
    for name in ("shape", "words", "q", "spectrum p", "explained", words):
        right = name in ("words", "q", "spectrum p", "explained")
        table.add_column(name, justify="right" if right else "left", no_wrap=name != words)
    for row in rows:
        table.add_row(
            Text(f"{row['shape']} {row['rank']}"),
            f"{row['n_words']:,}",
            f"{row['q']:.2g}",
            f"{row['p_spectrum']:.2g}",
            f"{100 * row['explained']:.0f} %",
            Text(excerpt(claimed_order(row), count=7), no_wrap=True, overflow="ellipsis"),
        )
    return table


def _named(rows: Sequence[dict[str, Any]], *, level: float) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), pad_edge=False)
    for name in ("named hypothesis", "n", "p", "smallest p", "what the words do"):
        right = name in ("n", "p", "smallest p")
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for row in rows:
        table.add_row(
            Text(visible(str(row["hypothesis"]))),
            f"{row['n']:,}",
            f"{row['p']:.2g}",
            f"{row['reach_p']:.2g}",
            Text(HELD[str(row["shape"])] if row["q"] <= level else "no evidence of that order"),
        )
    return table
