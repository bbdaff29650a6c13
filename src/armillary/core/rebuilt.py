"""Rebuilt: one group seen through its codes, as the words it fires on."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core.finding import ShapeFit
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
    """What a group of features rebuilds, averaged by word, and the shape of those means.

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
    fit, runner_up
        Shape of the word means, and the best of its rivals; ``none`` where nothing is claimed.
    placement
        The same statistic against three nulls: clouds of the same spectrum, the same codes on
        random rays, the same codes on rays of the same spectrum.
    q, q_by
        Adjusted p over all groups that could be tested, of the largest of the three p.
    rival
        The claim against its best impostor; None if not reached.
    stability
        Share of resamples in which the same shape wins.
    token
        Rows of the codes kept as examples.
    token_word, token_scores
        Their words (-1: none of ``words``) and their coordinates in the axes of ``scores``.
    indices
        Irreducibility of the rebuilt tokens; None where the means have no shape.
    grade, rank, n_folded
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
    fit: ShapeFit
    runner_up: ShapeFit
    placement: tuple[NullTest, ...]
    q: float
    q_by: float
    rival: NullTest | None
    stability: float
    token: Int[np.ndarray, " example"]
    token_word: Int[np.ndarray, " example"]
    token_scores: Float[np.ndarray, "example axis"]
    indices: Indices | None
    grade: str = ""
    rank: int = 0
    n_folded: int = 0
    note: str = ""

    @property
    def weakest(self) -> NullTest:
        """The placement null beaten by least."""
        return max(self.placement, key=lambda test: (test.pvalue, -test.effect))

    @property
    def pvalue(self) -> float:
        """Largest of the three placement p-values."""
        return self.weakest.pvalue

    @property
    def effect(self) -> float:
        """Nats saved a word."""
        return self.fit.nats / len(self.words)

    @property
    def margin(self) -> float:
        """Nats a word by which the shape beats the runner-up."""
        return (self.fit.nats - self.runner_up.nats) / len(self.words)

    def heavy_tails_suffice(self, level: float) -> bool:
        """Whether an elliptical cloud with these radii is reason enough for the claim."""
        return (
            self.rival is not None
            and self.rival.name == "heavy tails"
            and self.rival.pvalue > level
        )
