import numpy as np
import pytest
from circuit_codes import codes_of, gate_codes

from armillary.core import BadInput
from armillary.relations import choose_parents, held_out_r2, ridge_r2

HALF = slice(0, 3000)
REST = slice(3000, 6000)


def test_the_chosen_parents_of_a_circuit_are_its_inputs():
    earlier, later, edges = gate_codes(6000, np.random.default_rng(0))
    found = choose_parents(earlier, later, HALF, worth=0.02)
    assert set(zip(found.earlier.tolist(), found.later.tolist(), strict=True)) == edges


def test_forward_selection_is_that_of_least_squares_step_by_step():
    rng = np.random.default_rng(1)
    mixed = rng.random((400, 6)) @ rng.random((6, 6))
    target = mixed @ rng.standard_normal((6, 1)) + rng.standard_normal((400, 1))
    earlier, later = codes_of(mixed), codes_of(target)
    found = choose_parents(earlier, later, slice(0, 400), most=4, worth=0.0)
    x, y = earlier.matrix().toarray().astype(float), later.matrix().toarray()[:, 0].astype(float)

    def missed(columns):
        design = np.column_stack([np.ones(400), x[:, columns]])
        return float(np.linalg.lstsq(design, y, rcond=None)[1][0])

    chosen = []
    before = float(((y - y.mean()) ** 2).sum())
    whole = before
    for parent, gain in zip(found.earlier.tolist(), found.gain, strict=True):
        trials = [missed([*chosen, k]) if k not in chosen else np.inf for k in range(6)]
        assert int(np.argmin(trials)) == parent
        assert gain == pytest.approx((before - trials[parent]) / whole, rel=1e-4)
        chosen, before = [*chosen, parent], trials[parent]
    design = np.column_stack([np.ones(400), x[:, chosen]])
    solved = np.linalg.lstsq(design, y, rcond=None)[0]
    np.testing.assert_allclose(found.weight, solved[1:], rtol=1e-3)
    assert found.intercept[0] == pytest.approx(solved[0], rel=1e-3)
    made = held_out_r2(found, earlier, later, rows=slice(0, 400))[0]
    assert made == pytest.approx(1 - before / whole, rel=1e-4)


def test_held_out_variance_is_one_for_a_copy_and_not_above_zero_for_strangers():
    earlier, later, _ = gate_codes(6000, np.random.default_rng(2))
    copied = held_out_r2(choose_parents(earlier, later, HALF), earlier, later, rows=REST)
    np.testing.assert_allclose(copied[:3], 1.0, atol=1e-6)
    assert (copied[3:] > 0.2).all()
    stranger, _, _ = gate_codes(6000, np.random.default_rng(3))
    nothing = ridge_r2(stranger, later, fit=HALF, test=REST)
    assert (nothing < 0.01).all()
    assert ridge_r2(earlier, later, fit=HALF, test=REST)[:3].min() > 0.99


def test_features_that_hardly_fire_are_left_out_and_none_may_be_left():
    earlier, later, _ = gate_codes(200, np.random.default_rng(4))
    found = choose_parents(earlier, later, slice(0, 200), least=201)
    assert found.n_edges == 0
    assert held_out_r2(found, earlier, later, rows=slice(0, 200)).max() <= 1e-12


def test_codes_of_different_texts_are_refused():
    earlier, later, _ = gate_codes(200, np.random.default_rng(5))
    other, _, _ = gate_codes(100, np.random.default_rng(5))
    with pytest.raises(BadInput, match="same tokens"):
        choose_parents(other, later, HALF)
    with pytest.raises(BadInput, match="too few"):
        choose_parents(earlier, later, slice(0, 1))
