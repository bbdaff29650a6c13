"""Nested messages: a theory that stands on another one carries its bytes inside its own."""

from collections.abc import Iterator

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.combined import Stacked, placed_in_turn
from armillary.knockoffs.message import Message
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Theory


def place_nested(
    message: Message | bytes, shared: Shared, *, rng: np.random.Generator
) -> FeatureSpace:
    """Build the space that follows from the message inside a message.

    The theory is looked up among the classes that exist, so that a theory need not import the
    registry that it stands in.

    Parameters
    ----------
    message
        The inner message, or its bytes.
    shared
        What the receiver knows anyway.
    rng
        Decides everything that the message leaves open.

    Returns
    -------
    FeatureSpace
        The inner theory's knockoff.

    Raises
    ------
    BadInput
        If no theory of this kind exists.
    """
    read = Message.from_bytes(message) if isinstance(message, bytes) else message
    if read.theory == Stacked.kind:
        return placed_in_turn(read, shared, rng=rng, place=place_nested)
    for theory in _all(Theory):
        if getattr(theory, "kind", None) == read.theory:
            return theory.place(read, shared, rng=rng)
    raise BadInput(f"a message inside a message is of the theory {read.theory!r}, unknown here")


def _all(theory: type[Theory]) -> Iterator[type[Theory]]:
    for below in theory.__subclasses__():
        yield below
        yield from _all(below)
