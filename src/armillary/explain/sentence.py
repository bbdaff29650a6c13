"""Sentences: one thing that numbers say, in words and for machines."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Sentence:
    """One thing the numbers say.

    Parameters
    ----------
    question
        Which question it answers, for example ``"placement"``.
    answer
        ``"yes"``, ``"no"``, ``"cannot tell"``, or ``"measured"`` where nothing was asked.
    text
        In words, with the figure, its interval and the gauge.
    reader, gauge
        What it was read from.
    value, low, high
        The figure and its 95 % interval; nan where there is none.
    theories
        Labels that it compares.
    lead
        The answer in a few words, without figures.
    where
        The gauge in words.
    detail
        What the answer rests on, with figures.
    brief
        The figure alone, with its interval.
    """

    question: str
    answer: str
    text: str
    reader: str = ""
    gauge: str = ""
    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    theories: tuple[str, ...] = ()
    lead: str = ""
    where: str = ""
    detail: str = ""
    brief: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Sentences of one question with one answer, the gauges side by side.

    Parameters
    ----------
    question, answer
        As in the sentences.
    lead
        The answer in a few words.
    parts
        Gauge in words, and figures.
    briefly
        The same, with no more than the figure under gauges after the first.
    """

    question: str
    answer: str
    lead: str
    parts: tuple[tuple[str, str], ...]
    briefly: tuple[tuple[str, str], ...]

    @property
    def rest(self) -> str:
        """Figures, gauge by gauge; ends with a full stop, unless empty."""
        return _joined(self.parts)

    @property
    def short(self) -> str:
        """As ``rest``, in brief."""
        return _joined(self.briefly)

    def __str__(self) -> str:
        """Return the line as text."""
        return f"{self.lead}: {self.rest}" if self.rest else f"{self.lead}."


@dataclass(frozen=True, slots=True)
class Verdict:
    """Sentences in the order in which they should be read.

    Parameters
    ----------
    sentences
        At least one.
    """

    sentences: tuple[Sentence, ...]

    def of(self, question: str, *, gauge: str = "") -> list[Sentence]:
        """Return the sentences that answer a question."""
        found = [s for s in self.sentences if s.question == question]
        return [s for s in found if not gauge or s.gauge == gauge]

    def lines(self, *questions: str) -> list[Line]:
        """Return the sentences question by question, gauges with the same answer in one line.

        Parameters
        ----------
        questions
            Which; none for all.
        """
        grouped: dict[tuple[str, str], list[Sentence]] = {}
        for one in self.sentences:
            if not questions or one.question in questions:
                grouped.setdefault((one.question, one.lead or one.text), []).append(one)
        order = list(dict.fromkeys(question for question, _ in grouped))
        keys = sorted(grouped, key=lambda key: order.index(key[0]))
        return [_line(grouped[key]) for key in keys]

    def record(self) -> list[dict[str, Any]]:
        """Return the sentences as dictionaries."""
        return [asdict(sentence) for sentence in self.sentences]

    def __str__(self) -> str:
        """Return the lines."""
        return "\n".join(str(line) for line in self.lines())


def _joined(parts: Sequence[tuple[str, str]]) -> str:
    said = [f"{where}, {detail}" if where else detail for where, detail in parts]
    return "; ".join(said) + "." if said else ""


def _line(said: Sequence[Sentence]) -> Line:
    by_gauge: dict[str, list[str]] = {}
    for one in said:
        if one.detail:
            by_gauge.setdefault(one.where, []).append(one.detail)
    first = said[0]
    lead = first.lead or first.text.rstrip(".")
    parts = tuple((where, "; ".join(details)) for where, details in by_gauge.items())
    briefly = parts[:1]
    for one in said:
        if one.where != first.where and one.detail:
            other = f"{one.theories[0]} " if one.theories[:1] != first.theories[:1] else ""
            briefly += ((one.where, f"{other}{one.brief}" if one.brief else one.detail),)
    return Line(first.question, first.answer, lead, parts, briefly)


def figure(value: float | int, low: float | int, high: float | int, *, signed: bool = False) -> str:
    """Return a number with its interval, for example ``0.31 [0.28, 0.34]``.

    Parameters
    ----------
    value, low, high
        The number and its interval; nan bounds are left out.
    signed
        Write a plus before numbers above zero.
    """
    form = "{:+.2f}" if signed else "{:.2f}"
    said = [form.format(one).replace("-", "\N{MINUS SIGN}") for one in (value, low, high)]
    said = [s.replace("\N{MINUS SIGN}0.00", "0.00").replace("+0.00", "0.00") for s in said]
    return said[0] if np.isnan(low) or np.isnan(high) else f"{said[0]} [{said[1]}, {said[2]}]"


def percent(value: float | int, low: float | int, high: float | int) -> str:
    """Return a share in percent with its interval, for example ``31 % [28, 34]``.

    Parameters
    ----------
    value, low, high
        Shares; nan bounds are left out.
    """
    if np.isnan(low) or np.isnan(high):
        return f"{_whole(value)} %"
    return f"{_whole(value)} % [{_whole(low)}, {_whole(high)}]"


def bits_text(bits: float | int) -> str:
    """Return a number of bits, short: whole from 10 on, two digits below.

    Parameters
    ----------
    bits
        A message's, or bits a feature.
    """
    return f"{bits:,.0f}" if bits >= 10 else f"{bits:.2g}"


def _whole(share: float | int) -> str:
    percent = 100 * share
    precise = f"{percent:.1f}" if 99 < percent < 100 else f"{percent:.0f}"
    return (
        precise.replace("-0", "0", 1) if precise == "-0" else precise.replace("-", "\N{MINUS SIGN}")
    )
