"""Families of analogies: tables of words whose columns differ in one thing each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Int

from armillary.core.errors import BadInput
from armillary.lexicon.files import named_tables
from armillary.lexicon.matching import SPACES as SPACE_MARKS

KEYS = {"name", "columns", "rows", "note"}
LEAST_ROWS = 3  # below it no pairing test says anything


@dataclass(frozen=True, slots=True)
class Family:
    """A table of words: one row a thing, one column a form of it.

    Parameters
    ----------
    name
        Unique in a lexicon.
    columns
        What each column holds; two make pairs, more a grid.
    rows
        One word a column; no word twice, case not counted.
    note
        What speaks for a common step from column to column, and what against.

    Raises
    ------
    BadInput
        If there are fewer than two columns or three rows, a row has another length, or a word is
        empty or repeats.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        """Check the table."""
        at = f"family {self.name!r}"
        if len(self.columns) < 2 or len(self.rows) < LEAST_ROWS:
            raise BadInput(
                f"{at}: {len(self.columns)} columns and {len(self.rows)} rows, expected at least 2 "
                f"and {LEAST_ROWS}"
            )
        wrong = next((row for row in self.rows if len(row) != len(self.columns)), None)
        if wrong is not None:
            raise BadInput(f"{at}: row {list(wrong)} does not have {len(self.columns)} words")
        folded = [word.strip().casefold() for row in self.rows for word in row]
        if not all(folded):
            raise BadInput(f"{at}: a word is empty")
        twice = next((w for i, w in enumerate(folded) if w in folded[:i]), None)
        if twice is not None:
            raise BadInput(f"{at}: {twice!r} is there twice (case does not count)")


@dataclass(frozen=True, slots=True, eq=False)
class Spelled:
    """Where the words of some columns are among labels, all in one spelling.

    Parameters
    ----------
    spelling
        ``space`` or ``bare``, then ``as written``, ``lower`` or ``Capital``.
    kept
        Rows of the family of which every asked column was found.
    place
        Number of the label, by kept row and asked column.
    """

    spelling: str
    kept: Int[np.ndarray, " row"]
    place: Int[np.ndarray, "row column"]


def load_families(path: str | Path | None = None) -> tuple[Family, ...]:
    """Read the built-in families, and those of a user's file beside them.

    Parameters
    ----------
    path
        A TOML file in the format of the built-in one (its head explains it). A family with the
        name of a built-in one takes its place.

    Returns
    -------
    tuple[Family, ...]
        Built-in ones first, names unique.

    Raises
    ------
    BadInput
        If the file is missing or no TOML, or a family is wrong; the text names it.
    """
    return named_tables("analogies.toml", path, table="family", plural="families", read=_family)


def folded(label: str) -> str:
    """Return the word of a label: without a leading space mark, case folded."""
    return (label[1:] if label.startswith(SPACE_MARKS) else label).casefold()


class Spellings:
    """Labels by their text, so that families can be looked up one after the other.

    Parameters
    ----------
    labels
        As a tokenizer or a dictionary writes them; of equal ones the first counts.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._by_space: tuple[dict[str, int], dict[str, int]] = ({}, {})
        for number, label in enumerate(labels):
            spaced = label.startswith(SPACE_MARKS)
            self._by_space[not spaced].setdefault(label[1:] if spaced else label, number)

    def find(self, family: Family, columns: Sequence[int]) -> Spelled:
        """Find the rows of a family in the spelling that has most of them whole.

        Parameters
        ----------
        family
            Whose words.
        columns
            The columns that a row must have.

        Returns
        -------
        Spelled
            Possibly without rows.
        """
        best: tuple[str, list[tuple[int, list[int]]]] | None = None
        for space in _SPACE:
            for how, turned in _CASES.items():
                found: list[tuple[int, list[int]]] = []
                for number, row in enumerate(family.rows):
                    place = [self._place(turned(row[column]), space) for column in columns]
                    held = [k for k in place if k is not None]
                    if len(held) == len(place):
                        found.append((number, held))
                if best is None or len(found) > len(best[1]):
                    best = (f"{space}, {how}", found)
        assert best is not None
        kept = np.array([number for number, _ in best[1]], dtype=np.int64)
        place = np.array([held for _, held in best[1]], dtype=np.int64)
        return Spelled(best[0], kept, place.reshape(kept.size, len(columns)))

    def _place(self, word: str, space: str) -> int | None:
        """Return the label of a word; one without letters (a digit) goes with any spacing."""
        first, other = self._by_space if space == "space" else self._by_space[::-1]
        if word in first or any(c.isalpha() for c in word):
            return first.get(word)
        return other.get(word)


_SPACE = ("space", "bare")
_CASES = {"as written": str, "lower": str.lower, "Capital": str.capitalize}


def _family(entry: object, at: str) -> Family:
    given: Mapping[str, Any] = cast(Mapping[str, Any], entry) if isinstance(entry, Mapping) else {}
    name = given.get("name", "")
    if not isinstance(name, str) or not name:
        raise BadInput(f"family {at} has no name")
    if unknown := set(given) - KEYS:
        raise BadInput(f"family {name!r}: unknown key {min(unknown)!r}; known: {sorted(KEYS)}")
    rows: Any = given.get("rows")
    whole = isinstance(rows, list) and all(
        isinstance(row, list) for row in cast(list[object], rows)
    )
    if not whole:
        raise BadInput(f"family {name!r}: rows must be a list of lists of words")
    table = [_words(row, name) for row in cast(list[list[object]], rows)]
    columns = _words(given.get("columns"), name)
    return Family(name, columns, tuple(table), str(given.get("note", "")))


def _words(given: object, name: str) -> tuple[str, ...]:
    words = cast(list[object], given) if isinstance(given, list) else [None]
    strings = tuple(word for word in words if isinstance(word, str))
    if len(strings) < len(words):
        raise BadInput(f"family {name!r}: columns and rows hold strings (quote numbers)")
    return strings
