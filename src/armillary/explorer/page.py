"""The page: one file that opens from disk and asks nobody anything, or the same from a server."""

import base64
import gzip
import hashlib
import json
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from armillary.atlas import Atlas, thumbnail_svg
from armillary.explorer.bodies import Bodies
from armillary.explorer.limits import EVER_LESS
from armillary.explorer.plain_rebuilt import plain_rebuilt
from armillary.explorer.schema import Row
from armillary.explorer.wire import decode, readable

MAX_MB = 15.0
INLINE = {"kind": "inline"}
_STATIC_ROWS = 300


def report_html(atlas: Atlas, *, max_mb: float = MAX_MB, folder: Path | None = None) -> str:
    """Return the report as one self-contained page.

    Parameters
    ----------
    atlas
        The survey to show.
    max_mb
        Megabytes at most. Past it fewer findings have null draws, contexts and panels, and fewer
        features stand on the map (``limits.EVER_LESS``); the page says so. The list of findings is
        never cut.
    folder
        Where the atlas lies: sections in it (comparison, explanation) are shown too.

    Returns
    -------
    str
        HTML whose policy forbids every request; only the script and style in it, named by their
        hashes, may run. The same atlas gives the same text.
    """
    return _report(_within(atlas, max_mb, folder))


def report_files(
    atlas: Atlas, *, max_mb: float = MAX_MB, folder: Path | None = None
) -> dict[str, str]:
    """Return ``report.html`` and its twin for machines, ``report.json``, by file name.

    Parameters
    ----------
    atlas
        The survey to show.
    max_mb, folder
        As for ``report_html``.

    Returns
    -------
    dict of str
        Both hold the same bodies.
    """
    bodies = _within(atlas, max_mb, folder)
    every = {name: readable(decode(bodies.data(name))) for name in bodies.names()}
    twin = json.dumps(every, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return {"report.html": _report(bodies), "report.json": twin + "\n"}


def page_html(bodies: Bodies, *, door: dict[str, Any], inline: dict[str, bytes]) -> str:
    """Return a page whose script finds its bodies in it, or asks a server for them.

    Parameters
    ----------
    bodies
        For what is shown without scripts.
    door
        ``{"kind": "inline"}``, or ``{"kind": "server"}``; told to the script.
    inline
        Bodies to put into the page, by name.
    """
    style, script = static_text("app.css"), static_text("app.js")
    asks = "connect-src 'self'; " if door["kind"] == "server" else ""
    policy = (
        f"default-src 'none'; img-src data:; script-src {_hash(script)}; style-src {_hash(style)}; "
        f"{asks}base-uri 'none'; form-action 'none'"
    )
    blocks = "".join(_block(name, data) for name, data in inline.items())
    title = bodies.body("atlas").header.title
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)} · armillary</title>\n"
        f"<style>{style}</style>\n</head>\n<body>\n"
        '<div id="app"></div>\n'
        f"<noscript>{_plain(bodies)}</noscript>\n"
        f'<script id="door" type="application/json">{_inert(json.dumps(door))}</script>\n'
        f"{blocks}<script>{script}</script>\n</body>\n</html>\n"
    )


def static_text(name: str) -> str:
    """Return one of the page's own files.

    Parameters
    ----------
    name
        ``app.js`` or ``app.css``.
    """
    return (files("armillary.explorer") / "static" / name).read_text(encoding="utf-8")


def _report(bodies: Bodies) -> str:
    inline = {name: bodies.data(name) for name in bodies.names()}
    return page_html(bodies, door=INLINE, inline=inline)


def _within(atlas: Atlas, max_mb: float, folder: Path | None) -> Bodies:
    """Return the first bodies of ``EVER_LESS`` whose page fits; the last where none does."""
    bodies = Bodies(atlas, EVER_LESS[0], folder=folder)
    room = max_mb * 1e6 - len(page_html(bodies, door=INLINE, inline={}).encode("utf-8"))
    size: dict[bytes, int] = {}
    for limits in EVER_LESS:
        bodies = bodies.within(limits)
        every = [(name, bodies.data(name)) for name in bodies.names()]
        size |= {data: len(_block(name, data)) for name, data in every if data not in size}
        if sum(size[data] for _, data in every) <= room:
            break
    return bodies


def _block(name: str, data: bytes) -> str:
    packed = base64.b64encode(gzip.compress(data, compresslevel=6, mtime=0)).decode("ascii")
    return f'<script type="application/octet-stream" id="body:{name}">{packed}</script>\n'


def _inert(text: str) -> str:
    """Return JSON in which nothing can end or open an HTML element; it parses to the same value."""
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _plain(bodies: Bodies) -> str:
    """Return the findings for readers without scripts: one table, thumbnails for each line."""
    first = bodies.body("atlas")
    head, rebuilt = first.header, bodies.body("rebuilt") if first.parts.rebuilt else None
    smallest = "none" if head.smallest_q is None else f"{head.smallest_q:.2g}"
    nulls = "; ".join(head.nulls) or "none"
    lead = (
        f"{head.groups:,} groups of {head.features:,} features tested, {head.significant:,} "
        f"findings at q ≤ {head.alpha}; smallest q {smallest}. Nulls: {nulls}."
    )
    rows = "".join(_plain_row(row) for row in first.findings[:_STATIC_ROWS])
    names = ("", "shape", "members", "n", "q", "runner-up", "margin", "weakest null", "grade")
    heads = "".join(f"<th>{name}</th>" for name in names)
    rest = len(first.findings) - _STATIC_ROWS
    more = f"<p>{rest:,} further findings are in findings.parquet.</p>" if rest > 0 else ""
    return (
        f'<main class="plain"><h1>{escape(head.title)}</h1><p>{escape(lead)}</p>'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{more}"
        f"{plain_rebuilt(rebuilt)}"
        "<p>Planes, nulls and the map need scripts; this file asks no network for anything.</p>"
        "</main>"
    )


def _plain_row(row: Row) -> str:
    flat = row.thumb.reshape(-1, 2)
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
