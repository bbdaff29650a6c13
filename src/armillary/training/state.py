"""The state of a run between two steps: weights, moments, what fired when, and the history."""

from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import Tensor

from armillary.training.config import TrainingConfig
from armillary.training.passes import Pass
from armillary.training.scaling import Place
from armillary.training.tensors import lengths, tensor_of
from armillary.training.weights import Weights, fresh_weights


@dataclass(slots=True, eq=False)
class State:
    """Everything that the next step depends on.

    Parameters
    ----------
    weights
        As trained, in scaled units.
    adam
        Its moments are part of the state.
    idle
        Vectors seen since each feature last fired.
    place
        Centre and scale of the data.
    step
        Steps done.
    history
        One list a metric, an entry for every logged step.
    """

    weights: Weights
    adam: torch.optim.Adam
    idle: Tensor
    place: Place
    step: int = 0
    history: dict[str, list[float]] = field(default_factory=dict[str, list[float]])


def fresh_state(config: TrainingConfig, place: Place, *, device: torch.device) -> State:
    """Return the state before the first step."""
    centre = tensor_of(place.centre * place.scale).to(device, torch.float32)
    weights = fresh_weights(
        len(centre), config.d_sae, centre=centre,
        encoder_scale=config.architecture.encoder_scale(len(centre), config.d_sae),
        generator=torch.Generator().manual_seed(config.seed),
    )  # fmt: skip
    config.architecture.prepare(weights)
    idle = torch.zeros(config.d_sae, dtype=torch.int64, device=device)
    return State(weights, adam_for(weights, config), idle, place)


def adam_for(weights: Weights, config: TrainingConfig) -> torch.optim.Adam:
    """Return Adam over the trained tensors, with empty moments already made."""
    trained = list(weights.trained().values())
    adam = torch.optim.Adam(trained, lr=config.lr, betas=config.betas, fused=True)
    for tensor in trained:
        adam.state[tensor] = {
            "step": torch.zeros((), dtype=torch.float32, device=tensor.device),
            "exp_avg": torch.zeros_like(tensor),
            "exp_avg_sq": torch.zeros_like(tensor),
        }
    return adam


def advance(state: State, tokens: Tensor, *, config: TrainingConfig, n_steps: int) -> Pass:
    """Do one step in place and return its pass."""
    weights, architecture = state.weights, config.architecture
    dead = state.idle > config.dead_after
    made = architecture.step(weights, tokens, dead=dead, share=state.step / n_steps)
    if config.unit_norm:
        _take_out_along_rows(made.grads["decoder"], weights.decoder)
    for name, tensor in weights.trained().items():
        tensor.grad = made.grads[name]
    for group in state.adam.param_groups:
        group["lr"] = config.rate(state.step, n_steps)
    cast(Any, state.adam).step()
    state.idle += len(tokens)
    state.idle[made.counts > 0] = 0
    if architecture.resample is not None:
        done = state.step / n_steps
        anew = architecture.resample(weights, tokens, made.error, dead=dead, share=done,
                                     seed=config.seed * 1_000_003 + state.step)  # fmt: skip
        _forget(state, anew)
    if config.unit_norm:
        weights.decoder /= lengths(weights.decoder).clamp_(min=1e-12)[:, None]
    state.step += 1
    return made


def _take_out_along_rows(grad: Tensor, rows: Tensor) -> None:
    grad.addcmul_((grad * rows).sum(1, keepdim=True), rows, value=-1)


def _forget(state: State, features: Tensor) -> None:
    """Drop the moments of features that were started anew."""
    if features.numel() == 0:
        return
    state.idle[features] = 0
    n = state.weights.n_features
    for tensor in state.weights.trained().values():
        if tensor.shape[0] == n and tensor is not state.weights.decoder_bias:
            for moment in ("exp_avg", "exp_avg_sq"):
                state.adam.state[tensor][moment][features] = 0
