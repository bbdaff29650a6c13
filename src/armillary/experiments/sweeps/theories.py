"""Theories: true structures of one dimension that one autoencoder could have been trained on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from armillary.worlds import Sample, World, entry

D_MODEL = 16

_PRODUCT: dict[str, Any] = {"d_model": D_MODEL, "levels": (6, 6), "noise": 0.0, "zipf": 0.0}
_TREE: dict[str, Any] = {
    "d_model": D_MODEL, "magnitude": 0.6, "branching": 3, "depth": 2, "root": 0.9, "child": 0.3,
}  # fmt: skip

_BUILD: dict[str, Callable[[int], World]] = {
    "36 clusters": lambda s: entry("blue_boats").controls["clusters"](
        seed=s, size="of 16 dimensions", **_PRODUCT
    ),
    "6 x 6 product": lambda s: entry("blue_boats").build(
        seed=s, size="of 16 dimensions", **_PRODUCT
    ),
    "cube of 5 bits": lambda s: entry("tesseract").build(
        seed=s, size="of 16 dimensions", d_model=D_MODEL, bits=5
    ),
    "tree of 13": lambda s: entry("tree").build(seed=s, size="of 16 dimensions", **_TREE),
    "circle": lambda s: entry("circle").build(seed=s, size="of 16 dimensions", d_model=D_MODEL),
    "two circles": lambda s: _pair_of_circles(s),
    "Gaussian": lambda s: _gaussian(s),
}

THEORIES: tuple[str, ...] = tuple(_BUILD)


def theory(name: str, *, seed: int, noise: float = 0.0) -> World:
    """Build one true structure in 16 dimensions, with noise if asked for.

    ``x = sqrt(1 - noise) * y + sqrt(noise) * g`` where ``y`` is the structure at mean 0 and rms
    length 1, and ``g`` an isotropic Gaussian of rms length 1: ``noise`` is its share of variance.
    """
    world = _BUILD[name](seed)
    rows = world.activations(20_000, np.random.default_rng([seed, 406])).astype(np.float64)
    mean = rows.mean(axis=0)
    scale = float(np.sqrt(((rows - mean) ** 2).sum(axis=1).mean()))
    shift, part = mean.astype(np.float32), np.float32((1 - noise) ** 0.5 / scale)
    level = np.float32((noise / world.d_model) ** 0.5)

    def draw(n: int, rng: np.random.Generator) -> Sample:
        x: np.ndarray = (world.activations(n, rng) - shift) * part
        if not noise:
            return Sample(x)
        return Sample(x + level * rng.standard_normal(x.shape, dtype=np.float32))

    return replace(world, name=name, draw=draw)


def _pair_of_circles(seed: int) -> World:
    """Two angles, each on a circle of its own, in orthogonal planes: a flat torus."""
    one = entry("circle").build(seed=seed, size="of 16 dimensions", d_model=D_MODEL)
    first = one.truth.factors[0].span
    other = np.linalg.svd(first)[2][2:]  # orthonormal rows orthogonal to the first plane
    turn = np.random.default_rng([seed, 407]).standard_normal((len(other), 2))
    second = (other.T @ np.linalg.qr(turn)[0]).T

    def draw(n: int, rng: np.random.Generator) -> Sample:
        angle = rng.uniform(0, 2 * np.pi, (2, n))
        parts = [
            np.column_stack([np.cos(a), np.sin(a)]) @ axes
            for a, axes in zip(angle, (first, second), strict=True)
        ]
        return Sample((parts[0] + parts[1]).astype(np.float32))

    return replace(one, name="two circles", draw=draw)


def _gaussian(seed: int) -> World:
    one = entry("circle").build(seed=seed, size="of 16 dimensions", d_model=D_MODEL)

    def draw(n: int, rng: np.random.Generator) -> Sample:
        return Sample(rng.standard_normal((n, D_MODEL), dtype=np.float32))

    return replace(one, name="Gaussian", draw=draw)
