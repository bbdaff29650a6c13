"""Planted worlds: a structureless background with known shapes hidden in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput, TooLarge
from armillary.core.space import FeatureSpace
from armillary.worlds.background import TAIL_POWER, coloured, frame, spectrum_root, unit_rows
from armillary.worlds.point_set import PointSet
from armillary.worlds.shapes import DECOYS, NATURAL_SIZE, SAMPLERS, draw_shape

ALL_KINDS: tuple[str, ...] = tuple(SAMPLERS)
COSINE_RANGE = (0.3, 0.7)


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """One group of rows that was put into a world on purpose.

    Parameters
    ----------
    kind
        Name of the shape (or of the decoy).
    rows
        Rows of the space it occupies, in the sampler's order (round the circle, along the arc).
    noise
        Root mean squared norm of the noise over that of the shape.
    n
        Number of rows.
    parameters
        ``mean_cosine`` aimed at, ``nuisance`` (share of the shape's variance on the extra axis)
        and what the shape's sampler drew.
    """

    kind: str
    rows: Int[np.ndarray, " member"]
    noise: float
    n: int
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, eq=False)
class PlantedTruth:
    """What was planted: structures, and decoys (dense groups without shape)."""

    structures: tuple[Planted, ...]
    decoys: tuple[Planted, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PlantedWorld:
    """A space and, apart from it, the truth about it; nothing of the truth is in the space."""

    space: FeatureSpace
    truth: PlantedTruth


def planted_world(
    *,
    n: int = 24_576,
    d: int = 768,
    n_structures: int = 60,
    sizes: tuple[int, int] = (5, 200),
    noise: float = 0.5,
    kinds: Sequence[str] = ALL_KINDS,
    spectrum_power: float = TAIL_POWER,
    decoys: int | None = None,
    nuisance: float = 0.0,
    rng: np.random.Generator,
) -> PlantedWorld:
    """Draw a world: ``n`` unit rows, of which some groups have a shape and some only look dense.

    Background rows are unit-scaled Gaussians with the spectrum of ``spectrum_shares``. Row i of a
    planted group is ``unit(sqrt(c) m + sqrt(s) (shape_i A + a_i v) + noise_i)``: ``m`` a background
    row, ``shape_i`` a shape point (mean squared norm 1) placed by a random orthonormal frame ``A``;
    ``a_i v`` the nuisance, an independent Gaussian along a further orthonormal axis whose variance
    is ``nuisance`` times the mean variance of a shape axis; ``c`` the wanted mean cosine, spread
    evenly over 0.3 to 0.7 across groups; ``s`` such that the mean squared norm is 1.

    **Noise convention.** ``noise_i`` is Gaussian, half of its variance isotropic in all ``d``
    dimensions and half with the background's spectrum; its total mean squared norm is
    ``noise**2 * s``. So ``noise`` is the ratio of root mean squared norms, noise over shape, summed
    over all dimensions and taken before the row is scaled to unit length: 0.25 is low, 0.5
    moderate, 1 high. Along any one shape axis the noise is far smaller than that.

    Parameters
    ----------
    n, d
        Rows and dimensions.
    n_structures
        How many shapes; kinds take turns.
    sizes
        Smallest and largest size; within them, and within ``NATURAL_SIZE`` of its kind, the
        structures of one kind are graded evenly in log size.
    noise
        As above, >= 0.
    kinds
        Names of shapes.
    spectrum_power
        Decay of the background spectrum's tail.
    decoys
        How many shapeless dense groups (Gaussian and heavy-tailed in turn); by default as many as
        structures. They get the same sizes, cosines and noise.
    nuisance
        As above; 1 makes the extra axis as strong as a shape axis, 0 leaves it out.
    rng
        Source of randomness.

    Returns
    -------
    PlantedWorld
        Rows are shuffled: their numbers tell nothing.

    Raises
    ------
    BadInput
        If a kind is unknown, a shape needs more dimensions than ``d``, or noise is negative.
    TooLarge
        If planted rows would fill more than half of the space.

    Notes
    -----
    Unit rows lie on a sphere, so flat shapes come out slightly bent: a straight segment becomes
    an arc of a great circle, the more so the lower the mean cosine.
    """
    unknown = [kind for kind in kinds if kind not in SAMPLERS]
    if unknown or noise < 0 or not kinds:
        raise BadInput(f"kinds {unknown} unknown or noise {noise} < 0; kinds are {ALL_KINDS}")
    root = spectrum_root(d, rng=rng, power=spectrum_power)
    names = [kinds[i % len(kinds)] for i in range(n_structures)]
    decoy_names = list(DECOYS)
    n_decoys = n_structures if decoys is None else decoys
    names += [decoy_names[i % len(decoy_names)] for i in range(n_decoys)]
    drawn = [
        draw_shape(name, size, rng=rng)
        for name, size in zip(names, _graded_sizes(names, sizes, rng), strict=True)
    ]
    total = sum(shape.points.shape[0] for shape in drawn)
    if total > n // 2:
        raise TooLarge(
            f"{len(drawn)} groups need {total} rows, more than half of {n}: "
            "plant fewer structures, lower the largest size or raise n"
        )
    cosines = np.concatenate([_graded_cosines(n_structures, rng), _graded_cosines(n_decoys, rng)])
    place = rng.permutation(n)
    directions = unit_rows(coloured(n, root, rng=rng))
    planted: list[Planted] = []
    start = 0
    for name, shape, cosine in zip(names, drawn, cosines, strict=True):
        rows = place[start : start + shape.points.shape[0]]
        start += rows.size
        directions[rows] = embedded(
            shape, mean_cosine=float(cosine), noise=noise, nuisance=nuisance, root=root, rng=rng
        )
        parameters = {"mean_cosine": float(cosine), "nuisance": nuisance, **shape.parameters}
        planted.append(Planted(name, rows, noise, rows.size, parameters))
    space = FeatureSpace(directions, np.arange(n, dtype=np.int64), source={"uri": "world:planted"})
    return PlantedWorld(
        space, PlantedTruth(tuple(planted[:n_structures]), tuple(planted[n_structures:]))
    )


def embedded(
    shape: PointSet,
    *,
    mean_cosine: float,
    noise: float,
    root: Float[np.ndarray, "axis d_model"],
    rng: np.random.Generator,
    nuisance: float = 0.0,
) -> Float[np.ndarray, "member d_model"]:
    """Place a shape's points among unit rows, by the formula of ``planted_world``.

    Raises
    ------
    BadInput
        If the shape spans more dimensions than there are.
    """
    n, dim = shape.points.shape
    d = root.shape[1]
    extra = 1 if nuisance > 0 else 0
    if dim + extra > d:
        raise BadInput(f"the shape needs {dim + extra} dimensions, the space has {d}: raise d")
    variance = nuisance / dim
    coordinates = np.column_stack(
        [shape.points, np.sqrt(variance) * rng.standard_normal((n, extra))]
    )
    s = (1 - mean_cosine) / (1 + noise**2 + variance)
    centre = unit_rows(coloured(1, root, rng=rng))
    white = rng.standard_normal((n, d)) / np.sqrt(d)
    error = noise * np.sqrt(0.5) * (white + coloured(n, root, rng=rng))
    placed = coordinates @ frame(d, dim + extra, rng=rng)
    return unit_rows(np.sqrt(mean_cosine) * centre + np.sqrt(s) * (placed + error)).astype(
        np.float32
    )


def _graded_sizes(names: list[str], sizes: tuple[int, int], rng: np.random.Generator) -> list[int]:
    """Spread the instances of each kind evenly over its sizes, in log size, with jitter."""
    wanted: list[int] = []
    for i, name in enumerate(names):
        low, high = NATURAL_SIZE[name]
        low, high = max(low, min(sizes[0], high)), min(high, max(sizes[1], low))
        rank = names[:i].count(name)
        share = (rank + rng.uniform()) / names.count(name)
        wanted.append(round(low * (high / low) ** share))
    return wanted


def _graded_cosines(n: int, rng: np.random.Generator) -> np.ndarray:
    """Spread mean cosines evenly over their range, in random order."""
    low, high = COSINE_RANGE
    return rng.permutation(low + (high - low) * (np.arange(n) + 0.5) / max(n, 1))
