"""Bodies: corners of the polytopes that features in superposition take, and their symmetries."""

from collections.abc import Callable
from itertools import combinations, product

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.worlds.solids import icosahedron, polygon

Corners = Float[np.ndarray, "vertex dim"]
_SAME = 1e-9


def simplex(dim: int) -> Corners:
    """Return the dim + 1 corners of a regular simplex, of length 1 and sum 0."""
    centred = np.eye(dim + 1) - 1 / (dim + 1)
    axes = np.linalg.svd(centred)[2][:dim]
    return _unit(centred @ axes.T)


def cross_polytope(dim: int) -> Corners:
    """Return ``+e_i`` and ``-e_i``: 2 dim corners."""
    return np.vstack([np.eye(dim), -np.eye(dim)])


def hypercube(dim: int) -> Corners:
    """Return the 2^dim points of coordinates ``+-1 / sqrt(dim)``."""
    return np.array(list(product((1.0, -1.0), repeat=dim))) / np.sqrt(dim)


def square_antiprism() -> Corners:
    """Return 8 corners: two squares turned by 45 degrees, all edges equal, on the unit sphere.

    A square of edge a has circumradius ``a / sqrt 2``; the squares are ``a / 2^(1/4)`` apart.
    """
    height = np.full((4, 1), 2**-1.25 * np.sqrt(2))  # over circumradius 1
    upper, lower = polygon(4), polygon(8)[1::2]
    return _unit(np.vstack([np.hstack([upper, height]), np.hstack([lower, -height])]))


def cell_24() -> Corners:
    """Return the 24 corners of the 24-cell: ``(+-1, +-1, 0, 0) / sqrt 2`` in every order."""
    rows: list[np.ndarray] = []
    for i, j in combinations([*range(4)], 2):
        for a, b in product((1, -1), repeat=2):
            row = np.zeros(4)
            row[i], row[j] = a, b
            rows.append(row)
    return _unit(np.array(rows))


# name: corners, name of the group
BODIES: dict[str, tuple[Callable[[], Corners], str]] = {
    "digon": (lambda: cross_polytope(1), "Z_2"),
    "triangle": (lambda: polygon(3), "D_3"),
    "tetrahedron": (lambda: simplex(3), "T_d"),
    "pentagon": (lambda: polygon(5), "D_5"),
    "square_antiprism": (square_antiprism, "D_4d"),
    "octahedron": (lambda: cross_polytope(3), "O_h"),
    "cube": (lambda: hypercube(3), "O_h"),
    "icosahedron": (lambda: icosahedron()[0], "I_h"),
    "24_cell": (cell_24, "F_4"),
    "tesseract": (lambda: hypercube(4), "B_4"),
    "simplex_4": (lambda: simplex(4), "S_5"),
    "cross_polytope_4": (lambda: cross_polytope(4), "B_4"),
}


def body(name: str) -> tuple[Corners, str]:
    """Return the corners of a body and the name of its symmetry group.

    Raises
    ------
    BadInput
        If there is no such body.
    """
    if name not in BODIES:
        raise BadInput(f"there is no body {name!r}: {', '.join(BODIES)}")
    corners, group = BODIES[name]
    return corners(), group


def symmetries(corners: Corners) -> Int[np.ndarray, "element vertex"]:
    """Return every permutation of the corners that an orthogonal map brings about.

    Images of a basis among the corners are tried one after the other, kept where inner products
    agree; each full assignment is a linear map, kept where it permutes all corners.
    """
    gram = corners @ corners.T
    basis = _basis(corners)
    images: list[tuple[int, ...]] = [()]
    for k, corner in enumerate(basis):
        images = [
            (*image, candidate)
            for image in images
            for candidate in range(len(corners))
            if np.abs(gram[candidate, list(image)] - gram[corner, list(basis[:k])]).max(initial=0)
            < _SAME
            and candidate not in image
        ]
    inverse = np.linalg.inv(corners[list(basis)])
    found: list[np.ndarray] = []
    for image in images:
        moved = corners @ inverse @ corners[list(image)]
        cosine = moved @ corners.T
        if np.all(cosine.max(axis=1) > 1 - _SAME):
            found.append(cosine.argmax(axis=1))
    return np.array(found)


def generators(elements: Int[np.ndarray, "element vertex"]) -> Int[np.ndarray, "some vertex"]:
    """Choose few elements that generate all: each the first that is not yet reached."""
    chosen: list[np.ndarray] = []
    reached: set[tuple[int, ...]] = {tuple(range(elements.shape[1]))}
    for element in elements:
        if tuple(int(i) for i in element) in reached:
            continue
        chosen.append(element)
        frontier = list(reached)
        while frontier:
            ahead: list[tuple[int, ...]] = []
            for word in frontier:
                for step in chosen:
                    made = tuple(int(step[i]) for i in word)
                    if made not in reached:
                        reached.add(made)
                        ahead.append(made)
            frontier = ahead
    return np.array(chosen)


def as_matrix(
    corners: Corners, permutation: Int[np.ndarray, " vertex"]
) -> Float[np.ndarray, "dim dim"]:
    """Return the matrix ``R`` with ``R v_i = v_permutation(i)`` for every corner (columns)."""
    return np.linalg.lstsq(corners, corners[permutation], rcond=None)[0].T


def _basis(corners: Corners) -> tuple[int, ...]:
    chosen: list[int] = []
    for i in range(len(corners)):
        if np.linalg.matrix_rank(corners[[*chosen, i]]) > len(chosen):
            chosen.append(i)
    return tuple(chosen)


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
