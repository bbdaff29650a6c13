"""Rebuilt: one group seen through its codes, as the words it is about."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.inference import NullTest


@dataclass(frozen=True, slots=True, eq=False)
class Indices:
    """Irreducibility of the planes of a rebuilt cloud, beside the same codes on other rays.

    Parameters
    ----------
    separability, mixture
        Both indices on planes (1,2), (2,3), ...
    test
        Their score against random rays.
    """

    separability: Float[np.ndarray, " plane"]
    mixture: Float[np.ndarray, " plane"]
    test: NullTest


@dataclass(frozen=True, slots=True, eq=False)
class Rebuilt:
    """What a group of features rebuilds, averaged by word, and the order those means lie in.

    Parameters
    ----------
    group_id, found_by, rows
        Number of the group, what it was found by, and the rows of the space it consists of.
    words
        The words that the group is about, by how many of its tokens they make up.
    count, share
        Tokens averaged a word, and the share of the activation on it that is the group's.
    n_active, n_points
        Tokens on which the group fires, and how many of them were looked at.
    scores
        Word means in their principal axes.
    row_scores
        Decoder rows of the members in their own two leading principal axes.
    shape
        ``"circle"`` or ``"segment"``; ``"flat"`` where one or two axes are longer than other rays
        make them but clouds of the same spectrum are as even; ``"none"`` where nothing is claimed.
    explained, excess, margin
        Share of variance that evenly spaced points on the shape explain; less what other rays give;
        less the same of the other shape.
    axes, order
        Principal axes that give the order, and the words in it (also where nothing is claimed).
    placement
        Level a: the statistic against the same codes on random rays, and on rays of the same
        spectrum.
    spectrum
        Level b: against clouds with the spectrum of the word means.
    q, q_by
        Adjusted p over all groups tested, of the larger of the two placement p.
    stability
        Share of neighbours in the order that two halves of the documents agree on.
    battery
        What the battery of shapes calls the word means.
    indices
        Irreducibility of the rebuilt tokens; None where nothing is claimed.
    token
        Rows of the codes kept as examples: some of every word, and some of all.
    token_word, token_scores
        Their words (-1: none of ``words``) and their coordinates in the axes of ``scores``.
    grade, rank, n_folded, note
        As of a finding; ``n_folded`` claims say the same of other groups and were folded into this.
    """

    group_id: int
    found_by: str
    rows: Int[np.ndarray, " member"]
    words: tuple[str, ...]
    count: Int[np.ndarray, " word"]
    share: Float[np.ndarray, " word"]
    n_active: int
    n_points: int
    scores: Float[np.ndarray, "word axis"]
    row_scores: Float[np.ndarray, "member 2"]
    shape: str
    explained: float
    excess: float
    margin: float
    axes: tuple[int, ...]
    order: Int[np.ndarray, " word"]
    placement: tuple[NullTest, NullTest]
    spectrum: NullTest
    q: float
    q_by: float
    stability: float
    battery: str
    indices: Indices | None
    token: Int[np.ndarray, " example"]
    token_word: Int[np.ndarray, " example"]
    token_scores: Float[np.ndarray, "example axis"]
    grade: str = ""
    rank: int = 0
    n_folded: int = 0
    note: str = ""

    @property
    def weakest(self) -> NullTest:
        """The ray null that is beaten by least."""
        return max(self.placement, key=lambda test: (test.pvalue, -test.effect))

    @property
    def pvalue(self) -> float:
        """The larger p of the two ray nulls."""
        return self.weakest.pvalue
