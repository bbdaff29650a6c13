import gguf
import numpy as np
import pytest

from armillary.core import BadInput
from armillary.load.gguf_file import open_gguf
from armillary.load.stored import as_float32

TOKENS = ["<|end|>", "ĠMonday", "Monday", "ÄĬ", "ã"]
KINDS = [3, 1, 1, 4, 1]


def write(path, matrix, *, tokens=TOKENS, kind=None, scheme="gpt2", width=None):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_embedding_length(width or matrix.shape[1])
    writer.add_tokenizer_model(scheme)
    writer.add_token_list(tokens)
    writer.add_token_types(KINDS)
    raw = matrix if kind is None else gguf.quantize(matrix, kind)
    writer.add_tensor("token_embd.weight", raw, raw_dtype=kind)
    writer.add_tensor("output_norm.weight", np.ones(matrix.shape[1], dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def matrix():
    return np.random.default_rng(0).normal(size=(5, 64)).astype(np.float32)


def test_plain_embeddings_come_back_with_their_token_texts(tmp_path, matrix):
    offer = open_gguf(write(tmp_path / "m.gguf", matrix))
    read = as_float32(offer.tensors["token_embd.weight"], transpose=False)
    np.testing.assert_array_equal(read, matrix)
    assert offer.d_model == 64
    assert offer.columns["label"].tolist() == ["<|end|>", " Monday", "Monday", "ÄĬ", "\\xe3"]
    assert offer.columns["special"].tolist() == [True, False, False, False, False]


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_1", "BF16", "F16"])
def test_block_formats_read_as_the_reference_reader_reads_them(tmp_path, matrix, kind):
    path = write(tmp_path / "m.gguf", matrix, kind=gguf.GGMLQuantizationType[kind])
    tensor = open_gguf(path).tensors["token_embd.weight"]
    [reference] = [t for t in gguf.GGUFReader(path).tensors if t.name == "token_embd.weight"]
    assert tensor.dtype == f"GGUF:{kind}"
    np.testing.assert_array_equal(
        as_float32(tensor, transpose=False), gguf.dequantize(reference.data, reference.tensor_type)
    )


def test_a_gguf_file_cut_anywhere_is_refused(tmp_path, matrix):
    whole = write(tmp_path / "m.gguf", matrix).read_bytes()
    cut = tmp_path / "cut.gguf"
    last = len(whole) - 32 * 4 * 2  # the last tensor's values, without padding after them
    for length in [*range(0, len(whole) - 1600, 5), *range(len(whole) - 1600, last, 31)]:
        cut.write_bytes(whole[:length])
        with pytest.raises(BadInput, match="cut short"):
            open_gguf(cut)


@pytest.mark.parametrize(
    ("at", "raw", "words"),
    [
        (0, b"GGML", "does not start with 'GGUF'"),
        (4, b"\x09\0\0\0", "version 9"),
        (4, b"\0\0\0\x03", "big-endian"),
        (8, b"\xff" * 8, "damaged"),
        (16, b"\xff" * 7 + b"\x7f", "cut short or damaged"),
        (24, b"\xff" * 7 + b"\x7f", "cut short or damaged"),
    ],
)
def test_a_damaged_gguf_header_is_refused(tmp_path, matrix, at, raw, words):
    path = write(tmp_path / "m.gguf", matrix)
    content = bytearray(path.read_bytes())
    content[at : at + len(raw)] = raw
    path.write_bytes(content)
    with pytest.raises(BadInput, match=words):
        open_gguf(path)


def test_token_strings_and_rows_must_be_equally_many(tmp_path, matrix):
    path = write(tmp_path / "m.gguf", matrix, tokens=TOKENS[:4])
    with pytest.raises(BadInput, match="4 token strings for 5 embedding rows"):
        open_gguf(path)


def test_sentence_piece_vocabularies_are_spelled_out_too(tmp_path, matrix):
    tokens = ["<s>", "▁Monday", "day", "x", "<0x41>"]
    offer = open_gguf(write(tmp_path / "m.gguf", matrix, tokens=tokens, scheme="llama"))
    assert offer.columns["label"].tolist() == ["<s>", " Monday", "day", "x", "A"]


@pytest.mark.parametrize(("kind", "words"), [(250, "pip install -U gguf"), (24, "stored as I8")])
def test_a_block_format_that_cannot_be_read_says_so(tmp_path, matrix, kind, words):
    path = write(tmp_path / "m.gguf", matrix)
    content = bytearray(path.read_bytes())
    name = b"token_embd.weight"
    at = content.index(name) + len(name) + 4 + 2 * 8
    content[at : at + 4] = kind.to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(BadInput, match=words):
        open_gguf(path).tensors["token_embd.weight"].read()
