"""Told: features in order of use, each as it differs from what was to be expected."""

import struct
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.clues import company_clues, letter_clues
from armillary.knockoffs.coefficients import pack_tables, unpack_tables
from armillary.knockoffs.listener import Listener
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, pack_symbols, unpack_floats, unpack_symbols
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.stretched import stretch, stretched
from armillary.knockoffs.theory import Family, Theory

CLUES = ("names", "letters", "company")
_SETTINGS = "<ffB"
_FINENESS = 16  # weights of coordinates are sent in sixteenths of an octave


@dataclass(frozen=True, slots=True)
class Told(Theory):
    """Directions coded in rounds, most used features first, each round from the ones before.

    What the codes and labels say is free, and so is what follows from bytes already read:

    - the step of rounding is ``step * rms * (e_max / e_i) ** lean``, ``e_i`` the mean squared code
      of feature i and ``rms`` the root mean square coordinate: rare features are said coarsely;
    - the basis in which a round is rounded is the eigenbasis of what was heard, so it is not sent;
    - what is rounded is the difference from what a ``Listener`` expects by spelling and variants.

    The mean of each round is sent. Rounding loses length, and a vector that is too short loses more
    function than one with noise: each round is stretched about its mean, see ``Stretched``.

    Parameters
    ----------
    step
        Step of the feature of most energy, over 0.
    lean
        0: one step for all; 0.5 makes the expected squared error of activations least.
    by
        What expectations use besides how often features fire: ``names`` (the kind of label, and
        variants that were heard), ``letters`` (the runs of letters in it), ``company`` (who fires
        near it in the shared text). What the receiver does not have is left out.

    minds
        How much a reader minds an error in each coordinate, over 0: coordinates are multiplied by
        it, made of geometric mean 1, before all else, and divided by it at the end. A byte each is
        sent. None: all the same.

    Raises
    ------
    BadInput
        If the step is not over 0, the lean negative, a clue unknown, or a coordinate not minded.
    """

    kind: ClassVar[str] = "told"
    family: ClassVar[Family] = "codec"
    keeps: ClassVar[str] = "coordinates of used features finely, of rare ones by expectation"
    breaks: ClassVar[str] = "what rounding loses"
    step: float = 0.5
    lean: float = 0.35
    by: tuple[str, ...] = CLUES
    minds: Float[np.ndarray, " d_model"] | None = None

    def __post_init__(self) -> None:
        """Check step, lean and clues."""
        if not set(self.by) <= set(CLUES):
            raise BadInput(f"by {', '.join(self.by)}: clues are {', '.join(CLUES)}")
        if self.step <= 0 or self.lean < 0:
            raise BadInput(f"step {self.step} and lean {self.lean}: over 0, and 0 or more")
        if self.minds is not None and not (self.minds > 0).all():
            raise BadInput(f"a coordinate is minded {self.minds.min()}: weights must be over 0")

    @property
    def drawn(self) -> bool:
        """Nothing is left open."""
        return False

    @property
    def generic(self) -> bool:
        """No: it expects by use, names and company, so generic codecs are what it must beat."""
        return False

    @property
    def label(self) -> str:
        """Name the settings."""
        by = ", ".join(clue for clue in CLUES if clue in self.by) or "use alone"
        minding = "" if self.minds is None else ", coordinates weighted"
        return f"told, step {self.step:g}, lean {self.lean:g}, by {by}{minding}"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Round the features round by round, hearing what the receiver will hear."""
        del rng
        minds = _packed(self.minds, shared.d_model)
        rows = space.directions.astype(np.float64) * _minded(minds)
        step = self.step * max(float(np.sqrt((rows**2).mean())), 1e-12)
        flags = sum(1 << i for i, clue in enumerate(CLUES) if clue in self.by)
        settings = struct.pack(_SETTINGS, step, self.lean, flags)
        plan = _Plan(settings, shared)
        tables, means = list[np.ndarray](), list[np.ndarray]()
        gains = list[float]()
        for chosen in plan.rounds:
            base, steps, basis = plan.asked(chosen)
            least = float(steps.min())
            off: np.ndarray = rows[chosen] - base
            mean = np.rint(off.mean(axis=0) / least)
            exact = (off - mean * least) @ basis / steps
            table = np.rint(exact).astype(np.int64)
            heard = plan.told(chosen, base, mean, table, basis)
            tables.append(table)
            means.append(mean)
            gains.append(stretch(rows[chosen], heard))
        parts = {
            "settings": settings,
            "minds": minds,
            "gains": pack_floats(np.array(gains), bits=16),
            "means": pack_symbols(np.array(means, dtype=np.int64)),
            "differences": pack_tables(tables),
        }
        return Message(self.kind, parts)

    @staticmethod
    def place(message: Message, shared: Shared, *, rng: np.random.Generator) -> FeatureSpace:
        """Hear round after round; stretch each about its mean at the end."""
        del rng
        plan = _Plan(message.parts["settings"], shared)
        gains = unpack_floats(message.parts["gains"]).astype(np.float64)
        means = unpack_symbols(message.parts["means"])
        sizes = [chosen.size for chosen in plan.rounds]
        tables = unpack_tables(message.parts["differences"], sizes)
        out: np.ndarray = np.zeros((shared.n_features, shared.d_model))
        for chosen, gain, mean, table in zip(plan.rounds, gains, means, tables, strict=True):
            base, _, basis = plan.asked(chosen)
            heard = plan.told(chosen, base, mean, table, basis)
            out[chosen] = stretched(heard, float(gain))
        return shared.space(out / _minded(message.parts["minds"]), by=message.theory)


def _packed(minds: np.ndarray | None, d_model: int) -> bytes:
    if minds is None:
        return b""
    if minds.size != d_model:
        raise BadInput(f"{minds.size} weights for {d_model} coordinates: give one each")
    octave = np.log2(minds.astype(np.float64))
    whole = np.rint(_FINENESS * (octave - octave.mean()))
    return np.clip(whole, -128, 127).astype(np.int8).tobytes()


def _minded(packed: bytes) -> Float[np.ndarray, " d_model"]:
    """Return weights of coordinates; a single 1 where none were sent."""
    whole = np.frombuffer(packed or b"\0", np.int8).astype(np.float64)
    return 2.0 ** (whole / _FINENESS)


class _Plan:
    """Order, steps and expectations that both sides work out for themselves."""

    def __init__(self, settings: bytes, shared: Shared) -> None:
        step, lean, flags = struct.unpack(_SETTINGS, settings)
        energy = shared.energy()
        energy = np.maximum(energy, 0.3 * energy[energy > 0].min())
        octaves: np.ndarray = np.log2(energy.max() / energy) * lean
        self._step: np.ndarray = step * 2.0 ** (np.round(4 * octaves) / 4)
        order = np.argsort(-energy, kind="stable")
        first = min(256, max(8, energy.size // 16))
        bounds = first * 2 ** np.arange(max(1, int(np.log2(max(energy.size / first, 1))) + 1))
        self.rounds: list[np.ndarray] = np.split(order, bounds[bounds < energy.size])
        by = {clue for i, clue in enumerate(CLUES) if flags >> i & 1}
        clues = [np.zeros((energy.size, 0))]
        clues += [letter_clues(shared)] if "letters" in by else []
        clues += [company_clues(shared)] if "company" in by else []
        known = shared.labels if "names" in by else None
        labels = None if known is None else known.astype(str).tolist()
        self._listener = Listener(np.log(energy), labels, np.hstack(clues), d_model=shared.d_model)

    def asked(
        self, chosen: Int[np.ndarray, " member"]
    ) -> tuple[np.ndarray, Float[np.ndarray, "member 1"], np.ndarray]:
        """Return what is expected of a round, its steps, and the basis it is said in."""
        return (
            self._listener.expects(chosen),
            self._step[chosen][:, None],
            self._listener.basis(),
        )

    def told(
        self,
        chosen: Int[np.ndarray, " member"],
        base: np.ndarray,
        mean: np.ndarray,
        table: np.ndarray,
        basis: np.ndarray,
    ) -> Float[np.ndarray, "member d_model"]:
        """Return the directions as heard, before they are stretched."""
        step = self._step[chosen][:, None]
        heard = base + mean * step.min() + (table * step) @ basis.T
        self._listener.hears(chosen, heard)
        return heard
