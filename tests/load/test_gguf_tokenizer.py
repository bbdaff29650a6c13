import json

import pytest
from tiny_gguf import random_arrays, write_gguf

from armillary.core import BadInput
from armillary.load.gguf_tokenizer import tokenizer_json

tokenizers = pytest.importorskip("tokenizers")


@pytest.fixture
def content(tmp_path):
    return tokenizer_json(write_gguf(tmp_path / "tiny.gguf", random_arrays()))


def test_the_library_reads_it_and_merges_as_the_file_says(content):
    tokenizer = tokenizers.Tokenizer.from_str(json.dumps(content))
    assert tokenizer.encode("abc a<|end|>").tokens == ["ab", "c", "Ġa", "<|end|>"]
    assert tokenizer.decode(tokenizer.encode("abc a").ids) == "abc a"


def test_digits_stand_alone_and_take_no_space_with_them(content):
    cut = tokenizers.Tokenizer.from_str(json.dumps(content)).pre_tokenizer.pre_tokenize_str
    assert [piece for piece, _ in cut("in 1984, 7")] == ["in", "Ġ", *"1984", ",", "Ġ", "7"]


def test_other_cuts_are_refused_by_name(tmp_path):
    with pytest.raises(BadInput, match="cuts 'llama-bpe'; known are 'gpt2' with 'smollm', 'gpt-2'"):
        tokenizer_json(write_gguf(tmp_path / "a.gguf", random_arrays(), pre="llama-bpe"))
