import json
import struct

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays, from_dtype
from safetensors.numpy import save_file

from armillary.core import BadInput
from armillary.load.safetensors_file import open_safetensors
from armillary.load.stored import as_float32


def write(path, header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return path


def entry(dtype, shape, first, last):
    return {"dtype": dtype, "shape": shape, "data_offsets": [first, last]}


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_what_the_reference_writer_writes_is_read_back(tmp_path, dtype):
    matrix = np.random.default_rng(0).normal(size=(7, 3)).astype(dtype)
    save_file({"a": np.zeros(5), "W_dec": matrix, "scalar": np.array(2.0)}, tmp_path / "f.st")
    offer = open_safetensors(tmp_path / "f.st")
    read = as_float32(offer.tensors["W_dec"], transpose=False)
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, matrix.astype(np.float32))
    np.testing.assert_array_equal(as_float32(offer.tensors["W_dec"], transpose=True), read.T)


@settings(max_examples=60, deadline=None)
@given(words=arrays(np.uint16, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_bfloat16_words_become_the_float32_with_the_same_upper_half(tmp_path_factory, words):
    path = tmp_path_factory.mktemp("bf16") / "f.safetensors"
    write(path, {"W": entry("BF16", list(words.shape), 0, words.nbytes)}, words.tobytes())
    read = as_float32(open_safetensors(path).tensors["W"], transpose=False)
    oracle = [
        struct.unpack("<f", b"\0\0" + struct.pack("<H", w))[0] for w in words.ravel().tolist()
    ]
    np.testing.assert_array_equal(read.ravel(), np.array(oracle, dtype=np.float32))
    np.testing.assert_array_equal(read.view(np.uint32) & 0xFFFF, 0)


@settings(max_examples=60, deadline=None)
@given(
    matrix=arrays(
        np.float32,
        st.tuples(st.integers(1, 6), st.integers(1, 6)),
        elements=from_dtype(np.dtype(np.float32), allow_nan=False, allow_infinity=False),
    )
)
def test_float32_survives_the_round_trip_bit_for_bit(tmp_path_factory, matrix):
    path = tmp_path_factory.mktemp("f32") / "f.safetensors"
    save_file({"W": matrix}, path)
    read = as_float32(open_safetensors(path).tensors["W"], transpose=False)
    np.testing.assert_array_equal(read.view(np.uint32), matrix.view(np.uint32))


def test_a_file_cut_anywhere_is_refused_with_byte_counts(tmp_path):
    path = tmp_path / "whole.safetensors"
    save_file({"W_dec": np.ones((4, 3), dtype=np.float32), "b": np.ones(4)}, path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        cut = tmp_path / "cut.safetensors"
        cut.write_bytes(whole[:length])
        with pytest.raises(BadInput, match="cut short") as refusal:
            open_safetensors(cut)
        assert any(f"{n:,}" in str(refusal.value) for n in (length, length - 8))


def test_bytes_that_the_header_does_not_account_for_are_refused(tmp_path):
    path = write(tmp_path / "f", {"W": entry("F32", [1, 1], 0, 4)}, b"\0" * 9)
    with pytest.raises(BadInput, match="accounts for .* bytes, the file has"):
        open_safetensors(path)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"{not json", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[]", "not a JSON object"),
        ({"W": {"dtype": "F32"}}, "entry for 'W' is malformed"),
        ({"W": entry("F32", [2, -2], 0, 16)}, "is not a count"),
        ({"W": entry("F32", [2, 2], 0, 12)}, "needs 16 bytes, its offsets 0 to 12 give 12"),
        ({"W": entry("F32", [2, 2], 0, 1 << 60)}, "needs 16 bytes"),
        ({"W": entry("STRANGE", [2, 2], 4, 0)}, "is damaged"),
    ],
)
def test_a_damaged_header_is_refused(tmp_path, header, words):
    with pytest.raises(BadInput, match=words):
        open_safetensors(write(tmp_path / "f", header, b"\0" * 16))


def test_metadata_and_empty_tensors_are_no_obstacle(tmp_path):
    header = {"__metadata__": {"a": "b"}, "W": entry("F32", [0, 3], 0, 0)}
    offer = open_safetensors(write(tmp_path / "f", header))
    assert list(offer.tensors) == ["W"]
    assert offer.tensors["W"].read().shape == (0, 3)


def test_a_header_past_the_formats_limit_is_refused_unread(tmp_path):
    path = tmp_path / "f"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", 100_000_001))
        file.truncate(100_000_100)  # sparse: takes no room
    with pytest.raises(BadInput, match="past the format's limit"):
        open_safetensors(path)
