"""Words: what a group fires on, and the mean codes of every such word."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core import Tokens
from armillary.reconstruct import Reconstruction

LEAST_TOKENS = 10  # of a word, among those looked at
LEAST_RATE = 0.5  # share of a word's tokens on which the group fires
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
    """

    texts: tuple[str, ...]
    of_token: Int[np.ndarray, " token"]
    count: Int[np.ndarray, " word"]

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
        return cls(tuple(names.tolist()), of_token, count)

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
    rate
        Share of the word's tokens on which the group fires.
    mean
        Mean activation of every member over the word's tokens on which the group fires.
    """

    word: Int[np.ndarray, " word"]
    count: Int[np.ndarray, " word"]
    rate: Float[np.ndarray, " word"]
    mean: Float[np.ndarray, "word member"]


def word_codes(
    made: Reconstruction,
    lexemes: Lexemes,
    *,
    least: int = LEAST_TOKENS,
    rate: float = LEAST_RATE,
    most: int = MOST_WORDS,
) -> WordCodes:
    """Average a group's codes by word.

    A word counts if the group fires on ``rate`` of its tokens and on ``least`` of those looked at;
    of more than ``most`` words, the most frequent stay. No list of words is consulted.

    Parameters
    ----------
    made
        The group's tokens; a sample counts as its share of all.
    lexemes
        The word of every token.

    Returns
    -------
    WordCodes
        Possibly without any word.
    """
    word = lexemes.of_token[made.token]
    seen = np.bincount(word, minlength=lexemes.count.size)
    share = made.n_active / max(made.token.size, 1)
    fires = np.minimum(seen * share / np.maximum(lexemes.count, 1), 1.0)
    chosen = np.flatnonzero((seen >= least) & (fires >= rate))
    chosen = chosen[np.lexsort((chosen, -seen[chosen]))][:most]
    place = np.full(lexemes.count.size, -1, dtype=np.int64)
    place[chosen] = np.arange(chosen.size)
    point = np.repeat(np.arange(made.token.size), np.diff(made.offset))
    row = place[word[point]]
    kept = row >= 0
    total = np.zeros((chosen.size, made.rows.size))
    np.add.at(total, (row[kept], made.member[kept]), made.value[kept])
    mean = total / seen[chosen, None]
    return WordCodes(chosen, seen[chosen], fires[chosen], mean)
