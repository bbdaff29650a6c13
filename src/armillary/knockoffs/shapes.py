"""Shapes: groups of features on their shapes, everything else as another theory has it."""

import struct
from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.clusters import means_of
from armillary.knockoffs.edits import dealt, random_cycle
from armillary.knockoffs.message import Message
from armillary.knockoffs.nested import place_nested
from armillary.knockoffs.packing import pack_floats, pack_symbols, unpack_floats, unpack_symbols
from armillary.knockoffs.random_unit import RandomUnit
from armillary.knockoffs.rows import pack_rows, unpack_rows
from armillary.knockoffs.shape_fits import FITTED, Fit, fitted
from armillary.knockoffs.shaped_group import ShapedGroup, disjoint
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.templates import random_frame, template
from armillary.knockoffs.theory import Family, Theory

Mode = Literal["order", "fitted", "scrambled", "simplex"]
Where = Literal["sent", "random"]
Centre = Literal["sent", "random", "base"]
_TEMPLATES = (FITTED, "ring", "segment", "simplex")


@dataclass(frozen=True, slots=True, eq=False)
class Shapes(Theory):
    """Groups of features on the shape that is claimed of them; the rest by a base theory.

    A member goes to ``centre_part + size * coordinates @ axes``. What does not lie on the shape is
    lost, and that is the point. ``mode`` says what the coordinates are:

    - ``order``: the even template in order (ring, segment, simplex); shapes that
      have none go by coordinates as in ``fitted``;
    - ``fitted``: each member's own coordinates in the leading axes of the group, 8 bits each;
    - ``scrambled``: as ``order``, members' places shuffled, none stays: the control of order;
    - ``simplex``: every place a corner of a regular simplex in a random subspace, centres and size
      kept: the control of the shape.

    Parameters
    ----------
    groups
        Stronger claims first: rows that an earlier group has are left out of later ones.
    mode
        As above.
    axes
        ``"sent"`` with ``bits``, or a ``"random"`` subspace for every group.
    centre
        ``"sent"`` with ``bits``; ``"random"``: at its true length in a random direction;
        ``"base"``: where the base theory has the mean of the part, for nothing.
    bits
        8 or 16, of the numbers of centres and axes.
    base
        What is said of all features before; rows of the groups are written over.

    Raises
    ------
    BadInput
        If a setting is unknown.
    """

    kind: ClassVar[str] = "shapes"
    family: ClassVar[Family] = "structure"
    keeps: ClassVar[str] = "the shape of some groups, in order; of the rest what the base keeps"
    breaks: ClassVar[str] = "what does not lie on the shape"
    groups: tuple[ShapedGroup, ...]
    mode: str = "order"
    axes: str = "sent"
    centre: str = "sent"
    bits: int = 8
    base: Theory = field(default_factory=RandomUnit)

    def __post_init__(self) -> None:
        """Check the settings."""
        for value, kind in ((self.mode, Mode), (self.axes, Where), (self.centre, Centre)):
            if value not in get_args(kind):
                raise BadInput(f"{value!r} is none of {', '.join(get_args(kind))}")

    @property
    def drawn(self) -> bool:
        """Whether the base, planes, centres or the order are left open."""
        left_open = self.mode in ("scrambled", "simplex") or "random" in (self.axes, self.centre)
        return left_open or self.base.drawn

    @property
    def label(self) -> str:
        """Name the base, the mode and what is sent."""
        said = f"{len(self.groups)} shapes, {self.mode}"
        if self.axes == "sent" and self.mode != "simplex":
            said += f", {self.bits} bits"
        said += {"sent": "", "random": ", centres at random", "base": ", centres of the base"}[
            self.centre
        ]
        return f"{self.base.label} + {said}"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Fit the base to all, and every shape to its group."""
        parts = {"base": self.base.fit(space, shared, rng=rng).to_bytes()}
        groups = disjoint(self.groups)
        if not groups:
            return Message(self.kind, parts)
        fits = [fitted(space.directions[g.rows], g, mode=self.mode) for g in groups]
        rows = [pack_rows(g.rows) for g in groups]
        parts["groups"] = b"".join(
            struct.pack("<BHHHH", *_head(fit), g.period, g.rows.size, len(packed))
            for g, fit, packed in zip(groups, fits, rows, strict=True)
        )
        parts["mode"] = struct.pack("<B", get_args(Mode).index(self.mode))
        parts["rows"] = b"".join(rows)
        parts["position"] = pack_symbols(np.concatenate([g.position for g in groups]))
        parts["part"] = pack_symbols(np.concatenate([g.part for g in groups]))
        parts["size"] = pack_floats(np.array([fit.size for fit in fits]), bits=16)
        own = [fit.coordinates.ravel() for fit in fits if fit.shape == FITTED]
        if own:
            parts["coordinates"] = pack_floats(np.concatenate(own)[:, None], bits=8)
        if self.axes == "sent" and self.mode != "simplex":
            parts["axes"] = pack_floats(np.vstack([fit.axes for fit in fits]).T, bits=self.bits)
        centres = np.vstack([fit.centres for fit in fits])
        if self.centre == "sent":
            parts["centres"] = pack_floats(centres.T, bits=self.bits)
        elif self.centre == "random":
            parts["lengths"] = pack_floats(np.linalg.norm(centres, axis=1)[:, None], bits=8)
        return Message(self.kind, parts)

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Place the base, then every group on its shape."""
        placed = place_nested(message.parts["base"], shared, rng=rng)
        if "groups" not in message.parts:
            return shared.space(placed.directions, by=message.theory)
        out = np.array(placed.directions, dtype=np.float32)
        _overwrite(out, message, rng=rng)
        return shared.space(out, by=message.theory)


def _head(fit: Fit) -> tuple[int, int]:
    return _TEMPLATES.index(fit.shape), len(fit.axes)


class _Reader:
    """Takes from each part of a message what is next, or draws what was not sent."""

    def __init__(self, message: Message, d_model: int, rng: np.random.Generator) -> None:
        self.parts = message.parts
        self.d_model, self.rng = d_model, rng
        self.at: dict[str, int] = {}
        self.arrays = {"position": unpack_symbols(self.parts["position"])}
        self.arrays["part"] = unpack_symbols(self.parts["part"])
        if "axes" in self.parts:
            self.arrays["axes"] = unpack_floats(self.parts["axes"]).T
        if "centres" in self.parts:
            self.arrays["centres"] = unpack_floats(self.parts["centres"]).T
        if "lengths" in self.parts:
            self.arrays["lengths"] = unpack_floats(self.parts["lengths"])
        if "coordinates" in self.parts:
            self.arrays["own"] = unpack_floats(self.parts["coordinates"])[:, 0]

    def take(self, name: str, n: int) -> np.ndarray:
        begin = self.at.get(name, 0)
        self.at[name] = begin + n
        return self.arrays[name][begin : begin + n]

    def rows(self, length: int) -> np.ndarray:
        begin = self.at.get("rows", 0)
        self.at["rows"] = begin + length
        return unpack_rows(self.parts["rows"][begin : begin + length])

    def axes(self, n: int) -> np.ndarray:
        if "axes" in self.arrays:
            return self.take("axes", n)
        return random_frame(n, self.d_model, rng=self.rng)

    def centres(self, n: int) -> np.ndarray | None:
        if "centres" in self.arrays:
            return self.take("centres", n)
        if "lengths" not in self.arrays:
            return None
        drawn = self.rng.standard_normal((n, self.d_model))
        return self.take("lengths", n) * drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def _overwrite(
    out: Float[np.ndarray, "feature d_model"], message: Message, *, rng: np.random.Generator
) -> None:
    """Put every group on its shape."""
    read = _Reader(message, out.shape[1], rng)
    mode = get_args(Mode)[message.parts["mode"][0]]
    sizes = unpack_floats(message.parts["size"])
    heads = list(struct.iter_unpack("<BHHHH", message.parts["groups"]))
    for size, (which, r, period, n, length) in zip(sizes, heads, strict=True):
        rows, at, part = read.rows(length), read.take("position", n), read.take("part", n)
        if _TEMPLATES[which] == FITTED:
            coordinates = read.take("own", n * r).reshape(n, r)
        else:
            coordinates = template(_TEMPLATES[which], at, period=period)
        if mode == "scrambled":
            coordinates = coordinates[_shuffled(at, part, period=period, rng=rng)]
        laid = size * coordinates @ read.axes(r)
        n_parts = int(part.max()) + 1
        centres = read.centres(n_parts)
        if centres is None:  # the base's own
            centres = means_of(out[rows] - laid, part, n=n_parts)
        out[rows] = centres[part] + laid


def _shuffled(
    at: Int[np.ndarray, " member"],
    part: Int[np.ndarray, " member"],
    *,
    period: int,
    rng: np.random.Generator,
) -> Int[np.ndarray, " member"]:
    """Return whose coordinates each member gets: the same words move alike in every part."""
    cycle = random_cycle(period, rng=rng)
    whose = np.arange(at.size)
    for p in range(int(part.max()) + 1):
        mine = np.flatnonzero(part == p)
        whose[mine] = mine[dealt(at[mine], cycle, rng=rng)]
    return whose
