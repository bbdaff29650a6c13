from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.load import as_space, load_sae
from armillary.load.openers import FILE_OPENERS

SAE = Path(__file__).parents[2] / "fixtures" / "sae"
ROWS = np.random.default_rng(0).normal(size=(32, 8)).astype(np.float32)


class Tensor:
    """Behaves as a tensor does towards numpy, bfloat16 included."""

    def __init__(self, values, *, plain=True):
        self.values, self.plain = values, plain

    def detach(self):
        return self

    def cpu(self):
        return self

    def float(self):
        return Tensor(self.values)

    def __array__(self, dtype=None, copy=None):
        if not self.plain:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return np.array(self.values)


@pytest.mark.parametrize(
    "thing",
    [
        SimpleNamespace(W_dec=Tensor(ROWS)),
        SimpleNamespace(W_dec=Tensor(ROWS, plain=False)),
        SimpleNamespace(decoder=SimpleNamespace(weight=Tensor(ROWS.T))),
        SimpleNamespace(get_dictionary=lambda: Tensor(ROWS)),
        {"W_dec": ROWS, "W_enc": ROWS.T},
        {"decoder.weight": Tensor(ROWS.T), "encoder.weight": Tensor(ROWS)},
    ],
)
def test_rows_are_taken_from_whatever_attribute_holds_them(thing):
    space = as_space(thing)
    np.testing.assert_array_equal(space.directions, ROWS)
    assert space.source["assumptions"]


def test_the_callers_array_is_copied():
    mine = ROWS.copy()
    space = as_space(SimpleNamespace(W_dec=mine))
    mine[:] = 0
    np.testing.assert_array_equal(space.directions, ROWS)


@pytest.mark.parametrize(
    ("kind", "folder"),
    [
        ("BatchTopKSAE", "dictionary_learning_BatchTopKSAE"),
        ("AutoEncoderTopK", "dictionary_learning_AutoEncoderTopK"),
        ("Autoencoder", "openai_relu"),
    ],
)
def test_a_live_object_encodes_as_its_file_does(kind, folder):
    file = next((SAE / folder).glob("*.pt"))
    state = {n: Tensor(np.array(t.read())) for n, t in FILE_OPENERS[".pt"](file).tensors.items()}
    thing = type(kind, (), {"state_dict": lambda self: state})()
    with np.load(SAE / folder / "expected/codes.npz") as expected:
        codes = load_sae(thing).encode(expected["x"])
        np.testing.assert_allclose(codes, expected["codes"], atol=2e-5)


def test_wrong_live_objects_are_refused():
    with pytest.raises(BadInput, match="looks transposed|orientation"):
        as_space(SimpleNamespace(W_dec=ROWS.T, b_dec=np.zeros(8)))
    with pytest.raises(BadInput, match="gave no matrix"):
        as_space(SimpleNamespace(get_dictionary=lambda: Tensor(np.ones(3))))
    with pytest.raises(BadInput, match="no encoder was found on the object"):
        load_sae(SimpleNamespace(W_dec=ROWS))
    with pytest.raises(BadInput, match="a object is no autoencoder"):
        load_sae(object())
