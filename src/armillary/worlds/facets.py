"""Facets: the flat pieces that rows lie on, read off the rows, and the corners where they meet."""

from itertools import combinations

import numpy as np
from jaxtyping import Float, Int

from armillary.worlds.entry import Recovered
from armillary.worlds.world import World

ON_A_FACET = 1e-4
ROUNDING = 2.0**-24
_ROUNDINGS = 1000
_ROWS_A_FACET = 150


def rms(errors: np.ndarray) -> float:
    """Return the root mean square of all numbers."""
    return float(np.sqrt((np.asarray(errors, dtype=np.float64) ** 2).mean()))


def cone(
    corners: Float[np.ndarray, "vertex dim"], facets: Int[np.ndarray, "facet corner"]
) -> float:
    """Return half the least angle between a facet's normal and the middles of its ridges.

    Rows within it of the foot of the normal are sure to lie on that facet. For corners of length 1.
    """
    least = np.pi
    for facet in facets:
        normal = np.linalg.lstsq(corners[facet], np.ones(len(facet)), rcond=None)[0]
        for left_out in range(len(facet)):
            middle = corners[np.delete(facet, left_out)].mean(axis=0)
            cosine = middle @ normal / (np.linalg.norm(middle) * np.linalg.norm(normal))
            least = min(least, float(np.arccos(min(cosine, 1.0))))
    return least / 2


def facet_normals(
    points: Float[np.ndarray, "token dim"], count: int, *, within: float
) -> Float[np.ndarray, "facet dim"]:
    """Peel facets off rows that lie on the surface of a convex body round the origin.

    The shortest row left stands near the foot of its facet's normal. The plane ``n . x = 1`` is
    fitted (least squares) to all rows within an angle of it, and the rows on that plane, to one in
    10^4, are put aside. Stops at ``count`` planes, or when no rows are left.

    Parameters
    ----------
    points
        Rows in the span of the body.
    count
        Number of facets to look for.
    within
        Angle in radians, as ``cone`` gives it.
    """
    left = points
    normals: list[np.ndarray] = []
    while len(normals) < count and len(left) >= points.shape[1]:
        length = np.linalg.norm(left, axis=1)
        seed = left[length.argmin()]
        near = left[left @ seed >= np.cos(within) * length * np.linalg.norm(seed)]
        normal = np.linalg.lstsq(near, np.ones(len(near)), rcond=None)[0]
        normals.append(normal)
        off = np.abs(left @ normal - 1) > ON_A_FACET
        off[length.argmin()] = False
        left = left[off]
    return np.array(normals)


def corners_of(normals: Float[np.ndarray, "facet dim"]) -> Float[np.ndarray, "vertex dim"]:
    """Return the corners of ``{x: n . x <= 1 for every normal}``.

    Every ``dim`` planes are intersected; points that no other plane cuts off, to one in 10^4, are
    kept, and those nearer to each other than 1 % are one corner: the first of them.
    """
    dim = int(normals.shape[1])
    if len(normals) < dim:
        return np.zeros((0, dim))
    every = [*combinations([*range(len(normals))], dim)]
    chosen = np.array(every)
    planes = normals[chosen]
    safe = np.abs(np.linalg.det(planes)) > 1e-3
    points = np.linalg.solve(planes[safe], np.ones((int(safe.sum()), dim, 1)))[:, :, 0]
    points = points[(points @ normals.T).max(axis=1) < 1 + ON_A_FACET]
    kept: list[np.ndarray] = []
    for point in points:
        if all(np.linalg.norm(point - other) > 0.01 for other in kept):
            kept.append(point)
    return np.array(kept).reshape(-1, dim)


def gram_distance(
    found: Float[np.ndarray, "one d_one"], claimed: Float[np.ndarray, "other d_other"]
) -> float:
    """Return the largest difference between the sorted inner products of two lists of points.

    1 where they are not equally many.
    """
    if len(found) != len(claimed):
        return 1.0
    return float(
        np.abs(np.sort((found @ found.T).ravel()) - np.sort((claimed @ claimed.T).ravel())).max()
    )


def recover_surface(
    world: World,
    corners: Float[np.ndarray, "vertex dim"],
    facets: Int[np.ndarray, "facet corner"],
    *,
    rng: np.random.Generator,
) -> Recovered:
    """Read a body off rows on its surface: facets, then corners, then their inner products.

    150 rows a claimed facet are laid into their leading ``dim`` axes (about the origin) and facets
    peeled off them; as many fresh rows are judged. Three errors are measured: the root mean square
    of what leaves those axes, of ``max_f n_f . x - 1`` (0 on the surface), and the largest
    difference between the inner products of the corners found and claimed.
    ``value = -2 log10(largest of the three)``. All are 0 but for the rounding of single precision;
    the bound allows a thousand roundings, ``1000 * 2^-24``: 8.4 digits of variance.
    """
    dim, n = corners.shape[1], _ROWS_A_FACET * len(facets)
    first, second = (world.activations(n, rng).astype(np.float64) for _ in range(2))
    axes: np.ndarray = np.linalg.svd(first, full_matrices=False)[2][:dim]
    normals: np.ndarray = facet_normals(first @ axes.T, len(facets), within=cone(corners, facets))
    left_out = rms(np.linalg.norm(second - second @ axes.T @ axes, axis=1))
    gauge = ((second @ axes.T) @ normals.T).max(axis=1)
    off = rms(gauge - 1)
    met = corners_of(normals)
    apart = gram_distance(met, corners)
    worst = max(left_out, off, apart, 1e-12)
    found = {
        "facets": len(normals), "corners": len(met), "outside the span": left_out,
        "off the surface": off, "inner products differ by": apart,
    }  # fmt: skip
    bound = -2 * float(np.log10(_ROUNDINGS * ROUNDING))
    return Recovered(
        "digits to which rows lie on the claimed body", -2 * float(np.log10(worst)), bound, found
    )
