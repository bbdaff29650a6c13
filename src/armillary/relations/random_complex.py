"""Random complexes: simplices redrawn with every size and every vertex's degree kept."""

from collections.abc import Iterator, Sequence

import numpy as np

from armillary.core.errors import BadInput

Facets = Sequence[Sequence[int]]
TRADES = 5  # a facet, on average, from the observed complex to the hub and from it to a draw


def degree_preserving(
    facets: Facets, *, draws: int, trades: int = TRADES, rng: np.random.Generator
) -> Iterator[list[tuple[int, ...]]]:
    """Give random complexes with as many simplices of each size and as many through each vertex.

    A trade takes two simplices, keeps the vertices they share, and deals the others out anew, each
    keeping its size. From the observed complex a chain of trades runs to a hub, and from the hub an
    independent chain of the same length to every draw. As trades are reversible, observed and drawn
    are exchangeable under "all incidence tables with these margins are equally likely", however
    few trades there are: p-values by rank are exact.

    Parameters
    ----------
    facets
        Vertices of every simplex, without repeats.
    draws
        How many.
    trades
        Trades a simplex, in each chain; few make draws that resemble the observed one (less
        power), never a wrong size.
    rng
        Draws the trades.

    Yields
    ------
    list of tuple of int
        Simplices in the order of ``facets``; their vertices rise.

    Raises
    ------
    BadInput
        If a simplex repeats a vertex, or there are fewer than two simplices.

    References
    ----------
    Strona et al. 2014, doi:10.1038/ncomms5114: the trades. Besag and Clifford 1989,
    doi:10.1093/biomet/76.4.633: the hub.
    """
    held = [set(map(int, one)) for one in facets]
    if len(held) < 2 or any(len(one) != len(set(one)) for one in facets):
        raise BadInput(
            f"{len(held)} simplices: expected two or more, none of which repeats a vertex"
        )
    return _drawn(held, draws=draws, trades=trades, rng=rng)


def _drawn(
    held: list[set[int]], *, draws: int, trades: int, rng: np.random.Generator
) -> Iterator[list[tuple[int, ...]]]:
    hub = _traded(held, trades * len(held), rng)
    for _ in range(draws):
        yield [tuple(sorted(one)) for one in _traded(hub, trades * len(held), rng)]


def _traded(held: list[set[int]], n: int, rng: np.random.Generator) -> list[set[int]]:
    made = [set(one) for one in held]
    first: np.ndarray = rng.integers(len(made), size=n)
    second: np.ndarray = (first + rng.integers(1, len(made), size=n)) % len(made)
    pairs: list[tuple[int, int]] = list(zip(first.tolist(), second.tolist(), strict=True))
    for a, b in pairs:
        only_a, only_b = made[a] - made[b], made[b] - made[a]
        if not only_a or not only_b:
            continue
        loose = np.array(sorted(only_a | only_b))
        dealt = loose[rng.permutation(loose.size)]
        shared = made[a] & made[b]
        made[a] = shared | set(dealt[: len(only_a)].tolist())
        made[b] = shared | set(dealt[len(only_a) :].tolist())
    return made
