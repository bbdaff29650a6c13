import numpy as np
import pytest

from armillary.core import BadInput
from armillary.worlds.hidden_markov import HiddenMarkov, mess3
from armillary.worlds.linear_reading import unread


def test_a_biased_process_settles_where_its_transitions_leave_it():
    process = HiddenMarkov(np.array([[[0.9, 0.0], [0.0, 0.2]], [[0.0, 0.1], [0.3, 0.5]]]))
    np.testing.assert_allclose(process.stationary, [0.75, 0.25])
    np.testing.assert_allclose(process.emission, [[0.9, 0.1], [0.2, 0.8]])
    symbols = process.emit(50_000, 2, rng=np.random.default_rng(0))
    assert symbols[:, 0].mean() == pytest.approx(
        process.stationary @ process.emission[:, 1], abs=0.01
    )


def test_what_is_no_probability_is_refused():
    with pytest.raises(BadInput, match="expected 1"):
        HiddenMarkov(np.ones((2, 2, 2)))
    with pytest.raises(BadInput, match="0 <= x <= 1/2"):
        mess3(x=0.7, alpha=0.5)


def test_an_affine_image_misses_nothing_and_noise_misses_all():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((5000, 4))
    assert unread(rows @ rng.standard_normal((4, 2)) + 3, rows) < 1e-20
    assert unread(rng.standard_normal((5000, 2)), rows) > 0.99
