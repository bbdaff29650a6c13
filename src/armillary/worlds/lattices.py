"""Shapes that are products: grid, ring of concepts x variant, parallelogram lattice."""

import numpy as np

from armillary.worlds.point_set import PointSet, spread, standardised


def grid(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw an a x b square lattice (2 dimensions), a, b >= 3, b at most 2 a.

    The feasible size nearest to ``n`` is taken; ties are broken at random.
    """
    sides = [(a, b) for a in range(3, 41) for b in range(a, 2 * a + 1)]
    a, b = _nearest(sides, n, rng)
    number = np.arange(a * b, dtype=np.int64)
    return standardised(
        np.column_stack([number // b, number % b]).astype(np.float64), {"a": a, "b": b}
    )


def product(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw c concepts on a circle, each in v = 2 or 3 variants (2 + v - 1 dimensions): a prism.

    Point (j, l) is ``ring_j + offset_l``; offsets are orthogonal to the ring's plane and the
    same for every concept; c >= 5. The offsets' share of the variance is uniform in 0.3 to 0.6.
    ``parameters["concept"]`` and ``["variant"]`` number the factors.
    """
    c, v = _nearest([(c, v) for v in (2, 3) for c in range(5, 401)], n, rng)
    share = float(rng.uniform(0.3, 0.6))
    angle = 2 * np.pi * spread(c, rng=rng)
    ring = standardised(np.column_stack([np.cos(angle), np.sin(angle)])).points
    offset = standardised(rng.standard_normal((v, v - 1))).points
    return _crossed(ring, offset, share)


def lattice(n: int, *, rng: np.random.Generator) -> PointSet:
    """Draw c concepts at random, each in v = 2 or 3 steps of one constant offset.

    Point (j, l) is ``concept_j + l * offset``, l = 0 .. v-1: every concept and its variants
    make a parallelogram with every other. Concepts are Gaussian in ``min(c - 1, 6)`` dimensions,
    c >= 4; the offset is orthogonal to them, its share of the variance uniform in 0.25 to 0.5.
    """
    c, v = _nearest([(c, v) for v in (2, 3) for c in range(4, 401)], n, rng)
    share = float(rng.uniform(0.25, 0.5))
    concepts = standardised(rng.standard_normal((c, min(c - 1, 6)))).points
    offset = standardised(np.arange(v, dtype=np.float64)[:, None]).points
    return _crossed(concepts, offset, share)


def _crossed(concepts: np.ndarray, offsets: np.ndarray, share: float) -> PointSet:
    c, v = concepts.shape[0], offsets.shape[0]
    number = np.arange(c * v, dtype=np.int64)
    concept, variant = number // v, number % v
    points = np.column_stack(
        [np.sqrt(1 - share) * concepts[concept], np.sqrt(share) * offsets[variant]]
    )
    parameters = {"c": c, "v": v, "variant_share": share}
    return standardised(
        points, {**parameters, "concept": concept.tolist(), "variant": variant.tolist()}
    )


def _nearest(pairs: list[tuple[int, int]], n: int, rng: np.random.Generator) -> tuple[int, int]:
    miss = np.array([abs(a * b - n) for a, b in pairs])
    best = np.flatnonzero(miss == miss.min())
    return pairs[int(rng.choice(best))]
