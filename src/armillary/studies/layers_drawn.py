"""Layers drawn: the charts of what was found between two layers."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from armillary.atlas.study import Chart
from armillary.studies.layer_topology import Topology
from armillary.studies.layers_told import HOLES, Told

DRAWN = 30


def charts(told: Told) -> list[Chart]:
    """Draw the strongest edges, Betti numbers, and removal."""
    drawn = [_graph(told)]
    if told.shape is None:
        return drawn
    bands = [one.band for one in told.shape.betti]
    drawn.append(
        Chart(
            "bars", "Holes of the complex beside random ones of its sizes and degrees",
            {
                "labels": list(HOLES),
                "series": [
                    {"name": "observed", "values": [one.observed for one in told.shape.betti]},
                    {
                        "name": "random complexes", "null": True,
                        "values": [float(one.null.mean()) for one in told.shape.betti],
                        "low": [low for low, _ in bands], "high": [high for _, high in bands],
                    },
                ],
            }, y="Betti number over Z/2",
        )
    )  # fmt: skip
    drawn.append(_lines(told.shape, 1))
    return drawn


def _graph(told: Told) -> Chart:
    found = told.found
    carried = found.carried()
    first, second = found.edges
    gain = found.parents.gain[found.kept]
    open_ = np.ones(first.size, dtype=bool) if carried is None or carried.all() else ~carried
    pool = np.flatnonzero(open_)
    order = pool[np.argsort(-gain[pool], kind="stable")][:DRAWN]
    sides = [list(dict.fromkeys(axis[order].tolist())) for axis in (first, second)]
    nodes: list[Mapping[str, Any]] = []
    for x, (kind, side, names) in enumerate(
        zip(("earlier", "later"), sides, (told.earlier, told.later), strict=True)
    ):
        nodes += [
            {"label": names[k], "x": x, "y": -n / max(len(side) - 1, 1), "kind": kind}
            for n, k in enumerate(side)
        ]
    place = [{k: n for n, k in enumerate(side)} for side in sides]
    edges = [
        {
            "from": place[0][int(first[k])], "to": len(sides[0]) + place[1][int(second[k])],
            "weight": float(gain[k]),
            "kind": "excites" if found.parents.weight[found.kept][k] > 0 else "inhibits",
        }
        for k in order.tolist()
    ]  # fmt: skip
    title = "Strongest relations" if carried is None else "Strongest relations that are not carried"
    return Chart("graph", title, {"nodes": nodes, "edges": edges}, x="layer")


def _lines(shape: Topology, dimension: int) -> Chart:
    low, high = np.quantile(shape.null_curve[:, :, dimension], [0.025, 0.975], axis=0)
    shares = list(shape.shares)
    series = [
        {"name": "observed", "x": shares, "y": shape.curve[:, dimension].tolist()},
        {
            "name": "random complexes", "null": True, "x": shares,
            "y": shape.null_curve[:, :, dimension].mean(axis=0).tolist(),
            "low": low.tolist(), "high": high.tolist(),
        },
    ]  # fmt: skip
    return Chart(
        "lines", f"{HOLES[dimension].capitalize()} as simplices are removed, the loosest first",
        {"series": series}, x="share of simplices removed", y="Betti number over Z/2",
    )  # fmt: skip
