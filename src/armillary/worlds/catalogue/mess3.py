"""Mess3: the exact belief of who has read the symbols of a hidden Markov process."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.core.firing import ReLU
from armillary.core.space import FeatureSpace
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.hidden_markov import mess3
from armillary.worlds.linear_reading import unread
from armillary.worlds.truth import Factor, Gauge, Readout, Symmetry, Truth
from armillary.worlds.world import World

_ROWS = 20_000
_EXACT = 1e-6
_OTHER = {"x": 0.15, "alpha": 0.6}
_MEMORY = 3


def build(
    *, seed: int, size: str, d_model: int, processes: int, steps: int, x: float, alpha: float
) -> World:
    """Lay the posteriors over the three states of each process into d_model.

    Each row has read ``steps`` symbols of each of ``processes`` independent Mess3 processes from
    the stationary prior. Its vector is ``sum_p b_p V_p``: the barycentric coordinates ``b_p`` (the
    exact posterior) times three vertices ``V_p``, all vertices orthogonal and of length
    ``processes ** -0.5``. ``inputs`` are the symbols read (token, step, process), ``targets`` the
    next symbol of each process.
    """
    axes = embedding(d_model, 3 * processes, rng=np.random.default_rng([seed, 22]))
    length, process = processes**-0.5, mess3(x=x, alpha=alpha)
    vertices = (length * axes).astype(np.float32)
    names = [f"belief {p}" for p in range(processes)]

    def draw(n: int, rng: np.random.Generator) -> Sample:
        runs = [process.emit(n, steps + 1, rng=rng) for _ in range(processes)]
        beliefs = [process.beliefs(run[:, :-1]) for run in runs]
        codes = np.hstack(beliefs).astype(np.float32)
        return Sample(
            codes @ vertices,
            dict(zip(names, beliefs, strict=True)),
            {a: np.ones(n, dtype=bool) for a in names},
            codes=codes,
            inputs=np.stack([run[:, :-1] for run in runs], axis=2),
            targets=np.column_stack([run[:, -1] for run in runs]),
        )

    blocks = np.split(np.arange(3 * processes), processes)
    truth = Truth(
        kind="belief_simplex",
        params={
            "processes": processes, "steps": steps, "x": x, "alpha": alpha, "length": length,
            "transition": process.labelled.sum(axis=0).tolist(),
            "emission": process.emission.tolist(), "d_model": d_model,
        },
        factors=tuple(_factor(a, axes[b], length) for a, b in zip(names, blocks, strict=True)),
        gauge=Gauge(
            shifts=tuple(blocks) if processes > 1 else (),
            words="from positions alone the vertices are free: any triangle round the beliefs "
            "rebuilds them; next symbols fix them. A vector added to the vertices of one process "
            "and taken from a constant, or from another's, changes nothing",
        ),
        symmetry=_symmetry(axes, blocks),
        exact_sae=_vertex_sae(axes),
        readout=_readout(axes, length, process.emission),
        nulls=("other process", "short memory", "gaussian"),
    )  # fmt: skip
    label = [f"process {p}, state {s}" for p in range(processes) for s in range(3)]
    space = FeatureSpace(vertices, np.arange(3 * processes), {"label": np.array(label)})
    return World("mess3", size, seed, d_model, draw, truth, space)


def _factor(name: str, axes: Float[np.ndarray, "state d_model"], length: float) -> Factor:
    def embed(belief: Float[np.ndarray, "token state"]) -> Float[np.ndarray, "token d_model"]:
        return (length * belief @ axes).astype(np.float32)

    states = tuple(f"state {s}" for s in range(len(axes)))
    return Factor(name, "simplex", axes, embed, states, {"vertices": len(axes)})


def _symmetry(axes: Float[np.ndarray, "feature d_model"], blocks: list[np.ndarray]) -> Symmetry:
    """Permute the states of one process (and its symbols with them)."""

    def moved(order: list[int]) -> Callable[[Sample], np.ndarray]:
        image = axes.copy()
        image[blocks[0]] = axes[blocks[0]][order]
        change = (axes.T @ (image - axes)).astype(np.float32)
        return lambda sample: sample.activations + sample.activations @ change

    elements = {
        "states " + "".join(map(str, order)): moved(list(order))
        for order in itertools.permutations(range(3))
        if order != (0, 1, 2)
    }
    name = "S_3" if len(blocks) == 1 else f"S_3 wr S_{len(blocks)}"
    return Symmetry(name, None if len(blocks) > 1 else 6, elements)


def _vertex_sae(axes: Float[np.ndarray, "feature d_model"]) -> SparseAutoencoder:
    """``code = ReLU(u . x)``: barycentric coordinates are never negative."""
    unit = axes.astype(np.float32)
    zero = np.zeros(len(unit), dtype=np.float32)
    origin = np.zeros(unit.shape[1], dtype=np.float32)
    encoder = np.ascontiguousarray(unit.T)
    return SparseAutoencoder(unit, encoder, zero, origin, ReLU(), centred=False)


def _readout(
    axes: Float[np.ndarray, "feature d_model"], length: float,
    emission: Float[np.ndarray, "state symbol"],
) -> Readout:  # fmt: skip
    """Next symbols: ``P(v) = sum_i b_i emission[i, v]``, linear in the activation."""

    def outputs(activations: np.ndarray, sample: Sample) -> np.ndarray:
        beliefs = (activations @ axes.T / length).reshape(len(activations), -1, 3)
        return (beliefs @ emission).reshape(len(activations), -1)

    def right(out: np.ndarray, sample: Sample) -> np.ndarray:
        if sample.codes is None:
            raise BadInput("the best guess is known from the codes of a sample: it has none")
        best = sample.codes.reshape(len(out), -1, 3) @ emission
        return out.reshape(best.shape).argmax(axis=2) == best.argmax(axis=2)

    return Readout("the most probable next symbol of each process", outputs, right, 1 / 3)


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """See that activations and the declared process' beliefs are affine images of each other.

    Used are 20,000 activations with the symbols each has read (``inputs``, what anybody sees who
    feeds a model), and the declared ``x``, ``alpha``. The declared process reads the symbols; the
    posteriors it comes to are the beliefs. ``value = 1 - max(u, v)``: ``u`` is the share of the
    beliefs' variance that an affine map of activations misses (the worst process), ``v`` the share
    of the activations' variance that an affine map of all beliefs misses. Of the truth both are
    rounding in float32, below 1e-10; the bound is 1 - 1e-6. ``found`` has the same for barycentric
    coordinates that are read off the *next symbols* alone: an affine map from activations to them
    by least squares, times the inverse of the declared emission matrix.
    """
    params = world.truth.params
    process = mess3(x=params["x"], alpha=params["alpha"])
    sample = world.draw(_ROWS, rng)
    if sample.inputs is None or sample.targets is None:
        return Recovered("beliefs read", 0.0, 1.0, {"symbols": "none come with the rows"})
    rows = sample.activations.astype(np.float64)
    beliefs = [process.beliefs(sample.inputs[:, :, p]) for p in range(sample.inputs.shape[2])]
    beliefs_missed = max(unread(belief, rows) for belief in beliefs)
    rows_missed = unread(rows, np.hstack(beliefs))
    spectrum = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False)
    return Recovered(
        "affine agreement of activations and beliefs",
        1 - max(beliefs_missed, rows_missed),
        1 - _EXACT,
        {
            "dimensions": int((spectrum > 1e-4 * spectrum[0]).sum()),
            "beliefs missed": beliefs_missed, "activations missed": rows_missed,
            "barycentric coordinates missed by next symbols": max(
                _by_next_symbols(rows, sample.targets[:, p], belief, process.emission)
                for p, belief in enumerate(beliefs)
            ),
        },
    )  # fmt: skip


def _by_next_symbols(
    rows: Float[np.ndarray, "token d_model"], following: np.ndarray,
    belief: Float[np.ndarray, "token state"], emission: Float[np.ndarray, "state symbol"],
) -> float:  # fmt: skip
    design = np.column_stack([rows, np.ones(len(rows))])
    told = np.eye(3)[following]
    fit = np.linalg.lstsq(design, told, rcond=1e-4)[0]
    guess = design @ fit @ np.linalg.inv(emission)
    return float(((belief - guess) ** 2).sum() / ((belief - belief.mean(axis=0)) ** 2).sum())


def _misread(read: Callable[[World, Sample], np.ndarray]) -> Callable[..., World]:
    """Return a builder whose rows are other beliefs of the same symbols, or none."""

    def control(*, seed: int, size: str, **parameters: object) -> World:
        world = build(seed=seed, size=size, **parameters)  # pyright: ignore[reportArgumentType]

        def draw(n: int, rng: np.random.Generator) -> Sample:
            sample = world.draw(n, rng)
            made = read(world, sample).astype(np.float32)
            return Sample(made, inputs=sample.inputs, targets=sample.targets)

        return replace(world, draw=draw)

    return control


def _laid(world: World, beliefs: list[np.ndarray]) -> np.ndarray:
    assert world.space is not None
    return np.hstack(beliefs) @ world.space.directions


def _other_process(world: World, sample: Sample) -> np.ndarray:
    """Beliefs of a reader who takes the symbols for those of another Mess3."""
    assert sample.inputs is not None
    other = mess3(**_OTHER)
    return _laid(world, [other.beliefs(run) for run in np.moveaxis(sample.inputs, 2, 0)])


def _short_memory(world: World, sample: Sample) -> np.ndarray:
    """Beliefs of a reader who remembers three symbols."""
    assert sample.inputs is not None
    own = mess3(x=world.truth.params["x"], alpha=world.truth.params["alpha"])
    runs = np.moveaxis(sample.inputs[:, -_MEMORY:], 2, 0)
    return _laid(world, [own.beliefs(run) for run in runs])


def _gaussian(world: World, sample: Sample) -> np.ndarray:
    """Gaussian rows with the same mean and covariance; the symbols stay."""
    rows = sample.activations.astype(np.float64)
    rng = np.random.default_rng([world.seed, 23, len(rows)])
    mean = rows.mean(axis=0)
    _, singular, axes = np.linalg.svd(rows - mean, full_matrices=False)
    root = (singular / np.sqrt(max(len(rows) - 1, 1)))[:, None] * axes
    return mean + rng.standard_normal((len(rows), len(root))) @ root


ENTRY = Entry(
    name="mess3",
    family="beliefs",
    title="exact posteriors over the states of a hidden Markov process, laid in linearly",
    motive="a residual stream that holds beliefs about what generates the text",
    sizes={
        "tiny": {"d_model": 16, "processes": 1, "steps": 24, "x": 0.05, "alpha": 0.85},
        "full": {"d_model": 64, "processes": 3, "steps": 24, "x": 0.05, "alpha": 0.85},
    },
    build=build,
    recover=recover,
    controls={
        "other process": _misread(_other_process),
        "short memory": _misread(_short_memory),
        "gaussian": _misread(_gaussian),
    },
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("relu", 3, l1=0.02),
        "full": SaePlan("topk", 36, k=6, steps=3000),
    },
    expected="rebuilt perfectly without the vertices: measured",
)
