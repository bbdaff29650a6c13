"""Branching shapes: binary tree and star of rays."""

import numpy as np

from armillary.worlds.point_set import PointSet, balanced_labels, spread, standardised

_DEEPEST = 7


def tree(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw a balanced binary tree: a node is the sum of the edge vectors on its way from the root.

    Edge vectors are orthogonal, one a child; an edge at depth t has length ``shrink ** t`` with
    shrink uniform in 0.6 to 0.85. The points are the leaves (2**depth) or all nodes
    (2**(depth + 1) - 1), whichever is nearer to ``n``; depth 2 to 7. Squared distances between
    leaves are an ultrametric. Dimension: ``2**(depth + 1) - 2``.
    """
    sizes = [(d, leaves) for d in range(2, _DEEPEST + 1) for leaves in (True, False)]
    sizes = [s for s in sizes if _count(*s) >= 7]
    miss = np.array([abs(_count(*s) - n) for s in sizes])
    depth, leaves = sizes[int(miss.argmin())]
    shrink = float(rng.uniform(0.6, 0.85))
    nodes = [np.zeros((1, 2 ** (depth + 1) - 2))]
    column = 0
    for level in range(depth):
        children = np.repeat(nodes[-1], 2, axis=0)
        width = children.shape[0]
        children[:, column : column + width] += np.eye(width) * shrink**level
        column += width
        nodes.append(children)
    points = nodes[-1] if leaves else np.vstack(nodes)
    kept = "leaves" if leaves else "all"
    return standardised(points, {"depth": depth, "shrink": shrink, "nodes": kept})


def star(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw 3 to 6 orthogonal rays from one origin, positions uniform in (0, 1), >= 3 a ray."""
    n = max(n, 9)
    rays = int(rng.integers(3, min(6, n // 3) + 1))
    ray = balanced_labels(n, rays)
    points = np.zeros((n, rays))
    for r in range(rays):
        on_ray = np.flatnonzero(ray == r)
        points[on_ray, r] = spread(on_ray.size, rng=rng)
    return standardised(points, {"rays": rays})


def _count(depth: int, leaves: bool) -> int:
    return 2**depth if leaves else 2 ** (depth + 1) - 1
