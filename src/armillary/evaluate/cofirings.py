"""Co-firing of two dictionaries on tokens they share, beside the same with the text moved."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.evaluate.similar import Some, Tile

LEAST_FIRED = 10  # tokens; a rarer feature is like nothing
SHIFTED = "tokens shifted"
_AT_ONCE = 4096  # pairs


@dataclass(frozen=True, eq=False)
class Cofirings:
    """Correlation of who fires (phi) on tokens that both dictionaries read.

    ``(n both - first second) / sqrt(first (n - first) second (n - second))`` over ``n`` tokens; 0
    for a feature that fires on fewer than ten tokens, or on every one.

    Parameters
    ----------
    a, b
        Codes; row ``t`` of both is the same token.

    Raises
    ------
    BadInput
        If the codes are of different tokens.
    """

    a: Codes
    b: Codes
    name = "co-firing"
    nulls = (SHIFTED,)

    def __post_init__(self) -> None:
        """Check that rows are the same tokens."""
        same = self.a.n_tokens == self.b.n_tokens
        if same and self.a.tokens is not None and self.b.tokens is not None:
            same = np.array_equal(self.a.tokens.token_id, self.b.tokens.token_id)
        if not same:
            raise BadInput(
                f"codes of {self.a.n_tokens:,} and {self.b.n_tokens:,} tokens are not of the same "
                "text: encode one set of activations with both dictionaries"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Features of either dictionary."""
        return self.a.n_features, self.b.n_features

    @cached_property
    def _fires(self) -> tuple[Any, Any]:
        return self.a.matrix(binary=True).tocsc(), self.b.matrix(binary=True).tocsc()

    def tile(self, rows: Some, columns: Some) -> Tile:
        """Return a part of the table."""
        fires_a, fires_b = self._fires
        here, there = fires_a[:, rows], fires_b[:, columns]
        both = np.asarray((here.T.tocsr() @ there.tocsr()).todense(), dtype=np.float64)
        first, second = np.diff(here.indptr)[:, None], np.diff(there.indptr)[None, :]
        return _phi(both, first, second, n=self.a.n_tokens)

    def pairs(
        self, rows: Int[np.ndarray, " pair"], columns: Int[np.ndarray, " pair"]
    ) -> Float[np.ndarray, " pair"]:
        """Return the correlation of chosen pairs."""
        fires_a, fires_b = self._fires
        out = np.empty(rows.size, dtype=np.float32)
        for start in range(0, rows.size, _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            here, there = fires_a[:, rows[part]], fires_b[:, columns[part]]
            both = np.asarray(here.multiply(there).sum(axis=0), dtype=np.float64).ravel()
            first, second = np.diff(here.indptr), np.diff(there.indptr)
            out[part] = _phi(both, first, second, n=self.a.n_tokens)
        return out

    def shares(
        self, rows: Int[np.ndarray, " pair"], columns: Int[np.ndarray, " pair"]
    ) -> tuple[Float[np.ndarray, " pair"], Float[np.ndarray, " pair"]]:
        """Return the share of the column's tokens on which the row fires, and the reverse."""
        fires_a, fires_b = self._fires
        shares = np.zeros((2, rows.size), dtype=np.float32)
        for start in range(0, rows.size, _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            here, there = fires_a[:, rows[part]], fires_b[:, columns[part]]
            both = np.asarray(here.multiply(there).sum(axis=0)).ravel()
            shares[0, part] = both / np.maximum(np.diff(there.indptr), 1)
            shares[1, part] = both / np.maximum(np.diff(here.indptr), 1)
        return shares[0], shares[1]

    def chance(self, null: str, side: str, *, rng: np.random.Generator) -> "Cofirings":
        """Move one dictionary's firings along the text, by a quarter to three quarters of it.

        Rates stay, and how firings follow one another; what they have to do with the other
        dictionary goes.
        """
        del null  # there is one
        n = self.a.n_tokens
        by = int(rng.integers(n // 4, max(3 * n // 4, n // 4 + 1)))
        if side == "a":
            return Cofirings(_shifted(self.a, by), self.b)
        return Cofirings(self.a, _shifted(self.b, by))


def _phi(both: np.ndarray, first: np.ndarray, second: np.ndarray, *, n: int) -> np.ndarray:
    spread = [
        np.where(count >= LEAST_FIRED, np.sqrt(count * (n - count.astype(np.float64))), 0.0)
        for count in (first, second)
    ]
    scale = spread[0] * spread[1]
    off = n * both - first.astype(np.float64) * second
    return np.divide(off, scale, out=np.zeros_like(off), where=scale > 0).astype(np.float32)


def _shifted(codes: Codes, by: int) -> Codes:
    """Return the codes with row ``t`` moved to ``t + by``, from the end to the beginning."""
    cut = int(codes.offset[codes.n_tokens - by])
    length = np.roll(np.diff(codes.offset), by)
    return Codes(
        np.concatenate([[0], np.cumsum(length)]),
        np.concatenate([codes.feature[cut:], codes.feature[:cut]]),
        np.concatenate([codes.value[cut:], codes.value[:cut]]),
        codes.feature_id,
    )
