"""Attributes: every feature the sum of one vector an attribute; blue boats, not 36 clusters."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.clusters import kmeans
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, pack_symbols, unpack_floats, unpack_symbols
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory

_SWAPS = 8  # tried, a value
_MOST_PRODUCTS = 1 << 14  # combinations that are compared at once
Values = Int[np.ndarray, "feature attribute"]


@dataclass(frozen=True, slots=True)
class Attributes(Theory):
    """An additive theory: ``D_i = A[a_i] + B[b_i] + ...``, one vector a value of each attribute.

    The values of features are columns of what is shared (then they cost nothing but the columns'
    names), or they are found: from random starts, each feature takes the combination nearest to it
    and the vectors are solved for by least squares, in turn, until nothing changes; the best start
    is then improved by random swaps (see ``found``). Values are range-coded.

    Parameters
    ----------
    levels
        How many values each attribute has; without columns at least two attributes, and at most
        2^14 combinations.
    columns
        Names of shared columns whose values are the attributes; ``levels`` is not used then.
    bits
        Of each number of a vector, 8 or 16.
    restarts
        Random starts.
    rounds
        At most so many turns a start.

    Raises
    ------
    BadInput
        If there are no levels below 2^14 combinations and no columns.
    """

    kind: ClassVar[str] = "attributes"
    family: ClassVar[Family] = "structure"
    keeps: ClassVar[str] = "what features with the same value of an attribute have in common"
    breaks: ClassVar[str] = "what is peculiar to a combination of values"
    drawn: ClassVar[bool] = False
    levels: tuple[int, ...] = (6, 6)
    columns: tuple[str, ...] = ()
    bits: int = 8
    restarts: int = 4
    rounds: int = 30

    def __post_init__(self) -> None:
        """Check the levels."""
        wide = int(np.prod(self.levels, dtype=np.int64)) if self.levels else 0
        if not self.columns and not (self.levels and 2 <= wide <= _MOST_PRODUCTS):
            raise BadInput(
                f"attributes of {self.levels} values make {wide} combinations: 2 to "
                f"{_MOST_PRODUCTS} can be searched; or name shared columns"
            )

    @property
    def label(self) -> str:
        """Name the attributes."""
        names = " x ".join(self.columns or [str(n) for n in self.levels])
        return f"attributes {names}, {self.bits} bits"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Take or find the values, solve for the vectors, write both."""
        x = np.asarray(space.directions, dtype=np.float64)
        if self.columns:
            value = _named(shared, self.columns)
            parts = {"columns": "\n".join(self.columns).encode()}
        else:
            value = found(x, self.levels, rng=rng, restarts=self.restarts, rounds=self.rounds)
            parts = {"values": b"".join(_sized(pack_symbols(column)) for column in value.T)}
        levels = tuple(int(n) + 1 for n in value.max(axis=0, initial=0))
        vectors = np.vstack(solved(x, value, levels))
        return Message(self.kind, parts | {"vectors": pack_floats(vectors, bits=self.bits)})

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Add up the vectors of each feature's values."""
        del rng
        if "columns" in message.parts:
            value = _named(shared, tuple(message.parts["columns"].decode().split("\n")))
        else:
            value = np.column_stack(_read(message.parts["values"]))
        vectors = unpack_floats(message.parts["vectors"])
        placed = np.zeros((shared.n_features, shared.d_model), dtype=np.float32)
        begin = 0
        for column in value.T:
            placed += vectors[begin + column]
            begin += int(column.max()) + 1
        return shared.space(placed, by=message.theory)


def found(
    x: Float[np.ndarray, "feature d_model"],
    levels: Sequence[int],
    *,
    rng: np.random.Generator,
    restarts: int = 4,
    rounds: int = 30,
) -> Values:
    """Find values of attributes that leave least squared error, by alternation from many starts.

    The best start is then tried with eight random swaps a value: one value's vector goes where it
    would make some one feature exact, and the alternation runs again; what is better is kept.

    Parameters
    ----------
    x
        Directions.
    levels
        Values of each attribute.
    rng
        Starts: k-means in turn of what is left, of the directions seen in a random half of their
        principal axes (all of them in the first start).
    restarts, rounds
        Starts, and turns of each at most.

    Returns
    -------
    Int[np.ndarray, "feature attribute"]
        Of the best start.
    """
    axes = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[2][: sum(levels)]
    starts = (
        _start(x, levels, axes if i == 0 else _half(axes, rng), rng=rng) for i in range(restarts)
    )
    best = min((_turned(x, value, levels, rounds=rounds) for value in starts), key=lambda f: f[1])
    for _ in range(_SWAPS * sum(levels)):
        swapped = _swapped(x, best[0], levels, rng=rng)
        tried = _turned(x, swapped, levels, rounds=rounds)
        best = min(best, tried, key=lambda f: f[1])
    return best[0]


def _turned(
    x: np.ndarray, value: Values, levels: Sequence[int], *, rounds: int
) -> tuple[Values, float]:
    """Assign and solve in turn until nothing changes; return the values and the squared error."""
    combos = np.indices(tuple(levels)).reshape(len(levels), -1).T
    for _ in range(rounds):
        nearest = combos[_nearest(x, solved(x, value, levels), combos)].astype(np.int64)
        if np.array_equal(nearest, value):
            break
        value = nearest
    return value, float(((x - _placed(solved(x, value, levels), value)) ** 2).sum())


def _swapped(
    x: np.ndarray, value: Values, levels: Sequence[int], *, rng: np.random.Generator
) -> Values:
    """Move one value's vector to where it would make one feature exact; assign once."""
    tables = solved(x, value, levels)
    attribute, feature = int(rng.integers(len(levels))), int(rng.integers(len(x)))
    rest = x[feature] - _placed(tables, value[[feature]])[0]
    own = tables[attribute][value[feature, attribute]]
    tables[attribute][int(rng.integers(levels[attribute]))] = own + rest
    combos = np.indices(tuple(levels)).reshape(len(levels), -1).T
    return combos[_nearest(x, tables, combos)].astype(np.int64)


def _nearest(x: np.ndarray, tables: list[np.ndarray], combos: np.ndarray) -> np.ndarray:
    book = _placed(tables, combos)
    return ((book**2).sum(axis=1) - 2 * x @ book.T).argmin(axis=1)


def _placed(tables: list[np.ndarray], value: np.ndarray) -> np.ndarray:
    return np.sum([table[value[:, a]] for a, table in enumerate(tables)], axis=0)


def solved(
    x: Float[np.ndarray, "feature d_model"], value: Values, levels: Sequence[int]
) -> list[Float[np.ndarray, "level d_model"]]:
    """Return the vectors of least squared error, given every feature's values.

    Of the solutions that differ by a shift between attributes, the shortest.

    Parameters
    ----------
    x
        Directions.
    value
        Of each attribute.
    levels
        Values of each attribute.
    """
    begin = np.cumsum([0, *levels])
    design = np.zeros((len(x), begin[-1]))
    for a in range(len(levels)):
        design[np.arange(len(x)), begin[a] + value[:, a]] = 1
    tables = np.linalg.pinv(design.T @ design, rcond=1e-9, hermitian=True) @ (design.T @ x)
    return np.split(tables, begin[1:-1])


def _start(
    x: np.ndarray, levels: Sequence[int], axes: np.ndarray, *, rng: np.random.Generator
) -> Values:
    left, columns = x @ axes.T, list[np.ndarray]()
    for n in levels:
        label = kmeans(left.astype(np.float32), min(n, len(x)), rng=rng)
        columns.append(label)
        mean = np.zeros((n, left.shape[1]))
        np.add.at(mean, label, left)
        left = left - (mean / np.maximum(np.bincount(label, minlength=n), 1)[:, None])[label]
    return np.column_stack(columns)


def _half(axes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    kept = rng.permutation(len(axes))[: max(len(axes) // 2, 1)]
    return axes[np.sort(kept)]


def _named(shared: Shared, names: Sequence[str]) -> Values:
    missing = [name for name in names if name not in shared.columns]
    if missing:
        raise BadInput(f"no column is called {missing[0]!r}: there are {sorted(shared.columns)}")
    numbered = [np.unique(shared.columns[name], return_inverse=True)[1] for name in names]
    return np.column_stack(numbered).astype(np.int64)


def _sized(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def _read(data: bytes) -> list[np.ndarray]:
    out, at = list[np.ndarray](), 0
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        out.append(unpack_symbols(data[at + 4 : at + 4 + size]))
        at += 4 + size
    return out
