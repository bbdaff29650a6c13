"""Small worlds with planted autoencoders whose scores are known."""

from collections.abc import Callable
from itertools import product

import numpy as np

from armillary.core import FeatureSpace, SparseAutoencoder
from armillary.core.firing import ReLU
from armillary.networks import Gate
from armillary.worlds import Factor, Gauge, Readout, Sample, Symmetry, Truth, World

ROOT = np.sqrt(2.0)


def planted(reads: np.ndarray, bias: np.ndarray | float, writes: np.ndarray) -> SparseAutoencoder:
    """``codes = relu(x @ reads.T + bias)``, ``x' = codes @ writes``."""
    n, d = np.asarray(writes).shape
    return SparseAutoencoder(
        directions=np.asarray(writes, dtype=np.float32),
        encoder=np.asarray(reads, dtype=np.float32).T.copy(),
        encoder_bias=np.broadcast_to(np.asarray(bias, dtype=np.float32), (n,)).copy(),
        decoder_bias=np.zeros(d, dtype=np.float32), firing=ReLU(), centred=False,
    )  # fmt: skip


def frame(d: int, seed: int = 0) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))[0]


def space_of(rows: np.ndarray) -> FeatureSpace:
    return FeatureSpace(rows.astype(np.float32), np.arange(len(rows)))


# colour x shape -----------------------------------------------------------------------------
def boats(levels: int = 6) -> World:
    """``(C_i + S_j) / sqrt 2`` with orthonormal attributes; a shift between blocks is free."""
    rows = frame(2 * levels + 3)[: 2 * levels]

    def attribute(which: int) -> Factor:
        own = rows[which * levels : (which + 1) * levels]
        return Factor(
            ("colour", "shape")[which], "attribute", own,
            lambda level: (own[level[:, 0].astype(int)] / ROOT).astype(np.float32), ("level",),
        )  # fmt: skip

    def draw(n: int, rng: np.random.Generator) -> Sample:
        level = rng.integers(0, levels, (n, 2))
        made = (rows[level[:, 0]] + rows[levels + level[:, 1]]) / ROOT
        on = np.ones(n, dtype=bool)
        return Sample(
            made.astype(np.float32),
            {"colour": level[:, :1].astype(float), "shape": level[:, 1:].astype(float)},
            {"colour": on, "shape": on}, {"colour": level[:, 0], "shape": level[:, 1]},
        )  # fmt: skip

    blocks = (np.arange(levels), np.arange(levels) + levels)
    truth = Truth("product", {"levels": levels}, (attribute(0), attribute(1)), Gauge(shifts=blocks))
    return World("boats", "test", 0, rows.shape[1], draw, truth, space_of(rows / ROOT))


def attributes_sae(world: World, shift: float = 0.0) -> SparseAutoencoder:
    """One latent an attribute; ``shift`` moves a vector from one block to the other."""
    rows = world.space.directions
    half = len(rows) // 2
    free = np.random.default_rng(5).standard_normal(world.d_model)
    free *= shift / np.linalg.norm(free)
    return planted(
        3 * rows, -0.5, rows + np.where(np.arange(len(rows)) < half, 1, -1)[:, None] * free
    )


def pairs_sae(world: World) -> SparseAutoencoder:
    """One latent a combination."""
    rows = world.space.directions
    half = len(rows) // 2
    both = np.array([rows[i] + rows[half + j] for i, j in product(range(half), repeat=2)])
    return planted(4 * both, -3, both)


# the tesseract ------------------------------------------------------------------------------
def tesseract(bits: int = 4) -> World:
    """``{-1, 1}^4``, turned, of length 1."""
    axes = frame(bits, 3)

    def draw(n: int, rng: np.random.Generator) -> Sample:
        bit = rng.integers(0, 2, (n, bits))
        made = ((2 * bit - 1) @ axes / np.sqrt(bits)).astype(np.float32)
        return Sample(made, cells={f"bit {b}": bit[:, b] for b in range(bits)})

    def flip(sample: Sample) -> np.ndarray:
        return sample.activations - 2 * np.outer(sample.activations @ axes[0], axes[0])

    truth = Truth("product", {}, symmetry=Symmetry("B_4", 384, {"flip of bit 0": flip}))
    return World("tesseract", "test", 0, bits, draw, truth)


def faces_sae(world: World, fixed: int) -> SparseAutoencoder:
    """One latent for every face of the cube with so many coordinates fixed."""
    n = world.d_model
    axes = frame(n, 3)
    signs = [s for s in product((-1, 0, 1), repeat=n) if np.count_nonzero(s) == fixed]
    rows = np.array(signs) @ axes / np.sqrt(n)
    return planted(rows * n, 1.0 - fixed, rows)


# a hierarchy --------------------------------------------------------------------------------
def tree() -> World:
    """A parent and three children that never come without it, orthonormal."""
    rows = frame(10, 4)[:4]
    names = ("root", "a", "b", "c")

    def node(i: int) -> Factor:
        own = rows[i : i + 1]
        return Factor(names[i], "node", own, lambda c: np.repeat(own, len(c), 0).astype(np.float32))

    def draw(n: int, rng: np.random.Generator) -> Sample:
        on = rng.random((n, 4)) < np.array([0.5, 0.2, 0.2, 0.2])
        on[:, 1:] &= on[:, :1]
        return Sample(
            (on @ rows).astype(np.float32), {name: np.zeros((n, 0)) for name in names},
            {name: on[:, i] for i, name in enumerate(names)}, codes=on.astype(np.float32),
        )  # fmt: skip

    truth = Truth("hierarchy", {"parent": [-1, 0, 0, 0]}, tuple(node(i) for i in range(4)))
    return World("tree", "test", 0, 10, draw, truth, space_of(rows))


def honest_sae(world: World) -> SparseAutoencoder:
    rows = world.space.directions
    return planted(1.5 * rows, -0.5, rows)


def absorbing_sae(world: World) -> SparseAutoencoder:
    """The root's latent is silent where a child is on; children write the root as well."""
    rows = world.space.directions.copy()
    reads, writes = 1.5 * rows, rows.copy()
    reads[0] = 1.5 * (rows[0] - rows[1:].sum(axis=0))
    writes[1:] += rows[0]
    return planted(reads, -0.5, writes)


# circles ------------------------------------------------------------------------------------
def circles(n_circles: int = 1, d_model: int = 8) -> World:
    """Circles in orthogonal planes, all active."""
    axes = frame(d_model, 6)[: 2 * n_circles]
    spans = {f"circle {i}": axes[2 * i : 2 * i + 2] for i in range(n_circles)}

    def embed(span: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        return lambda t: (np.column_stack([np.cos(t), np.sin(t)]) @ span).astype(np.float32)

    def draw(n: int, rng: np.random.Generator) -> Sample:
        angle = {name: rng.uniform(0, 2 * np.pi, (n, 1)) for name in spans}
        made = sum(embed(span)(angle[name]) for name, span in spans.items())
        return Sample(made, angle, {name: np.ones(n, dtype=bool) for name in spans})

    def half_turn(sample: Sample) -> np.ndarray:
        return -sample.activations

    factors = tuple(
        Factor(name, "circle", span, embed(span), ("angle",)) for name, span in spans.items()
    )
    truth = Truth("manifold", {}, factors, symmetry=Symmetry("C_2", 2, {"half turn": half_turn}))
    return World("circles", "test", 0, d_model, draw, truth)


def ngon_sae(world: World, n: int, which: int = 0) -> SparseAutoencoder:
    """The exact code of an n-gon's boundary: ``relu((v_i . x - h) / (1 - h))``."""
    angle = 2 * np.pi * np.arange(n) / n
    corners = np.column_stack([np.cos(angle), np.sin(angle)]) @ world.truth.factors[which].span
    h = np.cos(2 * np.pi / n)
    return planted(corners / (1 - h), -h / (1 - h), corners)


def signed_sae(world: World) -> SparseAutoencoder:
    """``relu(x)`` and ``relu(-x)`` along every axis of every factor: exact everywhere."""
    axes = np.concatenate([factor.span for factor in world.truth.factors])
    both = np.concatenate([axes, -axes])
    return planted(both, 0.0, both)


def joined(*saes: SparseAutoencoder) -> SparseAutoencoder:
    return planted(
        np.concatenate([s.encoder.T for s in saes]),
        np.concatenate([s.encoder_bias for s in saes]),
        np.concatenate([s.directions for s in saes]),
    )


def mixing_sae(world: World, n: int = 40) -> SparseAutoencoder:
    """Random affine functions of everything, never negative: each sees all, none suffices."""
    rows = np.random.default_rng(7).standard_normal((n, world.d_model))
    return planted(rows, 30.0, rows / n)


# a circuit ----------------------------------------------------------------------------------
GATES = (Gate("AND", 0, 1), Gate("XOR", 2, 3), Gate("OR", 4, 5), Gate("ANDNOT", 6, 7))


def circuit() -> World:
    """A hidden layer with one AND a gate, turned; the readout adds the linear part of the gates."""
    turn = frame(len(GATES), 8)

    def draw(n: int, rng: np.random.Generator) -> Sample:
        bits = rng.random((n, 8)) < 0.4
        hidden = np.column_stack([bits[:, g.a] & bits[:, g.b] for g in GATES]) @ turn
        targets = np.column_stack([g.output(bits) for g in GATES])
        return Sample(hidden.astype(np.float32), inputs=bits, targets=targets)

    def outputs(activations: np.ndarray, sample: Sample) -> np.ndarray:
        bits, ands = np.asarray(sample.inputs, dtype=float), activations @ turn.T
        columns = [
            g.moebius[0] * bits[:, g.a] + g.moebius[1] * bits[:, g.b] + g.moebius[2] * ands[:, i]
            for i, g in enumerate(GATES)
        ]
        return np.column_stack(columns)

    def right(out: np.ndarray, sample: Sample) -> np.ndarray:
        return (out > 0.5) == sample.targets

    truth = Truth(
        "circuit", {}, circuit=GATES, readout=Readout("gates", outputs, right, chance=0.5)
    )
    return World("circuit", "test", 0, len(GATES), draw, truth, space_of(turn))


def neurons_sae(world: World) -> SparseAutoencoder:
    """One latent an AND."""
    rows = world.space.directions
    return planted(1.5 * rows, -0.5, rows)
