"""Spelling: what kind of label a feature has, and which features are its variants."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float

N_KINDS = 11
_ENDINGS = ("s", "es", "d", "ed", "ing", "ly", "er", "'s")


def spelling_kinds(labels: Sequence[str]) -> Float[np.ndarray, "feature kind"]:
    """Describe each label: space in front, capitals, digits, script, punctuation, length.

    Parameters
    ----------
    labels
        As the model spells its tokens, or any names.

    Returns
    -------
    array
        ``N_KINDS`` columns: 0 or 1, but for the length (letters / 8, at most 2).
    """
    return np.array([_kinds(label) for label in labels], dtype=np.float64).reshape(-1, N_KINDS)


def spelling_keys(label: str) -> Iterator[str]:
    """Yield what a label has in common with its variants, the closest first.

    The letters without case and outer spaces; then without, and then with, one of the endings
    ``s es d ed ing ly er 's``. Nothing where there are no letters or digits.

    Parameters
    ----------
    label
        One label.

    Yields
    ------
    str
        A key.
    """
    word = label.strip().lower()
    if not any(letter.isalnum() for letter in word):
        return
    yield word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            yield word.removesuffix(ending)
    if word.isalpha():
        yield from (word + ending for ending in _ENDINGS)


def _kinds(label: str) -> list[float]:
    word = label.strip()
    code = any(sign in "{}()[]<>;=_/" for sign in word)
    kinds = (
        label[:1] == " ",
        not word,
        word[:1].isupper(),
        word.isupper() and len(word) > 1,
        word.isdigit(),
        word.isalpha(),
        word.isascii(),
        "\\x" in word,
        len(word) == 1,
        code,
        min(len(word) / 8, 2.0),
    )
    return [float(kind) for kind in kinds]
