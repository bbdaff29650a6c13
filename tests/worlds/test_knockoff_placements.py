"""Knock-off decoders on a world whose perfect autoencoder is known."""

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.firing import ReLU
from armillary.worlds import make
from armillary.worlds.knockoff import knockoff_table, placement


def antipodal(d: int) -> SparseAutoencoder:
    """Exact on all of R^d: one latent a half-axis."""
    both = np.vstack([np.eye(d), -np.eye(d)]).astype(np.float32)
    return SparseAutoencoder(
        both, both.T.copy(), np.zeros(2 * d, np.float32), np.zeros(d, np.float32), ReLU()
    )


def test_a_rotated_decoder_fails_as_is_and_is_whole_after_a_rotation():
    world = make("modadd_pizza")
    table = knockoff_table(world, antipodal(world.d_model), rng=np.random.default_rng(0), n=1000)
    assert table["learned"].as_is == table["learned"].rotated == 1.0
    assert table["jointly rotated"].as_is < 0.3
    assert table["jointly rotated"].rotated == 1.0
    for name in ("permuted", "random"):
        assert table[name].as_is < 0.3
        assert table[name].rotated < 0.9


def test_the_rotation_is_about_the_means():
    world = make("modadd_clock")
    sample = world.draw(500, np.random.default_rng(0))
    assert world.truth.readout is not None
    moved = placement(sample.activations.astype(np.float64) + 3.0, sample, world.truth.readout)
    assert moved.as_is < 0.9
    assert moved.rotated == 1.0


@pytest.mark.refusal
def test_a_world_that_nobody_reads_is_refused():
    world = make("circle")
    with pytest.raises(BadInput, match="circle has no readout"):
        knockoff_table(world, antipodal(world.d_model), rng=np.random.default_rng(0))
