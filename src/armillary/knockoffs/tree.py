"""Tree: who is joined with whom and how far apart, with or without where the joints point."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, get_args

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.binary_tree import (
    BinaryTree,
    climbed_down,
    contrasts,
    grown,
)
from armillary.knockoffs.clusters import Arranged
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import (
    pack_floats,
    pack_symbols,
    unpack_floats,
    unpack_symbols,
)
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory
from armillary.knockoffs.tree_bytes import pack_tree, unpack_tree

_AN_OCTAVE = {"random": 8, "sent": 2}  # heights told apart in a factor of two
_LOWEST = 255


@dataclass(frozen=True, slots=True)
class Tree(Theory):
    """A binary tree of the features; a joint's height is how far apart its two sides are.

    The tree comes from k-means leaves joined by Ward's rule, or has a leaf a feature. It is climbed
    down from the mean by one contrast a joint (``binary_tree.climbed_down``), the height of a joint
    is the length of its contrast, sent in steps of a factor ``2^(1/8)`` (``2^(1/2)`` if arranged).

    With ``arranged="random"`` contrasts are independent and point anywhere, so that inner products
    are in expectation what follows from the tree: ``E <x_i, x_j>`` depends only on the joint where
    i and j part. With ``"sent"`` the contrasts follow too, every number divided by ``step`` times
    the root mean square number of the directions, rounded towards zero from 0.6 of a step, and
    range-coded with the others of joints of like height: coarse to fine, one step for all, so a
    curve over ``step`` spends bits where they save most squared error.

    Parameters
    ----------
    leaves
        Leaves; 0 for every feature. Features on one leaf coincide.
    arranged
        ``"random"`` or ``"sent"``.
    step
        Of the contrasts, where they are sent; above 0.

    Raises
    ------
    BadInput
        If ``arranged`` is neither, leaves are negative, or the step is not above 0.
    """

    kind: ClassVar[str] = "tree"
    family: ClassVar[Family] = "structure"
    keeps: ClassVar[str] = "who parts from whom at what height; the contrasts, where sent"
    breaks: ClassVar[str] = "where the parts lie, unless sent"
    leaves: int = 1024
    arranged: str = "random"
    step: float = 4.0

    def __post_init__(self) -> None:
        """Check the settings."""
        if self.arranged not in get_args(Arranged) or self.leaves < 0 or self.step <= 0:
            raise BadInput(
                f"a tree of {self.leaves} leaves arranged {self.arranged!r} with step {self.step}: "
                "give 0 or more leaves, 'random' or 'sent', and a step above 0"
            )

    @property
    def drawn(self) -> bool:
        """Whether the joints' directions are left open."""
        return self.arranged == "random"

    @property
    def label(self) -> str:
        """Name the leaves and what is said of the joints."""
        words = f"tree of {self.leaves or 'all'} leaves"
        return words + (f", step {self.step:g}" if self.arranged == "sent" else "")

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Grow the tree, write it, its heights and where they are wanted the contrasts."""
        del shared
        x = np.asarray(space.directions, dtype=np.float32)
        return self.message_of(x, grown(x, self.leaves, rng=rng))

    def message_of(self, x: Float[np.ndarray, "feature d_model"], tree: BinaryTree) -> Message:
        """Write a tree that is known already.

        Parameters
        ----------
        x
            Directions.
        tree
            Over them.
        """
        root, contrast = contrasts(tree, x)
        length = np.linalg.norm(contrast, axis=1)
        tallest = float(length.max(initial=0.0))
        octave = _AN_OCTAVE[self.arranged]
        height = _height(length, tallest, octave)
        shape, members = pack_tree(tree)
        parts = {
            "shape": shape,
            "members": members,
            "heights": pack_symbols(height),
            "tallest": pack_floats(np.array([tallest, octave]), bits=32),
        }
        if self.arranged == "sent":
            step = self.step * float(np.sqrt((x**2).mean()))
            parts["step"] = pack_floats(np.array([step]), bits=32)
            parts["root"] = pack_floats(root, bits=16)
            parts |= _coded(_rounded(contrast / max(step, 1e-30)), height)
        else:
            parts["root"] = pack_floats(np.array([np.linalg.norm(root)]), bits=32)
        return Message(self.kind, parts)

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Climb down from the root, along what was sent or at random."""
        parts = message.parts
        tree = unpack_tree(parts["shape"], parts["members"])
        tallest, octave = unpack_floats(parts["tallest"]).tolist()
        height = unpack_symbols(parts["heights"])
        root = unpack_floats(parts["root"])
        if "step" in parts:
            step = float(unpack_floats(parts["step"])[0])
            contrast = step * _decoded(parts, height, shared.d_model)
        else:
            length = np.where(height < _LOWEST, tallest * 2.0 ** (-height / octave), 0)
            drawn = rng.standard_normal((height.size + 1, shared.d_model))
            drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
            root, contrast = root * drawn[-1], length[:, None] * drawn[:-1]
        leaf = climbed_down(tree, root, contrast.astype(np.float32))
        return shared.space(leaf[tree.leaf_of], by=message.theory)


def _height(
    length: Float[np.ndarray, " joint"], tallest: float, octave: int
) -> Int[np.ndarray, " joint"]:
    """Return steps of the logarithm below the tallest; 255: lower than can be told."""
    share = length / tallest if tallest > 0 else length
    steps = -octave * np.log2(np.maximum(share, 1e-30))
    return np.minimum(np.round(steps), _LOWEST).astype(np.int64)


def _rounded(x: Float[np.ndarray, "joint d_model"]) -> Int[np.ndarray, "joint d_model"]:
    return (np.sign(x) * np.floor(np.abs(x) + 0.4)).astype(np.int64)


def _coded(
    number: Int[np.ndarray, "joint d_model"], height: Int[np.ndarray, " joint"]
) -> dict[str, bytes]:
    """Range-code the contrasts of joints of like height together; leave out what is all zero."""
    return {
        f"c{h}": pack_symbols(number[height == h])
        for h in np.unique(height).tolist()
        if number[height == h].any()
    }


def _decoded(
    parts: Mapping[str, bytes], height: Int[np.ndarray, " joint"], d_model: int
) -> Float[np.ndarray, "joint d_model"]:
    number = np.zeros((height.size, d_model))
    for h in np.unique(height).tolist():
        if f"c{h}" in parts:
            number[height == h] = unpack_symbols(parts[f"c{h}"])
    return number
