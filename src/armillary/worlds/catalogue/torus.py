"""A flat torus: two independent angles in four dimensions."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from armillary.worlds.charted import (
    DIGITS,
    LEVEL,
    chart_world,
    digits,
    drawing,
    leading,
    uniform_angles,
)
from armillary.worlds.charts import TAU, Chart, normalised
from armillary.worlds.charts import torus as torus_chart
from armillary.worlds.embedding import gaussian_twin
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.facets import rms
from armillary.worlds.world import World

_ROWS = 4000
_ORDER = 6


def chart(ratio: float) -> Chart:
    """Return the torus of radii ``1, ratio`` over ``sqrt(1 + ratio^2)``."""
    return normalised(torus_chart(ratio))


def build(*, seed: int, size: str, d_model: int, ratio: float = 1.0) -> World:
    """Draw two uniform angles: ``(cos s, sin s, r cos t, r sin t) / sqrt(1 + r^2)``."""
    return chart_world(
        "torus", chart(ratio), seed=seed, size=size, d_model=d_model,
        gauge="zero and sense of each angle are free; equal circles have no order",
        group="O(2) x O(2)" + (", exchanged" if ratio == 1 else ""),
        moves={
            "the first circle turned by 1 rad": lambda at: at + np.array([1.0, 0.0]),
            "the second circle reflected": lambda at: at * np.array([1.0, -1.0]),
            **({"circles exchanged": lambda at: at[:, ::-1]} if ratio == 1 else {}),
        },
        params={"ratio": ratio},
        nulls=("gaussian", "sphere", "knot"),
    )  # fmt: skip


def planes(
    points: Float[np.ndarray, "token 4"], *, radii: tuple[float, float]
) -> tuple[Float[np.ndarray, "4 2"], Float[np.ndarray, "4 2"]]:
    """Find the planes of two circles from the quadrics through the rows.

    Rows of a torus satisfy two equations ``x^T Q x = c`` and no more: the pencil of ``P_1`` and
    ``P_2``, the projectors on the planes. The two right singular vectors of
    ``[products of coordinates, 1]`` with the least singular values span it. The member with
    ``c = 0`` is ``P_1 / r_1^2 - P_2 / r_2^2`` up to scale: its eigenvectors of positive and of
    negative eigenvalues are the planes, in the order of the radii.
    """
    i, j = np.triu_indices(4)
    design = np.column_stack([points[:, i] * points[:, j], np.ones(len(points))])
    one, two = np.linalg.svd(design, full_matrices=False)[2][-2:]
    member = two[-1] * one - one[-1] * two
    form = np.zeros((4, 4))
    form[i, j] += member[:-1] / 2
    form[j, i] += member[:-1] / 2
    value, axes = np.linalg.eigh(form)
    low, high = axes[:, :2], axes[:, 2:]
    # the eigenvalues are 1 / r^2: small in size in the plane of the larger radius
    high_is_larger = abs(value[2:]).sum() < abs(value[:2]).sum()
    return (high, low) if high_is_larger == (radii[0] > radii[1]) else (low, high)


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Find two planes in which all rows have the claimed radii, and angles that are independent.

    Of 4,000 rows, in their four leading axes: (1) the digits to which nothing lies outside and the
    radii in the two planes of ``planes`` are those claimed (root mean squares; 8.4 digits of
    variance allowed, a thousand roundings); (2) the p-value of independent uniform angles by the
    84 harmonics of order up to 6 in each, at level 0.001. ``value`` is the smaller of digits / 8.4
    and p / 0.001; bound 1.
    """
    ratio = float(world.truth.params["ratio"])
    radii = (1 / np.sqrt(1 + ratio**2), ratio / np.sqrt(1 + ratio**2))
    points, left_out = leading(world.activations(_ROWS, rng), 4)
    pair = [points @ plane for plane in planes(points, radii=radii)]
    off = [rms(np.linalg.norm(at, axis=1) - radius) for at, radius in zip(pair, radii, strict=True)]
    angles = np.column_stack([np.arctan2(at[:, 1], at[:, 0]) for at in pair])
    pvalue = uniform_angles(angles, order=_ORDER)
    found = {"outside the axes": left_out, "off the radii": off, "p of uniform angles": pvalue}
    value = min(digits(left_out, *off) / DIGITS, pvalue / LEVEL)
    return Recovered("a torus, evenly covered (over its bounds)", value, 1.0, found)


def sphere(*, seed: int, size: str, d_model: int, ratio: float = 1.0) -> World:
    """Make the control on the three-dimensional sphere in the same four axes."""
    world = build(seed=seed, size=size, d_model=d_model, ratio=ratio)
    axes = world.truth.factors[0].span

    def places(n: int, *, rng: np.random.Generator) -> np.ndarray:
        at = rng.standard_normal((n, 4))
        return at / np.linalg.norm(at, axis=1, keepdims=True)

    def embed(at: np.ndarray) -> np.ndarray:
        return (at @ axes).astype(np.float32)

    return replace(world, draw=drawing(embed, places, "torus"))


def knot(*, seed: int, size: str, d_model: int, ratio: float = 1.0) -> World:
    """Make the control on the curve ``t = 3 s`` of the torus: on it, but not all over it."""
    world = build(seed=seed, size=size, d_model=d_model, ratio=ratio)

    def places(n: int, *, rng: np.random.Generator) -> np.ndarray:
        first = rng.uniform(0, TAU, n)
        return np.column_stack([first, 3 * first % TAU])

    return replace(world, draw=drawing(world.truth.factors[0].embed, places, "torus"))


_CONTROLS: dict[str, Callable[..., World]] = {
    "gaussian": gaussian_twin(build),
    "sphere": sphere,
    "knot": knot,
}

ENTRY = Entry(
    name="torus",
    family="manifolds",
    title="(cos s, sin s, cos t, sin t) in four random dimensions",
    motive="two cyclic variables at once, such as hour and weekday",
    sizes={"tiny": {"d_model": 8}, "full": {"d_model": 64}},
    build=build,
    recover=recover,
    controls=_CONTROLS,
    rates=(0.999, 0.0),
    sae={
        "tiny": SaePlan("relu", 32, l1=0.05),
        "full": SaePlan("relu", 512, l1=0.05, steps=3000),
    },
    expected="its span captured to R2 .76 by as many latents as dimensions in a mix: measured",
)
