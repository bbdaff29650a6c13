"""Texts: stretches of documents to fit gauges on, others to score on, the rest for the codes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from armillary.core import BadInput, Corpus, Tokens
from armillary.harvest.windows import cut_windows

Vectors = Float[np.ndarray, "token d_model"]
Back = Callable[[Vectors], Vectors]

_HELD = 20  # one document in so many is kept for tests


@runtime_checkable
class ReadingModel(Protocol):
    """What is asked of a language model; ``armillary.models.LanguageModel`` is one."""

    name: str
    vocab_size: int
    d_model: int
    model: Any

    @property
    def device(self) -> Any:
        """Where it runs."""
        ...

    @property
    def dtype(self) -> Any:
        """The precision it runs in."""
        ...

    @property
    def bos_id(self) -> int | None:
        """Id of the token that begins a text."""
        ...

    def encode(self, text: str) -> np.ndarray:
        """Turn text into token ids."""
        ...

    def token_text(self, ids: Sequence[int] | np.ndarray) -> list[str]:
        """Return each token as text."""
        ...

    def capture(self, token_id: Any, at: str | Sequence[str]) -> dict[str, Any]:
        """Return float32 tensors (batch, position, width) by hook name."""
        ...

    def logits(self, token_id: Any, *, splice: Mapping[str, Any] | None = None) -> Any:
        """Predict the next token at every position."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts of one length, as the model reads them; rows of a split in reading order.

    Parameters
    ----------
    token_id
        One row a text.
    document
        Document that each text was cut from.
    first
        Earlier positions of each text keep their own vectors, and have no row in the split.
    """

    token_id: Int[np.ndarray, "text position"]
    document: Int[np.ndarray, " text"]
    first: int = 0

    @property
    def rows(self) -> Int[np.ndarray, " token"]:
        """Token id of each row of the split."""
        return self.token_id[:, self.first :].ravel()

    @property
    def text_unit(self) -> Int[np.ndarray, " text"]:
        """Number of each text's document among those that occur, from 0."""
        return np.unique(self.document, return_inverse=True)[1]

    @property
    def unit(self) -> Int[np.ndarray, " token"]:
        """Unit of each row of the split: its document."""
        return np.repeat(self.text_unit, self.token_id.shape[1] - self.first)


@dataclass(frozen=True, slots=True, eq=False)
class DrawnTexts:
    """Calibration and test texts of a corpus, and the corpus without what tests are drawn from.

    Parameters
    ----------
    calibration, test
        Texts; no document is in both, unless the corpus has only one.
    held
        Every text that tests are drawn from.
    shared
        Every document before those that tests are drawn from: what a receiver knows.
    """

    calibration: Texts
    test: Texts
    held: Texts
    shared: Corpus


def draw_texts(
    corpus: Corpus,
    *,
    n_calibration: int,
    n_test: int,
    context: int = 128,
    first: int = 0,
    seed: int = 0,
) -> DrawnTexts:
    """Draw texts from a corpus: tests from its last twentieth, calibration from what is before.

    Parameters
    ----------
    corpus
        The documents; they are cut into stretches of ``context`` tokens.
    n_calibration, n_test
        Tokens wanted; whole texts are drawn, at least two.
    context
        Tokens of a text.
    first
        As in ``Texts``.
    seed
        Of the draw.

    Returns
    -------
    DrawnTexts
        Texts in reading order.

    Raises
    ------
    BadInput
        If the corpus is too short.
    """
    windows = cut_windows(corpus.offset, context_size=context)
    start = windows.start[windows.length == context]
    document = np.searchsorted(corpus.offset, start, side="right") - 1
    n = start.size
    wanted = {"calibration": -(-n_calibration // context), "test": -(-n_test // context)}
    many, few = max(wanted["calibration"], 2), max(wanted["test"], 2)
    cut = min(n - n // _HELD, n - few)
    cut = _document_start(document, cut, least=many)
    if cut < many or n - cut < few or first >= context - 1:
        raise BadInput(
            f"{n} texts of {context} tokens are in the corpus; {many} are needed to fit gauges and "
            f"{few} others to score on: give more text, or a shorter context"
        )
    rng = np.random.default_rng(seed)

    def drawn(low: int, high: int, size: int) -> Texts:
        at = np.sort(low + rng.choice(high - low, size=size, replace=False))
        place = start[at][:, None] + np.arange(context)
        ids = np.asarray(corpus.token_id)[place].astype(np.int64)
        return Texts(ids, document[at], first)

    test = drawn(cut, n, few)
    held = drawn(cut, n, n - cut)
    return DrawnTexts(drawn(0, cut, many), test, held, corpus.take(int(start[cut])))


def every_text(corpus: Corpus, *, context: int, first: int = 0, most: int = 65_536) -> Texts:
    """Return whole texts spread evenly over a corpus.

    Parameters
    ----------
    corpus
        The documents.
    context, first
        As in ``draw_texts``.
    most
        Tokens at most.
    """
    windows = cut_windows(corpus.offset, context_size=context)
    start = windows.start[windows.length == context]
    few = max(1, min(start.size, most // context))
    start = start[np.linspace(0, start.size - 1, few).round().astype(np.int64)]
    document = np.searchsorted(corpus.offset, start, side="right") - 1
    place = start[:, None] + np.arange(context)
    return Texts(np.asarray(corpus.token_id)[place].astype(np.int64), document, first)


def corpus_tokens(corpus: Corpus, vocabulary: np.ndarray | None) -> Tokens:
    """Return where every token of a corpus stands.

    Parameters
    ----------
    corpus
        The documents.
    vocabulary
        Text of every token id.
    """
    size = np.diff(corpus.offset)
    document: np.ndarray = np.repeat(np.arange(size.size), size)
    begin: np.ndarray = np.repeat(corpus.offset[:-1], size)
    position = np.arange(corpus.n_tokens) - begin
    ids: np.ndarray = np.asarray(corpus.token_id)
    return Tokens(
        ids.astype(np.int32), document.astype(np.int32), position.astype(np.int32), vocabulary
    )


def same(vectors: Vectors) -> Vectors:
    """Return vectors that are in the model's own space already.

    Parameters
    ----------
    vectors
        Any.
    """
    return vectors


def _document_start(document: Int[np.ndarray, " text"], cut: int, *, least: int) -> int:
    """Move a cut down to where its document begins, if enough texts stay below it."""
    if not 0 <= cut < document.size:
        return cut
    begin = int(np.count_nonzero(document < document[cut]))
    return begin if begin >= least else cut
