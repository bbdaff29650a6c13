"""Layer relations: edges between two layers, how far they reach, what weights see of them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.inference import NullTest
from armillary.relations import (
    EdgeTests,
    Parents,
    Spans,
    VirtualWeights,
    carried_share,
    choose_parents,
    edge_tests,
    firing_spans,
    held_out_r2,
    ridge_r2,
    virtual_weights,
)
from armillary.studies.two_layers import LayerPair


@dataclass(frozen=True, slots=True)
class RelationSettings:
    """How edges are looked for.

    Parameters
    ----------
    most, worth, least
        As in ``choose_parents``.
    vertices, share, lift
        As ``most``, ``share`` and ``lift`` in ``firing_spans``.
    draws
        Permutations of every test.
    level
        False discovery rate.
    """

    most: int = 8
    worth: float = 0.005
    least: int = 20
    vertices: int = 5
    share: float = 0.3
    lift: float = 3.0
    draws: int = 399
    level: float = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Relations:
    """What was found between two layers.

    Parameters
    ----------
    parents, tests, kept
        Candidate edges, their tests on other tokens, and which of them passed.
    r2, ridge
        Held-out variance explained of every later feature: by its parents, by all earlier ones.
    spans
        The simplices.
    virtual
        Weights of the direct path; None without dictionaries.
    agreement
        How far they agree with the edges that passed; None without dictionaries or edges.
    """

    parents: Parents
    tests: EdgeTests
    kept: Bool[np.ndarray, " edge"]
    r2: Float[np.ndarray, " later"]
    ridge: Float[np.ndarray, " later"]
    spans: Spans
    virtual: VirtualWeights | None
    agreement: NullTest | None

    @property
    def edges(self) -> tuple[Int[np.ndarray, " kept"], Int[np.ndarray, " kept"]]:
        """Earlier and later column of every edge that passed."""
        return self.parents.earlier[self.kept], self.parents.later[self.kept]

    @property
    def pairs(self) -> frozenset[tuple[int, int]]:
        """The same as a set."""
        first, second = self.edges
        return frozenset(zip(first.tolist(), second.tolist(), strict=True))

    def carried(self, level: float = 0.05) -> Bool[np.ndarray, " kept"] | None:
        """Return which edges that passed stand out among virtual weights, too."""
        if self.virtual is None:
            return None
        return self.virtual.strongest(level)[self.edges]


@dataclass(frozen=True, slots=True)
class Recovered:
    """Edges found beside edges that are true.

    Parameters
    ----------
    found, true, right
        How many of each; ``right`` are both.
    """

    found: int
    true: int
    right: int

    @property
    def precision(self) -> float:
        """Share of the edges found that are true; 1 where none was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true edges found."""
        return self.right / self.true if self.true else 1.0


def recovered(found: frozenset[tuple[int, int]], true: frozenset[tuple[int, int]]) -> Recovered:
    """Count edges found, true, and both."""
    return Recovered(len(found), len(true), len(found & true))


def relate(
    pair: LayerPair, settings: RelationSettings | None = None, *, rng: np.random.Generator
) -> Relations:
    """Find the edges between two layers: chosen on the pair's first tokens, tested on the others.

    Parameters
    ----------
    pair
        Codes of the same tokens, with dictionaries where they are known.
    settings
        How edges are looked for.
    rng
        Draws permutations.

    Returns
    -------
    Relations
        All candidates, passed or not.

    Raises
    ------
    BadInput
        If the codes are not of the same tokens or too few blocks are left to test on.
    """
    asked = settings or RelationSettings()
    earlier, later = pair.earlier, pair.later
    fit, test = slice(0, pair.learned), slice(pair.learned, earlier.n_tokens)
    parents = choose_parents(
        earlier, later, fit, most=asked.most, worth=asked.worth, least=asked.least
    )
    tests = edge_tests(
        earlier, later, (parents.earlier, parents.later), rows=test, block=pair.block,
        draws=asked.draws, rng=rng,
    )  # fmt: skip
    kept = tests.q <= asked.level
    spans = firing_spans(
        earlier, later, fit=fit, test=test, most=asked.vertices, share=asked.share,
        lift=asked.lift, least=asked.least, block=pair.block, level=asked.level,
        draws=asked.draws, rng=rng,
    )  # fmt: skip
    virtual, agreement = None, None
    if pair.dictionaries is not None:
        one, two = pair.dictionaries
        virtual = virtual_weights(
            one.directions[earlier.feature_id], two.encoder[:, later.feature_id]
        )
        if kept.any():
            edges = parents.earlier[kept], parents.later[kept]
            agreement = carried_share(virtual, edges, rng=rng)
    return Relations(
        parents, tests, kept, held_out_r2(parents, earlier, later, rows=test),
        ridge_r2(earlier, later, fit=fit, test=test), spans, virtual, agreement,
    )  # fmt: skip
