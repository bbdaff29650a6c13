"""Streams: where batches of activation vectors come from, and in what order.

A batch depends on the seed and its number alone, so a resumed run sees what the first would have.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np

from armillary.core.errors import BadInput

Draw = Callable[[int, np.random.Generator], np.ndarray]


@runtime_checkable
class Batches(Protocol):
    """Stored vectors, for example ``armillary.core.Activations``."""

    @property
    def d_model(self) -> int:
        """Dimension of the vectors."""
        ...

    @property
    def n_tokens(self) -> int:
        """Number of vectors."""
        ...

    def batches(self, size: int, *, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Pass once over the vectors in random order; a short last batch is left out."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ArrayStream:
    """The rows of one array."""

    array: np.ndarray

    def __post_init__(self) -> None:
        """Refuse what is not a matrix of finite numbers."""
        if self.array.ndim != 2 or self.array.dtype.kind != "f" or 0 in self.array.shape:
            raise BadInput(
                f"an array of shape {self.array.shape} and type {self.array.dtype} was given; "
                "expected floats of shape (tokens, d_model), at least one of each"
            )

    @property
    def d_model(self) -> int:
        """Dimension of the vectors."""
        return self.array.shape[1]

    @property
    def n_tokens(self) -> int:
        """Number of vectors."""
        return self.array.shape[0]

    def batches(self, size: int, *, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Pass once over the rows in random order."""
        order = rng.permutation(self.n_tokens)
        for start in range(0, self.n_tokens - size + 1, size):
            yield self.array[order[start : start + size]]


@dataclass(frozen=True, slots=True, eq=False)
class DrawnStream:
    """Vectors drawn on demand: every batch anew, without end."""

    draw: Draw
    d_model: int

    @property
    def n_tokens(self) -> int:
        """Return 0: there is no end."""
        return 0


Stream = Batches | DrawnStream


def as_stream(source: "Batches | np.ndarray | Draw") -> Stream:
    """Return a stream of what was given: stored activations, an array, or a function.

    A function is called as ``draw(size, rng)`` and returns ``(size, d_model)``.
    """
    if isinstance(source, np.ndarray):
        return ArrayStream(cast(np.ndarray, source))
    if isinstance(source, Batches):
        if source.n_tokens == 0:
            raise BadInput("the stream is empty: it holds no activation vectors")
        return source
    if callable(source):
        one = np.asarray(source(1, np.random.default_rng(0)))
        if one.ndim != 2 or len(one) != 1:
            raise BadInput(f"draw(1, rng) gave shape {one.shape}, expected (1, d_model)")
        return DrawnStream(source, one.shape[1])
    raise BadInput(
        f"{type(source).__name__} is no stream: expected activations, an array (tokens, d_model) "
        "or a function draw(size, rng)"
    )


def batches_from(stream: Stream, size: int, *, seed: int, first: int) -> Iterator[np.ndarray]:
    """Yield float32 batches without end, beginning with number ``first``.

    Raises
    ------
    BadInput
        If a batch holds a number that is not finite, or the stream cannot fill one batch.
    """
    number = first
    if isinstance(stream, DrawnStream):
        while True:
            yield _finite(stream.draw(size, np.random.default_rng([seed, 1, number])), number)
            number += 1
    per_pass = stream.n_tokens // size
    if per_pass == 0:
        raise BadInput(f"{stream.n_tokens} vectors do not fill one batch of {size}")
    while True:
        rng = np.random.default_rng([seed, 2, number // per_pass])
        skip = number % per_pass
        for at, batch in enumerate(stream.batches(size, rng=rng)):
            if at < skip:
                continue
            yield _finite(batch, number)
            number += 1


def sample_of(stream: Stream, n: int, *, seed: int) -> np.ndarray:
    """Return about ``n`` vectors, at least one batch of them, at random and always the same."""
    if isinstance(stream, DrawnStream):
        return _finite(stream.draw(n, np.random.default_rng([seed, 3])), -1)
    n = min(n, stream.n_tokens)
    return _finite(next(iter(stream.batches(n, rng=np.random.default_rng([seed, 3])))), -1)


def about_stream(stream: Stream, sample: np.ndarray) -> dict[str, Any]:
    """Return what identifies the data: its own record, its size, a hash of a fixed sample."""
    source = getattr(stream, "source", {})
    stated: dict[str, Any] = dict(source) if isinstance(source, Mapping) else {}  # pyright: ignore
    digest = hashlib.sha256(json.dumps(stated, sort_keys=True, default=str).encode())
    digest.update(np.ascontiguousarray(sample).tobytes())
    return {
        "hook_name": getattr(stream, "hook_name", None),
        "n_tokens": stream.n_tokens,
        "d_model": stream.d_model,
        "source": stated,
        "sha256": digest.hexdigest(),
    }


def _finite(batch: np.ndarray, number: int) -> np.ndarray:
    batch = np.ascontiguousarray(batch, dtype=np.float32)
    if not np.isfinite(batch.sum(dtype=np.float64)):
        bad = int((~np.isfinite(batch).all(axis=1)).sum())
        where = "the sample" if number < 0 else f"batch {number}"
        raise BadInput(f"{bad} of {len(batch)} vectors of {where} hold NaN or infinity")
    return batch
