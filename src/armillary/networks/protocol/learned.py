"""Learned circuit: the seven steps in their order."""

import numpy as np

from armillary.networks.gates import Gate
from armillary.networks.protocol.interventions import Causal, examine
from armillary.networks.protocol.layers import Claim, HiddenLayer, read_weights
from armillary.networks.protocol.report import CircuitReport, GateReport
from armillary.networks.protocol.spectrum import (
    BitFunction,
    degree_check,
    read_gates,
    spectrum,
)


def learned_circuit(
    function: BitFunction,
    n_inputs: int,
    *,
    network: HiddenLayer | None = None,
    second: BitFunction | None = None,
    density: float = 0.5,
    rows: int = 4000,
    swaps: int = 400,
    examined: int | None = None,
    repeats: int = 1,
    rng: np.random.Generator,
) -> CircuitReport:
    """Find out which circuit of two-input gates a function of bits computes.

    1. *Spectrum.* The function is evaluated on all inputs with at most two bits on; the Moebius
       coefficients of each output name its gate (``read_gates``).
    2. *Degree.* On random inputs the named gates must be right; the residual of the polynomial of
       degree two says what is left. A term in three inputs or more is invisible to step 1 and is
       caught here.
    3. *Weights.* With a network: each output's gate is read off its weights (``read_weights``).
    4. *Sufficiency*, 5. *necessity*, 6. *interchange*: the claimed neurons are kept, cut and
       exchanged (``examine``).
    7. *Controls.* A wrong circuit of the same size (each output is given the gate, neurons and role
       claimed of the next one with another pair) goes through 4 to 6 and must fail; a second
       function, say the same recipe from another seed, must have the same gates.

    Parameters
    ----------
    function
        Any function of bits: takes booleans ``(row, input)``, returns numbers ``(row, output)``,
        above one half for true. A network's ``outputs``, a program, an oracle.
    n_inputs
        Number of inputs, at least 2.
    network
        The network behind it: weights of its hidden layer and what can be done to it.
    second
        Another function that should compute the same.
    density
        Probability of a bit in random inputs. One half reaches far out of a sparse training
        distribution; a circuit that is built for sparse inputs needs a smaller one.
    rows, swaps
        Random inputs of step 2, and of steps 4 to 6 an output.
    examined
        How many outputs go through 4 to 6, evenly spaced; all where None.
    repeats
        Evaluations to average in steps 1 and 2, for a function with noise in it.
    rng
        Draws random inputs.

    Returns
    -------
    CircuitReport
        Gate by gate, ``lines()`` and ``as_dict()``.

    Raises
    ------
    BadInput
        If there are fewer than two inputs, or the function returns something else than one finite
        row for each row of bits.

    Notes
    -----
    Evaluations: ``1 + n + n (n - 1) / 2 + rows``, times ``repeats``. Named are AND, OR, XOR and
    AND-NOT; a function that is true with every input off, or has one input, is refused. A circuit
    of depth two or more is a function of more than two inputs and fails step 2.

    Examples
    --------
    >>> import numpy as np
    >>> from armillary.networks import learned_circuit
    >>> report = learned_circuit(lambda x: x[:, :1] ^ x[:, 3:], 4, rng=np.random.default_rng(0))
    >>> report.recovered, report.circuit[0].name
    (True, 'XOR(0, 3)')
    """
    found = spectrum(function, n_inputs, repeats=repeats)
    readings = read_gates(found)
    bits = rng.random((rows, n_inputs)) < density
    check = degree_check(function, bits, found=found, readings=readings, repeats=repeats)
    n = len(readings)
    claims = read_weights(network) if network is not None else None
    twin = _gates_of(second, n_inputs, repeats=repeats) if second is not None else (None,) * n
    causal: dict[int, tuple[Causal, Causal | None]] = {}
    if network is not None and claims is not None:
        for output in _spread(n, examined):
            held, failed = (
                claim and examine(
                    network, claim, output=output, density=density, rows=swaps, rng=rng
                )
                for claim in (claims[output], _another(claims, output))
            )  # fmt: skip
            if held is not None:
                causal[output] = (held, failed)
    gates = [
        GateReport(
            output, reading, float(check.agreement[output]), float(check.residual[output]),
            claims[output] if claims is not None else None,
            *causal.get(output, (None, None)), twin[output],
        )
        for output, reading in enumerate(readings)
    ]  # fmt: skip
    return CircuitReport(tuple(gates), density, network is not None, second is not None)


def _spread(n: int, wanted: int | None) -> list[int]:
    """Return the outputs to examine: all, or so many of them evenly spaced."""
    if wanted is None or wanted >= n:
        return list(range(n))
    return [output * n // wanted for output in range(wanted)]


def _another(claims: tuple[Claim, ...], output: int) -> Claim | None:
    """Return the claim of the next output whose pair is another; None where all share one."""
    following = claims[output + 1 :] + claims[:output]
    return next((claim for claim in following if claim.pair != claims[output].pair), None)


def _gates_of(function: BitFunction, n_inputs: int, *, repeats: int) -> tuple[Gate | None, ...]:
    """Return the gates that a function's spectrum names."""
    return tuple(
        reading.gate for reading in read_gates(spectrum(function, n_inputs, repeats=repeats))
    )
