"""Lexicon files: TOML in, hypotheses out."""

import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast, runtime_checkable

from armillary.core.errors import BadInput
from armillary.lexicon.hypothesis import Hypothesis

KEYS = {"name", "kind", "words", "range", "suffix", "note"}


def load_lexicon(path: str | Path | None = None) -> tuple[Hypothesis, ...]:
    """Read the built-in hypotheses, and those of a user's file beside them.

    Parameters
    ----------
    path
        A TOML file in the format of the built-in one (its head explains it). An entry with the
        name of a built-in one takes its place.

    Returns
    -------
    tuple[Hypothesis, ...]
        Built-in ones first, names unique.

    Raises
    ------
    BadInput
        If the file is missing or no TOML, or an entry is wrong; the text names the entry.
    """
    return named_tables("words.toml", path, table="entry", plural="entries", read=_hypothesis)


@runtime_checkable
class Named(Protocol):
    """Something with a name."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...


_Named = TypeVar("_Named", bound=Named)


def named_tables(
    built_in: str,
    path: str | Path | None,
    *,
    table: str,
    plural: str,
    read: Callable[[object, str], _Named],
) -> tuple[_Named, ...]:
    """Read the tables of a built-in TOML file, and those of a user's file beside them.

    Parameters
    ----------
    built_in
        Name of the file among the data of this room.
    path
        A TOML file of the same format. What has the name of a built-in one takes its place.
    table, plural
        What its tables are called, and many of them.
    read
        Makes something with a name of a table; told how the table is counted.

    Returns
    -------
    tuple
        Built-in ones first, names unique.

    Raises
    ------
    BadInput
        If the file is missing or no TOML, or a table is wrong.
    """
    text = files("armillary.lexicon").joinpath("data", built_in).read_text("utf-8")
    where = f"the built-in {built_in}"

    def parsed(text: str, where: str) -> list[_Named]:
        return _parsed(text, where, table=table, plural=plural, read=read)

    found = {one.name: one for one in parsed(text, where)}
    if path is not None:
        try:
            text = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"lexicon {path}: cannot be read ({error}); give a TOML file") from error
        found |= {one.name: one for one in parsed(text, f"lexicon {path}")}
    return tuple(found.values())


def _parsed(
    text: str, where: str, *, table: str, plural: str, read: Callable[[object, str], _Named]
) -> list[_Named]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{where}: not valid TOML: {error}") from error
    entries = content.get(table)
    if set(content) != {table} or not isinstance(entries, list):
        raise BadInput(f"{where}: expected [[{table}]] tables only, found {sorted(content)}")
    found: list[_Named] = []
    for number, entry in enumerate(cast(list[object], entries), start=1):
        try:
            found.append(read(entry, f"number {number}"))
        except BadInput as error:
            raise BadInput(f"{where}: {error}") from error
        if found[-1].name in {one.name for one in found[:-1]}:
            raise BadInput(f"{where}: two {plural} are called {found[-1].name!r}")
    return found


def _hypothesis(entry: object, place: str) -> Hypothesis:
    if not isinstance(entry, Mapping):
        raise BadInput(f"entry {place} is no table")
    given = cast(Mapping[str, Any], entry)
    name = given.get("name", "")
    if not isinstance(name, str) or not name:
        raise BadInput(f"entry {place} has no name")
    if unknown := set(given) - KEYS:
        raise BadInput(f"entry {name!r}: unknown key {sorted(unknown)[0]!r}; known: {sorted(KEYS)}")
    if ("words" in given) == ("range" in given):
        raise BadInput(f"entry {name!r}: give either words or range")
    kind = given.get("kind", "")
    words = _counted(given, name) if "range" in given else _flat(given["words"], name, kind)
    return Hypothesis(name, kind, words, str(given.get("note", "")))


def _flat(words: object, name: str, kind: object) -> tuple[str, ...]:
    rows = cast(list[object], words) if isinstance(words, list) else [None]
    if kind == "pairs":
        pairs = [cast(list[object], row) for row in rows if isinstance(row, list)]
        if len(pairs) < len(rows) or any(len(pair) != 2 for pair in pairs):
            raise BadInput(f"entry {name!r}: words of pairs are [left, right] lists")
        rows = [word for pair in pairs for word in pair]
    flat = tuple(word for word in rows if isinstance(word, str))
    if len(flat) < len(rows):
        raise BadInput(f"entry {name!r}: words must be a list of strings (quote numbers)")
    return flat


def _counted(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    ends = given["range"]
    if not isinstance(ends, list) or not all(isinstance(e, int) for e in cast(list[Any], ends)):
        raise BadInput(f"entry {name!r}: range is [first, last] or [first, last, step]")
    match cast(list[int], ends):
        case [first, last] if last > first:
            step = 1
        case [first, last, step] if last > first and step > 0:
            pass
        case _:
            raise BadInput(f"entry {name!r}: range {ends} does not count upward")
    if (last - first) // step > 100_000:
        raise BadInput(f"entry {name!r}: range {ends} has more than 100,000 numbers")
    return tuple(f"{n}{given.get('suffix', '')}" for n in range(first, last + 1, step))
