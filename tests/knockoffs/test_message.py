import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from armillary.core.errors import BadInput
from armillary.knockoffs import Message, Shared, place
from armillary.knockoffs.packing import pack_floats, pack_symbols, unpack_floats, unpack_symbols


@given(st.dictionaries(st.text(min_size=1, max_size=9), st.binary(max_size=40), max_size=5))
def test_a_message_is_its_bytes(parts: dict[str, bytes]):
    message = Message("clusters", parts)
    read = Message.from_bytes(message.to_bytes())
    assert (read.theory, dict(read.parts)) == ("clusters", parts)
    assert message.bits == 8 * len(message.to_bytes())
    assert 0 <= message.overhead_bits <= 8 * (13 + 14 * 4 * len(parts))


@pytest.mark.parametrize(
    "data", [b"", b"AM1", b"nothing", Message("a", {"b": b"cd"}).to_bytes()[:-1]]
)
def test_broken_bytes_are_refused(data: bytes):
    with pytest.raises(BadInput, match="not a whole message"):
        Message.from_bytes(data)


def test_an_unknown_theory_is_refused():
    shared = Shared(np.arange(3), 2)
    with pytest.raises(BadInput, match="no theory is called 'astrology'"):
        place(Message("astrology", {}), shared, rng=np.random.default_rng(0))


@given(arrays(np.int64, array_shapes(max_dims=3, max_side=9), elements=st.integers(-300, 300)))
def test_symbols_come_back(symbols: np.ndarray):
    assert np.array_equal(unpack_symbols(pack_symbols(symbols)), symbols)


def test_symbols_cost_about_their_entropy():
    rng = np.random.default_rng(0)
    symbols = rng.choice(4, p=[0.9, 0.05, 0.03, 0.02], size=100_000)
    share = np.bincount(symbols) / symbols.size
    entropy = -(share * np.log2(share)).sum()
    bits = 8 * len(pack_symbols(symbols)) / symbols.size
    assert entropy <= bits < 1.01 * entropy


@pytest.mark.parametrize(("bits", "error"), [(32, 0), (16, 2e-3), (8, 5e-3)])
def test_floats_come_back_to_their_precision(bits: int, error: float):
    array = np.random.default_rng(0).uniform(-1, 1, (50, 6)).astype(np.float32)
    assert np.abs(unpack_floats(pack_floats(array, bits=bits)) - array).max() <= error


def test_numbers_too_large_for_half_precision_are_refused():
    with pytest.raises(BadInput, match="too large for 16 bits"):
        pack_floats(np.array([1e6]), bits=16)
