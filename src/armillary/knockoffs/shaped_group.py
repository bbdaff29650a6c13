"""Shaped groups: features that a shape is claimed of, in the order the shape puts them in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from armillary.core.errors import BadInput

TEMPLATE_OF = {
    "circle": "ring",
    "ellipse": "ring",
    "ring_of_clusters": "ring",
    "cone": "ring",
    "segment": "segment",
    "simplex": "simplex",
    "k_clusters": "simplex",
}
"""Which even template stands for a shape; shapes without one are placed by their coordinates."""

AXES_OF = {"segment": 1, "disk": 2, "arc": 2, "circle": 2, "ellipse": 2, "ring_of_clusters": 2}
_AXES = 3  # of shapes that are not listed


@dataclass(frozen=True, slots=True, eq=False)
class ShapedGroup:
    """Features on one shape.

    Parameters
    ----------
    name
        For the record.
    rows
        Rows of the space, rising.
    shape
        As the survey calls it.
    position
        Where on the even template each member sits, 0 is the first place; members may share one.
    period
        Places of the template.
    part
        Members of one part share a centre; all parts share one plane (spellings of words).
    axes
        Axes that coordinates are read in, where the shape has no template or they are asked for.

    Raises
    ------
    BadInput
        If rows do not rise, lengths differ, or there are fewer than three members.
    """

    name: str
    rows: Int[np.ndarray, " member"]
    shape: str
    position: Int[np.ndarray, " member"]
    period: int
    part: Int[np.ndarray, " member"]
    axes: int = 2

    def __post_init__(self) -> None:
        """Check the members."""
        if self.rows.size < 3 or (np.diff(self.rows) <= 0).any():
            raise BadInput(f"group {self.name!r}: give three or more rows, rising")
        if not self.rows.size == self.position.size == self.part.size:
            raise BadInput(f"group {self.name!r}: one position and one part a row")

    @classmethod
    def of(
        cls,
        rows: Int[np.ndarray, " member"],
        shape: str,
        *,
        name: str = "",
        position: Int[np.ndarray, " member"] | None = None,
        period: int | None = None,
        part: Int[np.ndarray, " member"] | None = None,
    ) -> "ShapedGroup":
        """Make a group of rows in the order the shape puts them in.

        Parameters
        ----------
        rows
            Distinct; in order, unless positions are given.
        shape
            As the survey calls it.
        name
            For the record.
        position, period, part
            As in the class; by default evenly spaced, each in its own place, one part.
        """
        n = rows.size
        at: np.ndarray = np.arange(n, dtype=np.int64)
        at = at if position is None else np.asarray(position, dtype=np.int64)
        in_part = np.zeros(n, dtype=np.int64) if part is None else part
        order = np.argsort(rows)
        words = period or int(at.max(initial=0)) + 1
        numbered = np.unique(in_part, return_inverse=True)[1].astype(np.int64)
        axes = AXES_OF.get(shape, _AXES)
        return cls(
            name,
            np.asarray(rows, dtype=np.int64)[order],
            shape,
            at[order],
            words,
            numbered[order],
            axes,
        )


def disjoint(groups: Sequence[ShapedGroup]) -> tuple[ShapedGroup, ...]:
    """Return the groups without the rows that an earlier one has; the stronger go first.

    Parameters
    ----------
    groups
        In the order of their claims. What is left of one with fewer than three rows is dropped.
    """
    taken: set[int] = set()
    kept: list[ShapedGroup] = []
    for group in groups:
        free = np.array([row not in taken for row in group.rows.tolist()], dtype=np.bool_)
        if free.sum() < 3:
            continue
        if not free.all():
            parts = np.unique(group.part[free], return_inverse=True)[1].astype(np.int64)
            group = ShapedGroup(
                group.name, group.rows[free], group.shape, group.position[free],
                group.period, parts, group.axes,
            )  # fmt: skip
        taken |= set(group.rows.tolist())
        kept.append(group)
    return tuple(kept)
