"""Features at the corners of a polytope: superposition as it should come out, by construction."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from armillary.worlds.bodies import as_matrix, body, generators, symmetries
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding, gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.exact import cross_autoencoder, feature_space
from armillary.worlds.facets import ROUNDING, gram_distance
from armillary.worlds.rays import many, repeated_directions, singles, sparse_sum
from armillary.worlds.truth import Factor, Gauge, Symmetry, Truth
from armillary.worlds.world import World

_LEAST = 5
_ROWS_A_CORNER = 60
_CROSSES = ("digon", "octahedron", "cross_polytope_4")


def build(*, seed: int, size: str, name: str, chance: float, d_model: int) -> World:
    """Draw sparse strengths, uniform on [0, s], and sum the corners of a body in a random frame.

    ``s`` makes the expected squared length of a row 1 (corners that sum to zero assumed).

    Parameters
    ----------
    seed, size
        As everywhere.
    name
        One of ``worlds.bodies.BODIES``: ``"digon"``, ``"triangle"``, ``"tetrahedron"``,
        ``"pentagon"``, ``"square_antiprism"``, ``"octahedron"``, ``"cube"``, ``"24_cell"``...
    chance
        That a feature fires.
    d_model
        Dimension of the activations.
    """
    corners, group = body(name)
    axes = embedding(d_model, corners.shape[1], rng=np.random.default_rng([seed, 3]))
    laid = corners @ axes
    n = len(corners)
    # the sum of the strengths' means vanishes with the corners: only variances are left
    scale = float((n * (chance / 3 - chance**2 / 4)) ** -0.5)
    elements = symmetries(corners)
    matrices = [as_matrix(corners, g) for g in generators(elements)]

    def draw(rows: int, rng: np.random.Generator) -> Sample:
        return sparse_sum(laid, rows, chance=chance, scale=scale, rng=rng)

    def moved(matrix: np.ndarray) -> Callable[[Sample], np.ndarray]:
        return lambda s: (s.activations.astype(np.float64) @ axes.T @ matrix.T @ axes).astype(
            np.float32
        )

    def ray(i: int) -> Factor:
        def embed(at: np.ndarray) -> np.ndarray:
            return (at * laid[i]).astype(np.float32)

        return Factor(f"feature {i}", "direction", laid[i : i + 1], embed, ("strength",))

    truth = Truth(
        kind="polytope",
        params={
            "body": name, "chance": chance, "scale": scale, "features": n, "d_model": d_model,
            "gram": np.sort(np.round(corners @ corners.T, 12).ravel()).tolist(),
            "generators": [m.tolist() for m in matrices],
        },
        factors=tuple(ray(i) for i in range(n)),
        gauge=Gauge(words="features have no order; lengths trade against strengths"),
        symmetry=Symmetry(
            group, len(elements), {f"generator {i + 1}": moved(m) for i, m in enumerate(matrices)}
        ),
        exact_sae=cross_autoencoder(axes) if name in _CROSSES else None,
        nulls=("gaussian", "vertices_redrawn", "vertices_jittered"),
    )  # fmt: skip
    return World("polytope", size, seed, d_model, draw, truth, feature_space(laid, world=name))


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Read the corners off rows on which one feature fires, and compare their inner products.

    Such rows repeat a direction exactly (``rays.repeated_directions``, 5 rows at least). Rows are
    drawn until 60 of them are expected for each corner: 5 or fewer then have a chance of 10^-20.
    ``value = -2 log10`` of the largest difference between the sorted inner products of the
    directions found and of the corners claimed (1 where they are not equally many). It is 0 but
    for rounding; the bound allows a thousand roundings, ``1000 * 2^-24``.
    """
    params = world.truth.params
    corners = body(params["body"])[0]
    rows = int(_ROWS_A_CORNER / singles(len(corners), float(params["chance"])))
    found = repeated_directions(many(world, rows, rng=rng), least=_LEAST, rng=rng)
    apart = gram_distance(found, corners)
    bound = -2 * float(np.log10(1000 * ROUNDING))
    return Recovered(
        "digits to which directions of single features are the corners",
        -2 * float(np.log10(max(apart, 1e-12))),
        bound,
        {"rows": rows, "directions": len(found), "inner products differ by": apart},
    )


def _on_other_corners(step: float | None) -> Callable[..., World]:
    def control(*, seed: int, size: str, name: str, chance: float, d_model: int) -> World:
        claimed = build(seed=seed, size=size, name=name, chance=chance, d_model=d_model)
        corners = body(name)[0]
        rng = np.random.default_rng([seed, 203])
        other = rng.standard_normal(corners.shape)
        other = other if step is None else corners + step * other
        other /= np.linalg.norm(other, axis=1, keepdims=True)
        axes = embedding(d_model, corners.shape[1], rng=np.random.default_rng([seed, 3]))
        scale = float(claimed.truth.params["scale"])

        def draw(rows: int, rng: np.random.Generator) -> Sample:
            return sparse_sum(other @ axes, rows, chance=chance, scale=scale, rng=rng)

        return replace(claimed, draw=draw)

    return control


ENTRY = Entry(
    name="polytope",
    family="exact",
    title="sparse strengths on the corners of a polytope, digon to 24-cell",
    motive="features in superposition, as regular as toy models make them at their best",
    sizes={
        "tiny": {"name": "pentagon", "chance": 0.1, "d_model": 8},
        "full": {"name": "24_cell", "chance": 0.04, "d_model": 64},
    },
    build=build,
    recover=recover,
    controls={
        "gaussian": gaussian_twin(build),
        "vertices_redrawn": _on_other_corners(None),
        "vertices_jittered": _on_other_corners(0.05),
    },
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("relu", 5, l1=0.05),
        "full": SaePlan("relu", 24, l1=0.05, steps=3000),
    },
    expected="one latent a corner where features are sparse: guessed",
)
