"""The surface of an icosahedron, and of its subdivision: one is rebuilt exactly, one is not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from armillary.core.autoencoder import SparseAutoencoder
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding, gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.exact import feature_space, vertex_autoencoder
from armillary.worlds.facets import recover_surface
from armillary.worlds.solids import icosahedron, subdivided, turn
from armillary.worlds.truth import Factor, Gauge, Symmetry, Truth
from armillary.worlds.world import World


def body(subdivisions: int) -> tuple[np.ndarray, np.ndarray]:
    """Return corners and triangles of the icosahedron cut ``subdivisions`` times."""
    corners, facets = icosahedron()
    for _ in range(subdivisions):
        corners, facets = subdivided(corners, facets)
    return corners, facets


def heights(corners: np.ndarray, facets: np.ndarray) -> tuple[np.ndarray, float]:
    """Return each corner's mean height ``v_i . v_j`` of its neighbours, and how uneven they are.

    The second is the largest difference between two neighbours of one corner: 0 where the
    neighbours of every corner lie in one plane across it.
    """
    mean, uneven = np.zeros(len(corners)), 0.0
    for i, corner in enumerate(corners):
        around = np.setdiff1d(facets[(facets == i).any(axis=1)], [i])
        height = corners[around] @ corner
        mean[i], uneven = height.mean(), max(uneven, float(np.ptp(height)))
    return mean, uneven


def corner_autoencoder(
    corners: np.ndarray, facets: np.ndarray, axes: np.ndarray
) -> SparseAutoencoder:
    """Return the autoencoder of the corners at the mean height of their neighbours."""
    return vertex_autoencoder(corners, axes, height=heights(corners, facets)[0])


def build(*, seed: int, size: str, subdivisions: int, d_model: int) -> World:
    """Draw a triangle and Dirichlet(1, 1, 1) weights of its corners, in three random dimensions.

    With no subdivision (12 corners) the autoencoder of the corners is exact, three codes a row:
    the five neighbours of a corner lie in one plane. With one (42 corners) the neighbours of 30 of
    them do not, no autoencoder of the corners is exact, and ``truth.exact_sae`` is None;
    ``truth.params`` holds the FVU of the best that the same formula gives.
    """
    axes = embedding(d_model, 3, rng=np.random.default_rng([seed, 7]))
    corners, facets = body(subdivisions)

    def codes(where: Float[np.ndarray, "token 3"]) -> Float[np.ndarray, "token feature"]:
        face = where[:, 0].astype(np.int64)
        out = np.zeros((len(face), len(corners)))
        weights = np.column_stack([1 - where[:, 1] - where[:, 2], where[:, 1:]])
        np.put_along_axis(out, facets[face], weights, axis=1)
        return out

    def embed(where: Float[np.ndarray, "token 3"]) -> Float[np.ndarray, "token d_model"]:
        return (codes(where) @ corners @ axes).astype(np.float32)

    def draw(n: int, rng: np.random.Generator) -> Sample:
        face = rng.integers(len(facets), size=n)
        where = np.column_stack([face, rng.dirichlet(np.ones(3), n)[:, 1:]])
        on = np.ones(n, dtype=bool)
        return Sample(
            embed(where), {"surface": where}, {"surface": on}, {"face": face}, codes(where)
        )

    def moved(matrix: np.ndarray) -> Callable[[Sample], np.ndarray]:
        return lambda s: (codes(s.coordinates["surface"]) @ corners @ matrix.T @ axes).astype(
            np.float32
        )

    sae = corner_autoencoder(corners, facets, axes)
    rows = draw(4000, np.random.default_rng([seed, 107])).activations
    uneven = heights(corners, facets)[1]
    truth = Truth(
        kind="simplicial_complex",
        params={
            "corners": len(corners), "facets": facets.tolist(), "subdivisions": subdivisions,
            "d_model": d_model, "neighbours' heights differ by": uneven,
            "fvu of the corners' autoencoder": sae.unexplained(rows)["fvu"],
        },
        factors=(Factor("surface", "polyhedron", axes, embed, ("face", "first", "second")),),
        gauge=Gauge(words="corners have no order; each can be longer where its codes are smaller"),
        symmetry=Symmetry("I_h", 120, {
            "a fifth of a turn about a corner": moved(turn(2 * np.pi / 5, corners[0])),
            "a third of a turn about a face": moved(turn(2 * np.pi / 3, _face_axis())),
            "the inversion": moved(-np.eye(3)),
        }),
        exact_sae=sae if uneven < 1e-9 else None,
        nulls=("gaussian", "sphere", "corners_moved"),
    )  # fmt: skip
    space = feature_space(corners @ axes, world="icosphere")
    return World("icosphere", size, seed, d_model, draw, truth, space)


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Read faces and corners off the rows by ``facets.recover_surface``, given how often cut."""
    return recover_surface(world, *body(int(world.truth.params["subdivisions"])), rng=rng)


def sphere(*, seed: int, size: str, subdivisions: int, d_model: int) -> World:
    """Make the control on the sphere through the corners."""
    world = build(seed=seed, size=size, subdivisions=subdivisions, d_model=d_model)
    axes = world.truth.factors[0].span

    def draw(n: int, rng: np.random.Generator) -> Sample:
        point = rng.standard_normal((n, 3))
        point /= np.linalg.norm(point, axis=1, keepdims=True)
        return Sample((point @ axes).astype(np.float32))

    return replace(world, draw=draw)


def corners_moved(*, seed: int, size: str, subdivisions: int, d_model: int) -> World:
    """Make the control on the same triangles with every corner moved along the sphere.

    By a Gaussian step of standard deviation 0.05 a coordinate: a body of as many facets that is
    not the regular one.
    """
    world = build(seed=seed, size=size, subdivisions=subdivisions, d_model=d_model)
    corners = body(subdivisions)[0]
    rng = np.random.default_rng([seed, 207])
    shifted = corners + 0.05 * rng.standard_normal(corners.shape)
    shifted /= np.linalg.norm(shifted, axis=1, keepdims=True)
    laid = shifted @ world.truth.factors[0].span

    def draw(n: int, rng: np.random.Generator) -> Sample:
        codes = world.draw(n, rng).codes
        assert codes is not None
        return Sample((codes @ laid).astype(np.float32))

    return replace(world, draw=draw)


def _face_axis() -> np.ndarray:
    corners, facets = icosahedron()
    return corners[facets[0]].sum(axis=0)


ENTRY = Entry(
    name="icosphere",
    family="exact",
    title="points on the faces of an icosahedron, or of its subdivision, by Dirichlet weights",
    motive="simplicial complexes: features as corners, features that fire together as faces",
    sizes={
        "tiny": {"subdivisions": 0, "d_model": 8},
        "full": {"subdivisions": 1, "d_model": 64},
    },
    build=build,
    recover=recover,
    controls={
        "gaussian": gaussian_twin(build),
        "sphere": sphere,
        "corners_moved": corners_moved,
    },
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("relu", 24, l1=0.05),
        "full": SaePlan("relu", 84, l1=0.05, steps=3000),
    },
    expected="corners with codes in threes (12 corners: exact, closed form); trained: open",
)
