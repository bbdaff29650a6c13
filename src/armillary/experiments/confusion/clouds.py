"""Clouds: what of a world is shown to the battery, an autoencoder in between or not."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.core import SparseAutoencoder
from armillary.experiments.confusion.expected import expected_of
from armillary.worlds import World
from armillary.worlds.embedding import gaussian_draws

LEAST = 5  # points that a battery can judge
SOURCES = ("gaussian", "activations", "features", "latents")
_SAME = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """Points of one world, and the names that would be right for them.

    Parameters
    ----------
    world
        Name of the catalogue's entry.
    source
        ``"gaussian"`` (draws with the activations' mean and covariance: nothing is there),
        ``"activations"``, ``"features"`` (the true directions) or ``"latents"`` (decoder rows that
        fire, of an autoencoder trained on the activations).
    seed
        Of world, draws and autoencoder.
    points
        Different rows; a row that is drawn twice counts once.
    expected
        Verdicts that are right.
    """

    world: str
    source: str
    seed: int
    points: Float[np.ndarray, "point d_model"]
    expected: frozenset[str]


def clouds_of(
    world: World, sae: SparseAutoencoder | None = None, *, n_points: int = 200, seed: int = 0
) -> list[Cloud]:
    """Return the clouds that a world has; those of fewer than 5 different points are left out.

    Parameters
    ----------
    world
        Of the catalogue.
    sae
        Trained on its activations; None leaves ``"latents"`` out.
    n_points
        At most so many points each, drawn at random.
    seed
        Of the draws.

    Returns
    -------
    list of Cloud
        The Gaussian control first.
    """
    rng = np.random.default_rng([seed, 106])
    rows = world.activations(4 * n_points, rng)
    found = {
        "gaussian": gaussian_draws(rows, n_points, rng=rng),
        "activations": rows,
    }
    if world.space is not None:
        found["features"] = world.space.directions
    if sae is not None:
        fires = (sae.encode(world.activations(5000, rng)) != 0).any(axis=0)
        directions = sae.directions[fires]
        length = np.linalg.norm(directions, axis=1, keepdims=True)
        found["latents"] = directions / np.maximum(length, 1e-12)
    clouds: list[Cloud] = []
    for source, points in found.items():
        kept = different_rows(points.astype(np.float64))
        if len(kept) > n_points:
            kept = kept[np.sort(rng.choice(len(kept), n_points, replace=False))]
        if len(kept) >= LEAST:
            right = expected_of(world.name, source)
            clouds.append(Cloud(world.name, source, world.seed, kept, right))
    return clouds


def different_rows(points: Float[np.ndarray, "point axis"]) -> Float[np.ndarray, "kept axis"]:
    """Return the rows without repeats, in order of first appearance, equal to five digits."""
    scale = float(np.abs(points).max()) or 1.0
    _, first = np.unique(np.round(points / (scale * _SAME)), axis=0, return_index=True)
    return points[np.sort(first)]
