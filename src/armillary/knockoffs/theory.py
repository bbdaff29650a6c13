"""Theory of placement: what a sender says of where features sit, and the space built from it."""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

import numpy as np

from armillary.core.space import FeatureSpace
from armillary.knockoffs.message import Message
from armillary.knockoffs.shared import Shared

Family = Literal["null", "statistic", "structure", "codec", "exact", "control"]


class Theory(ABC):
    """A sampler of spaces that share with the true one exactly what a message says.

    Subclasses are frozen dataclasses whose fields are what the sender may choose. ``place`` is
    static: a receiver has the bytes and what is shared, never the sender's theory.

    ``kind`` names the code that places features; ``family`` groups theories in tables; ``keeps``
    and ``breaks`` say in a few words what of the true placement survives; ``drawn`` says whether
    placing draws anything at random, so that more seeds tell more.
    """

    kind: ClassVar[str]
    family: ClassVar[Family]
    keeps: ClassVar[str]
    breaks: ClassVar[str]

    @property
    def drawn(self) -> bool:
        """Whether placing draws anything."""
        return True

    @property
    def generic(self) -> bool:
        """Whether it compresses numbers without a listener's expectations: a codec to be beaten.

        Weights by how strongly features fire (``by_energy``) are only another measure of error.
        """
        return self.family in ("codec", "exact")

    @property
    @abstractmethod
    def label(self) -> str:
        """The theory with its parameters, unique in a ladder, such as ``256 clusters``."""

    @abstractmethod
    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Say about a space what the theory has to say of it.

        Parameters
        ----------
        space
            The true directions.
        shared
            What the receiver knows anyway.
        rng
            For fits that start at random.

        Returns
        -------
        Message
            All that the receiver gets.
        """

    @staticmethod
    @abstractmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Build the space that follows from a message.

        Parameters
        ----------
        message
            Of this kind.
        shared
            What is known anyway.
        rng
            Decides everything that the message leaves open.

        Returns
        -------
        FeatureSpace
            The same features, in the same order, on the directions that were placed.
        """
