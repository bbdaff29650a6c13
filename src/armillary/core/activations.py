"""Activations: what a model holds at one place, a row a token, larger than memory if need be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.core.tokens import Tokens

CHUNK_BYTES = 1 << 18  # rows that stay neighbours until a buffer mixes them
DTYPES = (np.dtype(np.float16), np.dtype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Activations:
    """Vectors of a model at one hook point, one row a token, in reading order, in shards.

    Parameters
    ----------
    shards
        Rows one after the other, each array (token, d_model), float16 or float32, usually
        memory-mapped. None is ever written to.
    tokens
        Token id, document and position of every row.
    hook_name
        Where in the model, for example ``"blocks.9.hook_resid_post"``.
    source
        Model, corpus, precision, BOS handling and whatever else the writer recorded.

    Raises
    ------
    BadInput
        If shards differ in width or kind of number, or their rows are not those of the tokens.
    """

    shards: tuple[np.ndarray, ...]
    tokens: Tokens
    hook_name: str
    source: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        """Check everything that other rooms rely on."""
        if not self.shards or any(s.ndim != 2 for s in self.shards):
            raise BadInput("activations need at least one shard, each of shape (token, d_model)")
        kinds = sorted({(s.shape[1], str(s.dtype)) for s in self.shards})
        if len(kinds) > 1 or self.shards[0].dtype not in DTYPES:
            raise BadInput(f"shards must be all float16 or all float32, of one width; got {kinds}")
        rows = sum(s.shape[0] for s in self.shards)
        if rows != self.tokens.n_tokens:
            raise BadInput(f"the shards have {rows:,} rows for {self.tokens.n_tokens:,} tokens")
        object.__setattr__(self, "source", MappingProxyType(dict(self.source)))

    @property
    def n_tokens(self) -> int:
        """Number of tokens (rows)."""
        return self.tokens.n_tokens

    @property
    def d_model(self) -> int:
        """Width of a row."""
        return self.shards[0].shape[1]

    @property
    def n_bytes(self) -> int:
        """Bytes that all rows take."""
        return sum(s.nbytes for s in self.shards)

    def rows(self, index: Int[np.ndarray, " row"]) -> Float[np.ndarray, "row d_model"]:
        """Return some rows.

        Parameters
        ----------
        index
            Row numbers below ``n_tokens``, in any order, repeats allowed.

        Returns
        -------
        array of float32
            One row each, in the order asked for.

        Raises
        ------
        BadInput
            If there is no such row.
        """
        if index.size and not (index.min() >= 0 and index.max() < self.n_tokens):
            raise BadInput(f"rows must be below {self.n_tokens:,}; got {index.max():,}")
        first = self._first_rows()
        out = np.empty((index.size, self.d_model), dtype=np.float32)
        order = np.argsort(index, kind="stable")  # the disk is read in one direction
        cuts = np.searchsorted(index[order], first)
        for shard, start, (begin, end) in zip(
            self.shards, first, zip(cuts, cuts[1:], strict=False), strict=False
        ):
            mine = order[begin:end]
            out[mine] = shard[index[mine] - start]
        return out

    def blocks(self, size: int = 1 << 14) -> Iterator[Float[np.ndarray, "row d_model"]]:
        """Give all rows in reading order, as float32 blocks.

        Parameters
        ----------
        size
            Most rows of a block; a block never spans two shards.

        Yields
        ------
        array of float32
            The next rows.
        """
        for shard in self.shards:
            for start in range(0, shard.shape[0], size):
                yield shard[start : start + size].astype(np.float32)

    def batches(
        self, size: int, *, rng: np.random.Generator, memory: int = 1 << 30
    ) -> Iterator[Float[np.ndarray, "row d_model"]]:
        """Give every row once, shuffled; the last rows that do not fill a batch are left out.

        What fits in ``memory`` is drawn as one permutation of all rows. What does not is read in
        chunks of neighbouring rows, all chunks of all shards in random order, into a buffer of
        that size; a random half of the buffer is given out whenever it is full, and the rest
        stays to be mixed with what comes next.

        Parameters
        ----------
        size
            Rows of a batch.
        rng
            Decides the order, and nothing else does.
        memory
            Bytes the buffer may take.

        Yields
        ------
        array of float32
            ``size`` rows; the same rows in the same order for the same state of ``rng``.

        Raises
        ------
        BadInput
            If a batch is not between one row and all of them, or twice its size does not fit in
            ``memory``.
        """
        if not 1 <= size <= self.n_tokens:
            raise BadInput(f"a batch of {size:,} rows cannot be drawn from {self.n_tokens:,}")
        room = memory // (self.d_model * self.shards[0].itemsize)
        if room < min(2 * size, self.n_tokens):
            raise BadInput(f"{memory:,} bytes hold {room:,} rows: too few to shuffle by {size:,}")
        return self._shuffled(size, rng=rng, room=min(room, self.n_tokens))

    def mean(self) -> Float[np.ndarray, " d_model"]:
        """Return the mean row as float32, summed in float64."""
        total = np.zeros(self.d_model)
        for block in self.blocks():
            total += block.sum(axis=0, dtype=np.float64)
        return (total / max(self.n_tokens, 1)).astype(np.float32)

    def __repr__(self) -> str:
        """Name the axes, the place and the precision."""
        return (
            f"Activations({self.n_tokens:,} tokens x {self.d_model} d_model at {self.hook_name}, "
            f"{self.shards[0].dtype}, {len(self.shards)} shards)"
        )

    def _first_rows(self) -> Int[np.ndarray, " boundary"]:
        return np.cumsum([0, *(s.shape[0] for s in self.shards)])

    def _chunks(self, rng: np.random.Generator, *, room: int) -> Iterator[np.ndarray]:
        """Give chunks of rows as they are stored: in random order, unless all of them fit."""
        shape = (self.d_model, self.shards[0].itemsize)
        rows = max(1, min(CHUNK_BYTES // (shape[0] * shape[1]), room // 8))
        places = [(i, r) for i, s in enumerate(self.shards) for r in range(0, s.shape[0], rows)]
        order = range(len(places)) if room >= self.n_tokens else rng.permutation(len(places))
        for place in order:
            shard, start = places[place]
            yield self.shards[shard][start : start + rows]

    def _shuffled(
        self, size: int, *, rng: np.random.Generator, room: int
    ) -> Iterator[Float[np.ndarray, "row d_model"]]:
        buffer = np.empty((room, self.d_model), dtype=self.shards[0].dtype)
        held = 0
        for chunk in self._chunks(rng, room=room):
            while held + chunk.shape[0] > room:
                order = rng.permutation(held)
                give = max(1, held // 2 // size) * size
                for start in range(0, give, size):
                    yield buffer[order[start : start + size]].astype(np.float32)
                gone, kept = order[:give], order[give:]
                held = kept.size
                buffer[gone[gone < held]] = buffer[kept[kept >= held]]  # as many of either
            buffer[held : held + chunk.shape[0]] = chunk
            held += chunk.shape[0]
        order = rng.permutation(held)
        for start in range(0, held - size + 1, size):
            yield buffer[order[start : start + size]].astype(np.float32)
