"""Rate: rounding to a step, and the step at which a message has the length that is wanted."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.knockoffs.message import Message

_ROUNDS = 14
_DEAD = 0.1  # a number is rounded up from .6 of a step on: the zero costs less, and is likelier


def rounded(number: Float[np.ndarray, "*shape"]) -> Int[np.ndarray, "*shape"]:
    """Round numbers towards zero a little more than evenly: ``sign(x) floor(|x| + .4)``.

    Parameters
    ----------
    number
        In units of the step.
    """
    whole = np.floor(np.abs(number) + np.float32(0.5 - _DEAD))
    return (np.sign(number) * whole).astype(np.int32)


def shifts(
    number: Float[np.ndarray, "feature column"], whole: Int[np.ndarray, "feature column"]
) -> bytes:
    """Return by how much the numbers of a column that are not 0 lie above the rounded, on average.

    Parameters
    ----------
    number, whole
        Before and after rounding, in units of the step.

    Returns
    -------
    bytes
        One a column, in 1/256 of a step; for ``restored``.
    """
    used = whole != 0
    above: np.ndarray = ((np.abs(number) - np.abs(whole)) * used).sum(axis=0) / np.maximum(
        used.sum(axis=0), 1
    )
    level: np.ndarray = np.clip(np.round(256 * above), -128, 127)
    return level.astype(np.int8).tobytes()


def restored(
    whole: Int[np.ndarray, "feature column"], sent: bytes
) -> Float[np.ndarray, "feature column"]:
    """Return the numbers that rounded ones stand for, in units of the step.

    Parameters
    ----------
    whole
        Rounded.
    sent
        What ``shifts`` gave.
    """
    shift = np.frombuffer(sent, np.int8).astype(np.float32) / np.float32(256)
    return (np.sign(whole) * (np.abs(whole) + shift)).astype(np.float32)


def fitting(
    write: Callable[[float], Message], step: float, *, wanted: float, largest: float
) -> Message:
    """Write a message that is no longer than wanted, with larger steps while it is.

    Parameters
    ----------
    write
        The message by its step.
    step
        To begin with, as ``step_for`` gave it.
    wanted
        Bits.
    largest
        A step so large that nothing but zeros is left.

    Returns
    -------
    Message
        At most ``wanted`` bits long.

    Raises
    ------
    BadInput
        If even zeros are longer than wanted.
    """
    message = write(step)
    while message.bits > wanted:
        if step > largest:
            raise _too_short(wanted)
        step *= max(1.002, message.bits / wanted) ** 1.5
        message = write(step)
    return message


def _too_short(wanted: float) -> BadInput:
    return BadInput(f"{wanted:,.0f} bits cannot hold even the headers: ask for more")


def step_for(
    bits: Callable[[float], float], wanted: float, *, largest: float, close: float = 0.005
) -> float:
    """Find the step at which a message has a wanted length.

    Parameters
    ----------
    bits
        Length by step, falling.
    wanted
        Same unit.
    largest
        A step so large that nothing but zeros is left.
    close
        Relative difference to stop at.

    Returns
    -------
    float
        A step that is not longer than wanted.

    Raises
    ------
    BadInput
        If even zeros are longer than wanted.
    """
    if bits(largest) > wanted:
        raise _too_short(wanted)
    low, high = largest / (1 << 14), largest
    for _ in range(_ROUNDS):
        middle = float(np.sqrt(low * high))
        spent = bits(middle)
        if spent > wanted:
            low = middle
        else:
            high = middle
            if spent > (1 - close) * wanted:
                break
    return high
