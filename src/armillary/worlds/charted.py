"""Charted: a world that is one manifold, from its chart; and whether coordinates are uniform."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.worlds.charts import Chart, chart_factor
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding
from armillary.worlds.facets import ROUNDING, rms
from armillary.worlds.truth import Gauge, Symmetry, Truth
from armillary.worlds.world import World

DIGITS = -2 * float(np.log10(1000 * ROUNDING))
LEVEL = 1e-3

Moves = Mapping[str, Callable[[np.ndarray], np.ndarray]]


def chart_world(
    name: str,
    chart: Chart,
    *,
    seed: int,
    size: str,
    d_model: int,
    gauge: str,
    group: str,
    moves: Moves,
    params: Mapping[str, Any],
    nulls: Sequence[str],
) -> World:
    """Make the world whose rows are uniform points of a chart, in a random frame.

    Parameters
    ----------
    name
        Of the entry; the factor takes the chart's kind as its name.
    chart
        Centred, of root mean squared length 1.
    seed, size, d_model
        As everywhere.
    gauge
        What is not identifiable, in words.
    group
        Name of the symmetry group.
    moves
        Some of its elements, on coordinates.
    params
        Of the truth.
    nulls
        Names of the controls.
    """
    dim = chart.points(chart.grid()[:1]).shape[1]
    axes = embedding(d_model, dim, rng=np.random.default_rng([seed, 8]))
    factor = chart_factor(chart.kind, chart, axes)

    def moved(by: Callable[[np.ndarray], np.ndarray]) -> Callable[[Sample], np.ndarray]:
        return lambda sample: factor.embed(by(sample.coordinates[chart.kind]))

    truth = Truth(
        kind="manifold",
        params={**params, "d_model": d_model},
        factors=(factor,),
        gauge=Gauge(rotation=(chart.kind,), words=gauge),
        symmetry=Symmetry(group, None, {how: moved(by) for how, by in moves.items()}),
        nulls=tuple(nulls),
    )
    return World(name, size, seed, d_model, drawing(factor.embed, chart.draw, chart.kind), truth)


def drawing(
    embed: Callable[[np.ndarray], np.ndarray], coordinates: Callable[..., np.ndarray], name: str
) -> Callable[[int, np.random.Generator], Sample]:
    """Return the ``draw`` of a world of one factor that is always active."""

    def draw(n: int, rng: np.random.Generator) -> Sample:
        at = coordinates(n, rng=rng)
        return Sample(embed(at), {name: at}, {name: np.ones(n, dtype=bool)})

    return draw


def leading(
    rows: Float[np.ndarray, "token d_model"], dim: int
) -> tuple[Float[np.ndarray, "token dim"], float]:
    """Return rows in their leading axes about the origin, and the root mean square of the rest."""
    rows = rows.astype(np.float64)
    axes: np.ndarray = np.linalg.svd(rows, full_matrices=False)[2][:dim]
    points = rows @ axes.T
    return points, rms(np.linalg.norm(rows - points @ axes, axis=1))


def digits(*errors: float) -> float:
    """Return ``-2 log10`` of the largest error: digits of variance; at most 24."""
    return -2 * float(np.log10(max(*errors, 1e-12)))


def uniform_angles(angles: Float[np.ndarray, "token angle"], *, order: int) -> float:
    """Return the p-value of independent uniform angles, by their Fourier coefficients.

    For every integer vector ``m`` with entries up to ``order`` in size (one of m and -m, not 0),
    ``n |mean exp(i m . t)|^2`` is exponential of mean 1 under the null, but for terms of order
    1 / n. The p-value is ``exp(-largest)`` times the number of vectors, at most 1.

    References
    ----------
    Rayleigh 1919; for harmonics Mardia and Jupp 2000, Directional Statistics, section 6.3.
    """
    n, k = angles.shape
    vectors = [m for m in product(range(-order, order + 1), repeat=k) if m > (0,) * k]
    power = [n * abs(np.exp(1j * (angles @ np.array(m))).mean()) ** 2 for m in vectors]
    return min(1.0, len(vectors) * float(np.exp(-max(power))))
