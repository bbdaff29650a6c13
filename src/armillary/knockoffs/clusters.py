"""Clusters: every feature at the centre of its cluster, with or without where the centres are."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.lloyd import centroids, nearest
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import (
    pack_floats,
    pack_symbols,
    unpack_floats,
    unpack_symbols,
)
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory

Arranged = Literal["sent", "random"]


@dataclass(frozen=True, slots=True)
class Clusters(Theory):
    """``k`` clusters by k-means: which cluster each feature is in, and something of its centre.

    Member i of cluster c is placed at ``centre_c + spread_c * g_i / sqrt(d)``, ``g_i`` standard
    Gaussian in d dimensions (nothing, where ``spread`` is not sent). With ``arranged="sent"`` the
    centres are sent; with ``"random"`` only their lengths, and their directions are drawn: the
    difference is what the arrangement of clusters is worth.

    Parameters
    ----------
    k
        How many clusters.
    arranged
        ``"sent"`` or ``"random"``.
    bits
        Of each number of a centre: 8 or 16.
    spread
        Whether the root mean square distance of members from their centre is sent, one number of
        8 bits a cluster, and members are spread by it.
    weighted
        Whether k-means weighs each feature with the energy of its codes.
    rounds
        Rounds of k-means.

    Raises
    ------
    BadInput
        If ``arranged`` is neither, or ``k`` is no number of clusters.
    """

    kind: ClassVar[str] = "clusters"
    family: ClassVar[Family] = "structure"
    keeps: ClassVar[str] = "who is in a cluster with whom; the centres, where sent"
    breaks: ClassVar[str] = "everything within a cluster but its size"
    k: int = 256
    arranged: str = "sent"
    bits: int = 8
    spread: bool = False
    weighted: bool = False
    rounds: int = 10

    def __post_init__(self) -> None:
        """Check the settings."""
        if self.arranged not in get_args(Arranged) or self.k < 1:
            raise BadInput(
                f"{self.k} clusters arranged {self.arranged!r}: at least one, 'sent' or 'random'"
            )

    @property
    def drawn(self) -> bool:
        """Whether centres or members are left open."""
        return self.arranged == "random" or self.spread

    @property
    def label(self) -> str:
        """Name the number of clusters and what is said of them."""
        words = f"{self.k} clusters"
        words += f", {self.bits} bits" if self.arranged == "sent" else ", arranged at random"
        words += ", spread" if self.spread else ""
        return words + (", weighted" if self.weighted else "")

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Find the clusters, and write them."""
        x = np.ascontiguousarray(space.directions, dtype=np.float32)
        weight = shared.energy().astype(np.float32) if self.weighted else None
        labels = kmeans(x, self.k, rng=rng, weight=weight, rounds=self.rounds)
        return self.message_of(x, labels, weight=weight)

    def message_of(
        self,
        x: Float[np.ndarray, "feature d_model"],
        labels: Int[np.ndarray, " feature"],
        *,
        weight: Float[np.ndarray, " feature"] | None = None,
    ) -> Message:
        """Write clusters that are known already.

        Parameters
        ----------
        x
            Directions.
        labels
            Cluster of each, below ``k``.
        weight
            Of each in its centre; by default all alike.
        """
        centres = means_of(x, labels, n=self.k, weight=weight)
        parts = {"assignment": pack_symbols(labels)}
        if self.arranged == "sent":
            parts["centres"] = pack_floats(centres, bits=self.bits)
        else:
            parts["lengths"] = pack_floats(np.linalg.norm(centres, axis=1)[:, None], bits=8)
        if self.spread:
            square = ((x - centres[labels]) ** 2).sum(axis=1)
            count = np.maximum(np.bincount(labels, minlength=self.k), 1)
            size = np.sqrt(np.bincount(labels, square, minlength=self.k) / count)
            parts["spread"] = pack_floats(size[:, None], bits=8)
        return Message(self.kind, parts)

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Put every feature at its centre, and spread it where a spread was sent."""
        parts = message.parts
        labels = unpack_symbols(parts["assignment"])
        if "centres" in parts:
            centres = unpack_floats(parts["centres"])
        else:
            lengths = unpack_floats(parts["lengths"])
            drawn = rng.standard_normal((len(lengths), shared.d_model))
            centres = lengths * drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        placed = centres[labels]
        if "spread" in parts:
            noise = rng.standard_normal(placed.shape, dtype=np.float32) / shared.d_model**0.5
            placed = placed + unpack_floats(parts["spread"])[labels] * noise
        return shared.space(placed, by=message.theory)


def kmeans(
    x: Float[np.ndarray, "feature d_model"],
    k: int,
    *,
    rng: np.random.Generator,
    weight: Float[np.ndarray, " feature"] | None = None,
    rounds: int = 10,
) -> Int[np.ndarray, " feature"]:
    """Assign rows to k clusters by k-means (faiss), on at most 64 rows a cluster a round.

    Parameters
    ----------
    x
        Rows, float32.
    k
        Clusters.
    rng
        Seeds the first centres.
    weight
        Of each row in the means; by default all alike.
    rounds
        Of assigning and averaging.

    Returns
    -------
    Int[np.ndarray, " feature"]
        Cluster of each row; a cluster may be empty.

    Raises
    ------
    BadInput
        If there are fewer rows than clusters.
    MissingExtra
        If ``faiss`` is not installed.
    """
    if len(x) < k:
        raise BadInput(f"{k} clusters of {len(x)} features: ask for at most one a feature")
    # a weight of 0 would leave a cluster of silent features without a mean
    positive = None if weight is None else np.maximum(weight, 1e-6)
    seed = int(rng.integers(1 << 31))
    return nearest(x, centroids(x, k, seed=seed, rounds=rounds, weight=positive, most=64))


def means_of(
    x: Float[np.ndarray, "feature d_model"],
    labels: Int[np.ndarray, " feature"],
    *,
    n: int,
    weight: Float[np.ndarray, " feature"] | None = None,
) -> Float[np.ndarray, "cluster d_model"]:
    """Return the (weighted) mean of the rows of each of n clusters, zero where there are none.

    Parameters
    ----------
    x
        Rows.
    labels
        Cluster of each row.
    n
        Clusters.
    weight
        Of each row; by default all alike.
    """
    each = np.ones(len(x)) if weight is None else np.maximum(weight.astype(np.float64), 1e-6)
    order = np.argsort(labels, kind="stable")
    present, begin = np.unique(labels[order], return_index=True)
    means = np.zeros((n, x.shape[1]))
    if len(x):
        total = np.add.reduceat(x[order] * each[order, None], begin, axis=0)
        means[present] = total / np.add.reduceat(each[order], begin)[:, None]
    return means.astype(np.float32)
