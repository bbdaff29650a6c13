"""Lines of the findings list: ranked, graded, with a thumbnail each."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from armillary.atlas import Atlas, excerpt, family, is_closed, visible
from armillary.explorer.notes import claim_key
from armillary.explorer.packing import finite, unit_square
from armillary.explorer.schema import Row, ShapeCount

ALPHA = 0.05
LEXICON = "lexicon"  # method of groups that are tested by name
NAMED_AFTER = 3  # findings of every shape that the list shows before the named hypotheses
_THUMB = 60


def ranking(claims: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return which claim stands on which line of the list.

    Parameters
    ----------
    claims
        Rows of an atlas's findings table.
    """
    return sorted(range(len(claims)), key=lambda i: _strength(claims[i], i))


def taxonomy(rows: Sequence[Row]) -> tuple[ShapeCount, ...]:
    """Return how often each shape was found, the commonest first."""
    lines: dict[str, list[int]] = {}
    for line, row in enumerate(rows):
        if row.level > 0 and row.rank > 0:
            lines.setdefault(row.shape, []).append(line)
    counts = [
        ShapeCount(
            shape,
            family(shape),
            len(found),
            (
                sum(rows[i].level == 1 for i in found),
                sum(rows[i].level == 2 for i in found),
                sum(rows[i].level == 3 for i in found),
            ),
            tuple(found[:3]),
        )
        for shape, found in lines.items()
    ]
    return tuple(sorted(counts, key=lambda c: (-c.count, c.shape)))


def row_of(atlas: Atlas, i: int, row: Mapping[str, Any]) -> Row:
    """Return one line of the list; ``i`` is the row of the atlas's findings table."""
    order = row["order_index"]
    drawn = np.array(order or range(row["n"]), dtype=np.int64)
    drawn = drawn[np.linspace(0, drawn.size - 1, min(_THUMB, drawn.size)).astype(np.int64)]
    flat = atlas.plane(i)[drawn]
    return Row(
        finding=i,
        key=claim_key(row),
        group=row["group_id"],
        shape=visible(row["shape"].replace("_", " ")),
        family=family(row["shape"]),
        rank=row["rank"],
        excerpt=excerpt(row["order"] or row["labels"]),
        search=" ".join(visible(label) for label in row["labels"][:60]).lower(),
        n=row["n"],
        p=finite(row["p"]),
        q=finite(row["q"]),
        runner_up=visible(row["runner_up"]) if row["runner_up"] else "",
        margin=finite(row["margin"]),
        weakest_null=visible(row["weakest_null"], limit=200) if row["weakest_null"] else "",
        grade=visible(row["grade"], limit=120),
        level=_level(row),
        stability=finite(row["stability"]),
        hypothesis=visible(row["hypothesis"]) if row["hypothesis"] else "",
        ordered=bool(order),
        closed=is_closed(row["shape"]),
        thumb=np.rint(unit_square(flat) * 255).astype(np.uint8),
    )


def _strength(row: Mapping[str, Any], i: int) -> tuple[bool, float, float, float, int]:
    """Order: significant first, then rank within shape (hypotheses have none), q, margin."""
    rank = float(row["rank"] or NAMED_AFTER + 0.5)
    return (not row["q"] <= ALPHA, rank, row["q"], -(row["margin"] or 0.0), i)


def _level(row: Mapping[str, Any]) -> int:
    if not row["q"] <= ALPHA:
        return 0
    if "rare" in row["grade"]:
        return 3
    return 2 if "rival" in row["grade"] else 1
