"""Halving: at how many bits half of the gap is closed, and how dear each further halving is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.explain.context import Context
from armillary.explain.measured import Said
from armillary.explain.pooling import interval_of
from armillary.explain.sentence import Sentence, bits_text

OPEN = (0.02, 0.98)  # shares of the gap between which its fall is fitted
STRAIGHT = 0.8  # least share of variance that the line must explain

Spread = tuple[float, float, float]  # value, low, high


@dataclass(frozen=True, slots=True)
class Halving:
    """What it costs to close the gap between random and true.

    Parameters
    ----------
    first
        Bits a feature at which half is closed, with 95 %; None where it never is.
    factor
        By how much bits grow for each halving of what is left; None where no straight line fits.
    """

    first: Spread | None
    factor: Spread | None


def halving(context: Context, said: Sequence[Said]) -> Halving | None:
    """Measure along the theories that no cheaper one of the same list beats.

    With ``o`` the share of the gap that a theory leaves open and ``b`` its bits a feature:
    ``first`` is where ``o``, straight in ``log2 b`` between theories, is 1/2 (the price of the
    theory that closes half, if none is cheaper but such as cost a few numbers in all); ``factor``
    is ``2 ** (-1 / slope)`` of the line of ``log2 o`` on ``log2 b`` through at least three theories
    that cost more than a few numbers, with 0.02 < o < 0.98, that span a doubling of bits, if it
    falls and explains 0.8 of the variance.

    Parameters
    ----------
    context
        Reader and gauge, with a gap.
    said
        Theories to choose from.

    Returns
    -------
    Halving or None
        None where neither can be said. Intervals follow the draws of units and seeds.
    """
    line, open_, draws = _frontier(context, said)
    if not line:
        return None
    logs = np.log2([one.bits / max(context.explanation.n_features, 1) for one in line])
    priced = np.array([not one.free for one in line])
    first = _crossing(logs, open_, priced)
    every = np.array([_crossing(logs, np.minimum.accumulate(one), priced) for one in draws])
    factor = _factor(logs[priced], open_[priced], draws[:, priced])
    found = Halving(_spread(first, every), factor)
    return None if found == Halving(None, None) else found


def halvings(context: Context) -> list[Sentence]:
    """Say what halving the gap costs in codecs, and in theories.

    Parameters
    ----------
    context
        Reader and gauge.
    """
    every = context.tried()
    parts: list[str] = []
    brief: list[str] = []
    nothing = float("nan")
    value: Spread = (nothing, nothing, nothing)
    codecs = [one for one in every if one.generic]
    others = [one for one in every if not one.generic]
    for name, chosen in (("codecs", codecs), ("theories (alone or with a codec)", others)):
        found = halving(context, chosen)
        if found is None:
            continue
        parts.append(_said(name, found))
        brief.append(f"{name.split(' (')[0]} {_bits(found.first) if found.first else 'never'}")
        if found.first is not None and np.isnan(value[0]):
            value = found.first
    if not parts:
        return []
    lead, detail = "What closing half of the gap takes", " and ".join(parts)
    text = f"{lead} ({context.reader}, {context.where}): {detail}."
    said = Sentence(
        "halving", "measured", text, context.reader, context.gauge, value[0], value[1], value[2],
        (), lead, context.where, detail, ", ".join(brief),
    )  # fmt: skip
    return [said]


def _said(name: str, found: Halving) -> str:
    first = f"{name} "
    first += (
        f"need {_bits(found.first)} bits a feature" if found.first else "never close half of it"
    )
    if found.factor is None:
        return first
    value, low, high = found.factor
    between = "" if np.isnan(low) else f" [{low:.1f}, {high:.1f}]"
    return f"{first} (each further halving takes {value:.1f}{between} times the bits)"


def _bits(spread: Spread) -> str:
    value, low, high = (bits_text(one) for one in spread)
    return value if np.isnan(spread[1]) else f"{value} [{low}, {high}]"


def _frontier(
    context: Context, said: Sequence[Said]
) -> tuple[list[Said], Float[np.ndarray, " theory"], Float[np.ndarray, "draw theory"]]:
    line: list[Said] = []
    left: list[float] = []
    draws: list[np.ndarray] = []
    for one in sorted(said, key=lambda one: one.bits):
        kept = context.kept(one.label)
        share = None if kept is None else context.closed(kept)
        if share is None or not np.isfinite(share.value) or (left and 1 - share.value >= left[-1]):
            continue
        line.append(one)
        left.append(1 - share.value)
        draws.append(np.full(1, np.nan) if share.draws is None else 1 - share.draws)
    whole = len({one.size for one in draws}) == 1 and bool(draws) and draws[0].size > 1
    return (line, np.array(left),
            np.stack(draws, axis=1) if whole else np.zeros((0, len(line))))  # fmt: skip


def _crossing(logs: np.ndarray, left: np.ndarray, priced: np.ndarray) -> float:
    closed = np.flatnonzero(left <= 0.5)
    if not closed.size:
        return float("nan")
    k = int(closed[0])
    if k == 0 or not priced[k - 1]:
        return float(2 ** logs[k])
    return float(2 ** np.interp(-0.5, -left[k - 1 : k + 1], logs[k - 1 : k + 1]))


def _factor(logs: np.ndarray, left: np.ndarray, draws: np.ndarray) -> Spread | None:
    good = (left > OPEN[0]) & (left < OPEN[1])
    if good.sum() < 3 or np.ptp(logs[good]) < 1:
        return None
    x, y = logs[good], np.log2(left[good])
    slope = float(_slopes(x, y[None])[0])
    if slope >= 0 or np.corrcoef(x, y)[0, 1] ** 2 < STRAIGHT:
        return None
    drawn = _slopes(x, np.log2(np.maximum(draws[:, good], OPEN[0] / 4)))
    falls = np.where(drawn < 0, drawn, np.nan)
    return _spread(2 ** (-1 / slope), 2 ** (-1 / falls))


def _slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    centred = x - x.mean()
    return y @ centred / (centred @ centred)


def _spread(value: float, draws: np.ndarray) -> Spread | None:
    if not np.isfinite(value):
        return None
    low, high = interval_of(draws) if draws.size else (float("nan"), float("nan"))
    return value, low, high
