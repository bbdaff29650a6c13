"""What was said and what was measured: the nouns that an explanation is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

FREE_BITS = 256  # content of a message that says no more than a few numbers


@dataclass(frozen=True, slots=True)
class Said:
    """A theory as it was stated about a subject.

    Parameters
    ----------
    label
        With its parameters; unique.
    kind, family, keeps, breaks, drawn, generic
        As the theory says. The generic codecs are the codec curve; all else is held against it.
    bits
        Length of the message.
    overhead_bits
        Of these, names and lengths.
    parts
        Bits by part of the message.
    fit_seconds
        Wall time of the fit.
    settings
        Fields of the theory that are numbers, words, or theories (as their labels).
    quotes
        Whether a codec, or the exact numbers, are part of it: what it keeps it need not explain.
    """

    label: str
    kind: str
    family: str
    keeps: str
    breaks: str
    drawn: bool
    bits: int
    overhead_bits: int
    parts: Mapping[str, int] = field(default_factory=dict[str, int])
    fit_seconds: float = float("nan")
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    quotes: bool = False
    generic: bool = field(kw_only=True)

    @property
    def places(self) -> bool:
        """Whether it says placement; a descriptor says activations."""
        return self.family != "descriptor"

    @property
    def free(self) -> bool:
        """Whether its message says no more than a few numbers."""
        return self.bits - self.overhead_bits <= FREE_BITS

    @property
    def controls(self) -> bool:
        """Whether it must fail: a control, or shapes out of order or of another kind."""
        return self.family == "control" or self.settings.get("mode") in ("scrambled", "simplex")


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What one reader said of one theory's knockoff, of one seed, under one gauge.

    Parameters
    ----------
    theory, seed, gauge, reader, group
        Where in the table it belongs.
    gauge_bits
        Length of the re-fit.
    value, low, high, raw, units
        As in ``Score``.
    """

    theory: str
    seed: int
    gauge: str
    gauge_bits: int
    reader: str
    group: str
    value: float
    low: float = float("nan")
    high: float = float("nan")
    raw: Mapping[str, float] = field(default_factory=dict[str, float])
    units: Float[np.ndarray, "unit 3"] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One theory under one gauge by one reader: seeds and units pooled.

    Parameters
    ----------
    theory, kind, family, keeps, breaks
        The theory.
    bits, bits_per_feature, overhead_bits
        Its price.
    gauge, gauge_bits
        The re-fit that was allowed, and its price, which is not in ``bits``.
    reader, group
        Who read it; the group of features it is about, empty for all.
    value, low, high
        Mean over seeds; 95 % over units and seeds, see ``pooling.pooled_units``.
    n_seeds
        How many.
    zero, zero_low, zero_high
        The random theory under the same gauge, by the same reader: the line that counts as zero.
    raw
        The reader's own numbers, mean over seeds.
    """

    theory: str
    kind: str
    family: str
    keeps: str
    breaks: str
    bits: int
    bits_per_feature: float
    overhead_bits: int
    gauge: str
    gauge_bits: float
    reader: str
    group: str
    value: float
    low: float
    high: float
    n_seeds: int
    zero: float
    zero_low: float
    zero_high: float
    raw: Mapping[str, float]


def said_of(record: Mapping[str, Any]) -> Said:
    """Return a theory from its JSON record.

    Parameters
    ----------
    record
        The fields of ``Said``; None stands for nan.
    """
    held = dict(record)
    if held["fit_seconds"] is None:
        held["fit_seconds"] = float("nan")
    return Said(**held)
