"""Checkpoints: one safetensors file, replaced whole, that a run goes on from."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError

from armillary.core.errors import BadInput
from armillary.training.config import TrainingConfig
from armillary.training.scaling import Place
from armillary.training.state import State
from armillary.training.tensors import read_tensors, tensor_of, write_tensors

CHECKPOINT = "checkpoint.safetensors"
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


def save_checkpoint(
    folder: Path, state: State, *, config: TrainingConfig, data: Mapping[str, Any]
) -> None:
    """Write the state; a file that is there is replaced in one move."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        "idle": state.idle,
        "centre": tensor_of(state.place.centre),
        **{f"kept.{name}": tensor for name, tensor in state.weights.kept.items()},
    }
    for name, tensor in state.weights.trained().items():
        tensors[name] = tensor
        for moment in _MOMENTS:
            tensors[f"{name}.{moment}"] = state.adam.state[tensor][moment]
    about = {
        "config": _settled(config),
        "data": data["sha256"],
        "step": state.step,
        "scale": state.place.scale,
        "history": state.history,
    }
    new = folder / (CHECKPOINT + ".new")
    write_tensors(new, tensors, metadata={"armillary": json.dumps(about)})
    os.replace(new, folder / CHECKPOINT)


def load_checkpoint(
    folder: Path, state: State, *, config: TrainingConfig, data: Mapping[str, Any]
) -> None:
    """Fill the state from the checkpoint in a folder, if there is one.

    Raises
    ------
    BadInput
        If it belongs to another config or other data, or cannot be read.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        return
    try:
        stored, metadata = read_tensors(path)
        about: dict[str, Any] = json.loads(metadata["armillary"])
    except (SafetensorError, KeyError, ValueError) as error:
        raise BadInput(f"{path} is no checkpoint of a training run: delete it") from error
    _refuse_another(path, about, config=config, data=data)
    device = state.weights.encoder.device
    with torch.no_grad():
        state.idle.copy_(stored["idle"])
        for name, tensor in state.weights.trained().items():
            tensor.copy_(stored[name])
            for moment in _MOMENTS:
                state.adam.state[tensor][moment].copy_(stored[f"{name}.{moment}"])
    for name, tensor in stored.items():
        if name.startswith("kept."):
            state.weights.kept[name.removeprefix("kept.")] = tensor.to(device)
    state.place = Place(np.asarray(stored["centre"].numpy()), about["scale"])
    state.step, state.history = about["step"], about["history"]


def _refuse_another(
    path: Path, about: Mapping[str, Any], *, config: TrainingConfig, data: Mapping[str, Any]
) -> None:
    settled = _settled(config)
    other = sorted(k for k in settled if about["config"].get(k) != settled[k])
    other += ["the data"] if about["data"] != data["sha256"] else []
    if other:
        raise BadInput(
            f"{path} was written by another run; it differs in {', '.join(other)}. Give another "
            "folder, the same options, or resume=False (--fresh) to start anew"
        )


def _settled(config: TrainingConfig) -> dict[str, Any]:
    """Return what must agree for a run to go on: all but the device and how often it logs."""
    record = json.loads(json.dumps(config.record()))
    return {k: v for k, v in record.items() if k not in ("device", "log_every")}
