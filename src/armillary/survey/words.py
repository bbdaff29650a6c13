"""Words: what a group fires on, and the mean codes of every such word."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core import Codes, Tokens
from armillary.reconstruct import Reconstruction

LEAST_TOKENS = 20  # of a word, among those looked at
LEAST_SHARE = 0.5  # of a word's activation, carried by the group
BLOCK = 1 << 16  # tokens added up at a time
MOST_WORDS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Lexemes:
    """Which word every token of a corpus is: its text without the space before it.

    Parameters
    ----------
    texts
        One text a word.
    of_token
        The word of every row of the codes.
    count
        Tokens of each word.
    document
        The document of every row.
    """

    texts: tuple[str, ...]
    of_token: Int[np.ndarray, " token"]
    count: Int[np.ndarray, " word"]
    document: Int[np.ndarray, " token"]

    @classmethod
    def of(cls, tokens: Tokens) -> "Lexemes":
        """Tell the words of a corpus apart, by token id where no vocabulary is known."""
        kind, place = np.unique(np.asarray(tokens.token_id), return_inverse=True)
        if tokens.vocabulary is None:
            texts = [f"token {k}" for k in kind.tolist()]
        else:
            texts = tokens.text(kind.tolist())
        bare = np.array([text.strip() or text for text in texts])
        names, word = np.unique(bare, return_inverse=True)
        of_token = word[place].astype(np.int32)
        count = np.bincount(of_token, minlength=names.size)
        return cls(tuple(names.tolist()), of_token, count, np.asarray(tokens.document))

    def named(self, word: Int[np.ndarray, " chosen"]) -> tuple[str, ...]:
        """Return the texts of these words."""
        return tuple(self.texts[int(k)] for k in word)


@dataclass(frozen=True, slots=True, eq=False)
class WordCodes:
    """The words a group is about, with the mean codes of its members on each.

    Parameters
    ----------
    word
        Numbers of the words, the most frequent among the group's tokens first.
    count
        Tokens averaged.
    share
        Share of the activation on the word's tokens (times the rows' lengths) that is the group's.
    mean
        Mean activation of every member over the word's tokens on which the group fires.
    halves
        The same over documents of even and of odd number; NaN where a word has none.
    """

    word: Int[np.ndarray, " word"]
    count: Int[np.ndarray, " word"]
    share: Float[np.ndarray, " word"]
    mean: Float[np.ndarray, "word member"]
    halves: Float[np.ndarray, "2 word member"]


def word_activation(
    codes: Codes, directions: Float[np.ndarray, "feature d_model"], lexemes: Lexemes
) -> Float[np.ndarray, " word"]:
    """Sum activation times length of the decoder row over all tokens of every word."""
    length = np.linalg.norm(directions, axis=1)
    total = np.zeros(lexemes.count.size)
    for start in range(0, codes.n_tokens, BLOCK):
        stop = min(start + BLOCK, codes.n_tokens)
        here = slice(int(codes.offset[start]), int(codes.offset[stop]))
        word = lexemes.of_token[codes.token_of_firing(start, stop)]
        weight = np.abs(codes.value[here]) * length[codes.feature[here]]
        total += np.bincount(word, weights=weight, minlength=total.size)
    return total


def word_codes(
    made: Reconstruction,
    lexemes: Lexemes,
    activation: Float[np.ndarray, " word"],
    *,
    least: int = LEAST_TOKENS,
    share: float = LEAST_SHARE,
    most: int = MOST_WORDS,
) -> WordCodes:
    """Average a group's codes by word.

    A group is about a word if it carries at least ``share`` of the activation on the word's tokens
    and ``least`` of those looked at are among its own; of more than ``most`` words, the most
    frequent stay. No list of words is consulted.

    Parameters
    ----------
    made
        The group's tokens; a sample counts as its share of all.
    lexemes
        The word of every token.
    activation
        Of all features on every word (``word_activation``).

    Returns
    -------
    WordCodes
        Possibly without any word.
    """
    n_words = lexemes.count.size
    word = lexemes.of_token[made.token]
    seen = np.bincount(word, minlength=n_words)
    point = np.repeat(np.arange(made.token.size), np.diff(made.offset))
    length = np.linalg.norm(made.directions, axis=1)
    weight = np.abs(made.value) * length[made.member]
    own = np.bincount(word[point], weights=weight, minlength=n_words)
    whole = made.n_active / max(made.token.size, 1)
    carried = np.minimum(own * whole / np.maximum(activation, 1e-12), 1.0)
    chosen = np.flatnonzero((seen >= least) & (carried >= share))
    chosen = chosen[np.lexsort((chosen, -seen[chosen]))][:most]
    place = np.full(n_words, -1, dtype=np.int64)
    place[chosen] = np.arange(chosen.size)
    row = place[word[point]]
    kept = row >= 0
    half = lexemes.document[made.token] % 2
    total = np.zeros((2, chosen.size, made.rows.size))
    np.add.at(total, (half[point][kept], row[kept], made.member[kept]), made.value[kept])
    among = place[word] >= 0
    number = np.zeros((2, chosen.size))
    np.add.at(number, (half[among], place[word][among]), 1.0)
    halves = total / np.where(number > 0, number, np.nan)[:, :, None]
    mean = total.sum(axis=0) / seen[chosen, None]
    return WordCodes(chosen, seen[chosen], carried[chosen], mean, halves)
