"""Tables of the page of an explanation."""

from collections.abc import Sequence
from html import escape
from math import isnan

from armillary.explain.measured import Row
from armillary.explain.sentence import bits_text
from armillary.explain.table import Explanation


def score_table(explanation: Explanation, reader: str) -> str:
    """Return every theory by one reader; the zero line stands beside every score.

    Parameters
    ----------
    explanation
        What was measured.
    reader
        Which.
    """
    rows = [row for row in explanation.rows if row.reader == reader and not row.group]
    gauges = list(dict.fromkeys(row.gauge for row in rows))
    at = {(row.theory, row.gauge): row for row in rows}
    head = "<th>theory</th><th class='n'>bits a feature</th>" + "".join(
        f'<th class="n">{escape(_gauge(g))}</th><th class="n">random</th>' for g in gauges
    )
    body = ""
    for said in sorted(explanation.said, key=lambda one: one.bits):
        cells = "".join(_scored(at.get((said.label, g))) for g in gauges)
        price = bits_text(said.bits / max(explanation.n_features, 1))
        body += (
            f'<tr><td><span class="dot f-{said.family}"></span>{escape(said.label)}</td>'
            f'<td class="n">{price}</td>{cells}</tr>'
        )
    return _table(head, body)


def groups_table(explanation: Explanation) -> str:
    """Return the scores of named groups; empty where there are none.

    Parameters
    ----------
    explanation
        What was measured.
    """
    rows = [row for row in explanation.rows if row.group]
    if not rows:
        return ""
    rows.sort(key=lambda r: (r.group, r.reader, r.gauge, r.bits))
    names = ("group", "theory", "reader", "re-fit")
    head = (
        "".join(f"<th>{n}</th>" for n in names) + '<th class="n">kept</th><th class="n">random</th>'
    )
    body = "".join(
        f"<tr><td>{escape(row.group)}</td><td>{escape(row.theory)}</td><td>{escape(row.reader)}</td>"
        f"<td>{escape(_gauge(row.gauge))}</td>{_scored(row)}</tr>"
        for row in rows
    )
    return _table(head, body)


def gauges_table(explanation: Explanation, readers: Sequence[str]) -> str:
    """Return what each re-fit costs, and what random directions keep under it.

    Parameters
    ----------
    explanation
        What was measured.
    readers
        One column each.
    """
    shown = [r for r in readers if any(row.reader == r and row.gauge != "any" and not row.group
                                       for row in explanation.rows)]  # fmt: skip
    head = '<th>re-fit</th><th class="n">bits</th><th class="n">bits a feature</th>' + "".join(
        f'<th class="n">random, {escape(r)}</th>' for r in shown
    )
    body = ""
    for gauge in explanation.gauges:
        price = max((row.gauge_bits for row in explanation.rows if row.gauge == gauge), default=0.0)
        cells = ""
        for reader in shown:
            zero = explanation.zero(gauge=gauge, reader=reader)
            value = float("nan") if zero is None else zero.value
            cells += f'<td class="n">{_number(value)}</td>'
        each = bits_text(price / max(explanation.n_features, 1))
        body += (
            f'<tr><td>{escape(_gauge(gauge))}</td><td class="n">{price:,.0f}</td>'
            f'<td class="n">{each}</td>{cells}</tr>'
        )
    return _table(head, body)


def theories_table(explanation: Explanation) -> str:
    """Return what each theory keeps and breaks, and what its bits are spent on.

    Parameters
    ----------
    explanation
        What was measured.
    """
    head = "<th>theory</th><th>keeps</th><th>breaks</th><th class='n'>bits</th><th>spent on</th>"
    body = ""
    for said in sorted(explanation.said, key=lambda one: one.bits):
        parts = [f"{name} {bits:,}" for name, bits in said.parts.items()]
        parts.append(f"overhead {said.overhead_bits:,}")
        body += (
            f'<tr><td><span class="dot f-{said.family}"></span>{escape(said.label)}</td>'
            f"<td>{escape(said.keeps)}</td><td>{escape(said.breaks)}</td>"
            f'<td class="n">{said.bits:,}</td>'
            f"<td><small>{escape(', '.join(parts))}</small></td></tr>"
        )
    return _table(head, body)


def _scored(row: Row | None) -> str:
    if row is None or isnan(row.value):
        return '<td class="n">not a number</td><td></td>' if row else "<td></td><td></td>"
    between = "" if isnan(row.low) else f" <small>[{_number(row.low)}, {_number(row.high)}]</small>"
    zero = f'<td class="n zero">{_number(row.zero)}</td>'
    return f'<td class="n">{_number(row.value)}{between}</td>{zero}'


def _number(value: float) -> str:
    return "" if isnan(value) else f"{value:.3f}".replace("-", "\N{MINUS SIGN}")


def _gauge(name: str) -> str:
    return {"none": "as is", "any": "any re-fit"}.get(name, name)


def _table(head: str, body: str) -> str:
    inner = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table>{inner}</table></div>'
