"""Hierarchy: which nodes of a tree fire together, drawn and read back."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.core.errors import BadInput

_LEAK = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Hierarchy:
    """A forest of nodes that fire.

    Parameters
    ----------
    parents
        Number of each node's parent, smaller than its own; -1 for a root.
    chances
        Probability that a node fires: a root's own, a child's where its parent fires.
    exclusive
        Whether at most one child of a parent fires at a time. Roots are always independent.

    Raises
    ------
    BadInput
        If a parent does not come before its child, or chances are no probabilities, or those of
        exclusive siblings sum to more than 1.
    """

    parents: Int[np.ndarray, " node"]
    chances: Float[np.ndarray, " node"]
    exclusive: bool = True

    def __post_init__(self) -> None:
        """Refuse what is no forest."""
        late = np.flatnonzero((self.parents >= np.arange(self.n_nodes)) | (self.parents < -1))
        if late.size:
            raise BadInput(f"node {late[0]} has parent {self.parents[late[0]]}: list parents first")
        if not ((self.chances >= 0) & (self.chances <= 1)).all():
            raise BadInput(f"chances must lie in 0 to 1: {self.chances.tolist()}")
        if self.exclusive and (self._below() + self.chances > 1 + 1e-9)[self.parents >= 0].any():
            raise BadInput("the chances of exclusive siblings sum to more than 1")

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.parents)

    @property
    def depths(self) -> Int[np.ndarray, " node"]:
        """Number of ancestors of each node."""
        depth = np.zeros(self.n_nodes, dtype=np.int64)
        for node in np.flatnonzero(self.parents >= 0):
            depth[node] = depth[self.parents[node]] + 1
        return depth

    @property
    def marginals(self) -> Float[np.ndarray, " node"]:
        """Probability that each node fires."""
        out = self.chances.copy()
        for node in np.flatnonzero(self.parents >= 0):
            out[node] *= out[self.parents[node]]
        return out

    def fire(self, n: int, rng: np.random.Generator) -> Bool[np.ndarray, "token node"]:
        """Draw firings of ``n`` tokens."""
        shared = self.parents if self.exclusive else np.full(self.n_nodes, -1)
        _, group = np.unique(
            np.where(shared >= 0, shared, self.n_nodes + np.arange(self.n_nodes)),
            return_inverse=True,
        )
        low = self._below() if self.exclusive else np.zeros(self.n_nodes)
        ticket = rng.random((n, int(group.max()) + 1), dtype=np.float32)[:, group]
        on = (ticket >= low) & (ticket < low + self.chances)
        depth = self.depths
        for level in range(1, int(depth.max()) + 1):
            nodes = np.flatnonzero(depth == level)
            on[:, nodes] &= on[:, self.parents[nodes]]
        return on

    def independent(self, n: int, rng: np.random.Generator) -> Bool[np.ndarray, "token node"]:
        """Draw firings with the same marginals, every node by itself."""
        return rng.random((n, self.n_nodes), dtype=np.float32) < self.marginals

    def leaky(self, n: int, rng: np.random.Generator) -> Bool[np.ndarray, "token node"]:
        """Draw firings of which a tenth, node by node, are replaced by independent ones."""
        leak = rng.random((n, self.n_nodes), dtype=np.float32) < _LEAK
        return np.where(leak, self.independent(n, rng), self.fire(n, rng))

    def elsewhere(self) -> Int[np.ndarray, " node"]:
        """Return wrong parents: every child's is the next node of its true parent's depth."""
        depth, parents = self.depths, self.parents.copy()
        for node in np.flatnonzero(self.parents >= 0):
            peers = np.flatnonzero(depth == depth[self.parents[node]])
            later = peers[peers > self.parents[node]]
            parents[node] = later[0] if later.size else peers[0]
        return parents

    def exchanges(self) -> dict[str, Int[np.ndarray, " node"]]:
        """Return some automorphisms: two siblings (or roots) of equal chances change places.

        Only where their subtrees are listed alike. Each is an order: node ``order[v]`` takes the
        place of node ``v``. One exchange a depth.
        """
        depth, out = self.depths, dict[str, np.ndarray]()
        for level in range(int(depth.max()) + 1):
            for a, b in self._twins(np.flatnonzero(depth == level)):
                order = np.arange(self.n_nodes)
                below_a, below_b = self._subtree(a), self._subtree(b)
                order[below_a], order[below_b] = below_b, below_a
                out[f"nodes {a} and {b} exchanged"] = order
                break
        return out

    def _twins(self, nodes: Int[np.ndarray, " node"]) -> Iterator[tuple[int, int]]:
        for i, a in enumerate(nodes):
            for b in nodes[i + 1 :]:
                alike = self.parents[a] == self.parents[b]
                if alike and self._shape(int(a)) == self._shape(int(b)):
                    yield int(a), int(b)

    def _subtree(self, node: int) -> Int[np.ndarray, " member"]:
        inside = [int(node)]
        for other in range(node + 1, self.n_nodes):
            if self.parents[other] in inside:
                inside.append(other)
        return np.array(inside)

    def _shape(self, node: int) -> tuple[tuple[int, float], ...]:
        inside = self._subtree(node)
        place = {int(v): i for i, v in enumerate(inside)}
        return tuple((place.get(int(self.parents[v]), -1), float(self.chances[v])) for v in inside)

    def _below(self) -> Float[np.ndarray, " node"]:
        """Return the sum of the chances of the siblings listed before each child."""
        low, used = np.zeros(self.n_nodes), np.zeros(self.n_nodes)
        for node in np.flatnonzero(self.parents >= 0):
            low[node] = used[self.parents[node]]
            used[self.parents[node]] += self.chances[node]
        return low


def even_hierarchy(
    *, branching: int, depth: int, root: float, child: float, exclusive: bool
) -> Hierarchy:
    """Return one root with ``branching`` children a node, to ``depth`` levels below it."""
    parents, level = [-1], [0]
    for _ in range(depth):
        level = list(range(len(parents), len(parents) + branching * len(level)))
        parents += [(node - 1) // branching for node in level]
    chances = np.array([root] + [child] * (len(parents) - 1))
    return Hierarchy(np.array(parents), chances, exclusive)


def read_parents(on: Bool[np.ndarray, "token node"]) -> Int[np.ndarray, " node"]:
    """Read each node's parent off firings: the rarest other node that fires whenever it does.

    Returns
    -------
    array of int
        -1 where no other node does (a root) , -2 where the node never fires, two candidates are
        equally rare, or the two nodes always fire together.
    """
    count = on.sum(axis=0)
    both = on.T.astype(np.float32) @ on.astype(np.float32)
    parents = np.full(len(count), -1)
    for node in range(len(count)):
        implied = np.flatnonzero(both[node] >= count[node])
        implied = implied[implied != node]
        if count[node] == 0 or (count[implied] == count[node]).any():
            parents[node] = -2
        elif implied.size:
            rarest = implied[count[implied] == count[implied].min()]
            parents[node] = rarest[0] if rarest.size == 1 else -2
    return parents
