"""What a cluster rebuilds: tokens as combinations of its own features."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from armillary.core.cloud import PointCloud
from armillary.core.partition import Partition
from armillary.core.span import span_rows


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """The tokens on which a cluster fires, rebuilt from the cluster's features alone.

    The rebuilt activation of token ``t`` is ``codes[t] @ directions``: no bias is added, tokens on
    which nothing of the cluster fires are no points.

    Parameters
    ----------
    rows
        Rows of the space that make up the cluster.
    token
        Rows of the codes that are points here, rising.
    offset, member, value
        Activations of members on those tokens, as compressed sparse rows (one row a point).
    directions
        Decoder rows of the members.
    n_active
        Tokens on which at least one member fires. Where there are more than the cap, ``token`` is
        a uniform sample of them without replacement.
    """

    rows: Int[np.ndarray, " member"]
    token: Int[np.ndarray, " point"]
    offset: Int[np.ndarray, " boundary"]
    member: Int[np.ndarray, " firing"]
    value: Float[np.ndarray, " firing"]
    directions: Float[np.ndarray, "member d_model"]
    n_active: int

    @property
    def is_sample(self) -> bool:
        """Whether some active tokens were left out."""
        return self.token.size < self.n_active

    @property
    def codes(self) -> Float[np.ndarray, "point member"]:
        """Activation of each member on each of the tokens, 0 where it is silent."""
        return self._table.toarray()

    @property
    def points(self) -> Float[np.ndarray, "point d_model"]:
        """Rebuilt activations in the model's own coordinates."""
        return self._table @ self.directions

    @property
    def coordinates(self) -> Float[np.ndarray, "point rank"]:
        """Rebuilt activations in an orthonormal basis of the cluster's span (``span_rows``)."""
        return self._table @ span_rows(self.directions)

    def cloud(self) -> PointCloud:
        """Return the rebuilt tokens in their principal axes; ids are rows of the codes.

        The axes of the cloud are given in the coordinates of the cluster's span.
        """
        return PointCloud.from_points(self.coordinates, self.token)

    def decoder_cloud(self) -> PointCloud:
        """Return the decoder rows in their principal axes, in the coordinates ``cloud`` uses.

        ``cloud().axes @ decoder_cloud().axes.T`` holds the cosines between the two sets of axes.
        """
        return PointCloud.from_points(span_rows(self.directions), self.rows)

    @property
    def _table(self) -> Any:
        shape = (self.token.size, self.rows.size)
        return sparse.csr_array((self.value, self.member, self.offset), shape=shape)


@dataclass(frozen=True, slots=True, eq=False)
class Reconstructions:
    """Every cluster's reconstruction, kept as sparse firings; ``self[i]`` is that of cluster i.

    Parameters
    ----------
    partition
        The clusters.
    directions
        Decoder rows of the whole space.
    offset
        Where each cluster's firings begin, and one more entry for the end.
    token, member, value
        Firings kept, by cluster, then token, then member; ``member`` counts within the cluster.
    n_active
        Tokens on which each cluster fires, sampled or not.
    cap
        Most tokens kept of a cluster.
    seed
        What the sample was drawn with; the same seed and codes give the same sample.
    """

    partition: Partition
    directions: Float[np.ndarray, "feature d_model"]
    offset: Int[np.ndarray, " boundary"]
    token: Int[np.ndarray, " firing"]
    member: Int[np.ndarray, " firing"]
    value: Float[np.ndarray, " firing"]
    n_active: Int[np.ndarray, " cluster"]
    cap: int
    seed: int

    def __len__(self) -> int:
        """Return the number of clusters."""
        return len(self.partition)

    def __getitem__(self, cluster: int) -> Reconstruction:
        """Return one cluster's tokens, the sample that was kept."""
        if not -len(self) <= cluster < len(self):
            raise IndexError(f"cluster {cluster} is not among {len(self)}")
        cluster %= len(self)
        rows = self.partition.members[cluster]
        here = slice(int(self.offset[cluster]), int(self.offset[cluster + 1]))
        token = self.token[here]
        first = np.ones(token.size, dtype=np.bool_)
        first[1:] = token[1:] != token[:-1]
        start = np.append(np.flatnonzero(first), token.size)
        n_active = int(self.n_active[cluster])
        return Reconstruction(
            rows, token[first], start, self.member[here], self.value[here],
            self.directions[rows], n_active,
        )  # fmt: skip

    def __iter__(self) -> Iterator[Reconstruction]:
        """Go through the clusters, one after the other."""
        return (self[cluster] for cluster in range(len(self)))
