"""Words in text: one activation for every layer, context and word, at the word itself."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int

from armillary.core import BadInput
from armillary.intervene.forward import SteerableModel, hook_of
from armillary.intervene.prompts import builtin_task, word_ids
from armillary.lexicon import Hypothesis

TOKENS = 1_500  # of one forward pass
LEAST_WORDS, LEAST_CONTEXTS = 5, 12  # for turns; for three folds of four
NEUTRAL = (
    "I wrote about {}",
    "She asked me about {}",
    "We often think of {}",
    "They said it was {}",
    "The book is called {}",
    "He could not forget {}",
    "My favourite is {}",
    "This page is about {}",
    "Everyone was talking about {}",
    "The next word is {}",
    "The first on the list is {}",
    "In the picture we see {}",
    "The answer was {}",
    "You should look up {}",
    "There is a song about {}",
    "Nobody mentioned {}",
    "The question concerns {}",
    "On the sign stood {}",
    "Her notes begin with {}",
    "It all started with {}",
)


def beginnings(words: Hypothesis) -> tuple[str, ...]:
    """Return texts that end where a word of the list goes, each once.

    Of a list with texts of its own (weekdays, months), what stands before the word in them; of
    any other, neutral sentences. What follows a word cannot matter to a causal model.

    Parameters
    ----------
    words
        The list.

    Returns
    -------
    tuple
        Beginnings with the space before the word.
    """
    try:
        task = builtin_task(words.name)
        texts = (*task.contexts, *task.templates)
    except BadInput:
        texts = NEUTRAL
    return tuple(dict.fromkeys(text.partition("{}")[0] for text in texts))


def read_words(
    lm: SteerableModel,
    before: Sequence[str],
    ids: Int[np.ndarray, " word"],
    *,
    progress: Callable[[int], None] | None = None,
) -> Float[np.ndarray, "layer context word d_model"]:
    """Read the residual stream at words, from before the first layer to after the last.

    Parameters
    ----------
    lm
        The model.
    before
        Beginnings of texts, of ``beginnings``.
    ids
        The words, one token each, with their leading space.
    progress
        Told how many contexts are done, now and then.

    Returns
    -------
    array
        Float32; layers -1 (embeddings) to the last.
    """
    names = [hook_of(layer) for layer in range(-1, lm.n_layers)]
    heads = [_head(lm, text) for text in before]
    found: np.ndarray | None = None
    for batch in _batches(heads, len(ids)):
        rows = [[*heads[c], int(i)] for c in batch for i in ids]
        read = lm.capture(np.array(rows, dtype=np.int64), names)
        for layer, name in enumerate(names):
            last = read[name][:, -1].cpu().numpy()
            if found is None:
                found = np.empty((len(names), len(before), len(ids), last.shape[1]), np.float32)
            found[layer, batch] = last.reshape(len(batch), len(ids), -1)
        if progress is not None:
            progress(len(batch))
    if found is None:
        raise BadInput("no contexts: give texts that end in {}")
    return found


def list_ids(lm: SteerableModel, words: Hypothesis) -> Int[np.ndarray, " word"]:
    """Return the words' tokens.

    Parameters
    ----------
    lm
        The model.
    words
        The list.

    Returns
    -------
    array
        One id a word.

    Raises
    ------
    BadInput
        If the list has no cyclic order or under five words, or a word is not one token with a space
        before it.
    """
    if words.kind != "cyclic":
        raise BadInput(
            f"{words.name!r} is a {words.kind} list: a ring is looked for in cyclic ones, such as "
            "weekdays, months or seasons"
        )
    if len(words.words) < LEAST_WORDS:
        raise BadInput(
            f"{words.name!r} has {len(words.words)} words; turns round a circle need {LEAST_WORDS}"
        )
    return word_ids(lm.encode, words.words)


def other_words(
    lm: SteerableModel, n: int, *, without: Sequence[int], rng: np.random.Generator
) -> Int[np.ndarray, " word"]:
    """Choose capitalised words at random from a model's vocabulary.

    Parameters
    ----------
    lm
        The model; ``token_text`` gives its tokens as text.
    n
        How many.
    without
        Tokens that must not be among them.
    rng
        Source of randomness.

    Returns
    -------
    array
        Ids of tokens that are a space and four or more letters, the first one large.

    Raises
    ------
    BadInput
        If there are not so many.
    """
    size, told = int(getattr(lm, "vocab_size", 0)), getattr(lm, "token_text", None)
    texts: Sequence[str] = [] if told is None else told(np.arange(size))
    fits = [
        i
        for i, text in enumerate(texts)
        if text.startswith(" ") and text[1:].isalpha() and len(text) > 4 and text[1:].istitle()
    ]
    left = np.setdiff1d(np.array(fits, dtype=np.int64), np.asarray(without))
    if left.size < n:
        raise BadInput(
            f"{lm.name} has {left.size} capitalised words of one token; {n} are needed to see how "
            "words lie in general"
        )
    return rng.permutation(left)[:n]


def _head(lm: SteerableModel, text: str) -> tuple[int, ...]:
    if not text.endswith(" ") or not text.strip():
        raise BadInput(f"context {text!r}: write something and a space before the word")
    return tuple(int(i) for i in lm.encode(text.removesuffix(" ")))


def _batches(heads: Sequence[tuple[int, ...]], n_words: int) -> list[list[int]]:
    """Group contexts of one length, a bounded number of tokens at a time."""
    found: list[list[int]] = []
    for length in sorted({len(head) for head in heads}):
        alike = [c for c, head in enumerate(heads) if len(head) == length]
        most = max(1, TOKENS // (n_words * (length + 1)))
        found += [alike[start : start + most] for start in range(0, len(alike), most)]
    return found
