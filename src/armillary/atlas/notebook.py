"""An atlas as a notebook shows it: a static, escaped table with thumbnails, no script."""

from html import escape
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.atlas.columnar import Table
from armillary.atlas.shape_names import is_closed
from armillary.atlas.text import excerpt
from armillary.atlas.thumbnail import thumbnail_svg

_CELL = 'style="text-align:left;padding:2px 10px;vertical-align:middle"'
_HEADS = ("", "shape", "members", "n", "q", "runner-up", "margin", "grade")


def table_html(findings: Table, planes: list[np.ndarray], *, caption: str) -> str:
    """Return the first ``len(planes)`` findings as an HTML table.

    Parameters
    ----------
    findings
        The atlas's findings table.
    planes
        Points in the plane of the fit, of the findings to show, in the table's order.
    caption
        One sentence under the table, escaped here.
    """
    rows = findings.slice(0, len(planes)).to_pylist()
    body = "".join(_row(row, points) for row, points in zip(rows, planes, strict=True))
    heads = "".join(f"<th {_CELL}>{head}</th>" for head in _HEADS)
    return (
        f'<table style="border-collapse:collapse"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table><p>{escape(caption)}</p>"
    )


def _row(row: dict[str, Any], points: Float[np.ndarray, "point 2"]) -> str:
    picture = thumbnail_svg(
        points,
        shape=row["shape"],
        order=row["order_index"],
        closed=is_closed(row["shape"]),
        size=44,
    )
    texts = (
        f"{row['shape']} #{row['rank']}",
        excerpt(row["order"] or row["labels"]),
        f"{row['n']:,}",
        f"{row['q']:.2g}",
        row["runner_up"],
        f"{row['margin']:.2f}",
        row["grade"],
    )
    return (
        f"<tr><td {_CELL}>{picture}</td>"
        + "".join(f"<td {_CELL}>{escape(text)}</td>" for text in texts)
        + "</tr>"
    )
