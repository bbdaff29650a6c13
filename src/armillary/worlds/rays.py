"""Rays: directions that rows repeat exactly, as rows do on which a single feature fires."""

import numpy as np
from jaxtyping import Float

from armillary.worlds.drawn import Sample
from armillary.worlds.world import World

_SAME = 1e-6
_BLOCK = 8192


def repeated_directions(
    rows: Float[np.ndarray, "token d_model"], *, least: int, rng: np.random.Generator
) -> Float[np.ndarray, "ray d_model"]:
    """Return the directions that at least ``least`` rows share to one in 10^6.

    Rows are scaled to length 1 and sorted by their products with one random vector; neighbours in
    that order whose difference is shorter than 10^-6 are linked, and runs of linked rows counted.
    Rows of several features differ from each other by far more, so that a run of them by chance is
    unlikely; rounding in single precision moves a direction by about 10^-7. Runs of the same
    direction (cut by a stranger in between) are merged.

    Parameters
    ----------
    rows
        Activations; rows shorter than 10^-6 are left out.
    least
        Rows a direction must have.
    rng
        Draws the vector.
    """
    length: np.ndarray = np.linalg.norm(rows, axis=1)
    unit = rows[length > _SAME].astype(np.float64) / length[length > _SAME, None]
    if len(unit) < least:
        return np.zeros((0, rows.shape[1]))
    unit = unit[np.argsort(unit @ rng.standard_normal(int(rows.shape[1])))]
    linked = np.linalg.norm(np.diff(unit, axis=0), axis=1) < _SAME
    run = np.concatenate([[0], np.cumsum(~linked)])
    size = np.bincount(run)
    starts = np.concatenate([[0], np.cumsum(size)[:-1]])
    means = np.add.reduceat(unit, starts, axis=0)[size > 1] / size[size > 1, None]
    return _merged(means, size[size > 1], least=least)


def _merged(means: np.ndarray, size: np.ndarray, *, least: int) -> np.ndarray:
    kept: list[int] = []
    total: list[int] = []
    for i in np.argsort(-size):
        apart = np.linalg.norm(means[kept] - means[i], axis=1) if kept else np.ones(1)
        if apart.min() < 10 * _SAME:
            total[int(apart.argmin())] += int(size[i])
        else:
            kept.append(int(i))
            total.append(int(size[i]))
    return means[np.array(kept, dtype=np.int64)[np.array(total, dtype=np.int64) >= least]]


def sparse_sum(
    directions: Float[np.ndarray, "feature d_model"],
    n: int,
    *,
    chance: float,
    scale: float,
    rng: np.random.Generator,
) -> Sample:
    """Draw ``sum_i z_i d_i``: each ``z_i`` uniform on [0, scale] with a chance, else 0.

    Parameters
    ----------
    directions
        Of length 1; factor ``feature i`` has the i-th.
    n
        Number of rows.
    chance
        That a feature fires on a row, independently of the others.
    scale
        The largest strength.
    rng
        Source of randomness.
    """
    on = rng.random((n, len(directions))) < chance
    codes = np.where(on, scale * rng.random(on.shape), 0.0)
    names = [f"feature {i}" for i in range(len(directions))]
    return Sample(
        (codes @ directions).astype(np.float32),
        {name: column[:, None] for name, column in zip(names, codes.T, strict=True)},
        dict(zip(names, on.T, strict=True)),
        codes=codes,
    )


def many(world: World, n: int, *, rng: np.random.Generator) -> Float[np.ndarray, "token d_model"]:
    """Draw many activations in blocks, so that their codes need not stand in memory together."""
    blocks = [world.activations(min(_BLOCK, n - at), rng) for at in range(0, n, _BLOCK)]
    return np.concatenate(blocks)


def singles(n_features: int, chance: float) -> float:
    """Return the share of rows on which one given feature fires alone: ``p (1 - p)^(n - 1)``."""
    return chance * (1 - chance) ** (n_features - 1)
