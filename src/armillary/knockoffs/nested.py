"""Nested messages: a theory that stands on another one carries its bytes inside its own."""

from collections.abc import Iterator

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.message import Message
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Theory


def place_nested(data: bytes, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
    """Build the space that follows from the message inside a message.

    The theory is looked up among the classes that exist, so that theories need not import the
    list they are in.

    Parameters
    ----------
    data
        Bytes of the inner message.
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
    message = Message.from_bytes(data)
    for theory in _all(Theory):
        if getattr(theory, "kind", None) == message.theory:
            return theory.place(message, shared, rng=rng)
    raise BadInput(f"a message inside a message is of the theory {message.theory!r}, unknown here")


def _all(theory: type[Theory]) -> Iterator[type[Theory]]:
    for below in theory.__subclasses__():
        yield below
        yield from _all(below)
