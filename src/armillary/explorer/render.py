"""The page: payload, script and style in one file that opens from disk and asks nobody anything."""

import base64
import hashlib
import json
from dataclasses import asdict
from html import escape
from importlib.resources import files

import numpy as np

from armillary.atlas import Atlas, json_ready, thumbnail_svg
from armillary.explorer.payload import report_payload
from armillary.explorer.plain_rebuilt import plain_rebuilt
from armillary.explorer.schema import Report, Row

STYLES = ("report.css",)
SCRIPTS = ("draw.js", "map.js", "rebuilt.js", "report.js")
_STATIC_ROWS = 300


def report_html(atlas: Atlas) -> str:
    """Return the report as one self-contained page.

    Parameters
    ----------
    atlas
        The survey to show.

    Returns
    -------
    str
        HTML whose policy forbids every request; only the script and style in it, named by their
        hashes, may run. The same atlas gives the same text.
    """
    return _page(report_payload(atlas))


def report_files(atlas: Atlas) -> dict[str, str]:
    """Return ``report.html`` and its twin for machines, ``report.json``, by file name.

    Parameters
    ----------
    atlas
        The survey to show.

    Returns
    -------
    dict of str
        Both hold the same payload.
    """
    payload = report_payload(atlas)
    return {"report.html": _page(payload), "report.json": _json(payload) + "\n"}


def _page(report: Report) -> str:
    style, script = _static(STYLES), "(() => {\n" + _static(SCRIPTS) + "})();\n"
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(report.header.title)} · armillary</title>\n"
        f"<style>{style}</style>\n</head>\n<body>\n"
        '<svg id="ns" width="0" height="0" aria-hidden="true"></svg>\n'
        '<div id="app"></div>\n'
        f"<noscript>{_plain(report)}</noscript>\n"
        f'<script id="payload" type="application/json">{_inert(_json(report))}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _json(report: Report) -> str:
    return json.dumps(
        json_ready(asdict(report)), ensure_ascii=True, allow_nan=False, separators=(",", ":")
    )


def _inert(text: str) -> str:
    """Return JSON in which nothing can end or open an HTML element; it parses to the same value."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _static(names: tuple[str, ...]) -> str:
    folder = files("armillary.explorer") / "static"
    return "".join((folder / name).read_text(encoding="utf-8") for name in names)


def _plain(report: Report) -> str:
    """Return the findings for readers without scripts: one table, thumbnails for each line."""
    head = report.header
    smallest = "none" if head.smallest_q is None else f"{head.smallest_q:.2g}"
    nulls = "; ".join(head.nulls) or "none"
    lead = (
        f"{head.groups:,} groups of {head.features:,} features tested, {head.significant:,} "
        f"findings at q ≤ {head.alpha}; smallest q {smallest}. Nulls: {nulls}."
    )
    rows = "".join(_plain_row(row) for row in report.findings[:_STATIC_ROWS])
    names = ("", "shape", "members", "n", "q", "runner-up", "margin", "weakest null", "grade")
    heads = "".join(f"<th>{name}</th>" for name in names)
    rest = len(report.findings) - _STATIC_ROWS
    more = f"<p>{rest:,} further findings are in findings.parquet.</p>" if rest > 0 else ""
    return (
        f'<main class="plain"><h1>{escape(head.title)}</h1><p>{escape(lead)}</p>'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{more}"
        f"{plain_rebuilt(report.rebuilt)}"
        "<p>Planes, nulls and the map need scripts; this file asks no network for anything.</p>"
        "</main>"
    )


def _plain_row(row: Row) -> str:
    flat = np.frombuffer(base64.b64decode(row.thumb), dtype="<u1").reshape(-1, 2)
    picture = thumbnail_svg(
        flat.astype(np.float64),
        shape=row.shape,
        order=range(len(flat)) if row.ordered else (),
        closed=row.closed,
        size=44,
    )
    texts = (
        f"{row.shape} #{row.rank}",
        row.excerpt,
        f"{row.n:,}",
        "" if row.q is None else f"{row.q:.2g}",
        row.runner_up,
        "" if row.margin is None else f"{row.margin:.2f}",
        row.weakest_null,
        row.grade,
    )
    cells = "".join(f"<td>{escape(text)}</td>" for text in texts)
    return f"<tr><td>{picture}</td>{cells}</tr>"
