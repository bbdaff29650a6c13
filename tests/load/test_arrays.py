import numpy as np
import pytest

from armillary.core import BadInput
from armillary.load.arrays import open_npy, open_npz
from armillary.load.stored import as_float32

MATRIX = np.arange(12.0).reshape(6, 2)


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_is_read_whatever_its_byte_order_and_layout(tmp_path, dtype, order):
    path = tmp_path / "W_dec.npy"
    np.save(path, np.array(MATRIX, dtype=dtype, order=order))
    tensor = open_npy(path).tensors["W_dec"]
    assert tensor.shape == (6, 2)
    np.testing.assert_array_equal(as_float32(tensor, transpose=False), MATRIX)
    np.testing.assert_array_equal(as_float32(tensor, transpose=True), MATRIX.T)


def test_an_npy_file_cut_anywhere_is_refused(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, MATRIX)
    whole = path.read_bytes()
    for length in range(0, len(whole), 3):
        path.write_bytes(whole[:length])
        with pytest.raises(BadInput, match="cut short"):
            open_npy(path)


def test_python_objects_are_never_unpickled(tmp_path):
    np.save(tmp_path / "o.npy", np.array([{}, []], dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match="never unpickled"):
        open_npy(tmp_path / "o.npy")
    np.savez(tmp_path / "o.npz", W=MATRIX, o=np.array([{}], dtype=object), allow_pickle=True)
    offer = open_npz(tmp_path / "o.npz")
    assert "o" not in offer.tensors
    assert "Python objects" in offer.notes[0]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_offers_arrays_by_name_and_columns(tmp_path, save):
    path = tmp_path / "p.npz"
    save(path, W_dec=MATRIX, labels=np.array(list("abcdef")), ids=np.arange(10, 16))
    offer = open_npz(path)
    np.testing.assert_array_equal(as_float32(offer.tensors["W_dec"], transpose=False), MATRIX)
    assert offer.columns["label"].tolist() == list("abcdef")
    assert offer.columns["feature_id"].tolist() == list(range(10, 16))


def test_an_npz_file_cut_anywhere_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, W_dec=MATRIX)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(BadInput, match="cut short"):
            open_npz(path)


def test_a_flipped_byte_in_an_npz_array_is_found(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, W_dec=MATRIX)
    raw = bytearray(path.read_bytes())
    raw[raw.index(MATRIX.tobytes())] ^= 1
    path.write_bytes(raw)
    with pytest.raises(BadInput, match="damaged|cut short"):
        open_npz(path).tensors["W_dec"].read()
