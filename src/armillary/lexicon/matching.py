"""Matching: which features carry the words of a hypothesis, in which spelling."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from armillary.lexicon.hypothesis import Hypothesis

# what tokenizers write for a leading space: byte-level BPE, SentencePiece, or the space itself
SPACES = ("\u0120", "\u2581", " ")


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Features whose label is a word of a hypothesis, one entry a feature.

    Parameters
    ----------
    hypothesis
        Whose words were looked for.
    rows
        Row of each feature found, ordered by word, then row.
    step
        Index of its word in ``hypothesis.words``; of pairs, ``step // 2`` is the pair and
        ``step % 2`` the side.
    variant
        How each label is spelled: ``bare`` or ``space`` (a leading space), then ``+lower``,
        ``+Capital``, ``+UPPER`` or ``+Mixed`` where it has letters; ``space+Capital``.
    """

    hypothesis: Hypothesis
    rows: Int[np.ndarray, " found"]
    step: Int[np.ndarray, " found"]
    variant: tuple[str, ...]

    @property
    def variants(self) -> tuple[str, ...]:
        """Spellings found, the one that covers most words first."""
        covered = {
            v: len({int(s) for s, w in zip(self.step, self.variant, strict=True) if w == v})
            for v in self.variant
        }
        return tuple(sorted(covered, key=lambda v: (-covered[v], v)))

    def spelled(self, variant: str) -> "Match":
        """Return the features of one spelling, the first one where a word has several.

        Words without letters (digits) have no case and go with any. Of pairs, only those with
        both sides are kept.
        """
        fits = np.array([v == variant for v in self.variant], dtype=np.bool_)
        caseless = np.array(["+" not in v for v in self.variant], dtype=np.bool_)
        mine = np.flatnonzero(fits | caseless)
        mine = mine[np.lexsort((mine, ~fits[mine], self.step[mine]))]
        _, first = np.unique(self.step[mine], return_index=True)
        kept = mine[first]
        if self.hypothesis.kind == "pairs":
            pair = self.step[kept] // 2
            kept = kept[np.isin(pair, np.flatnonzero(np.bincount(pair) == 2))]
        return Match(self.hypothesis, self.rows[kept], self.step[kept], (variant,) * kept.size)


def spelling(label: str) -> tuple[str, str]:
    """Split a label into its word, case folded, and the variant it is spelled in.

    Parameters
    ----------
    label
        As a tokenizer or a dictionary writes it; one leading space mark is understood.

    Returns
    -------
    tuple[str, str]
        For example ``("monday", "space+Capital")``.
    """
    word, spaced = label, "bare"
    if label.startswith(SPACES):
        word, spaced = label[1:], "space"
    return word.casefold(), spaced + _case(word)


def match(hypothesis: Hypothesis, labels: Sequence[str] | np.ndarray) -> Match:
    """Find the features whose label is a word of one hypothesis.

    Parameters
    ----------
    hypothesis
        Whose words to look for.
    labels
        Label of each feature. The whole label must be the word, up to case and a leading space.

    Returns
    -------
    Match
        Empty if no label fits.
    """
    return match_all([hypothesis], labels)[0]


def match_all(
    hypotheses: Iterable[Hypothesis], labels: Sequence[str] | np.ndarray
) -> tuple[Match, ...]:
    """Find the features of many hypotheses in one pass over the labels.

    Parameters
    ----------
    hypotheses
        Whose words to look for.
    labels
        Label of each feature. The whole label must be the word, up to case and a leading space.

    Returns
    -------
    tuple[Match, ...]
        One a hypothesis, in their order.
    """
    wanted = list(hypotheses)
    known = {word.casefold() for h in wanted for word in h.words}
    found: dict[str, list[tuple[int, str]]] = {}
    for row, label in enumerate(labels):
        word, variant = spelling(str(label))
        if word in known:
            found.setdefault(word, []).append((row, variant))
    return tuple(_matched(h, found) for h in wanted)


def _matched(hypothesis: Hypothesis, found: dict[str, list[tuple[int, str]]]) -> Match:
    hits = [
        (row, step, variant)
        for step, word in enumerate(hypothesis.words)
        for row, variant in found.get(word.casefold(), ())
    ]
    rows = np.array([row for row, _, _ in hits], dtype=np.int64)
    step = np.array([step for _, step, _ in hits], dtype=np.int64)
    return Match(hypothesis, rows, step, tuple(variant for _, _, variant in hits))


def _case(word: str) -> str:
    if not any(c.isalpha() for c in word):
        return ""
    if word == word.lower():
        return "+lower"
    if word[0].isupper() and word[1:] == word[1:].lower():
        return "+Capital"
    return "+UPPER" if word == word.upper() else "+Mixed"
