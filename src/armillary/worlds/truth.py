"""Truth: what is known of a world, in a form that tests, reports and later theories can read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.networks.gates import Gate
from armillary.worlds.drawn import Sample

Embed = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """One independent part of what an activation is made of.

    Parameters
    ----------
    name
        Unique in its world; ``Sample`` keys its coordinates and its activity by it.
    kind
        ``"direction"``, ``"segment"``, ``"circle"``, ``"disk"``, ``"sphere"``, ``"torus"``,
        ``"helix"``, ``"attribute"``, ``"node"``...
    span
        Orthonormal rows: the subspace that its contribution lies in. Its number of rows is the
        *span dimension* of the factor.
    embed
        Maps intrinsic coordinates ``(token, coordinate)`` to contributions ``(token, d_model)``
        where the factor is active; what it adds to an activation.
    coordinates
        Names of the intrinsic coordinates, for example ``("angle",)``.
    parameters
        Radii, frequencies, levels..., JSON-ready.
    """

    name: str
    kind: str
    span: Float[np.ndarray, "axis d_model"]
    embed: Embed
    coordinates: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, eq=False)
class Gauge:
    """What cannot be identified, by anybody, from the activations alone.

    Parameters
    ----------
    permutation
        Features have no order.
    sign
        A feature and its opposite serve as well.
    scale
        The length of a feature can be traded for the strength of its codes.
    rotation
        Names of factors whose own frame may turn inside their span.
    shifts
        Blocks of features (rows of the world's space): with two blocks or more that fire exactly
        one feature each, a vector added to all of one and taken from all of another changes
        nothing. ``MCC`` is measured after every block is centred.
    words
        The same in one sentence.
    """

    permutation: bool = True
    sign: bool = False
    scale: bool = True
    rotation: tuple[str, ...] = ()
    shifts: tuple[Int[np.ndarray, " _"], ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Symmetry:
    """A group that maps the world onto itself, by some of its elements.

    Parameters
    ----------
    name
        Of the group: ``"D_6"``, ``"Z_59"``, ``"O(2)"``, ``"B_4"``, ``"I_h"``...
    order
        Number of elements; None where the group is continuous.
    elements
        A few of them by name (generators of a finite group, some rotations of a continuous one).
        Each takes a sample and returns the activations of the moved rows, in the rows' order.
    """

    name: str
    order: int | None
    elements: Mapping[str, Callable[[Sample], np.ndarray]]


@dataclass(frozen=True, slots=True, eq=False)
class Readout:
    """What is computed from an activation next: the function that placement serves.

    Parameters
    ----------
    name
        For example ``"logits of the rest of the network"``.
    outputs
        Takes activations ``(token, d_model)`` and the sample they are for (a network may look at
        its inputs again), and returns ``(token, output)``.
    right
        Takes such outputs and the sample; returns booleans ``(token, decision)``.
    chance
        Share of decisions that guessing gets right.
    """

    name: str
    outputs: Callable[[np.ndarray, Sample], np.ndarray]
    right: Callable[[np.ndarray, Sample], np.ndarray]
    chance: float

    def accuracy(self, activations: Float[np.ndarray, "token d_model"], sample: Sample) -> float:
        """Return the share of decisions that are right, 0 to 1."""
        return float(np.mean(self.right(self.outputs(activations, sample), sample)))


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Everything known of a world; never part of its space.

    Parameters
    ----------
    kind
        ``points``, ``polytope``, ``simplicial_complex``, ``product``, ``hierarchy``, ``manifold``,
        ``group_orbit``, ``subspace``, ``mixture``, ``circuit`` or ``belief_simplex``.
    params
        What generated it, JSON-ready.
    factors
        Its parts; the sum of the active ones' contributions is the activation, noise and a
        constant aside.
    gauge
        What is not identifiable.
    symmetry
        A group acting on it; None where there is none but the trivial one.
    exact_sae
        A sparse autoencoder that rebuilds every activation, where a closed form is known.
    readout
        What the activation is for; None where nothing reads it.
    circuit
        Gates of a boolean network; empty elsewhere.
    nulls
        Names of the matched controls (``Entry.controls``).
    """

    kind: str
    params: Mapping[str, Any]
    factors: tuple[Factor, ...] = ()
    gauge: Gauge = field(default_factory=Gauge)
    symmetry: Symmetry | None = None
    exact_sae: SparseAutoencoder | None = None
    readout: Readout | None = None
    circuit: tuple[Gate, ...] = ()
    nulls: tuple[str, ...] = ()

    def factor(self, name: str) -> Factor:
        """Return the factor of this name.

        Raises
        ------
        BadInput
            If there is none.
        """
        for factor in self.factors:
            if factor.name == name:
                return factor
        raise BadInput(f"there is no factor {name!r}: {[f.name for f in self.factors]}")

    def as_dict(self) -> dict[str, Any]:
        """Return what can be said in JSON: functions by name, arrays by shape."""
        return {
            "kind": self.kind,
            "params": dict(self.params),
            "factors": [
                {
                    "name": f.name, "kind": f.kind, "span_dim": int(f.span.shape[0]),
                    "coordinates": list(f.coordinates), "parameters": dict(f.parameters),
                }
                for f in self.factors
            ],
            "gauge": self.gauge.words,
            "symmetry": self.symmetry and {
                "name": self.symmetry.name, "order": self.symmetry.order,
                "elements": list(self.symmetry.elements),
            },
            "exact_sae": self.exact_sae and repr(self.exact_sae),
            "readout": self.readout and {"name": self.readout.name, "chance": self.readout.chance},
            "circuit": [gate.name for gate in self.circuit],
            "nulls": list(self.nulls),
        }  # fmt: skip
