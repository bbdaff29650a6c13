"""Spectrum: a function's Moebius coefficients up to degree two, the gates they name, what is left.

Steps one and two of the protocol. They need nothing but evaluations of the function.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.core.errors import BadInput
from armillary.networks.gates import MOEBIUS, Gate

BitFunction = Callable[[np.ndarray], np.ndarray]

_BLOCK = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """The polynomial of degree two that equals a function on all inputs with at most two bits on.

    ``f(x) = c + sum_i l_i x_i + sum_ij q_ij x_i x_j``, with ``c = f(0)``,
    ``l_i = f(i) - c`` and ``q_ij = f(ij) - f(i) - f(j) + c``.

    Parameters
    ----------
    constant, linear, quadratic
        ``c``, ``l`` and ``q``, a column an output.
    first, second
        The inputs of each pair, ``first < second``.
    """

    constant: Float[np.ndarray, " output"]
    linear: Float[np.ndarray, "input output"]
    quadratic: Float[np.ndarray, "pair output"]
    first: Int[np.ndarray, " pair"]
    second: Int[np.ndarray, " pair"]

    def predict(self, bits: Bool[np.ndarray, "row input"]) -> Float[np.ndarray, "row output"]:
        """Return the polynomial's value on rows of bits."""
        both = (bits[:, self.first] & bits[:, self.second]).astype(np.float32)
        return self.constant + bits.astype(np.float32) @ self.linear + both @ self.quadratic


@dataclass(frozen=True, slots=True)
class Reading:
    """The gate that one output's coefficients are nearest to.

    Parameters
    ----------
    gate
        Its pair is that of the largest interaction; its kind the nearest. None where no kind is
        within one half in every coefficient, or where something else is as large as the
        interaction.
    interaction
        Size of the largest interaction.
    spurious
        Largest coefficient that the gate does not explain: the constant, another input, another
        pair.
    distance
        Largest difference between the pair's own three coefficients and the nearest kind's.
    """

    gate: Gate | None
    interaction: float
    spurious: float
    distance: float

    @property
    def margin(self) -> float:
        """Interaction less the largest spurious coefficient."""
        return self.interaction - self.spurious


def evaluate(
    function: BitFunction, bits: Bool[np.ndarray, "row input"], *, repeats: int = 1
) -> Float[np.ndarray, "row output"]:
    """Evaluate a function in blocks, averaged over ``repeats`` evaluations.

    Raises
    ------
    BadInput
        If it does not return one row of finite numbers a row of bits.
    """
    total = np.zeros(0)
    for repeat in range(repeats):
        blocks = [
            np.asarray(function(bits[start : start + _BLOCK]), dtype=np.float64)
            for start in range(0, len(bits), _BLOCK)
        ]
        for block in blocks:
            if block.ndim != 2 or block.shape[1] != blocks[0].shape[1]:
                raise BadInput(f"the function returned {block.shape}: expected (row, output)")
        values = np.concatenate(blocks)
        if len(values) != len(bits) or not np.isfinite(values).all():
            raise BadInput(
                f"the function returned {values.shape} for {len(bits)} rows of bits, "
                f"finite: {bool(np.isfinite(values).all())}: expected one finite row for each"
            )
        total = values if repeat == 0 else total + values
    return total / repeats


def spectrum(function: BitFunction, n_inputs: int, *, repeats: int = 1) -> Spectrum:
    """Evaluate all inputs with at most two bits on, and take the Moebius coefficients.

    Parameters
    ----------
    function
        Takes booleans ``(row, input)``, returns numbers ``(row, output)``.
    n_inputs
        Number of inputs, at least 2.
    repeats
        Evaluations to average, for a function with noise in it.

    Raises
    ------
    BadInput
        If there are fewer than two inputs, or the function returns something else.
    """
    if n_inputs < 2:
        raise BadInput(f"a gate has two inputs, this function has {n_inputs}")
    first, second = np.triu_indices(n_inputs, 1)
    alone, pairs = np.eye(n_inputs, dtype=bool), np.zeros((first.size, n_inputs), dtype=bool)
    pairs[np.arange(first.size), first] = True
    pairs[np.arange(first.size), second] = True
    bits = np.concatenate([np.zeros((1, n_inputs), dtype=bool), alone, pairs])
    values = evaluate(function, bits, repeats=repeats)
    constant, single, double = values[0], values[1 : n_inputs + 1], values[n_inputs + 1 :]
    linear = single - constant
    quadratic = double - single[first] - single[second] + constant
    return Spectrum(constant, linear, quadratic, first, second)


def nearest_gate(a: int, b: int, *, coefficients: tuple[float, float, float]) -> tuple[Gate, float]:
    """Return the gate of two inputs with the nearest coefficients, and the largest difference."""
    x, y, z = coefficients
    choices: list[tuple[float, Gate]] = []
    for kind, (p, q, r) in MOEBIUS.items():
        choices.append((max(abs(x - p), abs(y - q), abs(z - r)), Gate(kind, a, b)))
        if p != q:
            choices.append((max(abs(x - q), abs(y - p), abs(z - r)), Gate(kind, b, a)))
    distance, gate = min(choices, key=lambda choice: choice[0])
    return gate, distance


def read_gates(found: Spectrum) -> tuple[Reading, ...]:
    """Name the gate of every output, or None, by its coefficients alone."""
    readings: list[Reading] = []
    for output in range(found.constant.size):
        sizes = np.abs(found.quadratic[:, output])
        top = int(np.argmax(sizes))
        a, b = int(found.first[top]), int(found.second[top])
        linear = found.linear[:, output]
        own = (float(linear[a]), float(linear[b]), float(found.quadratic[top, output]))
        gate, distance = nearest_gate(a, b, coefficients=own)
        rest = np.concatenate([
            np.delete(sizes, top), np.abs(np.delete(linear, [a, b])),
            np.abs(found.constant[output : output + 1]),
        ])  # fmt: skip
        interaction, spurious = float(sizes[top]), float(rest.max())
        named = distance < 0.5 and interaction > spurious
        readings.append(Reading(gate if named else None, interaction, spurious, distance))
    return tuple(readings)


@dataclass(frozen=True, slots=True, eq=False)
class DegreeCheck:
    """How far random inputs are from what the inputs with two bits on predict.

    Parameters
    ----------
    agreement
        Share of random inputs on which the function, cut at one half, equals the named gate; NaN
        where none is named.
    residual
        Root mean square of the function less its polynomial of degree two.
    """

    agreement: Float[np.ndarray, " output"]
    residual: Float[np.ndarray, " output"]


def degree_check(
    function: BitFunction,
    bits: Bool[np.ndarray, "row input"],
    *,
    found: Spectrum,
    readings: tuple[Reading, ...],
    repeats: int = 1,
) -> DegreeCheck:
    """Compare a function with its named gates and its polynomial on rows of bits.

    A further term ``x_1 ... x_k`` changes the function on a share ``2^-k`` of uniform inputs, so
    that an agreement of 0.995 leaves no room for one term of degree 7 or less.
    """
    values = evaluate(function, bits, repeats=repeats)
    residual = np.sqrt(np.mean((values - found.predict(bits)) ** 2, axis=0))
    agreement = np.full(len(readings), np.nan)
    for output, reading in enumerate(readings):
        if reading.gate is not None:
            agreement[output] = np.mean((values[:, output] > 0.5) == reading.gate.output(bits))
    return DegreeCheck(agreement, residual)
