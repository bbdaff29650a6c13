"""Controls: any theory fitted to the wrong thing, which must do no better than saying nothing."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.message import Message
from armillary.knockoffs.nested import place_nested
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory


@dataclass(frozen=True, slots=True)
class Dealt(Theory):
    """A theory fitted to the true directions dealt to the wrong features, at random.

    Clusters keep their centres and sizes and get the wrong members; a tree keeps its shape and
    heights, its leaves are other features. The message is as long as a true one.

    Parameters
    ----------
    theory
        What is fitted.
    """

    kind: ClassVar[str] = "dealt"
    family: ClassVar[Family] = "control"
    keeps: ClassVar[str] = "what the theory says of the set of directions"
    breaks: ClassVar[str] = "which feature has which direction"
    theory: Theory

    @property
    def drawn(self) -> bool:
        """As the theory; the dealing is part of the fit."""
        return self.theory.drawn

    @property
    def label(self) -> str:
        """Name the theory that is fitted."""
        return f"{self.theory.label}, dealt to wrong features"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Deal the directions, then fit."""
        dealt = space.directions[rng.permutation(space.n_features)]
        wrong = FeatureSpace(dealt, space.feature_id, space.columns, space.source)
        return Message(self.kind, {"of": self.theory.fit(wrong, shared, rng=rng).to_bytes()})

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Place as the theory does."""
        placed = place_nested(message.parts["of"], shared, rng=rng)
        return shared.space(placed.directions, by=message.theory)


@dataclass(frozen=True, slots=True, eq=False)
class Foreign(Theory):
    """A theory fitted to another space, placed as if it were of these features.

    Parameters
    ----------
    theory
        What is fitted.
    other
        The other space; it needs the shape of the true one.
    """

    kind: ClassVar[str] = "foreign"
    family: ClassVar[Family] = "control"
    keeps: ClassVar[str] = "nothing of this space"
    breaks: ClassVar[str] = "everything"
    theory: Theory
    other: FeatureSpace

    @property
    def drawn(self) -> bool:
        """As the theory."""
        return self.theory.drawn

    @property
    def label(self) -> str:
        """Name the theory that is fitted."""
        return f"{self.theory.label}, of another space"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Fit the other space.

        Raises
        ------
        BadInput
            If it has another shape.
        """
        found, wanted = self.other.directions.shape, space.directions.shape
        if found != wanted:
            raise BadInput(f"the other space is {found}, these features need {wanted}")
        there = FeatureSpace(self.other.directions, space.feature_id, space.columns)
        return Message(self.kind, {"of": self.theory.fit(there, shared, rng=rng).to_bytes()})

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Place as the theory does."""
        placed = place_nested(message.parts["of"], shared, rng=rng)
        return shared.space(placed.directions, by=message.theory)
