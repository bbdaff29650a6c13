"""Told: features in order of use, the used ones finely, each as it differs from what was expected."""

import struct
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.knockoffs.coefficients import pack_tables, unpack_tables
from armillary.knockoffs.listener import Listener
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, pack_symbols, unpack_floats, unpack_symbols
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.theory import Family, Theory

_SETTINGS = "<ffB"
_MOST_GAIN = 6.0


@dataclass(frozen=True, slots=True)
class Told(Theory):
    """Directions coded in rounds, the features of most energy first, each round from the ones before.

    What the codes and labels say is free, and so is what follows from bytes already read:

    - the step of rounding is ``step * rms * (e_max / e_i) ** lean``, ``e_i`` the mean squared code
      of feature i and ``rms`` the root mean square coordinate: rare features are said coarsely;
    - the basis in which a round is rounded is the eigenbasis of what was heard, so it is not sent;
    - what is rounded is the difference from what a ``Listener`` expects by spelling and variants.

    The mean of each round is sent. Rounding loses length, and a vector that is too short loses more
    function than one with noise: the deviations of a round from its mean are multiplied by
    ``sum |x|^2 / sum <x, heard>`` (at most 6), which makes the length along the true one right.

    Parameters
    ----------
    step
        Step of the feature of most energy, over 0.
    lean
        0: one step for all; 0.5 makes the expected squared error of activations least.
    names
        Whether expectations use the labels; else only how often features fire.
    """

    kind: ClassVar[str] = "told"
    family: ClassVar[Family] = "codec"
    keeps: ClassVar[str] = "coordinates of used features finely, of rare ones by expectation"
    breaks: ClassVar[str] = "what rounding loses"
    drawn: ClassVar[bool] = False
    step: float = 0.5
    lean: float = 0.35
    names: bool = True

    def __post_init__(self) -> None:
        """Check the step and the lean."""
        if self.step <= 0 or self.lean < 0:
            raise BadInput(f"step {self.step} and lean {self.lean}: over 0, and 0 or more")

    @property
    def label(self) -> str:
        """Name the settings."""
        by = "" if self.names else ", no names"
        return f"told by use, step {self.step:g}, lean {self.lean:g}{by}"

    def fit(self, space: FeatureSpace, shared: Shared, *, rng: np.random.Generator) -> Message:
        """Round the features round by round, hearing what the receiver will hear."""
        del rng
        rows = space.directions.astype(np.float64)
        step = self.step * max(float(np.sqrt((rows**2).mean())), 1e-12)
        settings = struct.pack(_SETTINGS, step, self.lean, self.names)
        plan = _Plan(settings, shared)
        tables, means, gains = [], [], []
        for chosen in plan.rounds:
            base, steps, basis = plan.asked(chosen)
            off = rows[chosen] - base
            mean = np.round(off.mean(axis=0) / steps.min())
            table = np.round((off - mean * steps.min()) @ basis / steps).astype(np.int64)
            heard = plan.told(chosen, base, mean, table, basis)
            apart = heard - heard.mean(axis=0)
            true = rows[chosen] - rows[chosen].mean(axis=0)
            inner = float((true * apart).sum())
            gain = float((true**2).sum()) / inner if inner > 0 else 1.0
            tables.append(table)
            means.append(mean)
            gains.append(min(max(gain, 1.0), _MOST_GAIN))
        parts = {
            "settings": settings,
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
            centre = heard.mean(axis=0)
            out[chosen] = centre + gain * (heard - centre)
        return shared.space(out, by=message.theory)


class _Plan:
    """Order, steps and expectations that both sides work out for themselves."""

    def __init__(self, settings: bytes, shared: Shared) -> None:
        step, lean, names = struct.unpack(_SETTINGS, settings)
        energy = shared.energy()
        energy = np.maximum(energy, 0.3 * energy[energy > 0].min())
        octaves = np.round(4 * lean * np.log2(energy.max() / energy)) / 4
        self._step: np.ndarray = step * 2.0**octaves
        order = np.argsort(-energy, kind="stable")
        first = min(256, max(8, energy.size // 16))
        bounds = first * 2 ** np.arange(max(1, int(np.log2(max(energy.size / first, 1))) + 1))
        self.rounds: list[np.ndarray] = np.split(order, bounds[bounds < energy.size])
        labels: Any = shared.labels if names else None
        self._listener = Listener(np.log(energy), labels, d_model=shared.d_model)

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
