"""The overview: one row a theory, the main reader under every gauge, one number a side reader."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from armillary.explain.curve import FAMILIES, main_reader
from armillary.explain.measured import Row, Said
from armillary.explain.table import RANDOM, Explanation

_SIDES = {  # heading: readers whose mean over groups is shown
    "cosine": ("cosine",),
    "neighbours": ("geometry: neighbours",),
    "probes": ("probe linear", "probe relu", "probe mlp"),
    "relearn": ("relearn",),
    "KL": ("splice KL",),
}
_SHOWN_MODES = ("order", "scrambled", "simplex")


@dataclass(frozen=True, slots=True)
class Side:
    """One number a theory, of readers beside the main one.

    Parameters
    ----------
    name
        Heading.
    readers
        Whose scores are averaged, over groups too.
    values
        By label of the theory.
    zero
        Of the random theory.
    """

    name: str
    readers: tuple[str, ...]
    values: dict[str, float]
    zero: float


@dataclass(frozen=True, slots=True)
class Overview:
    """What is shown first of an explanation.

    Parameters
    ----------
    reader
        The main one.
    gauges
        Under which it read; ``("any",)`` where no re-fit can change what it says.
    families
        Theories by family, cheapest first; controls stand apart.
    rows
        Scores of the main reader by theory and gauge.
    sides
        Side readers, under the last gauge.
    side_gauge
        That gauge.
    """

    reader: str
    gauges: tuple[str, ...]
    families: tuple[tuple[str, tuple[Said, ...]], ...]
    rows: dict[tuple[str, str], Row]
    sides: tuple[Side, ...]
    side_gauge: str


def overview(explanation: Explanation, *, reader: str = "") -> Overview:
    """Arrange an explanation for reading.

    Parameters
    ----------
    explanation
        What was measured.
    reader
        Default: the main one. Side readers are there for the main one only.

    Returns
    -------
    Overview
        Of theories that the reader read, such as no edit of a single group.
    """
    main = main_reader(explanation)
    shown = reader or main
    own = [row for row in explanation.rows if row.reader == shown and not row.group]
    last = (explanation.gauges or ("none",))[-1]
    sides = [_side(explanation, name, gauge=last) for name in _SIDES] if shown == main else []
    return Overview(
        shown, tuple(dict.fromkeys(row.gauge for row in own)),
        by_family(explanation, read={row.theory for row in own}),
        {(row.theory, row.gauge): row for row in own},
        tuple(one for one in sides if one is not None and shown not in one.readers), last,
    )  # fmt: skip


def by_family(
    explanation: Explanation, *, read: Collection[str] | None = None
) -> tuple[tuple[str, tuple[Said, ...]], ...]:
    """Return theories by family, each family's cheapest first; controls are a family.

    Parameters
    ----------
    explanation
        What was measured.
    read
        Labels of those to return; None for all.
    """
    found: dict[str, list[Said]] = {name: [] for name in FAMILIES}
    for one in sorted(explanation.said, key=lambda one: one.bits):
        if read is None or one.label in read:
            found["control" if one.controls else one.family].append(one)
    return tuple((name, tuple(said)) for name, said in found.items() if said)


def told_of_groups(explanation: Explanation, *, gauge: str) -> list[Said]:
    """Return the few theories whose scores by group are worth a short table.

    The random one, the shapes with their controls, edits of the groups, and the two that keep most
    over all groups of those without a codec, cheapest first.

    Parameters
    ----------
    explanation
        What was measured.
    gauge
        Of the scores.
    """
    rows = [row for row in group_rows(explanation) if row.gauge in (gauge, "any")]
    mean = {
        one.label: float(np.nanmean(kept))
        for one in explanation.said
        if (kept := [r.value for r in rows if r.theory == one.label and np.isfinite(r.value)])
    }
    read = [one for one in explanation.said if one.label in mean]
    plain = [one for one in read if not one.quotes and not one.controls and one.kind != RANDOM]
    best = sorted(plain, key=lambda one: -mean[one.label])[:2]
    named = [one for one in read if one.kind == RANDOM or one.settings.get("mode") in _SHOWN_MODES]
    edits = [one for one in read if "how" in one.settings]
    chosen = {one.label: one for one in [*named[:6], *best, *edits]}
    return sorted(chosen.values(), key=lambda one: one.bits)


def row_name(one: Said) -> str:
    """Return a theory as it is called in a table of groups: edits of all groups share a row.

    Parameters
    ----------
    one
        The theory.
    """
    return one.label.replace(f"exact but {one.settings.get('group')} ", "exact but the group ")


def group_rows(explanation: Explanation) -> list[Row]:
    """Return the scores of named groups of features; those of probes ask of factors, not groups.

    Parameters
    ----------
    explanation
        What was measured.
    """
    return [row for row in explanation.rows if row.group and not row.reader.startswith("probe")]


def _side(explanation: Explanation, name: str, *, gauge: str) -> Side | None:
    readers = tuple(r for r in explanation.readers if r in _SIDES[name])
    rows = [r for r in explanation.rows if r.reader in readers and r.gauge in (gauge, "any")]
    values = {one.label: _mean([r.value for r in rows if r.theory == one.label])
              for one in explanation.said}  # fmt: skip
    if not any(np.isfinite(list(values.values()))):
        return None
    zero = explanation.of_kind(RANDOM)
    return Side(name, readers, values, values[zero[0].label] if zero else float("nan"))


def _mean(values: Sequence[float]) -> float:
    good = [value for value in values if np.isfinite(value)]
    return float(np.mean(good)) if good else float("nan")
