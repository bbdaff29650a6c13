"""Prompts: templates that ask for the next word, and contexts to fit a shape in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from armillary.core.errors import BadInput
from armillary.lexicon import load_lexicon

Encode = Callable[[str], np.ndarray]


@dataclass(frozen=True, slots=True)
class Task:
    """A cyclic list of words, and the texts they are put into.

    Parameters
    ----------
    name
        What to call it.
    words
        In order; the last is next to the first.
    templates
        Texts with ``{}`` for a word, whose right continuation is the next word.
    contexts
        Texts ending in ``{}``, in which shapes are fitted; none may be a template's beginning.
    """

    name: str
    words: tuple[str, ...]
    templates: tuple[str, ...]
    contexts: tuple[str, ...]

    def __post_init__(self) -> None:
        """Check that every text has one place, with a space before it."""
        for text in (*self.templates, *self.contexts):
            if text.count("{}") != 1 or not text.partition("{}")[0].endswith(" "):
                raise BadInput(f"template {text!r}: write one {{}} with a space before it")
        for text in self.contexts:
            if not text.endswith("{}"):
                raise BadInput(f"context {text!r}: the word must come last; end it with {{}}")
        shared = {t.partition("{}")[0] for t in self.templates}
        for text in self.contexts:
            if text.partition("{}")[0] in shared:
                raise BadInput(f"context {text!r} is the beginning of a template: not held out")


@dataclass(frozen=True, slots=True, eq=False)
class Prompts:
    """One text with each word in it, as tokens.

    Parameters
    ----------
    text
        With ``{}`` for the word.
    token_id
        One row a word.
    place
        Position of the word.
    """

    text: str
    token_id: Int[np.ndarray, "word position"]
    place: int


def builtin_task(name: str) -> Task:
    """Return a task that armillary brings: ``months`` or ``weekdays``.

    Parameters
    ----------
    name
        Which.

    Returns
    -------
    Task
        Its words are those of the lexicon.

    Raises
    ------
    BadInput
        If there is none of that name.
    """
    if name not in _TEXTS:
        raise BadInput(f"no texts for {name!r}: use {' or '.join(_TEXTS)}, or give --texts FILE")
    words = next(h.words for h in load_lexicon() if h.name == name)
    return Task(name, words, *_TEXTS[name])


def word_ids(encode: Encode, words: Sequence[str]) -> Int[np.ndarray, " word"]:
    """Return the token of each word with a space before it.

    Parameters
    ----------
    encode
        Text to token ids.
    words
        The words.

    Returns
    -------
    array
        One id a word.

    Raises
    ------
    BadInput
        If a word is more than one token.
    """
    ids = [encode(f" {word}") for word in words]
    long = [word for word, found in zip(words, ids, strict=True) if len(found) != 1]
    if long:
        raise BadInput(
            f"{', '.join(long)}: more than one token in this model; answers are read from one "
            "token, use words that are"
        )
    return np.array([int(found[0]) for found in ids], dtype=np.int64)


def encoded(encode: Encode, text: str, words: Sequence[str], *, bos: int | None = None) -> Prompts:
    """Put every word into a text and encode it.

    Parameters
    ----------
    encode
        Text to token ids.
    text
        With ``{}`` for the word.
    words
        The words.
    bos
        Token put first; none if None.

    Returns
    -------
    Prompts
        Rows differ at one position.

    Raises
    ------
    BadInput
        If rows differ at more than one position or in length.
    """
    first = [] if bos is None else [bos]
    rows = [[*first, *(int(i) for i in encode(text.format(word)))] for word in words]
    if len({len(row) for row in rows}) == 1:
        token_id = np.array(rows, dtype=np.int64)
        differ = np.flatnonzero((token_id != token_id[0]).any(axis=0))
        if differ.size == 1:
            return Prompts(text, token_id, int(differ[0]))
    raise BadInput(f"template {text!r}: the words are not one token each in it, in this model")


_MONTHS = (
    "This month is {}. Next month is",
    "This month is {}. Next month will be",
    "It is {} now. Next month it will be",
    "The current month is {}. The next month is",
    "The month after {} is",
    "The month that comes after {} is",
    "The month following {} is",
    "After {} comes",
    "Immediately after {} comes",
    "The month of {} is followed by",
    "If this month is {}, next month is",
    "If this month is {}, then next month is",
    "If it is {} now, then next month it will be",
    "Last month was {}. This month is",
    "Last month was {}, so this month is",
    "One month after {} is",
    "The rent for {} is paid; the next payment is due in",
    "She was born in {}; her sister was born one month later, in",
    "We met in {} and again the month after, in",
    "The magazine's {} issue is followed by the one for",
    "From {} to",
    "Months in order: {},",
    "In calendar order: {}, then",
    "Q: What month comes after {}? A:",
    "Question: Which month comes right after {}? Answer:",
    "We start at the end of {} and finish at the beginning of",
    "The meeting moved by one month, from {} to",
    "Turn the calendar page: after {} you see",
    "Today is the last day of {}. Tomorrow is the first day of",
    "Today is the last day of {}, so tomorrow is the first of",
    "When {} ends, we enter the month of",
    "When {} is over, it is",
    "At the end of {} begins",
)
_MONTH_CONTEXTS = (
    "My son was born in {}",
    "The wedding was in {}",
    "It happened in {}",
    "The shop opened in {}",
    "They met last {}",
    "The school closes every {}",
    "We moved here in {}",
    "It was a cold day in {}",
    "The festival takes place in {}",
    "The museum was closed during {}",
    "He wrote the letter in {}",
    "The report was published in {}",
    "Our holiday begins in {}",
    "The contract ends in {}",
    "The war ended in {}",
    "Rain fell all through {}",
)
_WEEKDAYS = (
    "Today is {}. Tomorrow is",
    "Today is {}. Tomorrow will be",
    "Today is {}, so tomorrow is",
    "Today is {}, and tomorrow is",
    "Today is {}, so tomorrow will be",
    "If today is {}, tomorrow is",
    "If today is {}, then tomorrow is",
    "Yesterday was {}. Today is",
    "Yesterday was {}, so today is",
    "The day after {} is",
    "The day that comes after {} is",
    "The day following {} is",
    "After {} comes",
    "Immediately after {} comes",
    "One day after {} is",
    "Days in order: {},",
    "In the order of the week: {}, then",
    "Q: What day comes after {}? A:",
    "Question: Which day comes right after {}? Answer:",
    "The meeting moved by one day, from {} to",
    "We met on {} and again the day after, on",
    "When {} is over, it is",
    "At midnight {} ends and it becomes",
    "She works from {} to",
    "The shop is closed on {} and opens again the next day,",
)
_WEEKDAY_CONTEXTS = (
    "The meeting is on {}",
    "She arrived on {}",
    "The shop is closed every {}",
    "They met last {}",
    "He called me on {}",
    "The market is open on {}",
    "They left on a {}",
    "The party was on {}",
    "It rained all {}",
    "The train leaves every {}",
    "School starts on {}",
    "I will see you next {}",
    "The game was played on {}",
    "The letter came on {}",
    "The concert is this {}",
    "My sister works on {}",
)
_TEXTS = {"months": (_MONTHS, _MONTH_CONTEXTS), "weekdays": (_WEEKDAYS, _WEEKDAY_CONTEXTS)}
