"""A cube of n dimensions: n bits, each with its own direction, and nothing else."""

import itertools
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding, gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.gathering import gather, unsigned
from armillary.worlds.threshold_sae import threshold_sae
from armillary.worlds.truth import Factor, Gauge, Symmetry, Truth
from armillary.worlds.world import World

_ROWS_A_VERTEX = 40


def build(*, seed: int, size: str, d_model: int, bits: int) -> World:
    """Lay the vertices ``(+-1, ..., +-1) / sqrt(n)`` into d_model by a random frame."""
    axes = embedding(d_model, bits, rng=np.random.default_rng([seed, 14]))
    length = bits**-0.5
    rows = (length * axes).astype(np.float32)
    names = [f"bit {b}" for b in range(bits)]

    def draw(n: int, rng: np.random.Generator) -> Sample:
        on = rng.integers(0, 2, (n, bits))
        codes = np.stack([on, 1 - on], axis=2).reshape(n, 2 * bits).astype(np.float32)
        return Sample(
            (2 * on - 1).astype(np.float32) @ rows,
            {a: on[:, [b]].astype(np.float64) for b, a in enumerate(names)},
            {a: np.ones(n, dtype=bool) for a in names},
            {a: on[:, b] for b, a in enumerate(names)},
            codes,
        )

    truth = Truth(
        kind="product",
        params={
            "bits": bits, "levels": [2] * bits, "attributes": names, "length": length,
            "d_model": d_model, "faces": face_table(bits),
        },
        factors=tuple(_factor(a, axes[[b]], length) for b, a in enumerate(names)),
        gauge=Gauge(
            shifts=tuple(np.array([2 * b, 2 * b + 1]) for b in range(bits)),
            words="bits have no order and no sign (which value is 1); a vector added to both "
            "values of a bit and taken from both of another changes nothing",
        ),
        symmetry=_symmetry(axes),
        exact_sae=face_sae(axes, bits - 1),
        nulls=("demicube", "twisted", "gaussian"),
    )  # fmt: skip
    both = np.stack([rows, -rows], axis=1).reshape(2 * bits, d_model)
    labels = np.array([f"{a} = {v}" for a in names for v in (1, 0)])
    space = FeatureSpace(both, np.arange(2 * bits), {"label": labels})
    return World("tesseract", size, seed, d_model, draw, truth, space)


def _factor(name: str, axis: Float[np.ndarray, "1 d_model"], length: float) -> Factor:
    def embed(value: Float[np.ndarray, "token 1"]) -> Float[np.ndarray, "token d_model"]:
        return ((2 * value - 1) * length * axis).astype(np.float32)

    return Factor(name, "attribute", axis, embed, ("value",), {"levels": 2})


def _symmetry(axes: Float[np.ndarray, "bit d_model"]) -> Symmetry:
    """Signed permutations of the axes: linear on activations, the identity off the span."""
    n = len(axes)

    def moved(image: Float[np.ndarray, "bit d_model"]) -> Callable[[Sample], np.ndarray]:
        change = (axes.T @ (image - axes)).astype(np.float32)
        return lambda sample: sample.activations + sample.activations @ change

    return Symmetry(f"B_{n}", 2**n * math.factorial(n), {
        "the first bit flipped": moved(np.r_[-axes[:1], axes[1:]]),
        "all bits flipped": moved(-axes),
        "the first two bits exchanged": moved(axes[[1, 0, *range(2, n)]]),
        "all bits moved on": moved(np.roll(axes, 1, axis=0)),
    })  # fmt: skip


def face_sae(axes: Float[np.ndarray, "bit d_model"], dimension: int) -> SparseAutoencoder:
    """Return the exact autoencoder whose latents are the faces of one dimension of the cube.

    A face of dimension k fixes ``n - k`` bits. Its latent reads along ``u``, the sum of its signed
    axes over ``sqrt(n - k)``: ``u . x`` is ``sqrt((n - k) / n)`` on its vertices and at least
    ``2 / sqrt(n (n - k))`` less elsewhere. A vertex lies on ``C(n, k)`` such faces, and their ``u``
    sum to ``C(n, k) sqrt((n - k) / n)`` times the vertex: so equal codes rebuild it exactly.

    Parameters
    ----------
    axes
        Orthonormal directions of the bits; vertices are ``(+-1, ..., +-1) / sqrt(n)`` of them.
    dimension
        0 has the ``2 ** n`` vertices as latents (L0 1), 1 the edges, ``n - 1`` the ``2 n`` signed
        bits (L0 n; they are the cross-polytope code).

    Raises
    ------
    BadInput
        If there are no such faces: ``dimension`` is not in 0 to n - 1.
    """
    n = len(axes)
    if not 0 <= dimension < n:
        raise BadInput(f"a cube of {n} bits has faces of dimension 0 to {n - 1}, not {dimension}")
    fixed = n - dimension
    reads: list[np.ndarray] = []
    for held in itertools.combinations(range(n), fixed):
        signs = np.array(list(itertools.product((1.0, -1.0), repeat=fixed)))
        reads.append(signs @ axes[list(held)] / fixed**0.5)
    unit, top = np.vstack(reads), (fixed / n) ** 0.5
    code = 1 / (math.comb(n, dimension) * top)
    return threshold_sae(unit, top=top, below=top - 2 / (n * fixed) ** 0.5, writes=code * unit)


def face_table(bits: int) -> list[dict[str, float | int]]:
    """Return, for faces of each dimension, latents, L0 and L1 (codes on unit rows) in closed form.

    Dimension k has ``2 ** (n - k) C(n, k)`` latents, L0 ``C(n, k)`` and L1 ``sqrt(n / (n - k))``:
    with vertices for everything L1 is 1, with the bits themselves ``sqrt(n)``.
    """
    return [
        {
            "dimension": k,
            "latents": 2 ** (bits - k) * math.comb(bits, k),
            "l0": math.comb(bits, k),
            "l1": (bits / (bits - k)) ** 0.5,
        }
        for k in range(bits)
    ]


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Find the points that rows gather on, and count the full bundles of parallel shortest edges.

    Only activations and the declared number of bits n are used. In an n-cube the differences of
    points at the shortest distance take exactly n directions, each ``2 ** (n - 1)`` times, and
    these are orthogonal. ``value`` is the number of directions (up to sign) that occur exactly
    ``2 ** (n - 1)`` times, over n, and 0 unless there are ``2 ** n`` points and the directions are
    orthogonal to 1e-3. The bound is 1: an identity of algebra. With 40 rows a vertex, a vertex is
    missed with probability below ``2 ** n exp(-40)``.
    """
    n = int(world.truth.params["bits"])
    rows = world.activations(_ROWS_A_VERTEX * 2**n, rng)
    found = gather(rows, radius=n**-0.5, limit=2**n + 1)
    if not found.complete or found.n_points != 2**n:
        return Recovered("bundles of parallel edges", 0.0, 1.0, {"points": found.n_points})
    points = found.centres
    i, j = np.triu_indices(len(points), 1)
    apart = np.linalg.norm(points[i] - points[j], axis=1)
    short = apart < apart.min() * 1.001
    edges = points[i[short]] - points[j[short]]
    bundles = gather(unsigned(edges, rng), radius=1e-3 * apart.min(), limit=4 * len(edges))
    full = bundles.centres[bundles.count == 2 ** (n - 1)]
    cosine = np.abs(full @ full.T) / max(apart.min() ** 2, 1e-12)
    square = len(full) > 0 and float(np.abs(cosine - np.eye(len(full))).max()) < 1e-3
    return Recovered(
        "share of bits seen as a bundle of parallel edges",
        len(full) / n * square,
        1.0,
        {"points": len(points), "shortest edges": len(edges), "directions": bundles.n_points},
    )


def _changed(how: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> Callable[..., World]:
    """Return a builder whose vertices are ``how(signs, rng)`` instead of the signs."""

    def control(*, seed: int, size: str, **parameters: object) -> World:
        world = build(seed=seed, size=size, **parameters)  # pyright: ignore[reportArgumentType]
        axes = np.vstack([factor.span for factor in world.truth.factors])
        length = world.truth.params["length"]

        def draw(n: int, rng: np.random.Generator) -> Sample:
            sample = world.draw(n, rng)
            bits: Int[np.ndarray, "token bit"] = np.column_stack(list(sample.cells.values()))
            signs = how(2.0 * bits - 1, np.random.default_rng([seed, 17]))
            return Sample((length * signs @ axes).astype(np.float32))

        return replace(world, draw=draw)

    return control


def _half(signs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Keep the vertices of even parity: the last bit becomes the product of the others."""
    return np.column_stack([signs[:, :-1], signs[:, :-1].prod(axis=1)])


def _twist(signs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn the facet where the last bit is 1 about its middle, by a random rotation."""
    other = embedding(signs.shape[1] - 1, signs.shape[1] - 1, rng=rng)
    turned = np.where(signs[:, -1:] > 0, signs[:, :-1] @ other, signs[:, :-1])
    return np.column_stack([turned, signs[:, -1]])


ENTRY = Entry(
    name="tesseract",
    family="products",
    title="{+-1}^n in a random frame",
    motive="several binary attributes at once; which faces of a polytope a latent stands for",
    sizes={"tiny": {"d_model": 16, "bits": 4}, "full": {"d_model": 64, "bits": 8}},
    build=build,
    recover=recover,
    controls={
        "demicube": _changed(_half),
        "twisted": _changed(_twist),
        "gaussian": gaussian_twin(build),
    },
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("relu", 32, l1=0.05),
        "full": SaePlan("topk", 16, k=8, steps=3000),
    },
    expected="faces of a dimension that sparsity and width set: vertices, edges, facets (measured)",
)
