"""What analogies say: sentences of a reading, each number beside its chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from armillary.studies.analogy_tests import Relation
from armillary.studies.analogy_words import Words

LEVEL = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was measured of one reading: its words, relations, what was left out, table rows."""

    words: Words
    relations: Sequence[Relation]
    left_out: Sequence[Mapping[str, Any]]
    axes: int
    offsets: list[dict[str, Any]]
    retrieval: list[dict[str, Any]]
    removed: list[dict[str, Any]]
    grids: list[dict[str, Any]]
    bundles: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    search: Mapping[str, Any] = field(default_factory=dict[str, Any])


def said(one: Found) -> list[str]:
    """Say what was found, each number beside its chance."""
    who = f"{one.words.name} ({len(one.words.labels):,})"
    right = np.array([row["accuracy"] for row in one.retrieval])
    chance = np.array([row["shuffled"] for row in one.retrieval])
    near = np.array([row["nearest"] for row in one.retrieval])
    beyond = sum(row["q"] <= LEVEL for row in one.retrieval)
    parallel = sum(row["q"] <= LEVEL for row in one.offsets)
    best = max(one.retrieval, key=lambda row: row["accuracy"])
    lines = [
        f"{who}: of {len(right)} relations, {beyond} answer analogies beyond shuffled pairs and "
        f"{parallel} have offsets more parallel than shuffled pairs (q <= {LEVEL}). Mean accuracy "
        f"{right.mean():.2f} against {chance.mean():.2f} shuffled; the plain nearest word to c is "
        f"already right in {near.mean():.2f}. Best: {best['relation']}, {best['accuracy']:.2f} "
        f"[{best['low']:.2f}, {best['high']:.2f}].",
    ]
    if one.removed:
        lines.append(_removal_said(one))
    if one.search:
        s = one.search
        lines.append(
            f"{who}: without a lexicon, {s['seeds_found']:,} of {s['seeds']:,} neighbour pairs "
            f"asked have partners parallel beyond chance (q <= {LEVEL}, the stricter of two nulls);"
            f" they make {s['bundles']:,} bundles among {s['pairs']:,} pairs"
            + (f" (a draw of a null: {max(s['by_chance'].values()):g})." if s["by_chance"] else ".")
        )
    few = sum(not row["tested"] for row in one.left_out)
    if few:
        lines.append(f"{who}: {_are(few, 'relation')} left out, with too few words here.")
    same = sum(row["same_vector"] for row in one.left_out)
    if same:
        lines.append(
            f"{who}: {_are(same, 'pair')} left out, as the two words share one vector "
            "(table left_out)."
        )
    return lines


def _are(n: int, what: str) -> str:
    return f"1 {what} is" if n == 1 else f"{n} {what}s are"


def _removal_said(one: Found) -> str:
    def mean(key: str) -> float:
        held = [row[key] for row in one.removed if row[key] is not None]
        return float(np.mean(held)) if held else float("nan")

    def passed(key: str) -> int:
        return sum(row[key] is not None and row[key] <= LEVEL for row in one.removed)

    told = (
        f"Parallelograms ({len(one.removed)} relations, half by half): additive share "
        f"{mean('as_it_is'):.3f} as it is ({passed('as_it_is_p')} with p <= {LEVEL}; shuffled .5), "
    )
    if one.axes:
        told += (
            f"{mean('spelling_out'):.3f} with {one.axes} spelling axes removed "
            f"({passed('spelling_out_p')}), "
        )
    return told + (
        f"{mean('discriminant'):.3f} in the discriminant axes of other words "
        f"({passed('discriminant_p')}), where offsets have cosine "
        f"{mean('discriminant_cosine'):.2f}, shuffled pairs {mean('discriminant_shuffled'):.2f}, "
        f"before {mean('as_it_is_cosine'):.2f} and {mean('as_it_is_shuffled'):.2f}."
    )


def beside_control(found: Sequence[Found]) -> list[str]:
    """Say how much of what the reading before a control answers the control answers too."""
    lines: list[str] = []
    for one, control in zip(found, found[1:], strict=False):
        if control.words.control:
            known = {row["relation"]: row["accuracy"] for row in control.retrieval}
            both = [(r["accuracy"], known[r["relation"]]) for r in one.retrieval]
            ours, theirs = np.array(both).T
            better, worse = int((ours > theirs).sum()), int((ours < theirs).sum())
            lines.append(
                f"{one.words.name}: {ours.mean():.2f} answered; {control.words.name}: "
                f"{theirs.mean():.2f}, which is in the codes wherever features lie. Better with "
                f"the features' own rows in {better} of {len(both)} relations, worse in {worse} "
                f"(one draw of random rows)."
            )
    return lines
