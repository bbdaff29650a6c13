"""Stacked: theories said in turn, each about what the ones before it left."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.message import Message
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory


@runtime_checkable
class Place(Protocol):
    """What reads one message: ``registry.place``."""

    def __call__(
        self, message: Message | bytes, shared: Shared, *, rng: np.random.Generator
    ) -> FeatureSpace:
        """Build the space that follows from a message."""
        ...


@dataclass(frozen=True, slots=True)
class Stacked(Theory):
    """Several theories whose placements are added.

    The first is fitted to the directions, each next one to the directions minus the placements so
    far. Where one that is not the last draws at random, both sides draw with a seed of four bytes
    that is sent, so that what is left is measured from the very placement that is received. The
    last draws with the receiver's own numbers.

    Parameters
    ----------
    theories
        Two or more, in the order in which they are said; a stack among them counts as its members.

    Raises
    ------
    BadInput
        If there are fewer than two.
    """

    kind: ClassVar[str] = "stacked"
    family: ClassVar[Family] = "structure"
    keeps: ClassVar[str] = "what its theories keep, together"
    breaks: ClassVar[str] = "what the last of them leaves unsaid"
    theories: tuple[Theory, ...]

    def __post_init__(self) -> None:
        """Flatten stacks of stacks."""
        flat: list[Theory] = []
        for theory in self.theories:
            flat += theory.theories if isinstance(theory, Stacked) else (theory,)
        if len(flat) < 2:
            raise BadInput(f"a stack needs two theories, got {len(flat)}: use the one by itself")
        object.__setattr__(self, "theories", tuple(flat))

    @property
    def drawn(self) -> bool:
        """Whether any part leaves something open."""
        return any(theory.drawn for theory in self.theories)

    @property
    def generic(self) -> bool:
        """Whether all its parts are."""
        return all(theory.generic for theory in self.theories)

    @property
    def label(self) -> str:
        """Join the labels, ``A + B``."""
        return " + ".join(theory.label for theory in self.theories)

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Fit each theory to what is left, and place it as the receiver will."""
        parts: dict[str, bytes] = {}
        seed = 0
        if any(theory.drawn for theory in self.theories[:-1]):
            seed = int(rng.integers(1 << 32))
            parts["seed"] = struct.pack("<I", seed)
        left = space.directions
        for i, theory in enumerate(self.theories):
            rest = FeatureSpace(left, space.feature_id, space.columns, space.source)
            message = theory.fit(rest, shared, rng=rng)
            parts[str(i)] = message.to_bytes()
            if i + 1 < len(self.theories):
                placed = theory.place(message, shared, rng=_drawing(seed, i))
                left = left - placed.directions
        return Message(self.kind, parts)

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Refuse: a stack is read by ``armillary.knockoffs.place``, which knows every theory."""
        raise BadInput("a stack is placed by armillary.knockoffs.place, which knows its members")


def placed_in_turn(
    message: Message, shared: Shared, *, rng: np.random.Generator, place: Place
) -> FeatureSpace:
    """Add up the placements of a stack's messages.

    Parameters
    ----------
    message
        Of a ``Stacked``.
    shared
        What is known anyway.
    rng
        For the last theory; the ones before it draw with the seed that was sent.
    place
        Reads one message, whatever its theory.

    Returns
    -------
    FeatureSpace
        The sum.
    """
    parts = dict(message.parts)
    sent = parts.pop("seed", None)
    seed = struct.unpack("<I", sent)[0] if sent is not None else 0
    total: np.ndarray = np.zeros((shared.n_features, shared.d_model), dtype=np.float32)
    nested: Sequence[bytes] = list(parts.values())
    for i, data in enumerate(nested):
        drawing = _drawing(seed, i) if i + 1 < len(nested) else rng
        total = total + place(data, shared, rng=drawing).directions
    return shared.space(total, by=message.theory)


def _drawing(seed: int, i: int) -> np.random.Generator:
    return np.random.default_rng([seed, i])
