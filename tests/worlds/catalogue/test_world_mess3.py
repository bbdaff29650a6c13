import numpy as np
import pytest

from armillary.worlds import make
from armillary.worlds.hidden_markov import mess3

PROCESS = mess3(x=0.05, alpha=0.85)


def test_the_first_matrix_has_the_published_entries():
    published = [[0.765, 0.00375, 0.00375], [0.0425, 0.0675, 0.00375], [0.0425, 0.00375, 0.0675]]
    np.testing.assert_allclose(PROCESS.labelled[0], published, atol=1e-12)


def test_a_belief_is_the_share_of_hidden_runs_that_end_in_each_state():
    symbols = np.array([[0, 2, 1]])
    weight = PROCESS.stationary
    for symbol in symbols[0]:
        weight = weight @ PROCESS.labelled[symbol]
    np.testing.assert_allclose(PROCESS.beliefs(symbols)[0], weight / weight.sum(), atol=1e-12)


def test_next_symbols_come_as_often_as_beliefs_say():
    world = make("mess3")
    sample = world.draw(40_000, np.random.default_rng(0))
    told = sample.codes @ PROCESS.emission
    sure = told[:, 0] > 0.7
    assert (sample.targets[sure, 0] == 0).mean() == pytest.approx(told[sure, 0].mean(), abs=0.015)


def test_the_readout_names_the_most_probable_symbol():
    world = make("mess3")
    sample = world.draw(1000, np.random.default_rng(0))
    assert world.truth.readout.accuracy(sample.activations, sample) > 0.999
    shuffled = np.random.default_rng(1).permutation(sample.activations)
    assert world.truth.readout.accuracy(shuffled, sample) == pytest.approx(1 / 3, abs=0.06)


def test_permuted_states_turn_the_triangle_onto_itself():
    world = make("mess3")
    sample = world.draw(500, np.random.default_rng(0))
    moved = world.truth.symmetry.elements["states 120"](sample)
    wanted = sample.codes @ world.space.directions[[1, 2, 0]]
    np.testing.assert_allclose(moved, wanted, atol=1e-6)
