"""Transform codec: principal axes, one step for all coefficients, a range coder for each."""

import struct
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from armillary.core.space import FeatureSpace
from armillary.knockoffs.columns import columns_bits, pack_columns, unpack_columns
from armillary.knockoffs.message import Message
from armillary.knockoffs.rate import fitting, restored, rounded, shifts, step_for
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory
from armillary.knockoffs.weights import row_weights, weight_class

_LEAST = 0.33  # axes along which rows spread less than this many steps are left out
_SAMPLE = 4_096  # rows that the step is first sought on


@dataclass(frozen=True, slots=True)
class Transform(Theory):
    """Every row as rounded coefficients along the principal axes of all.

    Rows are turned onto the eigenvectors of ``sum_i weight_i row_i row_i'`` and all coefficients
    rounded to one step: a uniform step spends bits as reverse water-filling does (Cover and Thomas,
    "Elements of Information Theory", chapter 10). Axes that spread less than a third of a step are
    left out; the others are sent as ``singular value * eigenvector`` rounded to the same step, at
    which a bit spent on an axis saves as much error as a bit spent on a coefficient, and made
    orthonormal again. Each coefficient's numbers are range-coded under their own distribution. The
    step is sought until the whole message has the length that is wanted.

    Parameters
    ----------
    bits
        A feature, axes and headers included; the message is at most this long, and within about
        1 %, unless the space holds less.
    by_energy
        Whether features with strong codes get finer steps: the step of a row is divided by the
        root of its energy (see ``row_weights``), which receivers know.
    floor
        Of the energy.
    """

    kind: ClassVar[str] = "transform"
    family: ClassVar[Family] = "codec"
    keeps: ClassVar[str] = "principal coordinates, the widest first, to one step"
    breaks: ClassVar[str] = "whatever is finer than the step"
    bits: float | int
    by_energy: bool = False
    floor: float = 0.1

    @property
    def drawn(self) -> bool:
        """Nothing is left open."""
        return False

    @property
    def label(self) -> str:
        """Name the rate."""
        energy = f", by energy (floor {self.floor:g})" if self.by_energy else ""
        return f"transform, {self.bits:g} bits{energy}"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Seek the step on some rows, then on all, and write.

        Raises
        ------
        BadInput
            If the headers alone are longer.
        """
        del rng
        weight = row_weights(shared, by_energy=self.by_energy, floor=self.floor)
        root = np.sqrt(weight).astype(np.float32)
        source = _source(space.directions * root[:, None], weight_class(weight))
        wanted = float(self.bits) * shared.n_features
        head = {"floor": struct.pack("<f", self.floor if self.by_energy else 0)}
        overhead = Message(self.kind, head | dict.fromkeys(_PARTS, b"")).bits
        largest = float(np.abs(source.coefficient).max(initial=0)) * 4 + 1e-6
        step = step_for(lambda s: overhead + _estimate(source, s), wanted, largest=largest)
        return fitting(
            lambda s: Message(self.kind, head | _written(source, s)),
            step, wanted=wanted, largest=largest,
        )  # fmt: skip

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Add up the axes by the coefficients."""
        del rng
        parts = message.parts
        (floor,) = struct.unpack("<f", parts["floor"])
        weight = row_weights(shared, by_energy=floor > 0, floor=floor or 1.0)
        (step,) = struct.unpack("<f", parts["step"])
        axis = _orthonormal(unpack_columns(parts["axes"]))
        whole = unpack_columns(parts["coefficients"], group=weight_class(weight))
        rows = (restored(whole, parts["shifts"]) * np.float32(step)) @ axis.T
        return shared.space(rows / np.sqrt(weight)[:, None], by=message.theory)


_PARTS = ("step", "axes", "shifts", "coefficients")


class _Source(NamedTuple):
    """Weighted rows on all their axes, widest first."""

    rows: np.ndarray
    coefficient: np.ndarray
    axis: np.ndarray
    singular: np.ndarray
    group: np.ndarray
    sample: np.ndarray


def _source(rows: Float[np.ndarray, "feature d_model"], group: np.ndarray) -> _Source:
    gram = rows.T.astype(np.float64) @ rows
    value, axis = np.linalg.eigh(gram)
    value, axis = value[::-1], axis[:, ::-1]
    n = len(rows)
    # of every group of weights its share
    order = np.argsort(group, kind="stable")
    sample = np.sort(order[:: max(1, n // _SAMPLE)])
    coefficient = rows[sample] @ axis.astype(np.float32)
    return _Source(rows, coefficient, axis, np.sqrt(value.clip(min=0)), group, sample)


def _axes(source: _Source, step: float) -> Int[np.ndarray, "d_model axis"]:
    kept = source.singular > _LEAST * step * np.sqrt(len(source.rows))
    axes = np.round(source.axis[:, kept] * (source.singular[kept] / step)).astype(np.int32)
    nothing = np.flatnonzero(~axes.any(axis=0))  # weak axes of many dimensions may round to nothing
    return axes[:, : nothing[0]] if nothing.size else axes


def _orthonormal(axes: Int[np.ndarray, "d_model axis"]) -> Float[np.ndarray, "d_model axis"]:
    return np.linalg.qr(axes / np.linalg.norm(axes, axis=0))[0].astype(np.float32)


def _estimate(source: _Source, step: float) -> float:
    """Return the bits of all parts, from the sampled rows on axes that are not rounded."""
    axes = _axes(source, step)
    n = axes.shape[1]
    numbers, models = columns_bits(axes)
    whole = rounded(source.coefficient[:, :n] / np.float32(step))
    sampled, more = columns_bits(whole, group=source.group[source.sample])
    return numbers + models + sampled * len(source.rows) / source.sample.size + more + 8 * n


def _written(source: _Source, step: float) -> dict[str, bytes]:
    size = np.float32(step)
    axes = _axes(source, float(size))
    number = source.rows @ _orthonormal(axes) / size
    whole = rounded(number)
    return {
        "step": struct.pack("<f", size),
        "axes": pack_columns(axes),
        "shifts": shifts(number, whole),
        "coefficients": pack_columns(whole, group=source.group),
    }
