"""Tables of the page of an explanation."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from math import isnan

from armillary.explain.context import gauge_words
from armillary.explain.measured import Row
from armillary.explain.overview import Overview, overview
from armillary.explain.sentence import bits_text
from armillary.explain.table import Explanation

_LEAST = 10  # what lies lower is not written out


def overview_table(explanation: Explanation, one: Overview) -> str:
    """Return every theory by the main reader, family by family, with side readers in brief.

    Parameters
    ----------
    explanation
        What was measured.
    one
        Its overview; the zero line stands beside every score.
    """
    heads = "".join(
        f'<th class="n">{escape(gauge_words(g))}</th><th class="n">random</th>' for g in one.gauges
    )
    heads += "".join(
        f'<th class="n">{escape(side.name)}<br><span class="zero">random {_short(side.zero)}</span>'
        "</th>"
        for side in one.sides
    )
    head = f'<th>theory</th><th class="n">bits a feature</th>{heads}'
    columns = 2 + 2 * len(one.gauges) + len(one.sides)
    body = ""
    for family, theories in one.families:
        body += f'<tr class="family"><th colspan="{columns}">{escape(family)}</th></tr>'
        for said in theories:
            cells = "".join(_scored(one.rows.get((said.label, g))) for g in one.gauges)
            cells += "".join(
                f'<td class="n">{_short(side.values[said.label])}</td>' for side in one.sides
            )
            price = bits_text(said.bits / max(explanation.n_features, 1))
            body += (
                f'<tr><td class="theory"><span class="dot f-{family}"></span>{escape(said.label)}'
                f'</td><td class="n">{price}</td>{cells}</tr>'
            )
    return _table(head, body)


def score_table(explanation: Explanation, reader: str) -> str:
    """Return every theory by one reader; the zero line stands beside every score.

    Parameters
    ----------
    explanation
        What was measured.
    reader
        Which.
    """
    return overview_table(explanation, replace(overview(explanation, reader=reader), sides=()))


def groups_table(explanation: Explanation, rows: Sequence[Row]) -> str:
    """Return scores by group, theories down and groups across, one table a re-fit and reader.

    Parameters
    ----------
    explanation
        What was measured.
    rows
        Of groups.
    """
    out = ""
    for reader, gauge in dict.fromkeys((row.reader, row.gauge) for row in rows):
        own = [row for row in rows if (row.reader, row.gauge) == (reader, gauge)]
        groups = list(dict.fromkeys(row.group for row in own))
        at = {(row.theory, row.group): row for row in own}
        head = "<th>theory</th>" + "".join(
            f'<th class="n">{escape(group)}</th><th class="n">random</th>' for group in groups
        )
        body = ""
        for said in sorted(explanation.said, key=lambda one: one.bits):
            found = [at.get((said.label, group)) for group in groups]
            if any(found):
                cells = "".join(_scored(row) for row in found)
                body += f'<tr><td class="theory">{escape(said.label)}</td>{cells}</tr>'
        out += f"<h3>{escape(reader)}, {escape(gauge_words(gauge))}</h3>{_table(head, body)}"
    return out


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
        family = "control" if said.controls else said.family
        body += (
            f'<tr><td><span class="dot f-{family}"></span>{escape(said.label)}</td>'
            f"<td>{escape(said.keeps)}</td><td>{escape(said.breaks)}</td>"
            f'<td class="n">{said.bits:,}</td>'
            f"<td><small>{escape(', '.join(parts))}</small></td></tr>"
        )
    return _table(head, body)


def _scored(row: Row | None) -> str:
    if row is None or isnan(row.value):
        return '<td class="n">not a number</td><td></td>' if row else "<td></td><td></td>"
    between = "" if isnan(row.low) else f" <small>[{_short(row.low)}, {_short(row.high)}]</small>"
    zero = f'<td class="n zero">{_short(row.zero)}</td>'
    return f'<td class="n">{_short(row.value)}{between}</td>{zero}'


def _number(value: float) -> str:
    if value < -_LEAST:
        return f"&lt; \N{MINUS SIGN}{_LEAST}"
    return "" if isnan(value) else _unsigned_zero(f"{value:.3f}")


def _short(value: float) -> str:
    if value < -_LEAST:
        return f"&lt; \N{MINUS SIGN}{_LEAST}"
    return "" if isnan(value) else _unsigned_zero(f"{value:.2f}")


def _unsigned_zero(text: str) -> str:
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def _gauge(name: str) -> str:
    return {"none": "as is"}.get(name, name)


def _table(head: str, body: str) -> str:
    inner = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table>{inner}</table></div>'
