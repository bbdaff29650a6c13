"""Claims rebuilt from codes that are about a word, and the text round its tokens."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from armillary.atlas import Atlas, excerpt, legible
from armillary.cli.summary import claimed_order, rebuilt_rows

CONTEXTS = 4
FACTS = (
    "shape", "rank", "grade", "n_features", "n_words", "n_active", "q", "p_random_rays",
    "p_matched_rays", "p_spectrum", "explained", "effect", "margin", "stability", "battery",
    "p_irreducible", "found_by", "note",
)  # fmt: skip


def claims_about(atlas: Atlas, word: str) -> list[dict[str, Any]]:
    """Return claims rebuilt from codes that have this word, with some of its contexts.

    Parameters
    ----------
    atlas
        A finished survey.
    word
        Case and spaces around it do not count.

    Returns
    -------
    list of dict
        Rows of the table of rebuilt groups and ``contexts``: text before, token, text after.
    """
    wanted = word.strip().casefold()
    found: list[dict[str, Any]] = []
    for row in rebuilt_rows(atlas):
        at = {k for k, text in enumerate(row["words"]) if text.strip().casefold() == wanted}
        if at:
            found.append({**row, "contexts": _contexts(atlas, row["group_id"], at)})
    return found


def print_claim(row: dict[str, Any], console: Console) -> None:
    """Print one claim: its numbers, its words in order, and contexts, the token in brackets.

    Parameters
    ----------
    row
        As from ``claims_about``.
    console
        Where to print.
    """
    console.rule(Text(f"rebuilt group {row['group_id']}"), align="left")
    table = Table.grid(padding=(0, 2))
    for name in FACTS:
        value = row[name]
        if value not in (None, ""):
            table.add_row(name, Text(f"{value:.4g}" if isinstance(value, float) else str(value)))
    name = "words" if row["shape"] == "flat" else "order"
    table.add_row(name, Text(excerpt(claimed_order(row), count=64)))
    console.print(table)
    for before, token, after in row["contexts"]:
        bare = token.strip(" ")
        lead = "" if len(token) == len(token.lstrip(" ")) else " "
        console.print(
            Text(legible(before + lead)),
            Text(f"[{legible(bare)}]", style="bold"),
            Text(legible(after)),
            sep="",
        )


def _contexts(atlas: Atlas, group: int, words: set[int]) -> list[list[str]]:
    table = atlas.examples.to_pylist()
    mine = [row for row in table if row["group_id"] == group and row["word"] in words]
    return [[row["before"], row["token"], row["after"]] for row in mine[:CONTEXTS]]
