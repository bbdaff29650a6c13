"""The explanation curve as points: what is drawn, wherever it is drawn."""

from dataclasses import dataclass

import numpy as np

from armillary.explain.codec_curve import codec_curve
from armillary.explain.context import Context, bounds, difference, readers_of_function
from armillary.explain.measured import Row, Said
from armillary.explain.table import RANDOM, Explanation

FAMILIES = ("null", "statistic", "structure", "descriptor", "codec", "exact", "control")


@dataclass(frozen=True, slots=True)
class Spot:
    """One theory on the curve.

    Parameters
    ----------
    label, family
        The theory.
    bits_per_feature
        Its price.
    free
        Whether its message says no more than a few numbers, so that it stands at the left end.
    above
        Whether it keeps more than the codec curve at equal bits, for certain.
    value, low, high
        What it keeps.
    """

    label: str
    family: str
    bits_per_feature: float
    free: bool
    above: bool
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """What is drawn for one reader under one gauge.

    Parameters
    ----------
    reader, gauge
        Which.
    spots
        Theories, cheapest first.
    codecs
        Bits a feature and function kept of the codecs that no cheaper one beats.
    zero
        What the random theory keeps; nan if it was not read.
    gauge_bits
        Bits a feature of the re-fit, beside the message.
    """

    reader: str
    gauge: str
    spots: tuple[Spot, ...]
    codecs: tuple[tuple[float, float], ...]
    zero: float
    gauge_bits: float


def main_reader(explanation: Explanation) -> str:
    """Return the reader that comes nearest to function: what is drawn and told first.

    Parameters
    ----------
    explanation
        What was measured.
    """
    whole = [r for r in explanation.readers if r != "cosine"]
    near = [r for r in whole if r == "geometry: neighbours"]
    return (readers_of_function(explanation) or near or whole or list(explanation.readers) or [""])[
        0
    ]


def curve_of(explanation: Explanation, *, reader: str, gauge: str) -> Curve:
    """Return what is drawn.

    Parameters
    ----------
    explanation
        What was measured.
    reader, gauge
        Which scores.
    """
    rows = [r for r in explanation.curve(reader=reader, gauge=gauge) if np.isfinite(r.value)]
    m = max(explanation.n_features, 1)
    line = codec_curve(explanation, gauge=gauge, reader=reader)
    pairs = () if line is None else zip(line.said, line.kept, strict=True)
    codecs = tuple((s.bits / m, kept.value) for s, kept in pairs if s.kind != RANDOM)
    context = Context(explanation, reader, gauge)
    zero = context.random
    return Curve(
        reader, gauge, tuple(_spot(row, context) for row in rows), codecs,
        float("nan") if zero is None else zero.value,
        max((row.gauge_bits for row in rows), default=0.0) / m,
    )  # fmt: skip


def _spot(row: Row, context: Context) -> Spot:
    said: Said = context.explanation.theory(row.theory)
    kept = context.kept(row.theory)
    above = False
    if context.curve is not None and kept is not None and not said.generic and not said.controls:
        above = (
            said.kind != RANDOM
            and bounds(difference(kept, context.curve.at(float(row.bits))))[0] > 0
        )
    family = "control" if said.controls else row.family
    return Spot(row.theory, family, row.bits_per_feature, said.free, above, row.value, row.low,
                row.high)  # fmt: skip
