"""Residues: worlds made of a network that adds modulo p, its activations where the two meet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.networks.modular.descriptors import STEPS, TORI, descriptor, fit_rows, least_squares
from armillary.networks.modular.network import ModularNetwork, every_pair
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding
from armillary.worlds.entry import Recovered
from armillary.worlds.truth import Factor, Gauge, Readout, Symmetry, Truth
from armillary.worlds.world import World

_ROWS = 4000
LOSS = 0.01  # a description that loses more than one decision in a hundred is not complete

# what is claimed: (the complete description, one that must not be)
CLAIMS: dict[str, tuple[str, str | None]] = {
    "disks": (STEPS[0], None),
    "products": (STEPS[2], STEPS[0]),
    "tori": (TORI, STEPS[0]),
}
_PARTS: dict[str, tuple[tuple[str, str, tuple[str, ...], int], ...]] = {
    # by claim: name of the factor, its kind, its coordinates, columns a frequency
    "disks": (("disk", "disk", ("x", "y"), 2),),
    "products": (
        ("disk", "disk", ("x", "y"), 2),
        ("circle of a + b", "circle", ("cos", "sin"), 2),
        ("circle of a - b", "circle", ("cos", "sin"), 2),
    ),
    "tori": (("torus", "torus", ("cos a", "sin a", "cos b", "sin b"), 4),),
}


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """What a world of residues says of itself.

    Parameters
    ----------
    kind
        ``"disks"``, ``"products"`` (disks with the circles of ``a + b`` and ``a - b``) or
        ``"tori"``.
    frequencies
        Of its circles.
    params
        What else is said, JSON-ready.
    """

    kind: str
    frequencies: tuple[int, ...]
    params: Mapping[str, Any]


def residue_world(
    name: str,
    network: ModularNetwork,
    claim: Claim,
    *,
    seed: int,
    size: str,
    d_model: int | None = None,
    relabel: Int[np.ndarray, " residue"] | None = None,
) -> World:
    """Make the world of a network's ``resid_mid`` over random pairs.

    Activations are ``resid_mid`` less its mean over all pairs, scaled to root mean square length 1.

    Parameters
    ----------
    name
        Of the world.
    network
        What makes activations and reads them.
    claim
        What is claimed; each factor's embedding is fitted jointly by least squares over all pairs,
        and what no factor explains is left over (``params["fvu"]``).
    seed, size
        Of the world.
    d_model
        Where given, activations are laid into this many dimensions by a random frame.
    relabel
        Where given, the residues that are told (``inputs``, ``targets``) are those of the network
        under this permutation: a control, for which the claim is false.

    Returns
    -------
    World
        With factors, symmetry and readout.
    """
    p = network.p
    pairs = every_pair(p)
    rows = network.resid_mid(pairs)
    mean = rows.mean(axis=0)
    scale = float(np.sqrt(((rows - mean) ** 2).sum(axis=1).mean()))
    axes = np.eye(rows.shape[1])
    if d_model is not None:
        axes = embedding(d_model, rows.shape[1], rng=np.random.default_rng([seed, 190]))
    exact = (rows - mean) / scale @ axes
    table = exact.astype(np.float32)
    told = pairs if relabel is None else relabel[pairs]
    factors, fvu = _factors(claim, p, exact)

    def outputs(activations: np.ndarray, sample: Sample) -> np.ndarray:
        return network.logits_from(activations.astype(np.float64) @ axes.T * scale + mean)

    def draw(n: int, rng: np.random.Generator) -> Sample:
        row = rng.integers(0, p * p, n)
        coordinates = {
            name: columns[row] for name, columns in _coordinates(claim, told, p=p).items()
        }
        active = {name: np.ones(n, dtype=bool) for name in coordinates}
        return Sample(
            table[row], coordinates, active, inputs=told[row], targets=pairs[row].sum(axis=1) % p
        )

    params = {
        "p": p, "claim": claim.kind, "frequencies": list(claim.frequencies), "fvu": fvu,
        "rms": scale, **claim.params,
    }  # fmt: skip
    truth = Truth(
        kind="group_orbit",
        params=params,
        factors=factors,
        gauge=Gauge(
            sign=True,
            rotation=tuple(factor.name for factor in factors),
            words=(
                "each circle's zero is free, and any linear map of d_model that the readout undoes;"
                " which multiple of the frequencies is called 1 is free (units of Z_p); nothing in"
                " the activations alone separates one disk from another, for all are active always"
            ),
        ),
        symmetry=_symmetry(p, table, told),
        readout=Readout("logits of the rest of the network", outputs, _right, 1 / p),
        nulls=("other_algorithm", "shuffled_tokens"),
    )
    return World(name, size, seed, table.shape[1], draw, truth)


def _right(outputs: np.ndarray, sample: Sample) -> np.ndarray:
    assert sample.targets is not None
    return (outputs.argmax(axis=1) == sample.targets)[:, None]


def _blocks(claim: Claim) -> list[tuple[str, int, tuple[str, str, tuple[str, ...], int]]]:
    parts = _PARTS[claim.kind]
    return [
        (f"{part[0]} at {k}", i, part) for part in parts for i, k in enumerate(claim.frequencies)
    ]


def _columns(claim: Claim, place: int, part: tuple[str, str, tuple[str, ...], int]) -> list[int]:
    """Columns of the descriptor that hold one frequency of one part."""
    count = len(claim.frequencies)
    parts = _PARTS[claim.kind]
    start = sum(earlier[3] for earlier in parts[: parts.index(part)]) * count
    return [start + place + count * j for j in range(part[3])]


def _coordinates(
    claim: Claim, pairs: Int[np.ndarray, "row 2"], *, p: int
) -> dict[str, Float[np.ndarray, "row coordinate"]]:
    full = descriptor(pairs, claim.frequencies, p=p, step=CLAIMS[claim.kind][0])
    return {name: full[:, _columns(claim, i, part)] for name, i, part in _blocks(claim)}


def _factors(
    claim: Claim, p: int, rows: Float[np.ndarray, "row d_model"]
) -> tuple[tuple[Factor, ...], float]:
    full = descriptor(every_pair(p), claim.frequencies, p=p, step=CLAIMS[claim.kind][0])
    fitted, weights = fit_rows(rows, full)
    factors: list[Factor] = []
    for name, i, part in _blocks(claim):
        matrix = weights[_columns(claim, i, part)]
        _, singular, axes = np.linalg.svd(matrix, full_matrices=False)
        span = axes[singular > 1e-9 * max(singular[0], 1e-30)]
        parameters = {
            "frequency": claim.frequencies[i], "singular values": [float(s) for s in singular],
        }  # fmt: skip
        factors.append(Factor(name, part[1], span, _linear(matrix), part[2], parameters))
    return tuple(factors), float(((rows - fitted) ** 2).sum() / (rows**2).sum())


def _linear(matrix: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda coordinates: (coordinates @ matrix).astype(np.float32)


def _symmetry(p: int, table: np.ndarray, told: Int[np.ndarray, "row 2"]) -> Symmetry:
    row_of = np.empty((p, p), dtype=np.int64)
    row_of[told[:, 0], told[:, 1]] = np.arange(p * p)

    def moved(first: int, last: int, *, swap: bool = False) -> Callable[[Sample], np.ndarray]:
        def element(sample: Sample) -> np.ndarray:
            assert sample.inputs is not None
            pairs = (sample.inputs + np.array([first, last])) % p
            a, b = (pairs[:, 1], pairs[:, 0]) if swap else (pairs[:, 0], pairs[:, 1])
            return table[row_of[a, b]]

        return element

    return Symmetry(f"Z_{p} wr Z_2", 2 * p * p, {
        "a + 1": moved(1, 0),
        "b + 1": moved(0, 1),
        "a + 1, b - 1": moved(1, -1),
        "swap": moved(0, 0, swap=True),
    })  # fmt: skip


def recover_residues(world: World, rng: np.random.Generator) -> Recovered:
    """Replace activations by their fit on the claimed description, and let the network go on.

    4,000 pairs are drawn. Activations are fitted by least squares on the claimed description of
    their inputs (declared frequencies) over one half; the other half is replaced by the fit.
    ``loss(D)`` is the share of decisions right before that are wrong after. A description is
    *complete* if it loses less than one decision in a hundred, ``LOSS``; one that is claimed not to
    be enough (the disks alone, of a clock or of a torus) must lose more.

    ``value = min(LOSS - loss(claimed), loss(smaller) - LOSS)``, the second where there is a smaller
    one; bound 0. Unless the network itself is right on more than half of the pairs, -1.
    """
    params = world.truth.params
    p, frequencies = int(params["p"]), tuple(params["frequencies"])
    claimed, smaller = CLAIMS[params["claim"]]
    sample = world.draw(_ROWS, rng)
    readout = world.truth.readout
    assert readout is not None
    assert sample.inputs is not None
    right = readout.right(readout.outputs(sample.activations, sample), sample)[:, 0]
    half = _ROWS // 2

    def loss(step: str) -> float:
        columns = descriptor(sample.inputs, frequencies, p=p, step=step)  # type: ignore[arg-type]
        with_one = np.column_stack([np.ones(_ROWS), columns])
        weights = least_squares(with_one[:half], sample.activations[:half].astype(np.float64))
        rebuilt = readout.outputs(with_one @ weights, sample)
        after = readout.right(rebuilt, sample)[:, 0]
        return float(np.mean(right[half:] & ~after[half:]))

    found = {"accuracy": float(right.mean()), f"loss with {claimed}": loss(claimed)}
    value = LOSS - found[f"loss with {claimed}"]
    if smaller is not None:
        found[f"loss with {smaller}"] = loss(smaller)
        value = min(value, found[f"loss with {smaller}"] - LOSS)
    if found["accuracy"] <= 0.5:
        value = -1.0
    return Recovered("margin of the claimed description, complete and needed", value, 0.0, found)


def shuffled(p: int, seed: int) -> Int[np.ndarray, " residue"]:
    """Draw the relabelling of the control with shuffled tokens."""
    return np.random.default_rng([seed, 191]).permutation(p)


def claimed_as(claim: Claim, kind: str) -> Claim:
    """Return the same claim of another kind: what a control says of itself."""
    return replace(claim, kind=kind)


def hand_frequencies(p: int, count: int, seed: int) -> tuple[int, ...]:
    """Draw the frequencies of a network built by hand."""
    drawn: Sequence[int] = np.random.default_rng([seed, 192]).permutation(p // 2)[:count].tolist()
    return tuple(int(k) + 1 for k in drawn)
