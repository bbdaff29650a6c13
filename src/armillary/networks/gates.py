"""Gates: boolean functions of two inputs, as truth tables and as polynomials."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

# coefficients of a, b and a*b: f(a, b) = x a + y b + z a b for bits with f(0, 0) = 0
MOEBIUS: dict[str, tuple[int, int, int]] = {
    "AND": (0, 0, 1),
    "OR": (1, 1, -1),
    "XOR": (1, 1, -2),
    "ANDNOT": (1, 0, -1),
}


@dataclass(frozen=True, slots=True)
class Gate:
    """One output of a boolean circuit: ``kind`` of the inputs ``a`` and ``b``.

    Parameters
    ----------
    kind
        ``"AND"``, ``"OR"``, ``"XOR"`` or ``"ANDNOT"`` (``a`` and not ``b``).
    a, b
        Numbers of the inputs, different.
    """

    kind: str
    a: int
    b: int

    @property
    def name(self) -> str:
        """For example ``"AND(3, 7)"``."""
        return f"{self.kind}({self.a}, {self.b})"

    @property
    def moebius(self) -> tuple[int, int, int]:
        """Coefficients of ``a``, ``b`` and ``a b`` in the polynomial that equals the gate."""
        return MOEBIUS[self.kind]

    def output(self, bits: Bool[np.ndarray, "row input"]) -> Bool[np.ndarray, " row"]:
        """Return the gate's value on each row of inputs."""
        x, y, z = self.moebius
        a, b = bits[:, self.a].astype(np.int64), bits[:, self.b].astype(np.int64)
        return (x * a + y * b + z * a * b).astype(bool)
