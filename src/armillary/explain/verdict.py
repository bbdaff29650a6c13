"""The verdict: what an explanation's numbers say, sentence by sentence."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from armillary.explain.table import Explanation


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


Question = Callable[[Explanation, str, str], list[Sentence]]


def verdict(explanation: Explanation) -> Verdict:
    """Say what an explanation's numbers say.

    Parameters
    ----------
    explanation
        What was measured.

    Returns
    -------
    Verdict
        One sentence a question and a gauge, from the reader that is nearest to function.
    """
    del explanation
    return Verdict(())
