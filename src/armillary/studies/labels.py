"""Labels of tokens: what their letters say, the lexicon's words, or a table of one's own."""

import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool

from armillary.core import BadInput
from armillary.lexicon import load_lexicon, match_all

FEWEST = 3  # tokens that a label names
SPACES = "\u0120\u2581 "
Labelled = tuple[tuple[str, ...], Bool[np.ndarray, "token label"]]


def _letters(test: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda token: bool(token.lstrip(SPACES)) and test(token.lstrip(SPACES))


CLASSES: dict[str, Callable[[str], bool]] = {
    "begins a word": lambda token: token[:1] in SPACES and token.lstrip(SPACES)[:1].isalpha(),
    "goes on with a word": lambda token: token[:1].isalpha(),
    "starts with a capital": _letters(lambda word: word[0].isupper() and not word[1:].isupper()),
    "all capitals": _letters(lambda word: len(word) > 1 and word.isalpha() and word.isupper()),
    "is a number": _letters(str.isdigit),
    "one letter": _letters(lambda word: len(word) == 1 and word.isalpha()),
    "punctuation": _letters(lambda word: all(unicodedata.category(c)[0] in "PS" for c in word)),
    "white space": lambda token: bool(token) and not token.strip(),
    "not ASCII": _letters(lambda word: not word.isascii()),
    "ends in -ing": _letters(lambda word: len(word) > 4 and word.endswith("ing")),
    "ends in -ed": _letters(lambda word: len(word) > 3 and word.endswith("ed")),
    "ends in -ly": _letters(lambda word: len(word) > 3 and word.endswith("ly")),
    "ends in -s": _letters(lambda word: len(word) > 3 and word.endswith("s")),
}


def built_in_labels(tokens: Sequence[str]) -> Labelled:
    """Label tokens by their letters and by the lists of the lexicon.

    Parameters
    ----------
    tokens
        Text of each token, leading space kept.

    Returns
    -------
    names : tuple of str
        Classes of letters first, then lists, those that name at least three tokens.
    table : array of bool
        ``(token, label)``.
    """
    named: dict[str, np.ndarray] = {
        name: np.array([test(str(one)) for one in tokens]) for name, test in CLASSES.items()
    }
    for found in match_all(load_lexicon(), tokens):
        column = np.zeros(len(tokens), dtype=np.bool_)
        column[found.rows] = True
        named[found.hypothesis.name] = column
    return _kept(tuple(named), np.column_stack(list(named.values())))


def labels_from(file: str | Path, tokens: Sequence[str]) -> Labelled:
    """Read labels of tokens from a table: columns ``token`` (text) and ``label``, a row a pair.

    Parameters
    ----------
    file
        csv (both columns are text, whatever they look like) or parquet; rows with an empty cell
        are passed over.
    tokens
        Text of each token; a row fits the tokens that are its text, or that are it after one
        leading space.

    Returns
    -------
    names : tuple of str
        In order of appearance, those that name at least three tokens.
    table : array of bool
        ``(token, label)``.

    Raises
    ------
    BadInput
        If it cannot be read, lacks a column, or no label names three tokens of the text.
    """
    words, labels = _read(Path(file))
    names = tuple(dict.fromkeys(labels))
    rows: dict[str, list[int]] = {}
    for row, token in enumerate(tokens):
        rows.setdefault(str(token), []).append(row)
        if str(token)[:1] in SPACES and len(str(token)) > 1:
            rows.setdefault(str(token)[1:], []).append(row)
    table = np.zeros((len(tokens), len(names)), dtype=np.bool_)
    place = {name: at for at, name in enumerate(names)}
    for word, label in zip(words, labels, strict=True):
        table[rows.get(word, []), place[label]] = True
    kept = _kept(names, table)
    if not kept[0]:
        raise BadInput(f"{file}: no label names {FEWEST} tokens that occur in the text")
    return kept


def _kept(names: tuple[str, ...], table: np.ndarray) -> Labelled:
    enough = np.flatnonzero(table.sum(axis=0) >= FEWEST)
    return tuple(names[at] for at in enough), table[:, enough]


def _read(file: Path) -> tuple[list[str], list[str]]:
    try:
        if file.suffix == ".parquet":
            from pyarrow import parquet

            library: Any = parquet
            table: Any = library.read_table(file)
        else:
            import pyarrow
            from pyarrow import csv

            pa: Any = pyarrow
            reader: Any = csv
            kinds = {"token": pa.string(), "label": pa.string()}  # "01" is no number here
            table = reader.read_csv(file, convert_options=reader.ConvertOptions(column_types=kinds))
    except (OSError, ValueError) as error:
        raise BadInput(f"{file} cannot be read as a table: {error}") from error
    lacks = [name for name in ("token", "label") if name not in table.column_names]
    if lacks:
        raise BadInput(
            f"{file} has columns {', '.join(table.column_names)}; expected token and label"
        )
    both = zip(table["token"].to_pylist(), table["label"].to_pylist(), strict=True)
    rows = [(str(token), str(label)) for token, label in both if not {token, label} & {None, ""}]
    return [token for token, _ in rows], [label for _, label in rows]
