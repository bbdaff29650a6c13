"""Drawings of a tree study: a region's dendrogram, statistics beside their null."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.atlas.study import Chart
from armillary.trees import NearFar, linkage_of, squared_distances

BINS = 40
MOST_BARS = 24


def dendrogram(
    name: str, rows: Float[np.ndarray, "point d_model"], labels: Sequence[str], *, verdict: str
) -> Chart:
    """Draw the average-linkage tree of a region's unit rows about their mean direction."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    distance = squared_distances(np.asarray(unit, dtype=np.float64)[None])[0]
    tree = linkage_of(distance / 2)  # 1 - cosine, as the tree of the whole dictionary
    n = len(labels)
    last = 2 * n - 2
    parent, height, label = [-1] * (last + 1), [0.0] * (last + 1), [""] * (last + 1)
    for leaf in range(n):
        label[last - leaf] = labels[leaf].strip() or repr(labels[leaf])
    for row, (a, b, at, _) in enumerate(tree):
        node = last - (n + row)
        height[node] = float(at)
        parent[last - int(a)] = parent[last - int(b)] = node
    return Chart(
        "tree", f"{name}: {verdict}", {"parent": parent, "height": height, "label": label},
        y="mean 1 - cosine where two parts join",
    )  # fmt: skip


def beside_null(rows: Sequence[Mapping[str, Any]], key: str, *, title: str, y: str) -> Chart:
    """Draw one statistic of every region as bars, its mean on clouds of the same spectrum beside.

    Parameters
    ----------
    rows
        Of the table of evidence: ``region``, the statistic and ``KEY_null``.
    key
        Which statistic.
    title, y
        Of the chart.
    """
    some = list(rows)[:MOST_BARS]
    series = [
        {"name": "region", "values": [row[key] for row in some]},
        {"name": "same spectrum", "values": [row[f"{key}_null"] for row in some], "null": True},
    ]
    return Chart("bars", title, {"labels": [row["region"] for row in some], "series": series}, y=y)


def locality_chart(real: NearFar, null: NearFar) -> Chart:
    """Draw how locality spreads over features, of the dictionary and of its null."""
    edge = np.linspace(-1, 1, BINS + 1)
    middle = (edge[1:] + edge[:-1]) / 2
    series = [
        {
            "name": name, "null": is_null, "x": middle.tolist(),
            "y": (np.histogram(one.locality, edge)[0] / one.locality.size).tolist(),
        }
        for name, one, is_null in (("dictionary", real, False), ("null dictionary", null, True))
    ]  # fmt: skip
    return Chart(
        "lines", "Near the leaves or far from them", {"series": series},
        x="locality: 1 all structure near a feature's leaf, -1 all far from it",
        y="share of features",
    )  # fmt: skip
