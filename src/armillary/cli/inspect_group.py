"""``armillary inspect ATLAS group:12``: what an atlas keeps of a group, also of one that fell."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Int
from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.atlas import Atlas, json_ready, visible
from armillary.atlas.counts import LEXICON
from armillary.atlas.places import group_row, member_rows
from armillary.core.errors import BadInput
from armillary.survey.gate import INSIDE, LARGER

MEMBERS, OVERLAPS, NEAR = 20, 5, 10  # that are printed
SAMPLED = "judged on"  # how the note of a group begins of which only a sample is kept


def group_facts(atlas: Atlas, number: int) -> dict[str, Any]:
    """Return what an atlas keeps of a group, and what follows from it.

    Parameters
    ----------
    atlas
        A finished survey.
    number
        Of the group.

    Returns
    -------
    dict
        Ready for JSON: the row of ``groups.parquet``, ``members`` with labels, ``admitted`` and
        ``why``, ``piece_of``, ``findings`` (numbers from 1), ``overlaps`` (other groups by their
        Jaccard overlap) and ``near`` (true neighbours of its members outside it).

    Raises
    ------
    BadInput
        If there is no such group.
    """
    if number not in atlas.groups["group_id"].to_pylist():
        raise BadInput(f"the atlas has no group {number}; groups.parquet lists them")
    place = group_row(atlas.groups, number)
    groups = _Groups(atlas)
    row = atlas.groups.slice(place, 1).to_pylist()[0]
    shared, members = groups.shared(place), member_rows(atlas.arrays, place)
    parent = groups.parent(place, shared)
    claims = groups.claims
    overlaps = groups.overlapping(place, shared)
    why = _why(row, groups, place, parent=parent, overlaps=overlaps)
    return json_ready({
        **row,
        "level": groups.level,
        "members": groups.named(members),
        "admitted": None if row["method"] == LEXICON else row["q"] <= groups.level,
        "why": why,
        "piece_of": None if parent is None else groups.told(parent),
        "findings": claims.get(number, []),
        "overlaps": overlaps,
        "near": _near(atlas, members, groups),
    })  # fmt: skip


def print_group(facts: dict[str, Any], console: Console) -> None:
    """Print a group: size, tests, what became of it, members, what lies near.

    Parameters
    ----------
    facts
        As from ``group_facts``.
    console
        Where to print.
    """
    console.rule(Text(f"group {facts['group_id']}"), align="left")
    table = Table.grid(padding=(0, 2))
    table.add_row("size", Text(f"{facts['n']:,} features"))
    table.add_row("found by", Text(f"{facts['method']} at scale {facts['scale']:.4g}"))
    table.add_row("mean cosine", Text(f"{facts['mean_cosine']:.4g}"))
    table.add_row("placement", Text(_placement(facts)))
    if facts["admitted"] is not None:
        table.add_row("admitted", Text("yes" if facts["admitted"] else "no"))
    table.add_row("what came of it", Text(facts["why"]))
    if facts["note"]:
        table.add_row("note", Text(visible(facts["note"], limit=200)))
    rest = len(facts["members"]) - MEMBERS
    shown = " · ".join(visible(one["label"], limit=24) for one in facts["members"][:MEMBERS])
    table.add_row("members", Text(shown + (f" … and {rest:,} more" if rest > 0 else "")))
    for k, one in enumerate(facts["overlaps"][:OVERLAPS]):
        table.add_row("" if k else "overlapping groups", Text(_overlap(one)))
    near = " · ".join(
        f"{visible(one['label'], limit=24)} (of {one['members']}, cosine {one['cosine']:.2f})"
        for one in facts["near"]
    )
    if near:
        table.add_row("near it, outside", Text(near))
    console.print(table)


class _Groups:
    """The groups of an atlas by their rows, with the claims made of each."""

    def __init__(self, atlas: Atlas) -> None:
        self.atlas, self.rows = atlas, atlas.groups.to_pylist()
        self.size = np.diff(atlas.arrays["members_offset"])
        parameters: Any = atlas.manifest.get("parameters") or {}
        self.level = float(parameters.get("level", 0.05))
        self.labels: list[str] = atlas.features["label"].to_pylist()
        self.ids = atlas.features["feature_id"].to_numpy()
        self.claims: dict[int, list[int]] = {}
        for i, group in enumerate(atlas.findings["group_id"].to_pylist(), start=1):
            self.claims.setdefault(group, []).append(i)
        self.sampled = any(row["note"].startswith(SAMPLED) for row in self.rows)

    def named(self, rows: Int[np.ndarray, " member"]) -> list[dict[str, Any]]:
        return [{"feature_id": int(self.ids[i]), "label": self.labels[i]} for i in rows.tolist()]

    def shared(self, place: int) -> Int[np.ndarray, " group"]:
        """Count the members that every group shares with this one."""
        inside: np.ndarray = np.zeros(len(self.labels) + 1, dtype=np.int64)
        inside[member_rows(self.atlas.arrays, place)] = 1
        total = np.concatenate([[0], np.cumsum(inside[self.atlas.arrays["members"]])])
        offset = self.atlas.arrays["members_offset"]
        return total[offset[1:]] - total[offset[:-1]]

    def blind(self) -> np.ndarray:
        return np.array([row["method"] != LEXICON for row in self.rows])

    def parent(self, place: int, shared: Int[np.ndarray, " group"]) -> int | None:
        """Return the group that this is a piece of, by the rule of the survey's gate."""
        n = self.size[place]
        holds = self.blind() & (shared >= INSIDE * n) & (self.size >= LARGER * n)
        found = np.flatnonzero(holds)
        return None if not found.size else int(found[np.lexsort((found, self.size[found]))[0]])

    def told(self, place: int) -> dict[str, Any]:
        row = self.rows[place]
        kept = {name: row[name] for name in ("group_id", "n", "p", "q")}
        return {**kept, "findings": self.claims.get(row["group_id"], [])}

    def overlapping(self, place: int, shared: Int[np.ndarray, " group"]) -> list[dict[str, Any]]:
        """Return groups that share members with this one, by Jaccard, the nearest first."""
        union = self.size + self.size[place] - shared
        jaccard = shared / np.maximum(union, 1)
        jaccard[place] = 0.0
        found = [k for k in np.argsort(-jaccard, kind="stable")[:50].tolist() if jaccard[k] > 0]
        return [
            {**self.told(k), "shared": int(shared[k]), "jaccard": float(jaccard[k])} for k in found
        ]

    def admitted_p(self, null: str) -> float:
        """Return the largest p of a group that was admitted and rests on the same null."""
        passed = [row for row in self.rows if row["method"] != LEXICON and row["q"] <= self.level]
        p = [row["p"] for row in passed if row["null"] == null]
        return max(p, default=0.0)


def _why(
    row: dict[str, Any], groups: _Groups, place: int, *, parent: int | None,
    overlaps: Sequence[dict[str, Any]],
) -> str:  # fmt: skip
    mine = groups.claims.get(row["group_id"], [])
    if mine:
        return f"finding{'s' if len(mine) > 1 else ''} " + ", ".join(str(one) for one in mine)
    if row["method"] == LEXICON:
        return "tested by name, and no claim was kept"
    if row["q"] <= groups.level:
        return _no_claim(groups, place, overlaps)
    above = None if parent is None else groups.rows[parent]
    would_do = row["p"] <= groups.admitted_p(row["null"])
    if would_do and above is not None and above["q"] > groups.level:
        return (
            f"stopped at level a: its p would do, but it is a piece of group {above['group_id']} "
            f"({above['n']:,} features), which was not admitted. (q is 1 for every such group.)"
        )
    if would_do and groups.sampled:
        return (
            "stopped at level a, though its p would do: it was a piece of a group that was not "
            "admitted, of which the atlas keeps a sample only. (q is 1 for every such group.)"
        )
    return (
        "stopped at level a: its p is not small enough over all groups. (q is 1 for every group "
        "that was not admitted.)"
    )


def _no_claim(groups: _Groups, place: int, overlaps: Sequence[dict[str, Any]]) -> str:
    """Say what an atlas knows of an admitted group without a claim; it keeps no verdicts."""
    least = groups.size[place]
    same = [
        one for one in overlaps
        if one["findings"] and one["shared"] > 0.5 * min(int(least), int(one["n"]))
    ]  # fmt: skip
    said = "passed level a, and no claim was kept of it. "
    if same:
        numbers = ", ".join(str(number) for one in same[:OVERLAPS] for number in one["findings"])
        said += f"Findings that share more than half of the smaller group: {numbers}. "
    return said + (
        "The atlas does not keep why: no shape beat a Gaussian, heavy tails were reason enough, "
        "only the spectrum stood out, or another finding says the same."
    )


def _near(
    atlas: Atlas, members: Int[np.ndarray, " member"], groups: _Groups
) -> list[dict[str, Any]]:
    """Return features outside a group that are nearest neighbours of most of its members."""
    if "near" not in atlas.arrays:
        return []
    inside = set(members.tolist())
    count, best = Counter[int](), dict[int, float]()
    for row in members.tolist():
        pairs = zip(atlas.arrays["near"][row], atlas.arrays["near_cosine"][row], strict=True)
        for other, cosine in pairs:
            if int(other) >= 0 and int(other) not in inside:
                count[int(other)] += 1
                best[int(other)] = max(best.get(int(other), -1.0), float(cosine))
    first = sorted(count, key=lambda i: (-count[i], -best[i], i))[:NEAR]
    return [
        {"feature_id": int(groups.ids[i]), "label": groups.labels[i], "members": count[i],
         "cosine": best[i]}
        for i in first
    ]  # fmt: skip


def _placement(facts: dict[str, Any]) -> str:
    said = f"p = {facts['p']:.3g} on {facts['n_draws']:,} draws of {facts['null']}"
    if facts["method"] == LEXICON:
        return f"{said}, q = {facts['q']:.3g} over all tests by name"
    return (
        f"{said}, the smaller of two tests (the other is not kept); q = {facts['q']:.3g} over all "
        "groups, after doubling"
    )


def _overlap(one: dict[str, Any]) -> str:
    numbers = ", ".join(str(number) for number in one["findings"])
    return (
        f"group {one['group_id']}: shares {one['shared']:,} of its {one['n']:,} (Jaccard "
        f"{one['jaccard']:.2f}), q = {one['q']:.3g}" + (f", finding {numbers}" if numbers else "")
    )
