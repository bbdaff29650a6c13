"""Retrieval: which word of all answers ``a is to b as c is to ?``, the words asked with excluded.

``c + b - a`` is scored against every candidate x by the sum of three tables: ``cos(x, c) + cos(x,
b) - cos(x, a)`` (3CosAdd), or the same of logarithms (3CosMul). So the answers for every left word
a_i, right word b_k and asked word c_j are found once, and the accuracy of any pairing is looked up.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.algebra.offsets import Measured
from armillary.algebra.pairings import DRAWS, Pairings, pair_interval, pairings
from armillary.inference.monte_carlo import NullTest
from armillary.inference.order_tests import OrderTest

EPSILON = 1e-3  # of 3CosMul, as published
BLOCK = 8192  # candidates at a time

Score = Callable[[np.ndarray], np.ndarray]


def cos_add(cosine: Float[np.ndarray, "*table"]) -> Float[np.ndarray, "*table"]:
    """Score by sums of cosines (Mikolov, Yih and Zweig 2013, N13-1090)."""
    return cosine


def cos_mul(cosine: Float[np.ndarray, "*table"]) -> Float[np.ndarray, "*table"]:
    """Score by products of cosines moved to [0, 1] (Levy and Goldberg 2014, W14-1618)."""
    return np.log(np.clip((1 + cosine) / 2, 0, 1) + EPSILON)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What is answered to every question that a family's words can make.

    Parameters
    ----------
    open
        ``open[j, i, k]``: asked of left word j, by left word i and right word k: the number of the
        right word that is the best candidate of all, or -1 where it is another word.
    closed
        The same with the family's right words as the only candidates; never -1.
    nearest
        Whether the right word of j is the nearest of all to left word j, which needs no analogy.
    """

    open: Int[np.ndarray, "asked giver given"]
    closed: Int[np.ndarray, "asked giver given"]
    nearest: Bool[np.ndarray, " asked"]


def analogy_answers(
    unit: Float[np.ndarray, "candidate d_model"],
    word: Int[np.ndarray, " candidate"],
    *,
    left: Int[np.ndarray, " pair"],
    right: Int[np.ndarray, " pair"],
    score: Score = cos_add,
) -> Answers:
    """Answer every question ``left_i : right_k :: left_j : ?``, exactly.

    Parameters
    ----------
    unit
        Candidates, length 1.
    word
        Number of the word that each candidate spells: of the words in a question no spelling can be
        its answer, and any spelling of the right word is right.
    left, right
        Candidates that are the pairs' words; all words different.
    score
        ``cos_add`` or ``cos_mul``.

    Returns
    -------
    Answers
        Ties with a word outside the family count as wrong.

    Raises
    ------
    ValueError
        If a word is there twice, or there are fewer than 3 pairs.

    Notes
    -----
    Time: one product ``candidate x d_model x 2 pair``, then for each asked word only the candidates
    whose largest score over all questions could win.
    """
    n = left.size
    asked = np.r_[left, right]
    if n < 3 or right.size != n or np.unique(word[asked]).size != 2 * n:
        raise ValueError(f"expected 3 pairs of different words or more, got {n} and {right.size}")
    own = np.flatnonzero(np.isin(word, word[asked]))
    inside = _tables(unit[own], unit[asked], score)
    which = _positions(word[asked], word[own])
    others = np.flatnonzero(~np.isin(word, word[asked]))
    outside = np.concatenate(
        [
            _tables(unit[others[at : at + BLOCK]], unit[asked], score)
            for at in range(0, max(others.size, 1), BLOCK)
        ]
    )
    highest = outside[:, n:].max(axis=1) - outside[:, :n].min(axis=1)
    open_ = np.full((n, n, n), -1, dtype=np.int32)
    closed = np.zeros((n, n, n), dtype=np.int32)
    nearest = np.zeros(n, dtype=bool)
    for j in range(n):
        winner, best = _inside(inside, which, j)
        bar = np.where(winner >= n, best, np.inf).min() if (winner >= n).any() else np.inf
        rival = outside[outside[:, j] + highest >= bar]
        beaten = _beaten(rival, j, best)
        open_[j] = np.where((winner >= n) & ~beaten, winner - n, -1)
        closed[j] = _closed(inside[np.searchsorted(own, right)], j)
        nearest[j] = _nearest(inside, which, outside[:, j], j)
    return Answers(open_, closed, nearest)


def answered(
    unit: Float[np.ndarray, "candidate d_model"],
    word: Int[np.ndarray, " candidate"],
    *,
    left: Int[np.ndarray, " pair"],
    right: Int[np.ndarray, " pair"],
    score: Score = cos_add,
) -> Bool[np.ndarray, "giver asked"]:
    """Tell which questions ``left_i : right_i :: left_j : ?`` are answered rightly.

    The observed part of ``analogy_answers``, by looking at every candidate, without other pairings.

    Parameters
    ----------
    unit, word, left, right, score
        As for ``analogy_answers``.

    Returns
    -------
    Bool[np.ndarray, "giver asked"]
        The diagonal is False. Ties count as wrong.
    """
    n = left.size
    asked = np.r_[left, right]
    table = _tables(unit, unit[asked], score)
    right_ones = word[None, :] == word[right][:, None]
    lefts, rights = (
        [np.flatnonzero(word == word[k]) for k in side.tolist()] for side in (left, right)
    )
    out = np.zeros((n, n), dtype=bool)
    for i in range(n):
        step = table[:, n + i] - table[:, i]
        for j in (j for j in range(n) if j != i):
            place = table[:, j] + step
            place[np.r_[lefts[i], rights[i], lefts[j]]] = -np.inf
            wanted = place[right_ones[j]].max()
            place[right_ones[j]] = -np.inf
            out[i, j] = wanted > place.max()
    return out


def accuracy_test(
    answer: Int[np.ndarray, "asked giver given"],
    *,
    n_draws: int = DRAWS,
    rng: np.random.Generator,
) -> Measured:
    """Count right answers over all ordered pairs of pairs, beside those of other pairings.

    A pairing deals right word ``k_i`` to left word i; a question takes pair ``(i, k_i)``, asks j,
    and the answer is right if it is ``k_j``.

    Parameters
    ----------
    answer
        One of the tables of ``Answers``.
    n_draws
        Pairings drawn from eight pairs on.
    rng
        Source of the draws.

    Returns
    -------
    Measured
        ``value`` is the accuracy in [0, 1]; the interval is the jackknife over pairs.
    """
    n: int = answer.shape[0]
    dealt: Pairings = pairings(n, n_draws=n_draws, rng=rng)
    base: Int[np.ndarray, " pair"] = np.arange(n)
    said_of_given = answer[base[None, :], base[:, None], base[:, None]]  # giver x asked
    given: Bool[np.ndarray, "giver asked"] = said_of_given == base[None, :]
    off = ~np.eye(n, dtype=bool)
    null = np.empty(dealt.order.shape[0])
    for at in range(0, null.size, 512):
        order = dealt.order[at : at + 512]
        said = answer[base[None, None, :], base[None, :, None], order[:, :, None]]
        null[at : at + 512] = ((said == order[:, None, :]) & off).sum(axis=(1, 2))
    null /= n * (n - 1)
    value = float(given[off].mean())
    low, high = pair_interval(given)
    test = OrderTest(NullTest(value, null, "right words re-paired"), dealt.reach, dealt.exact)
    return Measured(value, low, high, test)


def _tables(
    rows: Float[np.ndarray, "candidate d_model"],
    asked: Float[np.ndarray, "word d_model"],
    score: Score,
) -> Float[np.ndarray, "candidate word"]:
    return score(rows @ asked.T).astype(np.float32)


def _positions(asked: Int[np.ndarray, " word"], own: np.ndarray) -> Int[np.ndarray, " own"]:
    """Return for every spelling the place of its word among the lefts, then the rights."""
    order = np.argsort(asked)
    return order[np.searchsorted(asked[order], own)]


def _inside(
    table: Float[np.ndarray, "own word"], which: Int[np.ndarray, " own"], j: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the best of the family's own words for every giver and given, and its score."""
    n = table.shape[1] // 2
    score = table[:, None, n:] - table[:, :n, None] + table[:, j, None, None]
    score[which == j] = -np.inf
    for k in range(n):
        score[which == k, k, :] = -np.inf
        score[which == n + k, :, k] = -np.inf
    best = score.argmax(axis=0)
    return which[best], np.take_along_axis(score, best[None], axis=0)[0]


def _beaten(
    rival: Float[np.ndarray, "rival word"], j: int, best: Float[np.ndarray, "giver given"]
) -> Bool[np.ndarray, "giver given"]:
    n = best.shape[0]
    beaten = np.zeros((n, n), dtype=bool)
    for at in range(0, rival.shape[0], 512):
        part = rival[at : at + 512]
        score = part[:, None, n:] - part[:, :n, None] + part[:, j, None, None]
        beaten |= score.max(axis=0) >= best
    return beaten


def _closed(table: Float[np.ndarray, "right word"], j: int) -> Int[np.ndarray, "giver given"]:
    n: int = table.shape[0]
    score = table[:, None, n:] - table[:, :n, None] + table[:, j, None, None]
    k: Int[np.ndarray, " pair"] = np.arange(n)
    score[k, :, k] = -np.inf
    return score.argmax(axis=0)


def _nearest(
    table: Float[np.ndarray, "own word"],
    which: Int[np.ndarray, " own"],
    outside: Float[np.ndarray, " other"],
    j: int,
) -> bool:
    n = table.shape[1] // 2
    near = np.where(which == j, -np.inf, table[:, j])
    best = int(near.argmax())
    return bool(which[best] == n + j and (outside.size == 0 or near[best] > outside.max()))
