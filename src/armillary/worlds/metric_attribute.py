"""Metric attributes: values with a known distance, a clumpy density and an embedding."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

Values = Float[np.ndarray, " token"]

_HUBS = 3
_NODES = 12
_FIT = 4000


@dataclass(frozen=True, slots=True, eq=False)
class MetricAttribute:
    """One attribute whose values have distances.

    Parameters
    ----------
    kind
        ``"line"``, ``"circle"`` or ``"graph"`` (the nodes of a tree).
    dim
        Dimension of the embedding.
    hubs
        Values at the modes of the density.
    spread
        ``spread(hub, rng)`` returns a value near each hub.
    embed
        Values to vectors ``(token, dim)``.
    distance
        Known distances of values, elementwise, in the unit of the embedding.
    """

    kind: str
    dim: int
    hubs: Values
    spread: Callable[[Values, np.random.Generator], Values]
    embed: Callable[[Values], Float[np.ndarray, "token axis"]]
    distance: Callable[[Values, Values], Values]

    def draw(self, n: int, rng: np.random.Generator) -> tuple[Values, Int[np.ndarray, " token"]]:
        """Draw values, and the mode that each was drawn from."""
        mode = rng.integers(0, len(self.hubs), n)
        return self.spread(self.hubs[mode], rng), mode

    def scaled(self, variance: float, *, rng: np.random.Generator) -> "MetricAttribute":
        """Return the attribute centred over its density, with this total variance."""
        embed, distance = self.embed, self.distance
        rows = embed(self.draw(_FIT, rng)[0])
        middle = rows.mean(axis=0)
        factor = (variance / float(((rows - middle) ** 2).sum(axis=1).mean())) ** 0.5

        def embedded(value: Values) -> Float[np.ndarray, "token axis"]:
            return factor * (embed(value) - middle)

        def apart(a: Values, b: Values) -> Values:
            return factor * distance(a, b)

        return replace(self, embed=embedded, distance=apart)


def line(*, rng: np.random.Generator) -> MetricAttribute:
    """Return a line with three modes; known distance ``|a - b|``, embedded as it is."""
    hubs = np.arange(_HUBS) + rng.uniform(-0.2, 0.2, _HUBS)

    def spread(hub: Values, rng: np.random.Generator) -> Values:
        return hub + 0.25 * rng.standard_normal(hub.shape)

    return MetricAttribute("line", 1, hubs, spread, lambda v: v[:, None], _between)


def _between(a: Values, b: Values) -> Values:
    return np.abs(a - b)


def circle(*, rng: np.random.Generator) -> MetricAttribute:
    """Return a circle with three modes; known distance the arc, embedded in a plane."""
    hubs = 2 * np.pi / _HUBS * (np.arange(_HUBS) + rng.uniform(-0.2, 0.2, _HUBS))

    def spread(hub: Values, rng: np.random.Generator) -> Values:
        return hub + 0.5 * rng.standard_normal(hub.shape)

    def arc(a: Values, b: Values) -> Values:
        return np.pi - np.abs(np.pi - np.abs(a - b) % (2 * np.pi))

    def embed(value: Values) -> Float[np.ndarray, "token 2"]:
        return np.column_stack([np.cos(value), np.sin(value)])

    return MetricAttribute("circle", 2, hubs, spread, embed, arc)


def graph(*, rng: np.random.Generator) -> MetricAttribute:
    """Return the 12 nodes of a random tree with three modes, one axis an edge.

    A node stands at the sum of the axes of the edges between it and the root, so the squared
    distance of two nodes is the number of edges between them; the known distance is its root.
    Tokens stand at a hub or a few steps of a random walk away from it.
    """
    parents = np.array([-1, *(rng.integers(0, node) for node in range(1, _NODES))])
    place = np.zeros((_NODES, _NODES - 1))
    for node in range(1, _NODES):
        place[node] = place[parents[node]]
        place[node, node - 1] = 1
    edges = np.abs(place[:, None] - place).sum(axis=2)
    beside = edges == 1
    walk = np.cumsum(beside / beside.sum(axis=1, keepdims=True), axis=1)

    def spread(hub: Values, rng: np.random.Generator) -> Values:
        node = hub.astype(np.int64)
        for _ in range(3):
            step = (rng.random(node.shape)[:, None] > walk[node]).sum(axis=1)
            node = np.where(rng.random(node.shape) < 0.4, np.minimum(step, _NODES - 1), node)
        return node.astype(np.float64)

    def apart(a: Values, b: Values) -> Values:
        return np.sqrt(edges[a.astype(np.int64), b.astype(np.int64)])

    hubs = rng.permutation(_NODES)[:_HUBS].astype(np.float64)
    return MetricAttribute(
        "graph", _NODES - 1, hubs, spread, lambda v: place[v.astype(np.int64)], apart
    )


KINDS: dict[str, Callable[..., MetricAttribute]] = {"line": line, "circle": circle, "graph": graph}
