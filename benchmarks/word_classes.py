"""What the benchmarks of words read: a dictionary, its codes, and the features of every word.

Words are used to score what was found without them, and for nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from armillary import load_space, open_codes
from armillary.core import BadInput, Codes, FeatureSpace
from armillary.lexicon import load_lexicon
from armillary.load import cache_folder
from armillary.load.address import DEMO_SAE
from armillary.survey.builtin_codes import builtin_codes
from armillary.survey.progress import Silent
from armillary.survey.words import Lexemes

CLASSES = ("weekdays", "months", "number words", "digits", "seasons", "colours")
LEAST_FIRINGS = 10  # features that fire less are left out
LEAST_SHARE = 0.5  # of a feature's activation, on tokens of the class
BLOCK = 1 << 16


@dataclass(frozen=True, eq=False)
class Dictionary:
    """Features that fire, what they fire on, and the word of every token.

    Parameters
    ----------
    space, codes
        Rows and columns of the same features, in the same order.
    lexemes
        The word of every token.
    on_word
        Activation of every feature on every word, word x feature, sparse.
    """

    space: FeatureSpace
    codes: Codes
    lexemes: Lexemes
    on_word: Any


def open_dictionary(sae: str, codes: str | None) -> Dictionary:
    """Open a dictionary with its codes; of the built-in one they are made where none are given."""
    if codes is not None:
        held = open_codes(codes)
    elif sae == DEMO_SAE:
        held = builtin_codes(cache_folder(None), offline=False, tell=Silent())
    else:
        raise BadInput("give --codes FOLDER: codes of the dictionary on some text")
    return dictionary_of(load_space(sae), held)


def dictionary_of(space: FeatureSpace, codes: Codes) -> Dictionary:
    """Keep the features that fire, and add up their activation by word."""
    if codes.tokens is None or codes.tokens.vocabulary is None:
        raise BadInput("these codes carry no text: the words of tokens are not known")
    codes = codes.columns_for(space.feature_id)
    alive = np.flatnonzero(codes.firing_count() >= LEAST_FIRINGS)
    space = FeatureSpace(space.directions[alive], space.feature_id[alive])
    codes = codes.columns_for(space.feature_id)
    lexemes = Lexemes.of(codes.tokens)
    return Dictionary(space, codes, lexemes, activation_on_words(codes, lexemes))


def activation_on_words(codes: Codes, lexemes: Lexemes) -> Any:
    """Add up every feature's activation on the tokens of every word (word x feature, sparse)."""
    shape = (len(lexemes.texts), codes.n_features)
    total: Any = sparse.csr_array(shape, dtype=np.float64)
    for start in range(0, codes.n_tokens, BLOCK):
        stop = min(start + BLOCK, codes.n_tokens)
        here = slice(int(codes.offset[start]), int(codes.offset[stop]))
        word = lexemes.of_token[codes.token_of_firing(start, stop)]
        value = np.maximum(np.asarray(codes.value[here], dtype=np.float64), 0)
        part = sparse.csr_array((value, (word, np.asarray(codes.feature[here]))), shape=shape)
        total = total + part
    return total


def spellings(word: str) -> tuple[str, ...]:
    """Return a word as the lexicon has it and with a capital; "May" is a month, "may" is not."""
    return tuple(dict.fromkeys((word, word[:1].upper() + word[1:])))


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a class, in the lexicon's order."""
    return next(entry.words for entry in load_lexicon() if entry.name == name)


def word_rows(words: tuple[str, ...], texts: tuple[str, ...]) -> list[np.ndarray]:
    """Return, for every word, which of the corpus's words are spellings of it."""
    place = {text: k for k, text in enumerate(texts)}
    return [np.array([place[s] for s in spellings(w) if s in place], dtype=int) for w in words]


@dataclass(frozen=True, eq=False)
class WordClass:
    """Features that fire mostly on the words of one class.

    Parameters
    ----------
    name, words
        As in the lexicon.
    rows
        Sorted features whose activation is, for more than half of it, on these words.
    word
        Which of the words each is on most.
    mass
        Activation of every feature on every word, word x feature, dense.
    """

    name: str
    words: tuple[str, ...]
    rows: np.ndarray
    word: np.ndarray
    mass: np.ndarray


def word_class(name: str, made: Dictionary, *, share: float = LEAST_SHARE) -> WordClass:
    """Find the features of a class by what they fire on."""
    words = words_of(name)
    mass = np.stack(
        [
            np.asarray(made.on_word[rows].sum(axis=0)).ravel()
            if rows.size
            else np.zeros(made.codes.n_features)
            for rows in word_rows(words, made.lexemes.texts)
        ]
    )
    whole = np.asarray(made.on_word.sum(axis=0)).ravel()
    rows = np.flatnonzero(mass.sum(axis=0) > share * np.maximum(whole, 1e-12))
    return WordClass(name, words, rows, mass[:, rows].argmax(axis=0), mass)


def markdown(columns: list[str], rows: list[list[Any]]) -> str:
    """Return a table as markdown."""
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
    return head + "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "-" if np.isnan(value) else f"{value:.2f}"
    return str(value)


def plain(value: Any) -> Any:
    """Return numbers and arrays as JSON has them."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    return None if isinstance(value, float) and np.isnan(value) else value
