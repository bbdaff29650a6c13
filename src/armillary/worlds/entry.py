"""Entry: one world of the catalogue, the test that recovers its truth, where that must fail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from armillary.core.errors import BadInput
from armillary.worlds.world import World

Size = Literal["tiny", "full"]


@dataclass(frozen=True, slots=True, eq=False)
class Recovered:
    """What the test of a world's truth saw.

    Parameters
    ----------
    statistic
        Its name, in words.
    value, bound
        The truth is recovered where ``value >= bound``. The bound is derived (from a null, from a
        sampling error, from algebra), never fitted to pass.
    found
        What was read off the data on the way: orders, angles, ranks, gates; JSON-ready.
    """

    statistic: str
    value: float
    bound: float
    found: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def passed(self) -> bool:
        """Whether the truth was recovered; a value that is not a number is a failure."""
        return bool(self.value >= self.bound)


@dataclass(frozen=True, slots=True, eq=False)
class SaePlan:
    """A sparse autoencoder that suits a world: what ``armillary worlds train`` trains.

    Parameters
    ----------
    architecture
        ``"topk"``, ``"relu"``, ``"batchtopk"``, ``"jumprelu"`` or ``"matryoshka"``.
    d_sae
        Number of latents.
    k
        For those that count.
    l1
        For ``"relu"``: the weight of the summed codes where the loss is FVU plus penalty and
        vectors have length about 1. (``armillary.training.ReLU`` wants it times ``sqrt(d_model)``.)
    steps, batch, lr
        Of the run.
    """

    architecture: str
    d_sae: int
    k: int | None = None
    l1: float | None = None
    steps: int = 1500
    batch: int = 512
    lr: float = 3e-3


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One world of the catalogue.

    Parameters
    ----------
    name
        By which it is asked for.
    family
        ``"superposition"``, ``"circuits"``, ``"groups"``, ``"products"``, ``"manifolds"``,
        ``"hierarchy"``, ``"beliefs"``, ``"exact"`` or ``"controls"``.
    title
        The generator in one line.
    motive
        Which phenomenon of language models it stands for.
    sizes
        Keyword arguments of ``build`` by size, ``"tiny"`` and ``"full"``.
    build
        ``build(seed=..., size=..., **sizes[size])`` makes the world.
    recover
        Reads the truth off fresh draws of a world, given only the activations and the truth's
        declared parameters (never a sample's coordinates, except to score what was found).
    controls
        Worlds by name that ``recover`` must fail on, made from the same parameters:
        ``controls[name](seed=..., size=..., **sizes[size])``. They carry the *claimed* truth, which
        is false of them.
    rates
        Shares stated beforehand: ``recover`` passes on at least ``rates[0]`` of seeds and on at
        most ``rates[1]`` of the controls' seeds.
    sae
        By size, the autoencoder to train on it.
    expected
        What an autoencoder is expected to make of it, and whether that was measured or guessed.
    needs_torch
        Whether ``build`` trains a network.
    """

    name: str
    family: str
    title: str
    motive: str
    sizes: Mapping[str, Mapping[str, Any]]
    build: Callable[..., World]
    recover: Callable[[World, np.random.Generator], Recovered]
    controls: Mapping[str, Callable[..., World]]
    rates: tuple[float, float]
    sae: Mapping[str, SaePlan]
    expected: str
    needs_torch: bool = False

    def make(self, size: Size = "tiny", *, seed: int = 0) -> World:
        """Build the world at one of its sizes.

        Raises
        ------
        BadInput
            If there is no such size.
        """
        return self.build(seed=seed, size=size, **self._parameters(size))

    def make_control(self, name: str, size: Size = "tiny", *, seed: int = 0) -> World:
        """Build one of the controls at the same size.

        Raises
        ------
        BadInput
            If there is no such control or size.
        """
        if name not in self.controls:
            raise BadInput(f"{self.name} has no control {name!r}: {sorted(self.controls)}")
        return self.controls[name](seed=seed, size=size, **self._parameters(size))

    def _parameters(self, size: str) -> Mapping[str, Any]:
        if size not in self.sizes:
            raise BadInput(f"{self.name} has no size {size!r}: {sorted(self.sizes)}")
        return self.sizes[size]
