"""The page of an explanation: verdict, curve, tables, in one file that asks nobody anything."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from armillary.explain.context import gauge_words, readers_of_function
from armillary.explain.curve import FAMILIES, curve_of, main_reader
from armillary.explain.overview import overview
from armillary.explain.sentence import Line, Verdict
from armillary.explain.table import Explanation
from armillary.explain.verdict import SHORT
from armillary.explorer.explanation_svg import curve_svg, family_mark
from armillary.explorer.explanation_tables import (
    gauges_table,
    groups_table,
    overview_table,
    score_table,
    theories_table,
)


def explanation_html(explanation: Explanation) -> str:
    """Return the page as text.

    Parameters
    ----------
    explanation
        What was measured.

    Returns
    -------
    str
        HTML without any script, whose policy forbids every request; the one style in it is named
        by its hash. The same explanation gives the same text.
    """
    style = (files("armillary.explorer") / "static" / "explain.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    reader = main_reader(explanation)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>Explanation of {escape(explanation.source)} · armillary</title>\n"
        f"<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"{_head(explanation)}{_verdict(explanation.verdict(), reader)}"
        f"{_curve(explanation, reader)}{_table(explanation)}{_more(explanation, reader)}"
        f"{_made(explanation)}</main>\n</body>\n</html>\n"
    )


def _head(explanation: Explanation) -> str:
    counts: dict[str, int] = explanation.manifest["counts"]
    settings: dict[str, Any] = explanation.manifest["settings"]
    numbers = [
        (f"{counts['features']:,}", "features placed"),
        (f"{counts['d_model']:,}", "dimensions"),
        (f"{len(explanation.said)}", "theories"),
        (f"{len(settings['seeds'])}", "seeds of placing"),
        (f"{counts['test_tokens']:,}", f"test tokens in {counts['test_units']:,} units"),
    ]
    shown = "".join(f"<div><b>{n}</b><span>{escape(what)}</span></div>" for n, what in numbers)
    return (
        '<header><p class="brand">armillary · explanation</p>'
        f"<h1>How much of {escape(explanation.source)} survives when only a theory of it is said"
        f'</h1><div class="numbers">{shown}</div>'
        '<p class="lead">A sender knows where every feature sits. A receiver knows the features '
        "and which fire where, and gets a message of so many bits about placement. What is built "
        "from the message is put in place of the true activations and read. 0 is the mean vector "
        "alone, 1 the true decoder. Intervals are 95 % over units and seeds.</p></header>\n"
    )


def _verdict(verdict: Verdict, reader: str) -> str:
    short = verdict.lines(*SHORT)
    rest = [line for line in verdict.lines() if line.question not in SHORT]
    named = any(one.reader for one in verdict.sentences)
    by = f' <small class="muted">by {escape(reader)}</small>' if named else ""
    more = f"<details><summary>More answers</summary>{_lines(rest)}</details>" if rest else ""
    return f"<section><h2>Verdict{by}</h2>{_lines(short)}{more}</section>\n"


def _lines(lines: Sequence[Line]) -> str:
    items = ""
    for line in lines:
        parts = "".join(
            f'<p><span class="where">{escape(where)}</span>{escape(detail)}.</p>'
            if where else f"<p>{escape(detail)}.</p>"
            for where, detail in line.parts
        )  # fmt: skip
        chip = f'<span class="answer {line.answer.split()[0]}">{escape(line.answer)}</span>'
        items += f"<li>{chip}<div><b>{escape(line.lead)}.</b>{parts}</div></li>"
    return f'<ol class="verdict">{items}</ol>'


def _curve(explanation: Explanation, reader: str) -> str:
    there = {"control" if one.controls else one.family for one in explanation.said}
    key = "".join(f"<span>{family_mark(name)}{name}</span>" for name in FAMILIES if name in there)
    return (
        '<section><h2>The explanation curve</h2><p class="lead">The line joins the codecs that no '
        "cheaper one beats: generic compression. A theory has explained something where it lies "
        "above the line; those that do for certain are outlined. Dashed: random directions under "
        f'the same re-fit.</p><div class="key">{key}</div>{_panels(explanation, reader)}'
        "</section>\n"
    )


def _panels(explanation: Explanation, reader: str) -> str:
    out = ""
    for gauge in overview(explanation, reader=reader).gauges:
        curve = curve_of(explanation, reader=reader, gauge=gauge)
        price = f", which itself takes {curve.gauge_bits:,.0f} bits a feature"
        said = f"{reader}, {gauge_words(gauge)}{price if curve.gauge_bits else ''}"
        if curve.spots:
            out += f"<h3>{escape(said)}</h3><figure>{curve_svg(curve)}</figure>"
    return out


def _table(explanation: Explanation) -> str:
    one = overview(explanation)
    sides = ""
    if one.sides:
        named = ", ".join(side.name for side in one.sides)
        means = "; probes are means over their groups" if any(
            side.name == "probes" for side in one.sides
        ) else ""  # fmt: skip
        sides = f" Other readers in brief, {gauge_words(one.side_gauge)}: {named}{means}."
    return (
        f'<section><h2>What is kept <small class="muted">by {escape(one.reader)}</small></h2>'
        '<p class="lead">Beside every score, in grey, what random directions keep under the same '
        f"re-fit: the zero line.{escape(sides)}</p>{overview_table(explanation, one)}</section>\n"
    )


def _more(explanation: Explanation, reader: str) -> str:
    """Return what is folded: other readers, groups, probes, re-fits, theories."""
    whole = dict.fromkeys(row.reader for row in explanation.rows if not row.group)
    out, drawn = "", (*readers_of_function(explanation), "relearn")
    for name in (one for one in whole if one != reader):
        panels = _panels(explanation, name) if name in drawn else ""
        out += _folded(name, panels + score_table(explanation, name))
    groups = [row for row in explanation.rows if row.group]
    for title, probes in (("groups of features", False), ("probes", True)):
        rows = [row for row in groups if row.reader.startswith("probe") is probes]
        if rows:
            out += _folded(title, groups_table(explanation, rows))
    refits = (
        '<p class="lead">A gauge is fitted on calibration tokens and scored on others. What it '
        "does for random directions is its own information, so it is the zero line of every score "
        f"under it.</p>{gauges_table(explanation, [reader, *(r for r in whole if r != reader)])}"
    )
    return (
        f"<section><h2>More</h2>{out}{_folded('what a re-fit may do', refits)}"
        f"{_folded('what each theory says', theories_table(explanation))}</section>\n"
    )


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{escape(title)}</summary>{body}</details>"


def _made(explanation: Explanation) -> str:
    manifest = explanation.manifest
    settings: dict[str, Any] = manifest["settings"]
    facts = {
        "armillary": manifest["version"], "seeds": ", ".join(map(str, settings["seeds"])),
        "gauges": _gauges(explanation), "readers": ", ".join(settings["readers"]),
        "noise ceiling of geometry (a dictionary of another seed)":
            _fact(manifest.get("ceiling") or "no twin was given"),
        "calibration tokens": f"{manifest['counts']['calibration_tokens']:,}",
        "hash of the subject": manifest["subject_hash"], "seconds": manifest.get("seconds", ""),
        **{f"of the source: {k}" if k != "source" else k: _fact(v)
           for k, v in manifest.get("subject", {}).items()},
    }  # fmt: skip
    listed = "".join(f"<dt>{escape(k)}</dt><dd>{escape(str(v))}</dd>" for k, v in facts.items())
    left: dict[str, str] = manifest.get("left_out", {})
    out = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in left.items())
    command = manifest.get("command", "")
    return (
        "<section><h2>How it was made</h2>"
        + (f"<code>{escape(command)}</code>" if command else "")
        + f"<dl>{listed}</dl>"
        + (f"<h3>left out</h3><dl>{out}</dl>" if out else "")
        + "</section>\n"
    )


def _fact(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_fact(v)}" for k, v in value.items() if v is not None)  # pyright: ignore[reportUnknownVariableType]
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _gauges(explanation: Explanation) -> str:
    bits = {r.gauge: max(r.gauge_bits, 0.0) for r in explanation.rows if r.gauge != "any"}
    return "; ".join(f"{gauge}, {bits.get(gauge, 0):,.0f} bits" for gauge in explanation.gauges)
