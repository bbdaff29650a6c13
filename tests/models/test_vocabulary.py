import json

import pytest

torch = pytest.importorskip("torch")
tokenizers = pytest.importorskip("tokenizers")

from tokenizers import decoders, models, pre_tokenizers  # noqa: E402

from armillary.models.vocabulary import vocabulary_of_backend, vocabulary_of_file  # noqa: E402


def byte_level():
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {"<|end|>": 0} | {letter: i + 1 for i, letter in enumerate(letters)}
    vocab |= {"Ġa": len(vocab)}
    tokenizer = tokenizers.Tokenizer(models.BPE(vocab, [("Ġ", "a")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|end|>"])
    return tokenizer


def test_a_leading_space_is_kept_and_broken_bytes_are_shown():
    words = vocabulary_of_backend(byte_level(), bos_id=0)
    ids = words.encode("b a é<|end|>")
    assert words.texts(ids) == ["b", " a", " ", "\\xc3", "\\xa9", "<|end|>"]
    assert words.bos_id == 0


def test_nothing_is_put_before_or_after_a_text(tmp_path):
    backend = byte_level()
    backend.post_processor = tokenizers.processors.TemplateProcessing(
        single="<|end|> $A", special_tokens=[("<|end|>", 0)]
    )
    path = tmp_path / "tokenizer.json"
    backend.save(str(path))
    assert backend.encode("b").ids[0] == 0
    assert len(vocabulary_of_file(path, bos_id=None).encode("b")) == 1


def test_sentence_piece_and_word_piece_spellings_become_text():
    vocab = [("<unk>", 0.0), ("▁day", -1.0), ("s", -2.0), ("▁", -3.0), ("<0x0A>", -4.0)]
    unigram = tokenizers.Tokenizer(models.Unigram(vocab, unk_id=0))
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    unigram.decoder = decoders.Metaspace()
    words = vocabulary_of_backend(unigram, bos_id=None)
    assert words.texts(words.encode("days")) == [" day", "s"]
    assert words.texts([4]) == ["\n"]
    pieces = tokenizers.Tokenizer(
        models.WordPiece({"[UNK]": 0, "day": 1, "##s": 2}, unk_token="[UNK]")
    )
    pieces.decoder = decoders.WordPiece()
    assert vocabulary_of_backend(pieces, bos_id=None).texts([1, 2]) == ["day", "##s"]
    assert json.loads(pieces.to_str())["decoder"]["type"] == "WordPiece"


def test_a_row_without_a_token_has_empty_text():
    assert vocabulary_of_backend(byte_level(), bos_id=None).texts([100_000]) == [""]
