import numpy as np
import pytest

from armillary.core import BadInput
from armillary.networks import learned_circuit, universal_and
from armillary.networks.boolean import gate_outputs
from armillary.networks.universal_and import and_accuracy, expected_accuracy, hot_bits


def layer(n: int = 20, d: int = 800, p: float = 0.12):
    return universal_and(n, d, p=p, rng=np.random.default_rng(0))


def test_a_pair_alone_is_read_as_one_and_one_input_as_nothing():
    built = layer()
    pairs = np.zeros((built.n_outputs, built.n_inputs), dtype=bool)
    pairs[np.arange(built.n_outputs), built.first] = True
    pairs[np.arange(built.n_outputs), built.second] = True
    said = built.outputs(pairs)
    np.testing.assert_allclose(np.diagonal(said), 1, atol=1e-6)
    assert not built.outputs(np.eye(built.n_inputs, dtype=bool)).any()


def test_the_score_agrees_with_outputs_computed_row_by_row():
    built = layer(12, 300, 0.15)
    found = and_accuracy(built, rows=400, rng=np.random.default_rng(1))
    bits = hot_bits(20_000, 12, hot=3, rng=np.random.default_rng(2))
    said, truth = built.outputs(bits) > 0.5, gate_outputs(built.gates, bits)
    true_rate = np.array([said[truth[:, g], g].mean() for g in range(built.n_outputs)])
    balanced_true = true_rate.mean()
    assert (bits.sum(axis=1) == 3).all()
    assert balanced_true == pytest.approx(1.0, abs=1e-3)
    assert found.balanced.mean() == pytest.approx(expected_accuracy(300, p=0.15), abs=0.02)


def test_the_closed_form_expects_what_random_layers_give():
    for d, p in ((256, 0.15), (1024, 0.1)):
        seen = [
            and_accuracy(
                universal_and(32, d, p=p, rng=np.random.default_rng(seed)),
                rng=np.random.default_rng(seed),
            ).balanced.mean()
            for seed in range(4)
        ]
        error = 1 - expected_accuracy(d, p=p)
        assert 1 - np.mean(seen) == pytest.approx(error, rel=0.2)


def test_sparse_inputs_are_read_right_by_the_protocol_and_dense_ones_are_not():
    built = universal_and(40, 2000, p=0.1, rng=np.random.default_rng(0)).only(np.arange(0, 780, 26))
    options = {"network": built, "swaps": 100}
    sparse = learned_circuit(
        built.outputs, 40, density=1 / 40, rng=np.random.default_rng(0), **options
    )
    dense = learned_circuit(built.outputs, 40, density=0.5, rng=np.random.default_rng(0), **options)
    assert sparse.n_from_function == sparse.n_from_weights == 30
    assert sparse.n_wrong == 0
    assert dense.n_named == 30
    assert dense.n_from_function == 0


@pytest.mark.slow
def test_more_gates_than_neurons_are_read_at_0_999():
    built = universal_and(128, 4096, p=0.05, rng=np.random.default_rng(0))
    assert built.n_outputs == 8128 > built.n_neurons
    found = and_accuracy(built, rng=np.random.default_rng(1))
    assert found.balanced.mean() >= 0.999


@pytest.mark.refusal
def test_a_probability_outside_of_its_range_is_refused():
    with pytest.raises(BadInput, match=r"p = 1\.0"):
        universal_and(8, 16, p=1.0, rng=np.random.default_rng(0))
