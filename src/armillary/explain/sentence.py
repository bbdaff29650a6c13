"""Sentences: one thing that numbers say, in words and for machines."""

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

    def record(self) -> list[dict[str, Any]]:
        """Return the sentences as dictionaries."""
        return [asdict(sentence) for sentence in self.sentences]

    def __str__(self) -> str:
        """Return the sentences, one a line."""
        return "\n".join(sentence.text for sentence in self.sentences)


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
