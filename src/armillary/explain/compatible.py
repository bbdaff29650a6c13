"""Compatible theories: pairs that no reader tells apart at the budget that was spent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from armillary.explain.context import bounds, difference
from armillary.explain.pooling import Drawn
from armillary.explain.table import Explanation


@dataclass(frozen=True, slots=True)
class Pair:
    """Two theories under one gauge.

    Parameters
    ----------
    first, second
        Labels.
    gauge
        The re-fit that both were allowed.
    compatible
        Whether for every reader that can compare them the 95 % interval of the difference holds 0.
    readers
        Readers that could compare them: both have draws.
    told_apart_by
        Readers whose interval does not hold 0.
    widest
        The largest difference that an interval still allows, over readers.
    """

    first: str
    second: str
    gauge: str
    compatible: bool
    readers: tuple[str, ...]
    told_apart_by: tuple[str, ...]
    widest: float


def pairs(explanation: Explanation, *, readers: Sequence[str] | None = None) -> list[Pair]:
    """Compare every two theories with every reader, gauge by gauge.

    The difference of two theories is taken draw by draw: the same units in both (paired), seeds
    of each drawn apart. Each interval is 95 % and not corrected for the number of pairs. That two
    theories are compatible says that this budget of units and seeds does not part them; more may.

    Parameters
    ----------
    explanation
        What was measured.
    readers
        Default: all but ``cosine``, which reads placement itself and not what it is for.

    Returns
    -------
    list of Pair
        Every pair that at least one reader could compare.
    """
    asked = [r for r in explanation.readers if r != "cosine"] if readers is None else readers
    found: list[Pair] = []
    for gauge in explanation.gauges or ("none",):
        for a, b in combinations([one.label for one in explanation.said], 2):
            over = {r: _difference(explanation, a, b, reader=r, gauge=gauge) for r in asked}
            each = {r: one for r, one in over.items() if one is not None}
            if each:
                found.append(_pair(a, b, gauge=gauge, each=each))
    return found


def compatible(explanation: Explanation) -> list[dict[str, Any]]:
    """Return the pairs of theories that no reader tells apart, with what the autoencoder is like.

    Parameters
    ----------
    explanation
        What was measured.

    Returns
    -------
    list of dict
        ``first``, ``second``, ``gauge``, ``readers``, ``widest`` beside the subject's ``fvu``,
        ``l0`` and ``width``.
    """
    like = _like(explanation)
    return [
        {**like, "gauge": pair.gauge, "first": pair.first, "second": pair.second,
         "readers": pair.readers, "widest": pair.widest}
        for pair in pairs(explanation) if pair.compatible
    ]  # fmt: skip


def compatible_over(explanations: Sequence[Explanation]) -> list[dict[str, Any]]:
    """Say how many theories remain possible, subject by subject.

    A theory remains possible where it cannot be told from the exact one: every reader that can
    compare the two has 0 in its interval.

    Parameters
    ----------
    explanations
        Of several autoencoders, for instance of one world with several widths and penalties.

    Returns
    -------
    list of dict
        One a subject and gauge, in order of FVU: ``source``, ``fvu``, ``l0``, ``width``,
        ``gauge``, ``theories``, ``pairs``, ``compatible`` (pairs not told apart), ``possible``
        (labels not told from the exact theory), ``cheapest_bits`` (bits a feature of the cheapest
        of them; None where there is none).
    """
    found: list[dict[str, Any]] = []
    for explanation in explanations:
        every = pairs(explanation)
        for gauge in explanation.gauges or ("none",):
            here = [pair for pair in every if pair.gauge == gauge]
            possible = _possible(explanation, here)
            found.append({
                **_like(explanation), "gauge": gauge, "theories": len(explanation.said),
                "pairs": len(here), "compatible": sum(pair.compatible for pair in here),
                "possible": tuple(possible),
                "cheapest_bits": min((explanation.theory(label).bits for label in possible),
                                     default=np.nan) / max(explanation.n_features, 1),
            })  # fmt: skip
    return sorted(found, key=lambda row: (row["fvu"] is None, row["fvu"] or 0.0))


def _possible(explanation: Explanation, here: Sequence[Pair]) -> list[str]:
    exact = explanation.of_kind("exact")
    if not exact:
        return []
    truth, fixed = exact[-1].label, {one.label for one in exact}
    with_truth = [pair for pair in here if truth in (pair.first, pair.second) and pair.compatible]
    labels = [p.first if p.second == truth else p.second for p in with_truth]
    return [label for label in labels if label not in fixed]


def _difference(
    explanation: Explanation, a: str, b: str, *, reader: str, gauge: str
) -> Drawn | None:
    one, other = (explanation.drawn(label, gauge=gauge, reader=reader) for label in (a, b))
    if one is None or other is None:
        return None
    over = difference(one, other)
    return over if over.draws is not None and np.isfinite(over.value) else None


def _pair(a: str, b: str, *, gauge: str, each: Mapping[str, Drawn]) -> Pair:
    limits = {reader: bounds(over) for reader, over in each.items()}
    apart = tuple(reader for reader, (low, high) in limits.items() if low > 0 or high < 0)
    widest = max(max(abs(low), abs(high)) for low, high in limits.values())
    return Pair(a, b, gauge, not apart, tuple(each), apart, float(widest))


def _like(explanation: Explanation) -> dict[str, Any]:
    subject: Mapping[str, Any] = explanation.manifest.get("subject", {})
    width = subject.get("width", explanation.n_features)
    return {"source": explanation.source, "fvu": subject.get("fvu"), "l0": subject.get("l0"),
            "width": width}  # fmt: skip
