"""A sphere in three dimensions, evenly covered."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float
from scipy.special import gammaincc, kolmogorov

from armillary.worlds.charted import DIGITS, LEVEL, chart_world, digits, drawing, leading
from armillary.worlds.charts import sphere as sphere_chart
from armillary.worlds.embedding import gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.facets import rms
from armillary.worlds.solids import icosahedron
from armillary.worlds.world import World

_ROWS = 4000


def build(*, seed: int, size: str, d_model: int) -> World:
    """Draw uniform points of the unit sphere and lay them into d_model by a random frame."""
    return chart_world(
        "sphere", sphere_chart(), seed=seed, size=size, d_model=d_model,
        gauge="poles and meridian are free",
        group="O(3)",
        moves={
            "a turn about the poles by 1 rad": lambda at: at + np.array([0.0, 1.0]),
            "poles exchanged": lambda at: at * np.array([-1.0, 1.0]),
        },
        params={"radius": 1.0},
        nulls=("gaussian", "clusters", "cap"),
    )  # fmt: skip


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Measure that rows are at one distance from the origin in three axes, and evenly spread.

    Of 4,000 rows, in their three leading axes: (1) the digits to which nothing lies outside and
    the radius is 1, as for the circle; (2) Kolmogorov and Smirnov's p-value that the inner
    products of 2,000 disjoint pairs of rows are uniform on [-1, 1], as they are of independent
    uniform points of the sphere, and (3) Rayleigh's, ``3 n |mean|^2`` against chi squared with
    three degrees of freedom; each at half the level of 0.001. ``value`` is the smallest of
    digits / 8.4 and 2 p / 0.001; bound 1.
    """
    points, left_out = leading(world.activations(_ROWS, rng), 3)
    length = np.linalg.norm(points, axis=1)
    off = rms(length - 1)
    unit = points / length[:, None]
    products = (unit[0::2] * unit[1::2]).sum(axis=1)
    pairs = uniform_products(products)
    mean = unit.mean(axis=0)
    middle = float(gammaincc(1.5, 1.5 * _ROWS * mean @ mean))
    found = {
        "outside the axes": left_out, "off the radius": off,
        "p of pairs": pairs, "p of the mean": middle,
    }  # fmt: skip
    value = min(digits(left_out, off) / DIGITS, 2 * min(pairs, middle) / LEVEL)
    return Recovered("a sphere, evenly covered (over its bounds)", value, 1.0, found)


def uniform_products(products: Float[np.ndarray, " pair"]) -> float:
    """Return Kolmogorov and Smirnov's p-value (for many numbers) of uniform on [-1, 1]."""
    n = len(products)
    share = (np.sort(products) + 1) / 2
    above, below = np.arange(1, n + 1) / n - share, share - np.arange(n) / n
    return float(kolmogorov(np.sqrt(n) * max(above.max(), below.max())))


def _other_places(places: Callable[..., np.ndarray]) -> Callable[..., World]:
    def control(*, seed: int, size: str, d_model: int) -> World:
        world = build(seed=seed, size=size, d_model=d_model)
        return replace(world, draw=drawing(world.truth.factors[0].embed, places, "sphere"))

    return control


def twelve_clusters(n: int, *, rng: np.random.Generator) -> np.ndarray:
    """Draw points round the corners of an icosahedron, 0.1 of Gaussian step before projection."""
    corners = icosahedron()[0]
    points = corners[rng.integers(12, size=n)] + 0.1 * rng.standard_normal((n, 3))
    return sphere_chart().places(points)


def cap(n: int, *, rng: np.random.Generator) -> np.ndarray:
    """Draw uniform points of three quarters of the sphere: heights above -1/2."""
    at = sphere_chart().draw(n, rng=rng)
    return np.column_stack([0.75 * at[:, 0] + 0.25, at[:, 1]])


ENTRY = Entry(
    name="sphere",
    family="manifolds",
    title="uniform points of the sphere in three random dimensions",
    motive="two-dimensional variables without edge, such as places on a globe",
    sizes={"tiny": {"d_model": 8}, "full": {"d_model": 64}},
    build=build,
    recover=recover,
    controls={
        "gaussian": gaussian_twin(build),
        "clusters": _other_places(twelve_clusters),
        "cap": _other_places(cap),
    },
    rates=(0.999, 0.0),
    sae={
        "tiny": SaePlan("relu", 32, l1=0.05),
        "full": SaePlan("relu", 512, l1=0.05, steps=3000),
    },
    expected="its span captured to R2 .79 by as many latents as dimensions in a mix: measured",
)
