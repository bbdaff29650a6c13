"""Moves as splices: functions of a tensor, for ``LanguageModel.logits(splice=...)``."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.intervene.curves import Curve
from armillary.intervene.planes import Plane
from armillary.load.require import require

Splice = Callable[[Any], Any]  # tensor (batch position d_model) to the same


def rotation(
    plane: Plane,
    angle: float,
    centre: Float[np.ndarray, " d_model"] | None = None,
    *,
    position: int | Sequence[int] | slice = slice(None),
) -> Splice:
    """Make a splice that turns activations in a plane.

    Parameters
    ----------
    plane
        The plane.
    angle
        Radians, positive from the plane's first axis to its second.
    centre
        What to turn about; the plane's own centre when None.
    position
        Positions of the text where it is done.

    Returns
    -------
    callable
        Takes and gives a tensor ``(batch, position, d_model)``; writes nothing into the one given.
    """
    c, s = np.cos(angle), np.sin(angle)
    about = plane.centre if centre is None else centre

    def splice(x: Any) -> Any:
        basis, middle, turn = _like(x, plane.basis, about, np.array([[c - 1, s], [-s, c - 1]]))
        at = _positions(position)
        out = x.clone()
        out[:, at] += ((x[:, at] - middle) @ basis.T @ turn) @ basis
        return out

    return splice


def slide(
    curve: Curve,
    by: float,
    place: Float[np.ndarray, " batch"] | None = None,
    *,
    position: int | Sequence[int] | slice = slice(None),
) -> Splice:
    """Make a splice that slides activations along a curve.

    Parameters
    ----------
    curve
        The curve.
    by
        How far, in words.
    place
        Where each text of the batch is, in words; the nearest place on the curve when None.
    position
        Positions of the text where it is done.

    Returns
    -------
    callable
        Takes and gives a tensor ``(batch, position, d_model)``; writes nothing into the one given.
    """

    def splice(x: Any) -> Any:
        at = _positions(position)
        if place is None:
            here = curve.nearest(x[:, at].detach().double().cpu().numpy())
        else:
            here = np.broadcast_to(np.asarray(place)[:, None], x[:, at].shape[:2])
        (step,) = _like(x, curve.at(here + by) - curve.at(here))
        out = x.clone()
        out[:, at] += step
        return out

    return splice


def shift(
    displacement: Float[np.ndarray, "*batch d_model"],
    *,
    position: int | Sequence[int] | slice = slice(None),
) -> Splice:
    """Make a splice that adds a vector.

    Parameters
    ----------
    displacement
        One vector, or one a text of the batch.
    position
        Positions of the text where it is done.

    Returns
    -------
    callable
        Takes and gives a tensor ``(batch, position, d_model)``; writes nothing into the one given.
    """

    def splice(x: Any) -> Any:
        (step,) = _like(x, displacement)
        out = x.clone()
        out[:, _positions(position)] += step[:, None] if step.ndim == 2 else step
        return out

    return splice


def _positions(position: int | Sequence[int] | slice) -> list[int] | slice:
    if isinstance(position, slice):
        return position
    return [position] if isinstance(position, int) else list(position)


def _like(x: Any, *arrays: np.ndarray) -> list[Any]:
    torch: Any = require("torch", extra="torch")
    return [torch.as_tensor(array, dtype=x.dtype, device=x.device) for array in arrays]
