"""Judged: what the sweeps ask of an autoencoder on a world whose truth is known."""

import numpy as np

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput
from armillary.worlds import World
from armillary.worlds.scoring.census import KINDS, census
from armillary.worlds.scoring.evidence import gathered
from armillary.worlds.scoring.factors import FactorScore, factor_scores

_ROWS = 5000


def census_of(
    world: World, sae: SparseAutoencoder, *, rng: np.random.Generator
) -> dict[str, float]:
    """Return which share of the living latents is of each kind of ``worlds.report``'s census.

    Raises
    ------
    BadInput
        If the world has no cells to class latents by, or no latent fires.
    """
    found = census(gathered(world, sae, n_tokens=_ROWS, seed=world.seed), rng=rng)
    if isinstance(found, str):
        raise BadInput(f"latents of {world.name} cannot be classed: {found}")
    return {kind: found.counts[kind] / len(found.kinds) for kind in KINDS}


def factors_of(
    world: World, sae: SparseAutoencoder, *, rng: np.random.Generator
) -> tuple[FactorScore, ...]:
    """Return ``worlds.report``'s scores of every factor, on 20,000 rows.

    Raises
    ------
    BadInput
        If the world has no factors, or no latent fires.
    """
    found = factor_scores(gathered(world, sae, n_tokens=4 * _ROWS, seed=world.seed), rng=rng)
    if isinstance(found, str):
        raise BadInput(f"{world.name}: {found}")
    return found


def price(world: World, sae: SparseAutoencoder, *, rng: np.random.Generator) -> float:
    """Return the mean of ``sum_j code_j |row_j| / |x' - bias|`` over rows where something fires.

    What L1 pays for a vector of length one: 1 where a row is one atom, ``sqrt(k)`` where it is k
    orthogonal parts of one size. Shrinkage does not change it.
    """
    rows = world.activations(_ROWS, rng)
    codes = sae.encode(rows) * np.linalg.norm(sae.directions, axis=1)
    unit = sae.directions / np.maximum(np.linalg.norm(sae.directions, axis=1, keepdims=True), 1e-12)
    length = np.linalg.norm(codes @ unit, axis=1)
    some = length > 1e-6
    return float((codes.sum(axis=1)[some] / length[some]).mean()) if some.any() else float("nan")
