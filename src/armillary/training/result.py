"""The finished product of a training run."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from torch import Tensor

from armillary.core.autoencoder import SparseAutoencoder
from armillary.training.config import TrainingConfig
from armillary.training.state import State


@dataclass(frozen=True, slots=True, eq=False)
class TrainedSae:
    """A trained autoencoder and how it came to be.

    Parameters
    ----------
    autoencoder
        Reads raw vectors: the training scale is folded in.
    config
        What the run was told.
    history
        One array a metric: ``step``, ``fvu``, ``l0``, ``dead_share``, ``lr``, and the parts of
        the loss, at every logged step, measured on the step's own batch.
    data
        What the stream said of itself and a hash of a fixed sample.
    scale
        What raw vectors were multiplied by while training.
    version
        Of armillary.
    """

    autoencoder: SparseAutoencoder
    config: TrainingConfig
    history: Mapping[str, np.ndarray]
    data: Mapping[str, Any]
    scale: float
    version: str

    @property
    def seed(self) -> int:
        """Seed of the run."""
        return self.config.seed

    @property
    def source_hash(self) -> str:
        """SHA-256 of the data's own record and a fixed sample of it."""
        return str(self.data["sha256"])


def finished(state: State, config: TrainingConfig, data: Mapping[str, Any]) -> TrainedSae:
    """Fold the training scale into the weights and freeze the outcome.

    Rules that only compare and pass on are unchanged by a factor, so it goes into the biases and
    thresholds: codes are in raw units, decoder rows keep their length.
    """
    weights, scale = state.weights, state.place.scale
    armillary = version("armillary")
    source = {
        "trained_by": f"armillary {armillary}",
        "training_architecture": config.architecture.name,
        "hook_name": data.get("hook_name"),
        "config": config.record(),
        "scale": scale,
        "data": dict(data),
    }
    made = SparseAutoencoder(
        directions=_array(weights.decoder),
        encoder=np.ascontiguousarray(_array(weights.encoder).T),
        encoder_bias=_array(weights.encoder_bias / scale),
        decoder_bias=_array(weights.decoder_bias / scale),
        firing=config.architecture.firing(weights, scale=scale),
        source=source,
    )
    history = {name: np.array(values) for name, values in state.history.items()}
    return TrainedSae(made, config, history, data, scale, armillary)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy().copy()
