"""Neighbour lists and the undirected graph that follows from them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class FeatureGraph:
    """An undirected weighted graph on features; each edge once, ``low < high``."""

    n_features: int
    low: Int[np.ndarray, " edge"]
    high: Int[np.ndarray, " edge"]
    affinity: Float[np.ndarray, " edge"]

    def __post_init__(self) -> None:
        """Check that edges are ordered pairs of rows that exist."""
        if self.low.size and not (
            (self.low < self.high).all()
            and self.low.min() >= 0
            and self.high.max() < self.n_features
        ):
            raise BadInput("edges must satisfy 0 <= low < high < n_features")

    @property
    def n_edges(self) -> int:
        """Number of undirected edges."""
        return self.low.size


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The k nearest rows of every row, nearest first, with their affinity.

    Parameters
    ----------
    index
        Row numbers (not feature ids) of the neighbours; a row is never its own neighbour.
    cosine
        Affinity to each neighbour, non-increasing along a row: the cosine, unless ``kind`` says
        otherwise.
    recall
        Share of true neighbours found: 1.0 for exact search, else as measured on a sample.
    kind
        Which affinity it is.
    """

    index: Int[np.ndarray, "feature k"]
    cosine: Float[np.ndarray, "feature k"]
    recall: float = 1.0
    kind: str = "cosine"

    @property
    def affinity(self) -> Float[np.ndarray, "feature k"]:
        """Affinity to each neighbour, whichever kind it is."""
        return self.cosine

    def graph(self, threshold: float) -> FeatureGraph:
        """Join rows whose affinity exceeds the threshold, one among the other's k nearest."""
        n, k = self.index.shape
        row = np.repeat(np.arange(n, dtype=np.int64), k)
        other = self.index.ravel().astype(np.int64)
        cosine = self.cosine.ravel()
        keep = cosine > threshold
        low = np.minimum(row, other)[keep]
        high = np.maximum(row, other)[keep]
        _, first = np.unique(low * n + high, return_index=True)
        return FeatureGraph(n, low[first], high[first], cosine[keep][first])
