"""Group edits: every direction exact, but for one group, so that its arrangement alone is read."""

import struct
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.edits import HOWS, built, random_cycle, spellings, statement
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import (
    pack_floats,
    pack_symbols,
    unpack_floats,
    unpack_symbols,
)
from armillary.knockoffs.rows import pack_rows, unpack_rows
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory


@dataclass(frozen=True, slots=True, eq=False)
class GroupEdit(Theory):
    """All numbers of all directions, but for one group of which only an edit's statement is said.

    The same edits as ``edits.edited``, as a message. Not a way to save bits: the rest costs 32
    bits a number.

    Parameters
    ----------
    name
        Of the group.
    rows
        Rows of the group.
    step
        Which word each row stands for.
    how
        See ``edits.edited``.
    period
        Words in the list; 0 for the largest step and one.

    Raises
    ------
    BadInput
        If the edit is unknown, or rows and steps are not of one length, at least 1.
    """

    kind: ClassVar[str] = "group edit"
    family: ClassVar[Family] = "control"
    keeps: ClassVar[str] = "every direction outside one group, and what the edit says of it"
    breaks: ClassVar[str] = "the arrangement of one group"
    name: str
    rows: tuple[int, ...]
    step: tuple[int, ...]
    how: str = "scrambled"
    period: int = 0

    def __post_init__(self) -> None:
        """Check the group."""
        if self.how not in HOWS:
            raise BadInput(f"no edit is called {self.how!r}: use {', '.join(HOWS)}")
        if not self.rows or len(self.rows) != len(self.step):
            raise BadInput(f"{len(self.rows)} rows with {len(self.step)} steps: give one of each")

    @property
    def label(self) -> str:
        """Name the group and the edit."""
        return f"exact but {self.name} {self.how}"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Write the rest, and of each spelling of the group what the edit keeps."""
        del shared, rng
        order = np.argsort(self.rows)
        rows = np.array(self.rows, dtype=np.int64)[order]
        step = np.array(self.step, dtype=np.int64)[order]
        words = self.period or int(step.max()) + 1
        part = spellings(space, rows, step)
        said = [
            statement(
                space.directions[rows[part == one]], self.how, step[part == one], period=words
            )
            for one in range(int(part.max()) + 1)
        ]
        rest = np.delete(space.directions, rows, axis=0)
        head = struct.pack("<BI", HOWS.index(self.how), words)
        return Message(
            self.kind,
            {
                "head": head,
                "rows": pack_rows(rows),
                "step": pack_symbols(step),
                "part": pack_symbols(part),
                "rest": pack_floats(rest, bits=32),
                "said": pack_floats(np.vstack([vectors for vectors, _ in said]), bits=32),
                "size": pack_floats(np.array([size for _, size in said]), bits=32),
            },
        )

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Put the rest back, and build the group from what was said of it."""
        parts = message.parts
        which, words = struct.unpack("<BI", parts["head"])
        how = HOWS[which]
        rows, step = unpack_rows(parts["rows"]), unpack_symbols(parts["step"])
        part, said = unpack_symbols(parts["part"]), unpack_floats(parts["said"])
        sizes = unpack_floats(parts["size"])
        out = np.empty((shared.n_features, shared.d_model), dtype=np.float32)
        out[np.setdiff1d(np.arange(shared.n_features), rows)] = unpack_floats(parts["rest"])
        cycle = random_cycle(words, rng=rng)
        begin = 0
        for one, size in enumerate(sizes.tolist()):
            mine = part == one
            count = _count(how, int(mine.sum()))
            vectors = said[begin : begin + count]
            at = step[mine]
            out[rows[mine]] = built(vectors, size, how, position=at, cycle=cycle, rng=rng)
            begin += count
        return shared.space(out, by=message.theory)


def _count(how: str, members: int) -> int:
    """Return how many vectors an edit says of a group."""
    return {"scrambled": members, "random": 0, "ring": 3, "segment": 2}.get(how, 1)
