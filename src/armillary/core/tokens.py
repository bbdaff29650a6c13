"""Where tokens stand: their ids, documents and positions, and the text around them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from armillary.core.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """A stretch of one document with one token marked.

    Parameters
    ----------
    token_id
        Token ids in reading order.
    at
        Which of them is the token that fired.
    document, position
        The document, and the marked token's position in it.
    text
        The tokens as strings, spaces kept; None where the vocabulary is not known.
    """

    token_id: Int[np.ndarray, " token"]
    at: int
    document: int
    position: int
    text: tuple[str, ...] | None = None

    def marked(self, opening: str = "[", closing: str = "]") -> str:
        r"""Return the stretch as one line with the token that fired between two marks.

        Parameters
        ----------
        opening, closing
            The marks; a token's leading space is put before the first.

        Returns
        -------
        str
            Line breaks are written ``\n``; where the text is not known, token ids stand for it.
        """
        words = self.text or tuple(f" {i}" for i in self.token_id.tolist())
        fired = words[self.at]
        bare = fired.lstrip(" ")
        space = fired[: len(fired) - len(bare)]
        before, after = "".join(words[: self.at]), "".join(words[self.at + 1 :])
        line = f"{before}{space}{opening}{bare}{closing}{after}"
        return line.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t").strip()


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The text that rows of codes belong to, in reading order.

    Parameters
    ----------
    token_id
        The tokenizer's id of each token.
    document
        Number of the document each token is in.
    position
        Position of each token within its document.
    vocabulary
        Text of every token id, an array of strings in the order of the ids; None where it is not
        known.

    Raises
    ------
    BadInput
        If the three differ in length.
    """

    token_id: Int[np.ndarray, " token"]
    document: Int[np.ndarray, " token"]
    position: Int[np.ndarray, " token"]
    vocabulary: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Check that there is one of each a token."""
        if not self.token_id.size == self.document.size == self.position.size:
            raise BadInput(
                f"{self.token_id.size} token ids, {self.document.size} documents and "
                f"{self.position.size} positions: give one of each a token"
            )

    @property
    def n_tokens(self) -> int:
        """Number of tokens."""
        return self.token_id.size

    def take(self, rows: Int[np.ndarray, " kept"]) -> "Tokens":
        """Return these tokens, in this order, with the whole vocabulary."""
        ids, document, position = (
            np.asarray(each)[rows] for each in (self.token_id, self.document, self.position)
        )
        return Tokens(ids, document, position, self.vocabulary)

    def text(self, token_id: Iterable[int]) -> list[str]:
        """Return token ids as strings, spaces kept.

        Parameters
        ----------
        token_id
            Any ids of the vocabulary; they need not occur here.

        Returns
        -------
        list of str
            One string a token.

        Raises
        ------
        BadInput
            If the vocabulary is not known, or an id is not in it.
        """
        if self.vocabulary is None:
            raise BadInput("these tokens carry no vocabulary: only their ids are known")
        ids, size = list(token_id), self.vocabulary.size
        for i in ids:
            if not 0 <= i < size:
                raise BadInput(f"token id {i} is not in the vocabulary of {size:,} tokens")
        return [str(self.vocabulary[i]) for i in ids]

    def context(self, token: int, *, before: int = 10, after: int = 5) -> Context:
        """Return the tokens around one, as far as they are neighbours in the same document.

        Parameters
        ----------
        token
            Row of the token.
        before, after
            Tokens wanted on either side.

        Returns
        -------
        Context
            Shorter where the document ends, or where rows in between are missing.

        Raises
        ------
        BadInput
            If there is no such row.
        """
        if not 0 <= token < self.n_tokens:
            raise BadInput(f"token {token} is not among {self.n_tokens} rows")
        row = np.arange(max(0, token - before), min(self.n_tokens, token + after + 1))
        same = self.document[row] == self.document[token]
        same &= self.position[row] - self.position[token] == row - token
        token_id = np.asarray(self.token_id[row[same]])
        return Context(
            token_id,
            int(same[: token - row[0]].sum()),
            int(self.document[token]),
            int(self.position[token]),
            None if self.vocabulary is None else tuple(self.text(token_id.tolist())),
        )
