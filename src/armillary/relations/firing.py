"""Firing: which earlier features fire where a later one fires, beside how often they do anyway."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.relations.edge_test import EdgeTests, edge_tests


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """The earlier features that every later one spans: one row a pair.

    Parameters
    ----------
    later, earlier
        Columns of the codes.
    share
        ``P(earlier fires | later fires)`` on the tokens chosen on.
    base
        ``P(earlier fires)`` on the same.
    tests
        Of every pair, on other tokens.
    kept
        Pairs that passed: positive, and ``q`` at most the level.
    """

    later: Int[np.ndarray, " pair"]
    earlier: Int[np.ndarray, " pair"]
    share: Float[np.ndarray, " pair"]
    base: Float[np.ndarray, " pair"]
    tests: EdgeTests
    kept: Bool[np.ndarray, " pair"]

    def facets(self) -> dict[int, tuple[int, ...]]:
        """Return the vertices of every later feature's simplex, by its column; none is empty."""
        found: dict[int, list[int]] = {}
        for k in np.flatnonzero(self.kept).tolist():
            found.setdefault(int(self.later[k]), []).append(int(self.earlier[k]))
        return {later: tuple(sorted(those)) for later, those in found.items()}


def firing_spans(
    earlier: Codes,
    later: Codes,
    *,
    fit: slice,
    test: slice,
    most: int = 5,
    share: float = 0.3,
    lift: float = 3.0,
    least: int = 20,
    block: int = 1,
    level: float = 0.05,
    draws: int = 399,
    rng: np.random.Generator,
) -> Spans:
    """Choose, for every later feature, the earlier ones most likely to fire with it.

    An earlier feature is a candidate if ``P(i | j) >= share`` and ``P(i | j) >= lift P(i)``; the
    ``most`` candidates with the largest ``P(i | j)`` are tested on other tokens, as plain
    association of firings (``edge_tests`` with ``given=False``).

    Parameters
    ----------
    earlier, later
        Codes of the same tokens.
    fit, test
        Tokens to choose on, and to test on.
    most
        Vertices of a simplex, at most; its dimension is one less.
    share, lift
        What makes a candidate.
    least
        Later features that fire on fewer tokens of ``fit`` span nothing.
    block, draws, rng
        As in ``edge_tests``.
    level
        Of the false discovery rate over all pairs tested.

    Returns
    -------
    Spans
        All candidates with their tests.

    Raises
    ------
    BadInput
        If the codes are not of the same tokens.
    """
    if earlier.n_tokens != later.n_tokens:
        raise BadInput(
            f"{earlier.n_tokens:,} earlier and {later.n_tokens:,} later tokens: encode the same"
        )
    ones = [_fired(codes) for codes in (earlier, later)]
    one, two = (codes.matrix()[fit].astype(np.float64) for codes in ones)
    together: Any = (one.T.tocsr() @ two).toarray()
    n = one.shape[0]
    base = np.asarray(one.sum(axis=0)).ravel() / n
    count = np.asarray(two.sum(axis=0)).ravel()
    chance = together / np.maximum(count, 1)
    good = (chance >= share) & (chance >= lift * base[:, None]) & (count >= least)
    ranked: np.ndarray = np.argsort(-np.where(good, chance, -1.0), axis=0, kind="stable")[:most]
    column: np.ndarray = np.tile(np.arange(later.n_features), (len(ranked), 1))
    passed: np.ndarray = good[ranked, column].T
    first, second = ranked.T[passed], column.T[passed]
    tests = edge_tests(
        ones[0], ones[1], (first, second), rows=test, block=block, draws=draws, given=False, rng=rng
    )
    kept = (tests.q <= level) & (tests.t > 0)
    return Spans(second, first, chance[first, second], base[first], tests, kept)


def _fired(codes: Codes) -> Codes:
    value = (np.asarray(codes.value) > 0).astype(np.float32)
    token = codes.token_of_firing(0, codes.n_tokens)
    return Codes.from_triples(
        token, np.asarray(codes.feature), value, n_tokens=codes.n_tokens,
        n_features=codes.n_features,
    )  # fmt: skip
