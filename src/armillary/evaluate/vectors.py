"""Vectors to measure on: stored activations or an array, read a block at a time."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput

BLOCK = 1024


@runtime_checkable
class StoredVectors(Protocol):
    """Stored vectors, for example ``armillary.core.Activations``."""

    @property
    def n_tokens(self) -> int:
        """Number of vectors."""
        ...

    @property
    def d_model(self) -> int:
        """Their dimension."""
        ...

    def rows(self, index: Int[np.ndarray, " row"], /) -> Float[np.ndarray, "row d_model"]:
        """Return some of them as float32."""
        ...


def blocks_of(
    vectors: StoredVectors | np.ndarray, index: Int[np.ndarray, " row"]
) -> Iterator[Float[np.ndarray, "row d_model"]]:
    """Yield the chosen rows as float32 blocks, in the order given.

    Raises
    ------
    BadInput
        If a row holds a number that is not finite.
    """
    for start in range(0, len(index), BLOCK):
        at = index[start : start + BLOCK]
        block = vectors[at] if isinstance(vectors, np.ndarray) else vectors.rows(at)
        block = np.ascontiguousarray(block, dtype=np.float32)
        if not np.isfinite(block.sum(dtype=np.float64)):
            raise BadInput(f"vectors {at[0]:,} to {at[-1]:,} hold NaN or infinity")
        yield block


def chosen_rows(
    vectors: StoredVectors | np.ndarray, n_tokens: int | None, *, seed: int
) -> Int[np.ndarray, " row"]:
    """Return the numbers of ``n_tokens`` rows at random, ascending; all of them where it is None.

    Raises
    ------
    BadInput
        If there is no vector at all.
    """
    n = len(vectors) if isinstance(vectors, np.ndarray) else vectors.n_tokens
    if n == 0:
        raise BadInput("there are no vectors to measure on")
    if n_tokens is None or n_tokens >= n:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, n_tokens, replace=False))
