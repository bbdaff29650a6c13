import numpy as np
import pytest

from armillary.core import BadInput
from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.firing import ReLU, TopK
from armillary.experiments.sweeps.judged import census_of, factors_of, price
from armillary.worlds import make

RNG = np.random.default_rng


def atoms_of_cells(seed: int = 0) -> SparseAutoencoder:
    """One latent a cell of the 6 x 6 product: L0 1."""
    world = make("blue_boats", seed=seed)
    rows = np.unique(np.round(world.activations(5000, RNG(0)), 5), axis=0)
    return SparseAutoencoder(
        rows, np.ascontiguousarray(rows.T), np.zeros(len(rows), np.float32),
        np.zeros(world.d_model, np.float32), TopK(1), centred=False,
    )  # fmt: skip


def test_two_orthogonal_parts_cost_sqrt_two_and_one_atom_costs_one():
    world = make("blue_boats")
    assert world.truth.exact_sae is not None
    assert price(world, world.truth.exact_sae, rng=RNG(0)) == pytest.approx(2**0.5, abs=1e-4)
    assert price(world, atoms_of_cells(), rng=RNG(0)) == pytest.approx(1, abs=1e-4)


def test_lengths_traded_against_codes_do_not_move_the_price():
    sae = atoms_of_cells()
    scaled = SparseAutoencoder(
        3 * sae.directions, sae.encoder / 3, sae.encoder_bias, sae.decoder_bias, TopK(1),
        centred=False,
    )  # fmt: skip
    world = make("blue_boats")
    assert price(world, scaled, rng=RNG(0)) == pytest.approx(price(world, sae, rng=RNG(0)))


def test_silence_has_no_price():
    sae = atoms_of_cells()
    silent = SparseAutoencoder(
        sae.directions, sae.encoder, sae.encoder_bias - 9, sae.decoder_bias, ReLU(), centred=False
    )
    assert np.isnan(price(make("blue_boats"), silent, rng=RNG(0)))


def test_the_census_knows_attributes_from_cells():
    world = make("blue_boats")
    assert world.truth.exact_sae is not None
    assert census_of(world, world.truth.exact_sae, rng=RNG(0))["attribute"] == 1
    assert census_of(world, atoms_of_cells(), rng=RNG(0))["pair"] == 1


def test_a_world_without_cells_cannot_be_counted_but_its_factors_can_be_scored():
    world = make("circle")
    axes = world.truth.factors[0].span.astype(np.float32)
    both = np.vstack([axes, -axes])
    sae = SparseAutoencoder(
        both, np.ascontiguousarray(both.T), np.zeros(4, np.float32), np.zeros(8, np.float32),
        ReLU(), centred=False,
    )  # fmt: skip
    (score,) = factors_of(world, sae, rng=RNG(0))
    assert score.r2_best > 0.99
    with pytest.raises(BadInput, match="cannot be classed"):
        census_of(world, sae, rng=RNG(0))
