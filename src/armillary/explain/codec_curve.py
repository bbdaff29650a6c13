"""The codec curve: what generic compression keeps at any number of bits."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.explain.measured import Said
from armillary.explain.pooling import Drawn
from armillary.explain.table import RANDOM, Explanation


@dataclass(frozen=True, slots=True, eq=False)
class CodecCurve:
    """Codecs that no cheaper one beats, under one gauge by one reader.

    The generic codecs (``Theory.generic``: no listener's expectations in them), the exact numbers
    among them, and the random theory at the low end, by bits; one that keeps less than a cheaper
    one is left out. Between two the curve is straight in the
    logarithm of bits; below the first and above the last it is flat. Taking the best codec at
    every price on the same data favours the codecs.

    Parameters
    ----------
    said
        The theories on the curve, cheapest first.
    kept
        What each keeps.
    """

    said: tuple[Said, ...]
    kept: tuple[Drawn, ...]

    def at(self, bits: float | int) -> Drawn:
        """Return what the curve keeps at a number of bits, with draws where both sides have them.

        Parameters
        ----------
        bits
            Of a message.
        """
        left, right, weight = self._between(bits)
        a, b = self.kept[left], self.kept[right]
        value = (1 - weight) * a.value + weight * b.value
        if weight == 0:
            return a
        if a.draws is None or b.draws is None:
            return Drawn(value, None)
        return Drawn(value, (1 - weight) * a.draws + weight * b.draws, a.exact and b.exact)

    def bits_for(self, value: float | int) -> float:
        """Return the bits at which the curve first keeps a value; nan where it never does.

        Parameters
        ----------
        value
            Of function kept.
        """
        kept = [one.value for one in self.kept]
        logs = [np.log2(max(one.bits, 1)) for one in self.said]
        if not kept or value > kept[-1]:
            return float("nan")
        return float(2 ** np.interp(value, kept, logs))

    def _between(self, bits: float | int) -> tuple[int, int, float]:
        logs: Float[np.ndarray, " codec"] = np.log2([max(one.bits, 1) for one in self.said])
        at = float(np.clip(np.log2(max(bits, 1)), logs[0], logs[-1]))
        right = min(int(np.searchsorted(logs, at)), logs.size - 1)
        left = max(right - 1, 0)
        width = logs[right] - logs[left]
        return left, right, float((at - logs[left]) / width) if width > 0 else 0.0


def codec_curve(
    explanation: Explanation, *, gauge: str, reader: str, group: str = ""
) -> CodecCurve | None:
    """Return the curve; None where fewer than two codecs were measured.

    Parameters
    ----------
    explanation
        What was measured.
    gauge, reader, group
        Which scores.
    """
    said: list[Said] = []
    kept: list[Drawn] = []
    for one in sorted(explanation.said, key=lambda one: one.bits):
        if not one.generic and one.kind != RANDOM:
            continue
        found = explanation.drawn(one.label, gauge=gauge, reader=reader, group=group)
        if found is None or not np.isfinite(found.value):
            continue
        if not kept or found.value > kept[-1].value:
            said.append(one)
            kept.append(found)
    return CodecCurve(tuple(said), tuple(kept)) if len(said) > 1 else None
