import numpy as np
import pytest

from armillary.core import BadInput, SparseAutoencoder
from armillary.core.firing import BatchTopK, GroupMax, JumpReLU, ReLU, TopK

PRE = np.array([[3.0, -4.0, 1.0, 2.0], [-1.0, -2.0, 0.5, -3.0]], dtype=np.float32)


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        (ReLU(), [[3, 0, 1, 2], [0, 0, 0.5, 0]]),
        (TopK(2), [[3, 0, 0, 2], [0, 0, 0.5, 0]]),
        (TopK(2, signed=True), [[3, -4, 0, 0], [0, -2, 0, -3]]),
        (TopK(2, rectified=False), [[3, 0, 0, 2], [-1, 0, 0.5, 0]]),
        (BatchTopK(1), [[3, 0, 0, 2], [0, 0, 0, 0]]),
        (GroupMax(2), [[3, 0, 0, 2], [0, 0, 0.5, 0]]),
        (JumpReLU(np.full(4, 1.0)), [[3, 0, 0, 2], [0, 0, 0, 0]]),
    ],
    ids=str,
)
def test_each_rule_keeps_what_its_definition_says(rule, codes):
    before = PRE.copy()
    np.testing.assert_array_equal(rule(PRE), np.array(codes, dtype=np.float32))
    np.testing.assert_array_equal(PRE, before)


def test_an_orthonormal_pair_rebuilds_exactly_and_nothing_rebuilds_the_mean():
    eye = np.eye(3, dtype=np.float32)
    zeros = np.zeros(3, np.float32)
    x = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32) + 9
    sae = SparseAutoencoder(eye, eye, zeros, zeros, ReLU())
    assert sae.unexplained(x) == {"fvu": 0.0, "l0": 3.0, "tokens": 40.0}
    silent = SparseAutoencoder(eye, eye, zeros - 1e6, x.mean(axis=0), ReLU())
    assert silent.unexplained(x)["fvu"] == pytest.approx(1.0, abs=1e-5)
    assert repr(sae) == "SparseAutoencoder(3 features x 3 d_model, ReLU, raw)"


@pytest.mark.refusal
def test_parts_that_do_not_fit_are_refused():
    eye, zeros = np.eye(3, dtype=np.float32), np.zeros(3, np.float32)
    with pytest.raises(BadInput, match="3 directions, but the encoder has 2 columns"):
        SparseAutoencoder(eye, eye[:, :2], zeros, zeros, ReLU())
    with pytest.raises(BadInput, match="biases of shapes"):
        SparseAutoencoder(eye, eye, zeros[:2], zeros, ReLU())
    with pytest.raises(BadInput, match="at least two different vectors"):
        SparseAutoencoder(eye, eye, zeros, zeros, ReLU()).unexplained(eye[:1])
    with pytest.raises(BadInput, match="cannot centre"):
        SparseAutoencoder(eye, np.ones((2, 3), np.float32), zeros, zeros, ReLU())
