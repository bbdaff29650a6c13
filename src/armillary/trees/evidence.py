"""What speaks for a tree and for a ring in a batch of clouds, and p-values of several at once."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.trees.cophenetic import cophenetic_correlation
from armillary.trees.four_point import four_point_excess, squared_distances
from armillary.trees.triplets import held_out_triplets

TREE = ("four-point", "triplets")  # an ultrametric besides only if every point is a leaf
RING = "ring triplets"


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Statistics of clouds, the first of them the observed one; larger is more extreme.

    Parameters
    ----------
    values
        By name: ``four-point`` is 1 less the excess, ``cophenetic`` a correlation, ``triplets`` and
        ``ring triplets`` the shares foretold; a composer may add its own.
    """

    values: dict[str, Float[np.ndarray, " draw"]]

    def pvalue(self, name: str) -> float:
        """Share of all clouds, the observed one too, that are at least as extreme; never 0."""
        value = self.values[name]
        return float((value >= value[0] - 1e-12).mean())

    def every(self, names: tuple[str, ...]) -> float:
        """Return the p-value of the claim that all of these hold: the largest of theirs."""
        return max(self.pvalue(name) for name in names)

    def any(self, names: tuple[str, ...]) -> float:
        """Return the p-value of the claim that one of these holds, with no price to guess.

        Each cloud, the observed one too, gets its rank by every statistic and keeps its best; p is
        the share of clouds whose best is as good. Exact where clouds are exchangeable.
        """
        table = np.stack([self.values[name] for name in names])
        rank = (table[:, None, :] >= table[:, :, None] - 1e-12).sum(axis=2)
        best = rank.min(axis=0)
        return float((best <= best[0]).mean())


def evidence(
    clouds: Float[np.ndarray, "draw point axis"], *, four: Int[np.ndarray, "quartet 4"],
    folds: list[Int[np.ndarray, "_"]],
) -> Evidence:  # fmt: skip
    """Measure how tree-like and how ring-like clouds are, on squared distances.

    Parameters
    ----------
    clouds
        The observed cloud, then clouds of its null.
    four
        Quartets, as from ``quartets``.
    folds
        As from ``folds_of``.

    Returns
    -------
    Evidence
        Of the names in ``TREE``, ``cophenetic``, and ``RING``.
    """
    distance = squared_distances(clouds)
    told = held_out_triplets(clouds, distance, folds)
    return Evidence({
        "four-point": 1 - four_point_excess(distance, four),
        "cophenetic": cophenetic_correlation(distance), "triplets": told.tree, RING: told.ring,
    })  # fmt: skip
