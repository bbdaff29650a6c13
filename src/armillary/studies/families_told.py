"""Families in words and tables: every number beside what chance gives."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from armillary.evaluate.lineage import LEANS
from armillary.studies.family_step import Step
from armillary.studies.series import Dictionary

MOST = 40  # rows of a table of examples
WORDS = {
    "cosine": "mean cosine", "cofiring": "mean co-firing", "both": "mean of cosine and co-firing",
}  # fmt: skip
Rows = Sequence[Mapping[str, Any]]


def sentences(steps: Sequence[Step], meta: Rows, *, by: str) -> list[str]:
    """Say what was found.

    Parameters
    ----------
    steps
        Narrow to wide.
    meta
        Rows of the meta-dictionary; may be empty.
    by
        What was compared.

    Returns
    -------
    list of str
        The most important first.
    """
    return [*(_of_step(step, by) for step in steps), *(_of_absorption(step) for step in steps),
            *_of_meta(meta)]  # fmt: skip


def tables(steps: Sequence[Step]) -> dict[str, Rows]:
    """Tabulate the steps.

    Parameters
    ----------
    steps
        Narrow to wide.

    Returns
    -------
    dict of rows
        ``one_to_one``, ``edges``, ``splits`` and ``absorbed``.
    """
    return {
        "one_to_one": [row for step in steps for row in _paired(step)],
        "edges": [row for step in steps for row in _counted(step)],
        "splits": [row for step in steps for row in _splits(step)],
        "absorbed": [row for step in steps for row in _absorbed(step)],
    }


def name_of(one: Dictionary, row: int) -> str:
    """Name a feature by its id and its label.

    Parameters
    ----------
    one
        Its dictionary.
    row
        Of the space.

    Returns
    -------
    str
        For example ``"17 Monday"``.
    """
    number, text = str(one.space.feature_id[row]), str(one.space.labels[row]).strip()
    return number if text in ("", number) else f"{number} {text}"


def _of_step(step: Step, by: str) -> str:
    found, chance = step.edges.counts(), step.chance.counts()
    n_a, n_b = (one.space.n_features for one in (step.a, step.b))
    low, high = step.paired
    return (
        f"{step.a.name} to {step.b.name}: of {n_a:,} features {found['features that split']:,} "
        f"split (by chance {chance['features that split']:,}) and {found['gone']:,} are gone; "
        f"{found['continues']:,} go on as one (by chance {chance['continues']:,}); of {n_b:,} "
        f"{found['novel']:,} are novel and {found['several parents']:,} have several parents (by "
        f"chance {chance['several parents']:,}), which no tree has. Paired one to one, the "
        f"{WORDS[by]} is {step.pairs.mean:.3f} ({low:.3f} to {high:.3f}; with a null dictionary "
        f"{step.chance_pairs.mean:.3f})."
    )


def _of_absorption(step: Step) -> str:
    where = f"{step.a.name} to {step.b.name}"
    if step.absorbed is None:
        return f"{where}: absorption was not looked for, which needs codes on shared tokens."
    children, heirs = (np.unique(rows).size for rows in (step.absorbed.child, step.absorbed.heir))
    if not children:
        return (
            f"{where}: nothing absorbed among {step.absorbed.looked_at:,} pairs of a general and a "
            "special feature."
        )
    return (
        f"{where}: {children:,} features absorb a part of {heirs:,} others, of "
        f"{step.absorbed.looked_at:,} pairs looked at: they write the general direction where the "
        "feature of that direction is silent, though the narrower dictionary says that it belongs "
        "there."
    )


def _of_meta(meta: Rows) -> list[str]:
    if not meta:
        return []
    real, *drawn = meta
    beside = ", ".join(f"{row['rows']} {row['held_out']:.1%}" for row in drawn)
    return [
        f"A meta-dictionary of {real['meta_features']:,} parts, {real['parts']} a row, explains "
        f"{real['held_out']:.1%} of the variance of decoder rows held out ({real['seen']:.1%} of "
        f"those seen); of random rows: {beside}."
    ]


def _paired(step: Step) -> list[dict[str, Any]]:
    where = f"{step.a.name} to {step.b.name}"
    way = "exact" if step.pairs.exact else f"at most {step.pairs.bound:.4f}"
    rows = [
        ("paired one to one", step.pairs.first.size, step.pairs.mean, *step.paired,
         step.chance_pairs.mean, way),
    ]  # fmt: skip
    for side, one, chance in (
        ("a", step.a, step.chance.best_a), ("b", step.b, step.chance.best_b),
    ):  # fmt: skip
        mean, low, high = step.ends[side]
        best = float(chance.cosine.mean())
        rows.append((f"nearest to {one.name}", one.space.n_features, mean, low, high, best, ""))
    names = ("measured", "features", "mean", "low", "high", "by_chance", "answer")
    return [{"step": where, **dict(zip(names, row, strict=True))} for row in rows]


def _counted(step: Step) -> list[dict[str, Any]]:
    found, chance = step.edges.counts(), step.chance.counts()
    where = f"{step.a.name} to {step.b.name}"
    return [
        {"step": where, "what": what, "found": n, "by_chance": chance[what]}
        for what, n in found.items()
    ]


def _splits(step: Step) -> list[dict[str, Any]]:
    """Return the features that split into most, with their children."""
    edges = step.edges
    down = (edges.kind != LEANS) & (edges.best_b.partner[edges.child] == edges.parent)
    parents, count = np.unique(edges.parent[down], return_counts=True)
    order = np.argsort(-count, kind="stable")
    rows: list[dict[str, Any]] = []
    for parent in parents[order][:MOST][count[order][:MOST] >= 2].tolist():
        mine = np.flatnonzero(down & (edges.parent == parent))
        mine = mine[np.argsort(-edges.value[mine])]
        rows.append({
            "step": f"{step.a.name} to {step.b.name}", "feature": name_of(step.a, parent),
            "parts": mine.size,
            "into": [name_of(step.b, row) for row in edges.child[mine].tolist()],
            "similarity": [round(float(value), 3) for value in edges.value[mine]],
        })  # fmt: skip
    return rows


def _absorbed(step: Step) -> list[dict[str, Any]]:
    found = step.absorbed
    if found is None:
        return []
    return [
        {
            "step": f"{step.a.name} to {step.b.name}",
            "general": name_of(step.a, int(found.parent[i])),
            "heir": name_of(step.b, int(found.heir[i])),
            "absorbed_by": name_of(step.b, int(found.child[i])),
            "heir_fires_with_it": float(found.recall_with[i]),
            "without_it": float(found.recall_without[i]),
            "carried": float(found.carried[i]), "inside": float(found.inside[i]),
            "cosine": float(found.cosine[i]), "p": float(found.p[i]),
        }
        for i in range(min(found.child.size, MOST))
    ]  # fmt: skip
