"""The page of an explanation: verdict, curve, tables, in one file that asks nobody anything."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from armillary.explain.curve import FAMILIES, curve_of, main_reader
from armillary.explain.sentence import Sentence
from armillary.explain.table import Explanation
from armillary.explorer.explanation_svg import curve_svg, family_mark
from armillary.explorer.explanation_tables import (
    gauges_table,
    groups_table,
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
        f"{_head(explanation)}{_verdict(explanation.verdict().sentences)}"
        f"{_curves(explanation, reader)}{_tables(explanation, reader)}"
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


def _verdict(sentences: Sequence[Sentence]) -> str:
    items = "".join(
        f'<li><span class="answer {escape(s.answer.split()[0])}">{escape(s.answer)}</span>'
        f"<span>{escape(s.text)}</span></li>"
        for s in sentences
    )
    return f'<section><h2>Verdict</h2><ol class="verdict">{items}</ol></section>\n'


def _curves(explanation: Explanation, reader: str) -> str:
    key = "".join(f"<span>{family_mark(name)}{name}</span>" for name in FAMILIES)
    drawn = _drawn(explanation, reader)
    others = [r for r in explanation.readers if r not in (reader, "cosine")]
    rest = "".join(
        f"<details><summary>{escape(r)}</summary>{_drawn(explanation, r)}</details>" for r in others
    )
    return (
        '<section><h2>The explanation curve</h2><p class="lead">The line joins the codecs that no '
        "cheaper one beats: generic compression. A theory has explained something where it lies "
        "above the line; those that do for certain are outlined. Dashed: random directions under "
        f'the same re-fit.</p><div class="key">{key}</div>{drawn}{rest}</section>\n'
    )


def _drawn(explanation: Explanation, reader: str) -> str:
    gauges = [g for g in explanation.gauges if explanation.curve(reader=reader, gauge=g)]
    if any(row.reader == reader and row.gauge == "any" for row in explanation.rows):
        gauges = ["any"]
    out = ""
    for gauge in gauges:
        curve = curve_of(explanation, reader=reader, gauge=gauge)
        name = {"none": "as is", "any": "any re-fit"}.get(gauge, f"after the best {gauge}")
        price = f", which itself takes {curve.gauge_bits:,.3g} bits a feature"
        said = f"{reader}, {name}{price if curve.gauge_bits else ''}"
        out += f"<h3>{escape(said)}</h3><figure>{curve_svg(curve)}</figure>"
    return out


def _tables(explanation: Explanation, reader: str) -> str:
    readers = [reader, *(r for r in explanation.readers if r != reader)]
    whole = [
        r for r in readers if any(row.reader == r and not row.group for row in explanation.rows)
    ]
    scores = "".join(
        f"<details{' open' if r == reader else ''}><summary>{escape(r)}</summary>"
        f"{score_table(explanation, r)}</details>"
        for r in whole
    )
    groups = groups_table(explanation)
    by_group = f"<h2>By group of features</h2>{groups}" if groups else ""
    return (
        f"<section><h2>What is kept</h2>{scores}{by_group}<h2>What a re-fit may do</h2>"
        f'<p class="lead">A gauge is fitted on calibration tokens and scored on others. What it '
        "does for random directions is its own information, so it is the zero line of every score "
        f"under it.</p>{gauges_table(explanation, readers)}<h2>What is said</h2>"
        f"{theories_table(explanation)}</section>\n"
    )


def _made(explanation: Explanation) -> str:
    manifest = explanation.manifest
    settings: dict[str, Any] = manifest["settings"]
    facts = {
        "armillary": manifest["version"], "seeds": settings["seeds"],
        "gauges": ", ".join(settings["gauges"]), "readers": ", ".join(settings["readers"]),
        "calibration tokens": f"{manifest['counts']['calibration_tokens']:,}",
        "subject": manifest["subject_hash"], "seconds": manifest.get("seconds", ""),
        **{f"source {name}": value for name, value in manifest.get("subject", {}).items()},
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
