"""Stored autoencoders: what a format found in a file, before anything large is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.core.firing import Firing
from armillary.core.input_scaling import InputScaling, Unscaled
from armillary.load.stored import FLOATS, Offer, StoredTensor, as_float32, small_float32


@dataclass(frozen=True, slots=True, eq=False)
class SaeFiles:
    """What a format is shown: the tensors, the config that lies beside them, and where.

    Parameters
    ----------
    weights
        The file of tensors; its name is evidence.
    offer
        What it holds.
    config
        The config beside it, empty where there is none.
    config_path
        Where the config was read from.
    folder
        The folder that belongs to the autoencoder.
    """

    weights: Path
    offer: Offer
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    config_path: Path | None = None
    folder: Path = Path()

    def has(self, *names: str) -> bool:
        """Tell whether every one of these tensors is there."""
        return all(name in self.offer.tensors for name in names)

    def need(self, name: str, *, of: str) -> StoredTensor:
        """Return a tensor of real numbers that the format cannot do without.

        Raises
        ------
        BadInput
            If it is missing or not of real numbers; the text lists what is there.
        """
        found = self.offer.tensors.get(name)
        if found is None:
            there = ", ".join(f"{t.name} {list(t.shape)}" for t in self.offer.tensors.values())
            raise BadInput(
                f"{self.weights}: tensor {name!r} is missing, which every {of} file has; it holds: "
                f"{there or 'nothing'}. Fetch the file again, or name a matrix with --tensor"
            )
        if found.dtype not in FLOATS and not found.dtype.startswith(("I", "U")):
            raise BadInput(
                f"{self.weights}: tensor {name!r} is of type {found.dtype}, which is not read; "
                "convert it to float32, float16 or bfloat16 first"
            )
        return found


@dataclass(frozen=True, slots=True, eq=False)
class StoredMatrix:
    """A stored matrix and how it is read: turned over or not, times a factor or not."""

    tensor: StoredTensor
    transpose: bool = False
    factor: float = 1.0

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape as read."""
        return self.tensor.shape[::-1] if self.transpose else self.tensor.shape

    def read(self) -> Float[np.ndarray, "row column"]:
        """Read it into float32."""
        values = as_float32(self.tensor, transpose=self.transpose)
        return values if self.factor == 1 else values * np.float32(self.factor)


@dataclass(frozen=True, slots=True, eq=False)
class StoredVector:
    """A stored bias and the factor it is read with."""

    tensor: StoredTensor
    factor: float = 1.0

    def read(self) -> Float[np.ndarray, " entry"]:
        """Read it into float32."""
        return small_float32(self.tensor) * np.float32(self.factor)


@dataclass(frozen=True, slots=True, eq=False)
class StoredSae:
    """An autoencoder as one format describes it.

    Parameters
    ----------
    format
        Name of the format.
    files
        What it was found in.
    decoder
        As read: (feature, d_out).
    encoder
        As read: (d_model, feature); None where there is none.
    encoder_bias, decoder_bias
        None for zeros.
    firing
        Makes the rule that turns pre-activations into codes; reads thresholds.
    scaling
        What happens to a vector before it is encoded.
    centred, by_norm
        As in ``SparseAutoencoder``.
    skip
        As read: (d_model, d_out).
    no_codes
        Why codes cannot be computed here, empty where they can.
    sizes
        What the config states: ``d_in``, ``d_sae``, ``d_out``, ``k``; each is checked.
    facts
        Texts and numbers for the record: ``model_name``, ``hook_name``, ...
    notes
        Assumptions, one sentence each.
    columns
        Per-feature arrays that come with it.
    settled
        How the decoder's orientation was settled; empty where the format promises it.
    """

    format: str
    files: SaeFiles
    decoder: StoredMatrix
    encoder: StoredMatrix | None
    firing: Callable[[], Firing]
    encoder_bias: StoredVector | None = None
    decoder_bias: StoredVector | None = None
    scaling: InputScaling = field(default_factory=Unscaled)
    centred: bool = False
    by_norm: bool = False
    skip: StoredMatrix | None = None
    no_codes: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    notes: tuple[str, ...] = ()
    columns: Mapping[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])
    settled: str = ""
