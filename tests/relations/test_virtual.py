import numpy as np
import pytest

from armillary.core import BadInput
from armillary.networks.residual_circuit import residual_circuit
from armillary.relations import carried_share, virtual_weights


def test_a_virtual_weight_is_the_later_code_of_an_earlier_row():
    rng = np.random.default_rng(0)
    rows, encoder = rng.standard_normal((5, 8)), rng.standard_normal((8, 6))
    turn = np.linalg.qr(rng.standard_normal((8, 8)))[0]
    found = virtual_weights(rows, encoder)
    assert found.weight[2, 3] == pytest.approx(rows[2] @ encoder[:, 3])
    np.testing.assert_allclose(virtual_weights(rows @ turn, turn.T @ encoder).z, found.z)


def test_they_see_what_is_carried_and_not_what_is_computed():
    made = residual_circuit(30, 20, 64, rng=np.random.default_rng(1))
    one, two = made.dictionaries()
    seen = virtual_weights(one.directions, two.encoder).strongest()
    carried = {(k, k) for k in range(30)}
    found = set(zip(*(axis.tolist() for axis in np.nonzero(seen)), strict=True))
    assert found == carried
    assert carried < set(made.edges)


def test_of_gaussian_rows_hardly_anything_stands_out():
    """Under their own null every call that anything stands out is a false one: at most 5 %."""
    rng, runs, called = np.random.default_rng(2), 100, 0
    tilt = rng.standard_normal((20, 20))
    for _ in range(runs):
        rows = rng.standard_normal((200, 20)) @ tilt + 1.0
        called += bool((virtual_weights(rows, rng.standard_normal((20, 15))).q <= 0.05).any())
    assert called / runs <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_agreement_with_other_edges_is_measured_beside_renamed_features():
    made = residual_circuit(30, 20, 64, rng=np.random.default_rng(3))
    one, two = made.dictionaries()
    found = virtual_weights(one.directions, two.encoder)
    own = np.arange(30)
    agreed = carried_share(found, (own, own), draws=199, rng=np.random.default_rng(4))
    assert agreed.pvalue == pytest.approx(1 / 200)
    strangers = carried_share(
        found, (np.roll(own, 1), own), draws=199, rng=np.random.default_rng(5)
    )
    assert strangers.pvalue > 0.01


@pytest.mark.refusal
def test_dictionaries_of_different_streams_are_refused():
    with pytest.raises(BadInput, match="one residual stream"):
        virtual_weights(np.ones((3, 4)), np.ones((5, 2)))


def test_without_an_edge_there_is_nothing_to_compare():
    found = virtual_weights(np.eye(3), np.eye(3))
    none = np.zeros(0, dtype=int)
    with pytest.raises(BadInput, match="no edge"):
        carried_share(found, (none, none), rng=np.random.default_rng(0))
