"""Sample: activations drawn from a world, and what is true of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float, Int


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Activations drawn from a world, and what is true of each row.

    Parameters
    ----------
    activations
        One row a token, float32.
    coordinates
        By factor: intrinsic coordinates, one row a token (any number where it is not active).
    active
        By factor: on which tokens it takes part.
    cells
        By attribute: its value on each token, -1 where it has none. A *cell* is a combination of
        values; the census of latents asks on which cells they fire.
    codes
        True codes, one column a feature of the world's space, None where there are none.
    inputs
        Of a network: what was put in (bits, pairs of residues...).
    targets
        Of a network: what the right answer is.
    """

    activations: Float[np.ndarray, "token d_model"]
    coordinates: Mapping[str, Float[np.ndarray, "token coordinate"]] = field(
        default_factory=dict[str, np.ndarray]
    )
    active: Mapping[str, Bool[np.ndarray, " token"]] = field(default_factory=dict[str, np.ndarray])
    cells: Mapping[str, Int[np.ndarray, " token"]] = field(default_factory=dict[str, np.ndarray])
    codes: Float[np.ndarray, "token feature"] | None = None
    inputs: np.ndarray | None = None
    targets: np.ndarray | None = None

    @property
    def n_tokens(self) -> int:
        """Number of rows."""
        return self.activations.shape[0]
