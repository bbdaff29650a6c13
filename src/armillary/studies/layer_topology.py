"""Layer topology: holes of the complex that later features span, beside random complexes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core import BadInput
from armillary.relations import clamped, degree_preserving, removal_curve
from armillary.relations.random_complex import Facets
from armillary.relations.removal import SHARES
from armillary.studies.homology import betti_numbers


@dataclass(frozen=True, slots=True, eq=False)
class RankTest:
    """A number beside draws of it; both tails count.

    Parameters
    ----------
    observed, null
        Of the complex, and of random ones with its sizes and degrees.
    """

    observed: float
    null: Float[np.ndarray, " draw"]

    @property
    def pvalue(self) -> float:
        """Twice the smaller of the two tail ranks, at most 1; ties count against us."""
        low = int((self.null <= self.observed).sum()) + 1
        high = int((self.null >= self.observed).sum()) + 1
        return min(1.0, 2 * min(low, high) / (1 + self.null.size))

    @property
    def band(self) -> tuple[float, float]:
        """The middle 95 % of the draws."""
        low, high = np.quantile(self.null, [0.025, 0.975])
        return float(low), float(high)


@dataclass(frozen=True, slots=True, eq=False)
class Clamp:
    """One earlier feature held at zero.

    Parameters
    ----------
    vertex, degree
        Its column, and how many later features span it.
    change
        Change of every Betti number, with the same vertex clamped in every random complex.
    """

    vertex: int
    degree: int
    change: tuple[RankTest, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Topology:
    """Holes of a complex, and how they change.

    Parameters
    ----------
    facets, later
        Simplices, and the later feature of each.
    betti
        One test a dimension.
    shares, curve, null_curve
        Betti numbers after that share of simplices was removed, the loosest first; the same for
        random complexes, in the same order of simplices.
    areas
        Of each curve, summed over the shares but the first.
    clamps
        The earlier features that most later ones span.
    """

    facets: tuple[tuple[int, ...], ...]
    later: tuple[int, ...]
    betti: tuple[RankTest, ...]
    shares: tuple[float, ...]
    curve: Float[np.ndarray, "share dimension"]
    null_curve: Float[np.ndarray, "draw share dimension"]
    areas: tuple[RankTest, ...]
    clamps: tuple[Clamp, ...]


def topology(
    spans: Mapping[int, tuple[int, ...]],
    tightness: Mapping[int, float],
    *,
    draws: int = 199,
    n_clamps: int = 12,
    rng: np.random.Generator,
) -> Topology:
    """Count the holes of a complex, take simplices and vertices away, and do the same at random.

    Parameters
    ----------
    spans
        Vertices of every later feature's simplex.
    tightness
        Of every later feature; the simplex with the smallest is removed first.
    draws
        Random complexes.
    n_clamps
        Vertices of the largest degree that are clamped, one at a time.
    rng
        Draws the random complexes.

    Returns
    -------
    Topology
        With p-values whose reach is ``2 / (1 + draws)``.

    Raises
    ------
    BadInput
        If there are fewer than two simplices.
    """
    later = tuple(sorted(spans))
    facets = tuple(tuple(spans[k]) for k in later)
    if len(facets) < 2:
        raise BadInput(
            f"{len(facets)} later features span anything: lower the share or give more tokens"
        )
    order = np.argsort([tightness[k] for k in later], kind="stable")
    vertices = _largest(facets, n_clamps)
    own = _measured(facets, order, vertices)
    drawn = [
        _measured(one, order, vertices) for one in degree_preserving(facets, draws=draws, rng=rng)
    ]
    curves = np.stack([one[0] for one in drawn])
    moved = np.stack([one[1] for one in drawn])
    return Topology(
        facets, later, _tests(own[0][0], curves[:, 0]), SHARES, own[0], curves,
        _tests(own[0][1:].sum(axis=0), curves[:, 1:].sum(axis=1)),
        tuple(
            Clamp(vertex, degree, _tests(own[1][k], moved[:, k]))
            for k, (vertex, degree) in enumerate(vertices)
        ),
    )  # fmt: skip


def _largest(facets: Facets, n: int) -> list[tuple[int, int]]:
    flat = np.concatenate([np.asarray(one) for one in facets])
    vertex, degree = np.unique(flat, return_counts=True)
    first = np.argsort(-degree, kind="stable")[:n]
    return list(zip(vertex[first].tolist(), degree[first].tolist(), strict=True))


def _measured(
    facets: Facets, order: Int[np.ndarray, " facet"], vertices: list[tuple[int, int]]
) -> tuple[np.ndarray, np.ndarray]:
    curve = removal_curve(facets, order, betti=betti_numbers)
    moved = [betti_numbers(clamped(facets, [vertex])) - curve[0] for vertex, _ in vertices]
    return curve, np.array(moved).reshape(len(vertices), curve.shape[1])


def _tests(
    observed: Float[np.ndarray, " dimension"], null: Float[np.ndarray, "draw dimension"]
) -> tuple[RankTest, ...]:
    return tuple(RankTest(float(one), null[:, k]) for k, one in enumerate(observed))
