"""Structure: whether a map shows more than its method makes of noise with the same spectrum."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.core import BadInput
from armillary.inference import NullTest
from armillary.maps.clumps import clumpiness
from armillary.maps.modes import prominences

FEWEST = 3  # nulls whose spread says anything
NULL = "the same method, settings and seed on spectrum-matched random vectors"


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """A map's clumpiness beside that of the same method on noise.

    Parameters
    ----------
    test
        Clumpiness, with that of every null map.
    modes
        Clumps of the map that stand out more than any in any null map.
    null_modes
        The same of each null map, against the other nulls; empty if there are none.
    bar
        Prominence, in nats, that the most prominent clump of the null maps has.
    """

    test: NullTest
    modes: int
    null_modes: tuple[int, ...]
    bar: float

    @property
    def effect(self) -> float | None:
        """Observed less null mean, in null standard deviations (n - 1); None below three nulls."""
        null = self.test.null
        spread = float(null.std(ddof=1)) if null.size >= FEWEST else 0.0
        return (self.test.observed - float(null.mean())) / spread if spread > 0 else None

    def record(self) -> dict[str, object]:
        """Return the numbers for a manifest."""
        return {
            "statistic": "clumpiness",
            "observed": self.test.observed,
            "null": self.test.name,
            "nulls": self.test.null.size,
            "null_values": self.test.null.tolist(),
            "p": self.test.pvalue,
            "least_p": self.test.reach,
            "effect": self.effect,
            "clumps": self.modes,
            "clumps_of_nulls": list(self.null_modes),
            "prominence_bar": self.bar,
        }


def structure_of(
    xy: Float[np.ndarray, "feature 2"],
    nulls: Sequence[Float[np.ndarray, "feature 2"]],
    *,
    seed: int,
) -> Structure:
    """Test a map against maps of null decoders.

    ``p = (1 + nulls at least as clumpy) / (1 + nulls)``, so with five nulls it is never below 1/6.

    Parameters
    ----------
    xy
        The map.
    nulls
        What the same method, settings and seed make of null decoders; at least one.
    seed
        Of the sample of features in ``clumpiness``, the same for every map.

    Returns
    -------
    Structure
        Large clumpiness is structure. Whatever the null lacks counts: groups, tails heavier than
        Gaussian, densities that differ from place to place.

    Raises
    ------
    BadInput
        If there is no null map, or one has another number of features.
    """
    if not nulls or {len(one) for one in nulls} != {len(xy)}:
        raise BadInput(
            f"a map of {len(xy)} features needs null maps of as many, got {[*map(len, nulls)]}"
        )
    value = [clumpiness(one, rng=np.random.default_rng(seed)) for one in (xy, *nulls)]
    standing = [prominences(one) for one in (xy, *nulls)]
    highest = [float(one.max(initial=0.0)) for one in standing]
    counts = [
        int((one > max([h for j, h in enumerate(highest) if j not in (0, i)] or [0.0])).sum())
        for i, one in enumerate(standing)
    ]
    test = NullTest(value[0], np.array(value[1:]), NULL)
    of_nulls = tuple(counts[1:]) if len(nulls) > 1 else ()
    return Structure(test, counts[0], of_nulls, max(highest[1:]))
