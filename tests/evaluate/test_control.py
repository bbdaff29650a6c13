"""Controls hold what they say they hold, and nothing else."""

import numpy as np
import pytest
import torch

from armillary.core import BadInput
from armillary.evaluate import gaussian_control, spectrum_control
from armillary.training import TopK, TrainingConfig


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


CONFIG = TrainingConfig(TopK(4), 32, tokens=40_000, batch=256, lr=3e-3)


def test_a_gaussian_is_reconstructed_in_part_though_it_holds_nothing():
    made, quality = gaussian_control(CONFIG, 8, n_tokens=5000)
    again, same = gaussian_control(CONFIG, 8, n_tokens=5000)
    assert np.array_equal(made.autoencoder.directions, again.autoencoder.directions)
    assert quality.fvu == same.fvu
    assert 0.1 < quality.fvu < 0.6
    assert quality.l0 <= 4


def test_a_steep_spectrum_is_easier(rng: np.random.Generator):
    steep = (rng.standard_normal((4000, 8)) * 2.0 ** -np.arange(8)).astype(np.float32) + 5
    _, flat = gaussian_control(CONFIG, 8, n_tokens=5000)
    made, quality = spectrum_control(CONFIG, steep, n_tokens=5000)
    assert quality.fvu < 0.7 * flat.fvu
    assert np.abs(made.autoencoder.reconstruct(steep).mean(0) - 5).max() < 0.2


@pytest.mark.refusal
def test_a_control_without_an_end_or_a_covariance_is_refused():
    endless = TrainingConfig(TopK(4), 32)
    with pytest.raises(BadInput, match=r"config\.tokens"):
        gaussian_control(endless, 8)
    with pytest.raises(BadInput, match="more vectors than dimensions"):
        spectrum_control(CONFIG, np.zeros((8, 8), np.float32))
