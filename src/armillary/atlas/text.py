"""Labels made safe to look at; the stored labels are never changed."""

import unicodedata
from collections.abc import Sequence

_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def visible(label: str, *, limit: int = 60) -> str:
    r"""Return the label with everything invisible spelled out.

    Control, format (text direction, zero width), surrogate and unassigned characters become
    ``\n``-like or ``\u200b``-like escapes; spaces at either end become ``␣``; a label longer than
    ``limit`` characters ends in ``…``; an empty label becomes ``∅``. The result holds HTML special
    characters as they are: escaping is the writer's duty.
    """
    if not label:
        return "∅"
    cut = label if len(label) <= limit else label[: limit - 1] + "…"
    lead = len(cut) - len(cut.lstrip(" "))
    tail = len(cut) - len(cut.rstrip(" ")) if lead < len(cut) else 0
    core = cut[lead : len(cut) - tail]
    return "␣" * lead + "".join(_spell(c) for c in core) + "␣" * tail


def legible(text: str) -> str:
    """Return running text on one line: newlines as ``↵``, tabs as ``⇥``, spaces as they are.

    Other invisible characters are spelled out as in ``visible``; nothing is cut.
    """
    marked = text.replace("\r\n", "\n").replace("\n", "↵").replace("\t", "⇥")
    return "".join(_spell(character) for character in marked)


def excerpt(labels: Sequence[str], *, count: int = 6) -> str:
    """Return the first labels, parted by middle dots, ending in ``…`` when some are left out."""
    shown = " · ".join(visible(label, limit=24) for label in labels[:count])
    return shown + " …" if len(labels) > count else shown


def _spell(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if unicodedata.category(character) in _HIDDEN:
        code = ord(character)
        return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character
