"""A circle: one angle, two dimensions, nothing else."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from armillary.worlds.charted import (
    DIGITS,
    LEVEL,
    chart_world,
    digits,
    drawing,
    leading,
    uniform_angles,
)
from armillary.worlds.charts import TAU
from armillary.worlds.charts import circle as circle_chart
from armillary.worlds.embedding import gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.facets import rms
from armillary.worlds.solids import polygon
from armillary.worlds.world import World

_ROWS = 2000
_ORDER = 24


def build(*, seed: int, size: str, d_model: int) -> World:
    """Draw angles uniformly and lay ``(cos t, sin t)`` into d_model by a random frame."""
    return chart_world(
        "circle", circle_chart(), seed=seed, size=size, d_model=d_model,
        gauge="the angle's zero and its sense are free",
        group="O(2)",
        moves={
            "a turn by 1 rad": lambda at: at + 1,
            "a turn by pi": lambda at: at + np.pi,
            "a reflection": lambda at: -at,
        },
        params={"radius": 1.0},
        nulls=("gaussian", "clusters", "arc", "polygon"),
    )  # fmt: skip


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Measure that rows are at one distance from the origin in a plane, and evenly round it.

    Of 2,000 rows, in their two leading axes about the origin: (1) the digits to which nothing lies
    outside the plane and the radius is 1 (root mean squares of both; a thousand roundings of
    single precision are allowed, 8.4 digits of variance); (2) the p-value of uniform angles by 24
    harmonics, at level 0.001. ``value`` is the smaller of digits / 8.4 and p / 0.001; bound 1.
    A circle fails by chance in one of 1,000 draws.
    """
    points, left_out = leading(world.activations(_ROWS, rng), 2)
    off = rms(np.linalg.norm(points, axis=1) - 1)
    pvalue = uniform_angles(np.arctan2(points[:, 1], points[:, 0])[:, None], order=_ORDER)
    found = {"outside the plane": left_out, "off the radius": off, "p of uniform angles": pvalue}
    value = min(digits(left_out, off) / DIGITS, pvalue / LEVEL)
    return Recovered("a circle, evenly covered (over its bounds)", value, 1.0, found)


def _other_angles(angles: Callable[..., np.ndarray]) -> Callable[..., World]:
    def control(*, seed: int, size: str, d_model: int) -> World:
        world = build(seed=seed, size=size, d_model=d_model)
        return replace(world, draw=drawing(world.truth.factors[0].embed, angles, "circle"))

    return control


def ring_of_clusters(n: int, *, rng: np.random.Generator) -> np.ndarray:
    """Draw angles at 12 even centres, Gaussian round each with a standard deviation of 0.05."""
    centre = TAU / 12 * rng.integers(12, size=(n, 1))
    return (centre + 0.05 * rng.standard_normal((n, 1))) % TAU


def arc(n: int, *, rng: np.random.Generator) -> np.ndarray:
    """Draw angles uniform on nine tenths of the circle."""
    return rng.uniform(0, 0.9 * TAU, (n, 1))


def inscribed_polygon(*, seed: int, size: str, d_model: int) -> World:
    """Make the control on the regular polygon of 24 sides with its corners on the circle."""
    world = build(seed=seed, size=size, d_model=d_model)
    corners = polygon(24) @ world.truth.factors[0].span

    def embed(at: np.ndarray) -> np.ndarray:
        place = at[:, 0] / TAU * 24
        side, along = np.divmod(place, 1.0)
        first = side.astype(np.int64) % 24
        mixed = (1 - along[:, None]) * corners[first] + along[:, None] * corners[(first + 1) % 24]
        return mixed.astype(np.float32)

    return replace(world, draw=drawing(embed, circle_chart().draw, "circle"))


ENTRY = Entry(
    name="circle",
    family="manifolds",
    title="(cos t, sin t) in a random plane, t uniform",
    motive="weekdays and months; tiling of one-dimensional manifolds",
    sizes={"tiny": {"d_model": 8}, "full": {"d_model": 64}},
    build=build,
    recover=recover,
    controls={
        "gaussian": gaussian_twin(build),
        "clusters": _other_angles(ring_of_clusters),
        "arc": _other_angles(arc),
        "polygon": inscribed_polygon,
    },
    rates=(0.999, 0.0),
    sae={
        "tiny": SaePlan("relu", 12, l1=0.05),
        "full": SaePlan("relu", 200, l1=0.05, steps=3000),
    },
    expected="tiles (L1), an antipodal code (TopK 2) or clusters (TopK 1), by kind and k: measured",
)
