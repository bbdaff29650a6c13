"""Minimum coherence: directions that keep out of each other's way as well as can be afforded."""

import os
import struct
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float
from scipy import sparse as _sparse
from scipy.special import betaincinv as _betaincinv

from armillary.affinity.null_decoder import isotropic
from armillary.affinity.unit_rows import unit_rows
from armillary.core.space import FeatureSpace
from armillary.knockoffs.basis import random_rotation
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, unpack_floats
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory
from armillary.load.builtin import cache_folder

Frame = Float[np.ndarray, "feature d_model"]
sparse: Any = _sparse  # ships no types
betaincinv: Any = _betaincinv
_VERSION = 1  # of the procedure: a frame in the cache is of one version
_BLOCK = 2048
_RATE = 0.5  # a pair alone above the threshold meets it in one step
_HELD = 0.25  # last share of the steps, in which the threshold falls no more
_WORK = 1.15e13  # n^2 d steps that are spent unless steps are named: about three minutes of a core
_KEPT_FROM = 2e11  # n^2 d steps from which a frame is kept on disk


@dataclass(frozen=True, slots=True)
class MinimumCoherence(Theory):
    """The most orthogonal frame that an affordable search finds, for one length.

    One frame is searched for each size and kept in the cache folder; another draw is the same
    frame turned at random, with its vectors dealt to other features, which tells no more than
    that a frame has no favoured axes and no favoured feature. What is found is not known to be
    optimal: read its coherence beside random's and Welch's bound.

    Parameters
    ----------
    steps
        Of ``minimum_coherence``; 0 takes ``affordable_steps``.
    """

    kind: ClassVar[str] = "minimum coherence"
    family: ClassVar[Family] = "null"
    keeps: ClassVar[str] = "the number of features, the dimension, the mean squared length"
    breaks: ClassVar[str] = "everything else; features overlap less than by chance"
    steps: int = 0

    @property
    def label(self) -> str:
        """Name it, with the steps where they were chosen."""
        return f"minimum coherence, {self.steps} steps" if self.steps else "minimum coherence"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Send the length and the number of steps."""
        del shared, rng
        length = np.sqrt((space.directions.astype(np.float64) ** 2).sum(axis=1).mean())
        steps = self.steps or affordable_steps(space.n_features, space.d_model)
        parts = {
            "steps": struct.pack("<H", steps),
            "length": pack_floats(np.array(length), bits=32),
        }
        return Message(self.kind, parts)

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Take the frame of this size, turn it, deal it."""
        (steps,) = struct.unpack("<H", message.parts["steps"])
        m, d = shared.n_features, shared.d_model
        rows = kept_frame(m, d, steps=steps)[rng.permutation(m)]
        rows = rows @ random_rotation(d, rng=rng).astype(np.float32)
        return shared.space(rows * unpack_floats(message.parts["length"]), by=message.theory)


def minimum_coherence(
    n: int,
    d: int,
    *,
    rng: np.random.Generator,
    steps: int,
    start: Frame | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> Frame:
    """Lower the largest absolute cosine of n unit vectors by an annealed sparse hinge.

    Every step looks at all cosines, block by block, and keeps the pairs above a threshold tau.
    Each such pair pushes its two vectors apart: ``a_i -= (|c| - tau) sign(c) a_j / 2``, and rows
    go back to the sphere. tau falls over the first three quarters of the steps, from the value
    that .3 of the other vectors of a random frame exceed on average (a number of vectors, not a
    share) to the value that ``d min(.5, steps / 240)`` of them exceed. A step costs ``n^2 d``
    multiplications; no (n, n) table is held.

    Parameters
    ----------
    n, d
        Number of vectors and dimension.
    rng
        Draws the first frame.
    steps
        The more, the lower: about 24 for a third off random's coherence, 75 for a half.
    start
        Unit rows to begin from, instead of random ones; not written to.
    progress
        Called after each step with its number and the largest absolute cosine before it.

    Returns
    -------
    Float[np.ndarray, "feature d_model"]
        Unit rows, float32. Not known to be optimal; never below ``welch_bound``.
    """
    rows = isotropic(n, d, rng=rng) if start is None else np.array(start, dtype=np.float32)
    for step, tau in enumerate(_thresholds(n, d, steps)):
        push, most = _push(rows, tau)
        rows = rows - push
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        if progress is not None:
            progress(step + 1, most)
    return rows


def affordable_steps(n: int, d: int) -> int:
    """Return how many steps take about three minutes of a core, at least 8, at most 150.

    Parameters
    ----------
    n, d
        Number of vectors and dimension.
    """
    return int(np.clip(_WORK / (float(n) * n * d), 8, 150))


def kept_frame(n: int, d: int, *, steps: int, cache: Path | None = None) -> Frame:
    """Return the frame of this size and seed 0, from the cache folder if it was searched before.

    Parameters
    ----------
    n, d, steps
        As in ``minimum_coherence``. Frames that cost little are searched anew each time.
    cache
        Folder; by default armillary's.

    Returns
    -------
    Float[np.ndarray, "feature d_model"]
        Unit rows, float32; from the cache rounded to half precision, which moves no cosine by more
        than about .0003.
    """
    cheap = float(n) * n * d * steps < _KEPT_FROM
    folder = cache_folder(cache) / "frames"
    path = folder / f"minimum-coherence-{_VERSION}-{n}x{d}-{steps}.npy"
    if not cheap and path.exists():
        try:
            return unit_rows(np.load(path))
        except (OSError, ValueError, EOFError):
            path.unlink(missing_ok=True)  # torn by a full disk or a kill: search again
    rows = minimum_coherence(n, d, rng=np.random.default_rng(0), steps=steps)
    if cheap:
        return rows
    folder.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=folder, suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, rows.astype(np.float16))
        Path(partial).replace(path)
    finally:
        Path(partial).unlink(missing_ok=True)
    return unit_rows(rows.astype(np.float16))


def coherence(rows: Frame) -> float:
    """Return the largest absolute cosine of two different rows, a block at a time.

    Parameters
    ----------
    rows
        At least two, of any length but 0.
    """
    unit = unit_rows(rows)
    return max(_largest(tile) for _, _, tile in _tiles(unit))


def welch_bound(n: int, d: int) -> float:
    """Return ``sqrt((n - d) / (d (n - 1)))``, below which no frame's coherence lies; 0 if n <= d.

    Parameters
    ----------
    n, d
        Number of vectors and dimension.
    """
    return float(np.sqrt(max(0, n - d) / (d * max(1, n - 1))))


def _thresholds(n: int, d: int, steps: int) -> np.ndarray:
    last = d * min(0.5, steps / 240)
    falling = max(1, round((1 - _HELD) * steps))
    exceeded = np.geomspace(min(0.3, last), last, falling)
    exceeded = np.append(exceeded, np.full(steps - falling, last))[:steps]
    share = np.clip(exceeded / max(1, n - 1), 1e-12, 1)
    return np.sqrt(betaincinv(0.5, (d - 1) / 2, 1 - share))


def _push(rows: Frame, tau: float) -> tuple[Frame, float]:
    """Return the step that the pairs above tau ask for, and the largest absolute cosine."""
    low, high, cosine = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    most = 0.0
    for first, second, tile in _tiles(rows):
        most = max(most, _largest(tile))
        at = np.flatnonzero(np.abs(tile).ravel() > tau)
        low.append(first + at // tile.shape[1])
        high.append(second + at % tile.shape[1])
        cosine.append(tile.ravel()[at])
    row, column, found = (np.concatenate(part) for part in (low, high, cosine))
    excess = (_RATE * np.sign(found) * (np.abs(found) - tau)).astype(np.float32)
    pairs = sparse.csr_array((excess, (row, column)), shape=(len(rows), len(rows)))
    return pairs @ rows + pairs.T @ rows, most


def _tiles(unit: Frame) -> Iterator[tuple[int, int, np.ndarray]]:
    """Yield the upper triangle of the Gram in blocks, zero on the diagonal and below."""
    for first in range(0, len(unit), _BLOCK):
        for second in range(first, len(unit), _BLOCK):
            tile = unit[first : first + _BLOCK] @ unit[second : second + _BLOCK].T
            yield first, second, np.triu(tile, 1) if first == second else tile


def _largest(tile: np.ndarray) -> float:
    return float(max(tile.max(initial=0.0), -tile.min(initial=0.0)))
