"""Total interference: how much each feature overlaps with all others, not with whom."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.basis import eigenbasis, pack_basis, unpack_basis
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, pack_symbols, unpack_floats, unpack_symbols
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.spectrum import moment_parts, read_moments
from armillary.knockoffs.theory import Family, Theory
from armillary.knockoffs.tilt import tilted

Rows = Float[np.ndarray, "feature d_model"]
_PER_OCTAVE = 32  # steps in which lengths and quotients are sent: 1 % wide


def total_interference(directions: Rows) -> Float[np.ndarray, " feature"]:
    """Return ``s_i = sum_j (d_i . d_j)^2 = d_i' (sum_j d_j d_j') d_i``, j = i included.

    Parameters
    ----------
    directions
        Of any length; nothing is normalised.
    """
    moment = directions.T.astype(np.float64) @ directions.astype(np.float64)
    return np.einsum("fd,de,fe->f", directions, moment, directions, optimize=True)


@dataclass(frozen=True, slots=True)
class SignFlip(Theory):
    """Every coordinate along the axes of the second moment keeps its size, its sign is drawn.

    ``d_i = V (|V' d_i| * sign)``. Since ``s_i = m * sum_k w_k (V' d_i)_k^2``, every feature's
    length is kept exactly and its total interference as far as signs leave the second moment
    alone. What is sent is nearly the whole decoder, less one bit a number: a null, not a bargain.

    Parameters
    ----------
    steps
        Steps a standard deviation of each coordinate in which sizes are rounded (they are sent at
        their entropy, about ``1 + log2(steps)`` bits); None sends 16-bit floats.
    kept
        Axes, from the loudest, whose signs are sent as well, one bit a feature each. The loudest
        often is the mean of the directions, which random signs would cancel.
    axes
        Send the axes; otherwise they are drawn.
    """

    kind: ClassVar[str] = "sign flip"
    family: ClassVar[Family] = "statistic"
    keeps: ClassVar[str] = "each feature's length and total interference, the spectrum"
    breaks: ClassVar[str] = "which features interfere"
    steps: int | None = 16
    kept: int = 1
    axes: bool = True

    @property
    def label(self) -> str:
        """Name what differs from the usual."""
        said = [] if self.steps == 16 else [f"{self.steps or 'no'} steps"]
        said += [] if self.kept == 1 else [f"{self.kept} signs kept"]
        said += [] if self.axes else ["axes random"]
        return ", ".join(["sign flip", *said])

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Send spectrum, axes, sizes and the first signs.

        Raises
        ------
        BadInput
            If more signs are to be kept than there are axes.
        """
        del shared, rng
        if not 0 <= self.kept <= space.d_model:
            raise BadInput(f"signs of {self.kept} axes cannot be kept: there are {space.d_model}")
        value, axes = eigenbasis(space.directions)
        parts = pack_basis(value, axes if self.axes else None)
        spread, read = unpack_basis(parts, rng=np.random.default_rng(0))
        along = space.directions @ (read if self.axes else axes).astype(np.float32)
        size = np.abs(along) / _unit(spread)
        if self.steps is None:
            parts["sizes"] = pack_floats(size, bits=16)
        else:
            parts["steps"] = pack_floats(np.array(self.steps), bits=32)
            parts["sizes"] = pack_symbols(np.round(size * self.steps).astype(np.int64))
        parts["signs"] = np.packbits(along[:, : self.kept] > 0).tobytes()
        return Message(self.kind, parts)

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Draw the signs that were not sent."""
        m, d = shared.n_features, shared.d_model
        spread, axes = unpack_basis(message.parts, rng=rng)
        if "steps" in message.parts:
            size = unpack_symbols(message.parts["sizes"]).astype(np.float32)
            size /= float(unpack_floats(message.parts["steps"]))
        else:
            size = unpack_floats(message.parts["sizes"])
        sign = rng.integers(2, size=(m, d), dtype=np.int8)
        sent = np.frombuffer(message.parts["signs"], np.uint8)
        kept = 8 * sent.size // m
        sign[:, :kept] = np.unpackbits(sent)[: m * kept].reshape(m, kept)
        along = size * _unit(spread) * (2 * sign - 1)
        return shared.space(along @ axes.T.astype(np.float32), by=message.theory)


@dataclass(frozen=True, slots=True)
class TotalInterference(Theory):
    """Each feature's length and total interference, two numbers, and the space's two moments.

    Rows are drawn from the Gaussian of the sent mean and covariance; then squared coordinates
    ``w_ik`` along the axes of the second moment are multiplied by ``exp(a_i + t_i v_k + b_k)``
    until every row has its length and ``sum_k v_k w_ik`` its interference, and every axis its
    second moment ``v_k`` (``tilt.tilted``), and thrice the rows are recoloured in between, so that
    axes stay uncorrelated.

    Parameters
    ----------
    axes
        Send the axes; otherwise they are drawn, and everything is up to a rotation.
    """

    kind: ClassVar[str] = "interference"
    family: ClassVar[Family] = "statistic"
    keeps: ClassVar[str] = "each feature's length and total interference; mean and covariance"
    breaks: ClassVar[str] = "which features interfere"
    axes: bool = True

    @property
    def label(self) -> str:
        """Name the version."""
        return "total interference" if self.axes else "total interference, axes random"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Send the moments and two numbers a feature."""
        del shared, rng
        rows = space.directions
        length = np.linalg.norm(rows.astype(np.float64), axis=1)
        unit = (rows / np.maximum(length, 1e-30)[:, None]).astype(np.float32)
        value, axes = eigenbasis(rows)
        quotient = ((unit @ axes.astype(np.float32)) ** 2) @ value
        parts = moment_parts(rows, axes=self.axes)
        parts["lengths"] = pack_symbols(_octaves(length))
        parts["quotients"] = pack_symbols(_octaves(quotient))
        return Message(self.kind, parts)

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Draw rows, and move each along the spectrum until it interferes as much as was said."""
        centre, spread, axes = read_moments(message, rng=rng)
        value, turn = np.linalg.eigh(np.diag(spread**2) + np.outer(centre, centre))
        drawn = rng.standard_normal((shared.n_features, shared.d_model), dtype=np.float32)
        drawn = (drawn * spread + centre).astype(np.float32) @ turn.astype(np.float32)
        length = 2.0 ** (unpack_symbols(message.parts["lengths"]) / _PER_OCTAVE)
        quotient = 2.0 ** (unpack_symbols(message.parts["quotients"]) / _PER_OCTAVE)
        along = _settled(drawn, np.maximum(value, 0), length=length, quotient=quotient)
        return shared.space(along @ (axes @ turn).T.astype(np.float32), by=message.theory)


def _settled(drawn: Rows, value: np.ndarray, *, length: np.ndarray, quotient: np.ndarray) -> Rows:
    """Tilt, and in between make the second moment what it shall be, off the diagonal too."""
    along = drawn
    for rounds in (4, 3, 3):
        weight = tilted(along**2, value, length=length, quotient=quotient, rounds=rounds)
        along = np.copysign(np.sqrt(weight), along)
        now, turn = np.linalg.eigh((along.T @ along).astype(np.float64) / len(along))
        floor = 1e-6 * float(now.max(initial=0)) + 1e-30
        whiten = (turn / np.sqrt(np.maximum(now, floor))) @ turn.T
        along = along @ (whiten * np.sqrt(value)).astype(np.float32)
    weight = tilted(along**2, value, length=length, quotient=quotient, rounds=1)
    return np.copysign(np.sqrt(weight), along)


def _unit(spread: np.ndarray) -> np.ndarray:
    return np.where(spread > 0, spread, 1).astype(np.float32)


def _octaves(number: np.ndarray) -> np.ndarray:
    """Return the logarithm in steps; what is a millionth of the largest counts as that."""
    floor = max(float(number.max(initial=0)) * 1e-6, 1e-30)
    return np.round(_PER_OCTAVE * np.log2(np.maximum(number, floor))).astype(np.int64)
