"""Hypothesis: words whose order or pairing is known before anything is looked at."""

from dataclasses import dataclass
from typing import Literal, get_args

from armillary.core.errors import BadInput

Kind = Literal["cyclic", "linear", "pairs", "set"]
KINDS: tuple[str, ...] = get_args(Kind)
FEWEST = {"cyclic": 4, "linear": 4, "pairs": 3, "set": 3}  # below it no test says anything


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Named words and the order they are expected in.

    Parameters
    ----------
    name
        What to call it, unique in a lexicon.
    kind
        ``cyclic`` (the last word is next to the first), ``linear``, ``pairs``, or ``set`` (no
        order).
    words
        In order. Of pairs: left, right, left, right...
    note
        Why one might expect it, and what speaks against it.

    Raises
    ------
    BadInput
        If the kind is unknown, a word is empty or repeats, or there are too few words.
    """

    name: str
    kind: Kind
    words: tuple[str, ...]
    note: str = ""

    def __post_init__(self) -> None:
        """Check the kind and the words."""
        if self.kind not in KINDS:
            raise BadInput(f"entry {self.name!r}: kind {self.kind!r} is none of {', '.join(KINDS)}")
        if not all(word.strip() for word in self.words):
            raise BadInput(f"entry {self.name!r}: a word is empty")
        per_pair = 2 if self.kind == "pairs" else 1
        if len(self.words) % per_pair:
            raise BadInput(f"entry {self.name!r}: {len(self.words)} words do not make pairs")
        if len(self.words) < FEWEST[self.kind] * per_pair:
            raise BadInput(
                f"entry {self.name!r}: {self.kind} needs at least {FEWEST[self.kind]} "
                f"{'pairs' if per_pair == 2 else 'words'}, got {len(self.words) // per_pair}"
            )
        folded = [word.strip().casefold() for word in self.words]
        twice = next((w for i, w in enumerate(folded) if w in folded[:i]), None)
        if twice is not None:
            raise BadInput(f"entry {self.name!r}: {twice!r} is there twice (case does not count)")

    @property
    def period(self) -> int:
        """Number of words; of a cyclic list, steps in a full turn."""
        return len(self.words)
