"""Token strings as text: how vocabularies spell spaces and bytes, undone."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np


@cache
def _byte_of() -> dict[str, int]:
    """Map each character of the byte-level alphabet to its byte.

    Printable Latin-1 characters stand for themselves; the other 68 bytes, in order, are spelled
    with the characters from U+0100 on (so a space is U+0120).
    """
    themselves = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in themselves]
    table = {chr(byte): byte for byte in themselves}
    return table | {chr(256 + i): byte for i, byte in enumerate(others)}


def byte_level_text(spelling: str) -> str:
    r"""Turn the byte-level spelling of a token into the text it stands for.

    Bytes that are not UTF-8 on their own (pieces of a character) are written ``\xNN``, so is the
    null byte. A spelling with a character outside the alphabet is returned as it is.
    """
    try:
        raw = byte_level_bytes(spelling)
    except KeyError:
        return spelling
    return visible_null(raw.decode("utf-8", errors="backslashreplace"))


def byte_level_bytes(spelling: str) -> bytes:
    """Return the bytes that a byte-level spelling stands for; joined, they are whole text.

    Raises
    ------
    KeyError
        If a character is outside the byte-level alphabet.
    """
    return bytes(_byte_of()[letter] for letter in spelling)


def sentence_piece_text(spelling: str) -> str:
    """Turn a SentencePiece spelling into text: U+2581 is a space, ``<0x0A>`` a byte."""
    if len(spelling) == 6 and spelling.startswith("<0x") and spelling.endswith(">"):
        try:
            raw = bytes.fromhex(spelling[3:5])
        except ValueError:
            return spelling
        return visible_null(raw.decode("utf-8", errors="backslashreplace"))
    return visible_null(spelling.replace("\u2581", " "))


def visible_null(text: str) -> str:
    r"""Write null characters as ``\x00``: numpy text drops them at the end of a string."""
    return text.replace("\x00", "\\x00")


def text_column(texts: Sequence[str]) -> np.ndarray:
    """Return texts as a numpy column.

    Fixed-width, unless one long text would make that take more than 256 MB; then of objects.
    """
    widest = max(map(len, texts), default=0)
    return np.array(texts, dtype=np.str_ if 4 * widest * len(texts) < 1 << 28 else object)


def speller(*parts: str) -> Callable[[str], str]:
    """Choose how a tokenizer's spellings become text, from the JSON of its parts.

    Parameters
    ----------
    *parts
        JSON text of its decoder, and of what else of it is known.

    Returns
    -------
    callable
        ``byte_level_text``, a function that keeps WordPiece spellings (``##ing``) as they are, or
        ``sentence_piece_text``.
    """
    told = " ".join(parts)
    if '"ByteLevel"' in told:
        return byte_level_text
    return visible_null if '"WordPiece"' in told else sentence_piece_text
