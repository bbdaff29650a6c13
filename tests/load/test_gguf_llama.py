import numpy as np
import pytest
from tiny_gguf import interleaved, random_arrays, write_gguf

from armillary.core import BadInput
from armillary.load.gguf_llama import llama_arrays, llama_config, unpermuted_rows


def turned_side_by_side(x, angle):
    """Rotary embedding of llama.cpp: coordinates 2i and 2i + 1 are one complex number."""
    turned = (x[0::2] + 1j * x[1::2]) * np.exp(1j * angle)
    return np.stack([turned.real, turned.imag], axis=1).ravel()


def turned_by_halves(x, angle):
    """Rotary embedding of transformers: coordinates i and i + h/2 are one complex number."""
    half = x.size // 2
    turned = (x[:half] + 1j * x[half:]) * np.exp(1j * angle)
    return np.concatenate([turned.real, turned.imag])


def test_rows_put_side_by_side_are_put_back(rng):
    weight = rng.normal(size=(24, 5))
    for n_heads in (1, 2, 3, 6):
        assert np.array_equal(
            unpermuted_rows(interleaved(weight, n_heads), n_heads=n_heads), weight
        )


def test_attention_scores_are_those_of_the_other_rotation(rng):
    query, key, x, y = (rng.normal(size=s) for s in ((8, 6), (8, 6), (6,), (6,)))
    one, two = rng.normal(size=(2, 4))
    there = turned_side_by_side(query @ x, one) @ turned_side_by_side(key @ y, two)
    q, k = (unpermuted_rows(w, n_heads=1) for w in (query, key))
    here = turned_by_halves(q @ x, one) @ turned_by_halves(k @ y, two)
    assert here == pytest.approx(there)
    assert turned_by_halves(query @ x, one) @ turned_by_halves(key @ y, two) != pytest.approx(there)


def test_every_array_comes_back_under_the_name_of_transformers(tmp_path):
    arrays = random_arrays()
    path = write_gguf(tmp_path / "tiny.gguf", arrays)
    found = llama_arrays(path)
    assert found.keys() == arrays.keys()
    for name, values in arrays.items():
        assert np.array_equal(found[name], values), name


def test_the_config_says_what_the_header_says(tmp_path):
    config = llama_config(write_gguf(tmp_path / "tiny.gguf", random_arrays()))
    assert config["rms_norm_eps"] == 1e-5, "the shortest decimal of that float32"
    assert config["rope_theta"] == 1000.0
    assert config["tie_word_embeddings"] is True
    assert (config["hidden_size"], config["head_dim"], config["vocab_size"]) == (16, 4, 12)
    assert (config["num_attention_heads"], config["num_key_value_heads"]) == (4, 2)
    assert config["bos_token_id"] == 0
    assert "eos_token_id" not in config


def test_what_is_no_plain_llama_is_refused(tmp_path):
    with pytest.raises(BadInput, match="architecture b'qwen2', only 'llama'"):
        llama_config(write_gguf(tmp_path / "a.gguf", random_arrays(), arch="qwen2"))
    with pytest.raises(BadInput, match=r"'rope_freqs\.weight' has no place in a plain Llama"):
        llama_arrays(write_gguf(tmp_path / "b.gguf", random_arrays(), extra="rope_freqs.weight"))


def test_a_header_without_a_size_is_refused(tmp_path):
    path = write_gguf(tmp_path / "a.gguf", random_arrays())
    path.write_bytes(path.read_bytes().replace(b"llama.context_length", b"llama.context_lengtx"))
    with pytest.raises(BadInput, match=r"no llama\.context_length"):
        llama_config(path)
