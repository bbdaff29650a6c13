"""The run: batches in, one step after another, checkpoints between, an autoencoder out."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch

from armillary.core.errors import BadInput
from armillary.training.checkpoint import load_checkpoint, save_checkpoint
from armillary.training.config import TrainingConfig
from armillary.training.interrupts import held_interrupts
from armillary.training.passes import Pass
from armillary.training.result import TrainedSae, finished
from armillary.training.scaling import place_of
from armillary.training.state import State, advance, fresh_state
from armillary.training.stream import (
    Batches,
    Draw,
    Stream,
    about_stream,
    as_stream,
    batches_from,
    sample_of,
)
from armillary.training.tensors import tensor_of

Watch = Callable[[int, int, Mapping[str, float]], None]
_SAMPLE = 8192


def train(
    source: Batches | np.ndarray | Draw,
    config: TrainingConfig,
    *,
    progress: Watch | None = None,
    folder: str | Path | None = None,
    resume: bool = True,
    checkpoint_every: float = 60.0,
) -> TrainedSae:
    """Train a sparse autoencoder on a stream of activation vectors.

    Parameters
    ----------
    source
        Stored activations, an array ``(token, d_model)``, or a function ``draw(size, rng)``.
    config
        Architecture, size, length, rates and seed.
    progress
        Called as ``(steps done, steps in all, metrics)`` after every logged step.
    folder
        Where checkpoints go; None keeps none. An interrupt (Ctrl-C) leaves one, too.
    resume
        Whether a checkpoint of the same config and data in ``folder`` is continued. The outcome
        is that of an uninterrupted run, bit for bit on one machine.
    checkpoint_every
        Seconds between two checkpoints.

    Returns
    -------
    TrainedSae
        The autoencoder for raw vectors, its history, config and the data's hash.

    Raises
    ------
    BadInput
        If the stream is empty, too short for a batch or holds NaN, or the checkpoint in
        ``folder`` is another run's.
    """
    stream = as_stream(source)
    n_steps = planned_steps(stream, config)
    sample = sample_of(stream, _SAMPLE, seed=config.seed)
    data = about_stream(stream, sample)
    device = _device(config)
    state = fresh_state(config, place_of(sample, scaled=config.scale), device=device)
    where = Path(folder) if folder is not None else None
    if where is not None and resume:
        load_checkpoint(where, state, config=config, data=data)
    try:
        with held_interrupts() as interrupted:
            _steps(state, stream, config=config, n_steps=n_steps, progress=progress, folder=where,
                   every=checkpoint_every, data=data, interrupted=interrupted)  # fmt: skip
    except KeyboardInterrupt:
        if where is not None:
            save_checkpoint(where, state, config=config, data=data)
        raise
    if where is not None:
        save_checkpoint(where, state, config=config, data=data)
    return finished(state, config, data)


def _steps(
    state: State, stream: Stream, *, config: TrainingConfig, n_steps: int, progress: Watch | None,
    folder: Path | None, every: float, data: Mapping[str, object],
    interrupted: Callable[[], None],
) -> None:  # fmt: skip
    batches = batches_from(stream, config.batch, seed=config.seed, first=state.step)
    saved = time.monotonic()
    scale = np.float32(state.place.scale)
    while state.step < n_steps:
        tokens = tensor_of(next(batches) * scale).to(state.weights.encoder.device)
        made = advance(state, tokens, config=config, n_steps=n_steps)
        if state.step % config.log_every == 0 or state.step == n_steps:
            metrics = _measured(state, tokens, made, config=config, n_steps=n_steps)
            for name, value in metrics.items():
                state.history.setdefault(name, []).append(value)
            if progress is not None:
                progress(state.step, n_steps, metrics)
        if folder is not None and time.monotonic() - saved > every:
            save_checkpoint(folder, state, config=config, data=data)
            saved = time.monotonic()
        interrupted()


def _measured(
    state: State, tokens: torch.Tensor, made: Pass, *, config: TrainingConfig, n_steps: int
) -> dict[str, float]:
    variance = (tokens - tokens.mean(0)).square_().sum()
    parts = {f"loss_{name}": float(value) for name, value in sorted(made.losses.items())}
    measured = {
        "step": float(state.step),
        "fvu": float(made.error.square().sum() / variance),
        "l0": float(made.counts.sum()) / len(tokens),
        "dead_share": float((state.idle > config.dead_after).float().mean()),
        "lr": config.rate(state.step - 1, n_steps),
        "loss_aux": 0.0,
        **parts,
    }
    if not np.isfinite(measured["loss_mse"]):
        raise BadInput(
            f"the loss is {measured['loss_mse']} at step {state.step}: lower lr ({config.lr:g})"
        )
    return measured


def planned_steps(stream: Stream, config: TrainingConfig) -> int:
    """Return how many steps a run takes.

    Raises
    ------
    BadInput
        If the stream has no end and ``config.tokens`` sets none, or does not fill one batch.
    """
    if config.tokens is not None:
        return config.tokens // config.batch
    if stream.n_tokens == 0:
        raise BadInput("a function has no end: say how many tokens to train on (tokens=...)")
    if stream.n_tokens < config.batch:
        raise BadInput(f"{stream.n_tokens} vectors do not fill one batch of {config.batch}")
    return max(1, int(config.epochs * (stream.n_tokens // config.batch)))


def _device(config: TrainingConfig) -> torch.device:
    if config.device is not None:
        return torch.device(config.device)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
