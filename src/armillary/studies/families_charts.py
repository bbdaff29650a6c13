"""Charts of families: the most tangled ones as a graph, and counts beside chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from armillary.atlas.study import Chart
from armillary.evaluate.lineage import KINDS, LEANS
from armillary.studies.families_told import name_of
from armillary.studies.family_step import Step

SHOWN = 12  # families
LARGEST = 14  # features of one that is drawn
COUNTED = ("continues", "features that split", "features merged into", "several parents",
           "novel", "gone")  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Graph:
    """All edges of a series, nodes numbered over all dictionaries."""

    start: np.ndarray
    level: np.ndarray
    first: np.ndarray
    second: np.ndarray
    value: np.ndarray
    kind: list[str]


def family_graph(steps: Sequence[Step]) -> Chart:
    """Draw the families with the most kinds of edges that still can be read.

    A family is what is joined by edges that do not lean. Of those with at most fourteen features
    the ones are taken that show most: several kinds of edge first, then many features.

    Parameters
    ----------
    steps
        Narrow to wide.

    Returns
    -------
    Chart
        Of kind ``graph``; x is the place in the series, y has no meaning but order.
    """
    graph = _joined(steps)
    nodes = graph.level.size
    table = sparse.coo_array(
        (np.ones(graph.first.size), (graph.first, graph.second)), (nodes, nodes)
    )
    found: Any = cast(Any, csgraph).connected_components(table, directed=False)
    family: np.ndarray = np.asarray(found[1], dtype=np.int64)
    chosen = _chosen(graph, family)
    y = np.zeros(nodes)
    top, shown = 0.0, list[int]()
    for number in chosen:
        members = np.flatnonzero(family == number)
        top = _placed(members, graph, y, top=top) + 1.0
        shown += members.tolist()
    dictionaries = [steps[0].a, *(step.b for step in steps)]
    of = {node: dictionaries[int(graph.level[node])] for node in shown}
    place = {node: at for at, node in enumerate(shown)}
    absorbing = _absorbing(steps, graph)
    drawn = [
        {
            "label": name_of(of[node], int(node - graph.start[graph.level[node]])),
            "x": int(graph.level[node]), "y": -float(y[node]),
            "kind": "absorbs" if node in absorbing else of[node].name,
        }
        for node in shown
    ]  # fmt: skip
    edges = [
        {"from": place[int(a)], "to": place[int(b)], "weight": float(value), "kind": kind}
        for a, b, value, kind in zip(
            graph.first, graph.second, graph.value, graph.kind, strict=True
        )
        if int(a) in place
    ]
    names = " to ".join(one.name for one in dictionaries)
    return Chart("graph", f"Families, {names}", {"nodes": drawn, "edges": edges}, x="width")


def counted_bars(steps: Sequence[Step]) -> Chart:
    """Draw counts of every step beside what chance gives.

    Parameters
    ----------
    steps
        Narrow to wide.

    Returns
    -------
    Chart
        Of kind ``bars``.
    """
    series: list[Mapping[str, Any]] = []
    for step in steps:
        for counts, chance in ((step.edges.counts(), False), (step.chance.counts(), True)):
            where = f"{step.a.name} to {step.b.name}"
            series.append({
                "name": f"{where}, by chance" if chance else where,
                "values": [counts[what] for what in COUNTED], "null": chance,
            })  # fmt: skip
    return Chart("bars", "Edges and features", {"labels": list(COUNTED), "series": series})


def _joined(steps: Sequence[Step]) -> _Graph:
    """Return every edge of every step, what is absorbed among them."""
    sizes = [steps[0].a.space.n_features, *(s.b.space.n_features for s in steps)]
    start = np.concatenate([[0], np.cumsum(sizes)])
    first, second, value = list[int](), list[int](), list[float]()
    kinds = list[str]()
    for at, step in enumerate(steps):
        taken: set[tuple[int, int]] = set()
        if step.absorbed is not None:
            found = step.absorbed
            for a, b, cosine in zip(found.parent, found.child, found.cosine, strict=True):
                taken.add((int(a), int(b)))
                first.append(int(start[at] + a))
                second.append(int(start[at + 1] + b))
                value.append(float(cosine))
                kinds.append("absorbs")
        edges = step.edges
        for i in np.flatnonzero(edges.kind != LEANS).tolist():
            a, b = int(edges.parent[i]), int(edges.child[i])
            if (a, b) not in taken:
                first.append(int(start[at] + a))
                second.append(int(start[at + 1] + b))
                value.append(float(edges.value[i]))
                kinds.append(KINDS[int(edges.kind[i])])
    level = np.repeat(np.arange(len(sizes)), sizes)
    return _Graph(start, level, np.array(first, int), np.array(second, int), np.array(value), kinds)


def _absorbing(steps: Sequence[Step], graph: _Graph) -> set[int]:
    return {
        int(graph.start[at + 1] + child)
        for at, step in enumerate(steps)
        if step.absorbed is not None
        for child in step.absorbed.child.tolist()
    }


def _chosen(graph: _Graph, family: np.ndarray) -> list[int]:
    size = np.bincount(family)
    kinds: dict[int, set[str]] = {}
    strength = np.zeros(size.size)
    np.maximum.at(strength, family[graph.first], graph.value)
    for edge, kind in enumerate(graph.kind):
        kinds.setdefault(int(family[graph.first[edge]]), set()).add(kind)
    fit = [number for number in kinds if 3 <= size[number] <= LARGEST]
    fit.sort(key=lambda n: (-len(kinds[n]), -int(size[n]), -float(strength[n]), n))
    return fit[:SHOWN]


def _placed(members: np.ndarray, graph: _Graph, y: np.ndarray, *, top: float) -> float:
    """Put a family below ``top``, each level in the order of its neighbours; return its end."""
    here = np.isin(graph.first, members)
    first, second = graph.first[here], graph.second[here]
    by_level = [members[graph.level[members] == level] for level in np.unique(graph.level[members])]
    tall = max(len(nodes) for nodes in by_level)
    for nodes in by_level:
        y[nodes] = top + np.arange(len(nodes)) * (tall / len(nodes)) + 0.5 * (tall / len(nodes) - 1)
    for _ in range(4):
        for nodes in by_level:
            around = np.array([_mean_y(node, first, second, y) for node in nodes.tolist()])
            y[nodes[np.argsort(around, kind="stable")]] = np.sort(y[nodes])
    return top + tall


def _mean_y(node: int, first: np.ndarray, second: np.ndarray, y: np.ndarray) -> float:
    near = np.concatenate([second[first == node], first[second == node]])
    return float(y[near].mean()) if near.size else float(y[node])
