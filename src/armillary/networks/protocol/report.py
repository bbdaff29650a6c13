"""Report: which circuit was learned, gate by gate, with the controls beside it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from armillary.core.errors import BadInput
from armillary.networks.gates import Gate
from armillary.networks.protocol.interventions import Causal
from armillary.networks.protocol.layers import Claim
from armillary.networks.protocol.spectrum import Reading

_AGREES = 0.995


@dataclass(frozen=True, slots=True)
class GateReport:
    """What the protocol saw of one output.

    Parameters
    ----------
    output
        Its number.
    reading
        Step 1: the gate named by the spectrum, its interaction and the largest spurious one.
    agreement, residual
        Step 2: share of random inputs on which the named gate is right; what a polynomial of
        degree two leaves.
    claim
        Step 3: what the weights say; None without a network.
    causal, wrong
        Steps 4 to 6 for the claim, and for the wrong circuit; None where they were not run.
    second
        The gate that the second function computes there; None without one, or where none is named.
    """

    output: int
    reading: Reading
    agreement: float
    residual: float
    claim: Claim | None = None
    causal: Causal | None = None
    wrong: Causal | None = None
    second: Gate | None = None

    @property
    def from_function(self) -> Gate | None:
        """The gate, where one is named and random inputs agree with it on at least 0.995."""
        return self.reading.gate if self.agreement >= _AGREES else None

    @property
    def from_weights(self) -> Gate | None:
        """The gate that the weights say, whatever the function says."""
        return self.claim.gate if self.claim is not None else None


@dataclass(frozen=True, slots=True)
class CircuitReport:
    """Which circuit was learned.

    Parameters
    ----------
    gates
        One an output.
    density
        Probability of a bit in the random inputs of step 2.
    has_network, has_second
        Whether steps 3 to 6, and the second function of step 7, were run.
    """

    gates: tuple[GateReport, ...]
    density: float
    has_network: bool
    has_second: bool

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return len(self.gates)

    @property
    def circuit(self) -> tuple[Gate | None, ...]:
        """The gate of each output, read from the function; None where it is not recovered."""
        return tuple(gate.from_function for gate in self.gates)

    @property
    def n_named(self) -> int:
        """Outputs whose spectrum names a gate (step 1)."""
        return sum(gate.reading.gate is not None for gate in self.gates)

    @property
    def n_from_function(self) -> int:
        """Outputs whose named gate is right on random inputs too (steps 1 and 2)."""
        return sum(gate.from_function is not None for gate in self.gates)

    @property
    def n_from_weights(self) -> int:
        """Outputs recovered from the function whose weights say the same gate (step 3)."""
        return sum(
            gate.from_function is not None and _same(gate.from_weights, gate.from_function)
            for gate in self.gates
        )

    @property
    def examined(self) -> tuple[GateReport, ...]:
        """Outputs that steps 4 to 6 were run on."""
        return tuple(gate for gate in self.gates if gate.causal is not None)

    @property
    def n_causal(self) -> int:
        """Examined outputs whose claim is sufficient, necessary and exchangeable."""
        return sum(gate.causal is not None and gate.causal.holds for gate in self.gates)

    @property
    def n_wrong(self) -> int:
        """Examined outputs on which the wrong circuit passes as well; 0 is wanted."""
        return sum(gate.wrong is not None and gate.wrong.holds for gate in self.gates)

    @property
    def n_second(self) -> int:
        """Outputs on which the second function computes the same gate."""
        return sum(
            gate.second is not None and _same(gate.second, gate.from_function)
            for gate in self.gates
        )

    @property
    def recovered(self) -> bool:
        """Whether every output's gate is recovered, by every step that was run.

        From the function; with a network also from its weights, with every examined claim holding
        and no wrong one; with a second function the same gates.
        """
        n = self.n_outputs
        right = self.n_from_function == n
        if self.has_network:
            right = right and self.n_from_weights == n
            right = right and self.n_causal == len(self.examined) and self.n_wrong == 0
        return right and (not self.has_second or self.n_second == n)

    def share_of(self, claimed: Sequence[Gate]) -> float:
        """Return the share of outputs whose claimed gate is recovered by every step that was run.

        Raises
        ------
        BadInput
            If there is not one claimed gate an output.
        """
        if len(claimed) != self.n_outputs:
            raise BadInput(f"{len(claimed)} gates are claimed of {self.n_outputs} outputs")
        right = [
            _same(gate.from_function, claim)
            and (not self.has_network or _same(gate.from_weights, claim))
            and (gate.causal is None or gate.causal.holds)
            and (gate.wrong is None or not gate.wrong.holds)
            and (not self.has_second or _same(gate.second, claim))
            for gate, claim in zip(self.gates, claimed, strict=True)
        ]
        return float(np.mean(right))

    def mean(self, score: str, *, wrong: bool = False) -> float:
        """Return the mean of one score of ``Causal`` over examined outputs, NaN without any."""
        found = [gate.wrong if wrong else gate.causal for gate in self.examined]
        values = [float(getattr(causal, score)) for causal in found if causal is not None]
        return float(np.mean(values)) if values else float("nan")

    def lines(self) -> list[str]:
        """Return the report as lines of text."""
        n = self.n_outputs
        true = min(gate.reading.interaction for gate in self.gates)
        spurious = max(gate.reading.spurious for gate in self.gates)
        residual = max(gate.residual for gate in self.gates)
        out = [
            f"circuit of {n} outputs: {'recovered' if self.recovered else 'NOT recovered'}",
            f"1 spectrum: a gate named on {self.n_named} of {n}; "
            f"smallest interaction {true:.3f}, largest spurious {spurious:.3f}",
            f"2 degree: {self.n_from_function} of {n} right on inputs of density {self.density:g}; "
            f"largest residual {residual:.3f}",
        ]
        if self.has_network:
            out.append(f"3 weights: the same gate on {self.n_from_weights} of {n}")
        scores = ("sufficiency", "necessity", "specificity", "interchange", "spill")
        names = ("4 sufficiency", "5 necessity", "5 specificity", "6 interchange", "6 spill")
        if self.examined:
            for name, score in zip(names, scores, strict=True):
                held, failed = self.mean(score), self.mean(score, wrong=True)
                out.append(f"{name}: {held:.3f}; of the wrong circuit {failed:.3f}")
            out.append(
                f"7 of {len(self.examined)} examined, {self.n_causal} hold and "
                f"{self.n_wrong} of the wrong circuit"
            )
        if self.has_second:
            out.append(f"7 second function: the same gate on {self.n_second} of {n}")
        lost = [str(gate.output) for gate in self.gates if gate.from_function is None]
        if lost:
            more = f" and {len(lost) - 12} more" if len(lost) > 12 else ""
            out.append("no gate recovered at output " + ", ".join(lost[:12]) + more)
        return out

    def as_dict(self) -> dict[str, Any]:
        """Return everything, JSON-ready; gates by name."""
        rows = [
            {
                "output": gate.output,
                "gate": gate.from_function and gate.from_function.name,
                "named": gate.reading.gate and gate.reading.gate.name,
                "interaction": gate.reading.interaction,
                "spurious": gate.reading.spurious,
                "margin": gate.reading.margin,
                "agreement": None if np.isnan(gate.agreement) else gate.agreement,
                "residual": gate.residual,
                "from_weights": gate.from_weights and gate.from_weights.name,
                "purity": gate.claim and gate.claim.purity,
                "neurons": gate.claim and list(gate.claim.neurons),
                "causal": gate.causal and asdict(gate.causal),
                "wrong": gate.wrong and asdict(gate.wrong),
                "second": gate.second and gate.second.name,
            }
            for gate in self.gates
        ]
        return {
            "recovered": self.recovered, "n_outputs": self.n_outputs, "density": self.density,
            "named": self.n_named, "from_function": self.n_from_function,
            "from_weights": self.n_from_weights if self.has_network else None,
            "examined": len(self.examined), "causal": self.n_causal, "wrong": self.n_wrong,
            "second": self.n_second if self.has_second else None, "gates": rows,
        }  # fmt: skip


def _same(one: Gate | None, other: Gate | None) -> bool:
    """Whether two gates are one function; only ANDNOT minds the order of its inputs."""
    if one is None or other is None or one.kind != other.kind:
        return False
    if one.kind == "ANDNOT":
        return (one.a, one.b) == (other.a, other.b)
    return {one.a, one.b} == {other.a, other.b}
