"""Context: one reader under one gauge, with its zero line, its truth and its codec curve."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from armillary.explain.codec_curve import CodecCurve, codec_curve
from armillary.explain.measured import Said
from armillary.explain.pooling import Drawn, interval_of
from armillary.explain.sentence import Sentence, bits_text
from armillary.explain.table import RANDOM, Explanation

_OF_SPACE = ("geometry", "cosine", "probe")
FUNCTION = ("task", "splice", "relearn")  # readers of function, the nearest first
MATTERS = 0.05  # of function, from true decoder to mean vector
TIED = 0.01  # of function: theories nearer than this are as good


@dataclass(frozen=True, eq=False)
class Context:
    """One reader and gauge of an explanation.

    Parameters
    ----------
    explanation
        What was measured.
    reader, gauge
        Which scores.
    """

    explanation: Explanation
    reader: str
    gauge: str

    @property
    def where(self) -> str:
        """The gauge in words."""
        return gauge_words(self.gauge)

    def kept(self, label: str) -> Drawn | None:
        """Return what a theory keeps, None where that is no number."""
        found = self.explanation.drawn(label, gauge=self.gauge, reader=self.reader)
        return None if found is None or not np.isfinite(found.value) else found

    def tried(self) -> list[Said]:
        """Return the theories of placement that are no control and not the zero line."""
        every = self.explanation.said
        return [one for one in every if one.places and one.kind != RANDOM and not one.controls]

    @cached_property
    def random(self) -> Drawn | None:
        """What the random theory keeps."""
        found = self.explanation.zero(gauge=self.gauge, reader=self.reader)
        return None if found is None or not np.isfinite(found.value) else found

    @cached_property
    def true(self) -> Drawn | None:
        """What the dearest exact theory keeps."""
        of = self.explanation.of_kind("exact")
        return self.kept(of[-1].label) if of else None

    @cached_property
    def curve(self) -> CodecCurve | None:
        """The codecs."""
        return codec_curve(self.explanation, gauge=self.gauge, reader=self.reader)

    @cached_property
    def gap(self) -> Drawn | None:
        """True minus random."""
        if self.true is None or self.random is None:
            return None
        return difference(self.true, self.random)

    @property
    def matters(self) -> bool:
        """Whether placement matters for certain."""
        return self.gap is not None and bounds(self.gap)[0] > MATTERS

    @property
    def readable(self) -> bool:
        """Whether there is a gap, so that shares of it mean something."""
        return self.matters and self.gap is not None and self.gap.value >= MATTERS

    def best(self, said: list[Said]) -> tuple[Said, Drawn] | None:
        """Return the theory that keeps most; the cheapest of those within 0.01 of it."""
        read = [(one, kept) for one in said if (kept := self.kept(one.label)) is not None]
        if not read:
            return None
        most = max(kept.value for _, kept in read)
        return min((p for p in read if p[1].value >= most - TIED), key=lambda p: p[0].bits)

    def closed(self, kept: Drawn) -> Drawn:
        """Return the share of the gap between random and true that is closed."""
        if self.random is None or self.gap is None:
            return Drawn(float("nan"), None)
        over = difference(kept, self.random)
        value = over.value / self.gap.value if self.gap.value > 0 else float("nan")
        if over.draws is None or self.gap.draws is None:
            return Drawn(value, None)
        below: Float[np.ndarray, " draw"] = np.where(self.gap.draws > 0, self.gap.draws, np.nan)
        return Drawn(value, over.draws / below, over.exact and self.gap.exact)

    def say(
        self,
        question: str,
        answer: str,
        lead: str,
        *,
        detail: str,
        of: Drawn,
        theories: tuple[str, ...] = (),
        brief: str = "",
    ) -> list[Sentence]:
        """Return one sentence of this reader and gauge."""
        low, high = of.interval
        text = f"{lead} ({self.reader}, {self.where}): {detail}."
        return [Sentence(question, answer, text, self.reader, self.gauge, of.value, low, high,
                         theories, lead, self.where, detail, brief)]  # fmt: skip

    def a_feature(self, one: Said) -> str:
        """Return the price of a theory in words."""
        return f"{bits_text(one.bits / max(self.explanation.n_features, 1))} bits a feature"


def gauge_words(gauge: str) -> str:
    """Return a gauge as it is called in a sentence.

    Parameters
    ----------
    gauge
        Its name.
    """
    named = {"none": "as is", "any": "under any re-fit", "linear": "after the best linear map",
             "rotation+scale": "after the best rotation and scale"}  # fmt: skip
    return named.get(gauge, f"after the best {gauge}")


def readers_of_function(explanation: Explanation) -> list[str]:
    """Return the readers that say what a space is for, the nearest to function first.

    Left out are geometry, cosine and probes, which read the space itself, and scores of groups.

    Parameters
    ----------
    explanation
        What was measured.
    """
    whole = {row.reader for row in explanation.rows if not row.group and row.gauge != "any"}
    found = [r for r in explanation.readers if r in whole and not r.startswith(_OF_SPACE)]
    return sorted(found, key=lambda r: FUNCTION.index(r) if r in FUNCTION else len(FUNCTION))


def difference(a: Drawn, b: Drawn) -> Drawn:
    """Return a minus b, draw by draw: the same units are in both.

    Parameters
    ----------
    a, b
        Of one reader and gauge.
    """
    value = a.value - b.value
    if a.draws is None or b.draws is None:
        return Drawn(value, None)
    return Drawn(value, a.draws - b.draws, a.exact and b.exact)


def bounds(one: Drawn) -> tuple[float, float]:
    """Return the interval for a decision: a value without error is its own, no draws no bounds.

    Parameters
    ----------
    one
        A value.
    """
    if one.draws is None:
        return -np.inf, np.inf
    low, high = (one.value, one.value) if one.exact else interval_of(one.draws)
    return (-np.inf if np.isnan(low) else low), (np.inf if np.isnan(high) else high)


def answered(one: Drawn, threshold: float) -> str:
    """Return "yes" above a threshold for certain, "no" below it for certain, else "cannot tell".

    Parameters
    ----------
    one
        A value.
    threshold
        What it is held against.
    """
    low, high = bounds(one)
    return "yes" if low > threshold else "no" if high < threshold else "cannot tell"
