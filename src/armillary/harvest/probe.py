"""The first batch of a harvest: how fast it goes, how wide its rows are, what they look like."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from armillary.core import BadInput
from armillary.harvest.model import Model
from armillary.harvest.plan import Plan

FILE = "probe.npy"
ROWS = 64
CLOSE = 0.02  # bfloat16 on another device moves rows by about 0.01 of their norm


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """What one batch gave.

    Parameters
    ----------
    vectors
        Rows that would be kept, by hook name: float32 tensors (window, position, width).
    rate
        Positions a second.
    """

    vectors: Mapping[str, Any]
    rate: float

    @property
    def width(self) -> dict[str, int]:
        """Width of a row, by hook name."""
        return {name: int(v.shape[-1]) for name, v in self.vectors.items()}


def probe(lm: Model, plan: Plan, *, hook_names: Sequence[str]) -> Probe:
    """Read the first windows; once more, if it was quick, for a fair timing.

    Parameters
    ----------
    lm
        The model.
    plan
        What will be read.
    hook_names
        Where.

    Returns
    -------
    Probe
        Its vectors and its speed.

    Raises
    ------
    BadInput
        If a hook does not give one vector a position.
    """
    windows = plan.batches(range(min(plan.windows_at_once, plan.windows.start.size)))[0]
    ids = plan.ids(windows, bos_id=lm.bos_id)
    captured, seconds = _timed(lm, ids, hook_names)
    if seconds < 1:  # loading kernels may have taken most of it
        captured, seconds = _timed(lm, ids, hook_names)
    for name, vectors in captured.items():
        if tuple(vectors.shape[:2]) != ids.shape or vectors.ndim != 3:
            raise BadInput(
                f"{name} gives {tuple(vectors.shape)} for token ids of shape {ids.shape}: expected "
                "one vector a position"
            )
    first = plan.first(windows)
    return Probe({n: v[:, first:] for n, v in captured.items()}, ids.size / max(seconds, 1e-9))


def compare_with_start(folder: Path, vectors: Any, *, hook_name: str) -> str:
    """Compare the first rows with those of the run that began a folder, or keep them there.

    Parameters
    ----------
    folder
        Folder of one hook point.
    vectors
        The probe's rows.
    hook_name
        For the message.

    Returns
    -------
    str
        Empty where every bit is the same; otherwise what differs and why it may.

    Raises
    ------
    BadInput
        If rows differ by more than rounding can explain: this is not the model the folder was
        begun with.
    """
    now = vectors[0, :ROWS].float().cpu().numpy()
    try:
        then = np.load(folder / FILE, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        np.save(folder / FILE, now)
        return ""
    if np.array_equal(then, now):
        return ""
    away = np.inf
    if then.shape == now.shape:
        away = float(np.linalg.norm(then - now) / max(float(np.linalg.norm(then)), 1e-30))
    if away > CLOSE:
        raise BadInput(
            f"{folder} was begun with a model that gives other vectors at {hook_name} (apart by "
            f"{away:.2g} of their norm): use that model, or another folder"
        )
    return (
        f"{hook_name}: the vectors differ by {away:.1g} of their norm from those the folder was "
        "begun with (another number of threads, machine or library): shards made from here on are "
        "not byte-equal to those of an uninterrupted run"
    )


def _timed(lm: Model, ids: np.ndarray, hook_names: Sequence[str]) -> tuple[dict[str, Any], float]:
    began = time.perf_counter()
    captured = lm.capture(ids, list(hook_names))
    for vectors in captured.values():
        vectors.half().cpu()  # as rows are stored; waits for the device
    return captured, time.perf_counter() - began
