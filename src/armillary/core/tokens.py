"""Where tokens stand: their ids, documents and positions, and the text around them."""

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
    """

    token_id: Int[np.ndarray, " token"]
    at: int
    document: int
    position: int


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

    Raises
    ------
    BadInput
        If the three differ in length.
    """

    token_id: Int[np.ndarray, " token"]
    document: Int[np.ndarray, " token"]
    position: Int[np.ndarray, " token"]

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
        return Context(
            np.asarray(self.token_id[row[same]]),
            int(same[: token - row[0]].sum()),
            int(self.document[token]),
            int(self.position[token]),
        )
