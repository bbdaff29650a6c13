import json

import pytest

from armillary.core import BadInput
from armillary.load.vocabulary_file import token_columns


def test_sentence_piece_spellings_become_text(tmp_path):
    model = {
        "type": "Unigram",
        "vocab": [["<unk>", 0], ["▁day", -1], ["<0x0A>", -2], ["<unused7>", 0]],
    }
    content = {"model": model, "decoder": {"type": "Metaspace"}, "added_tokens": None}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    columns, note = token_columns(tmp_path, n_rows=4)
    assert columns["label"].tolist() == ["<unk>", " day", "\n", "<unused7>"]
    assert columns["special"].tolist() == [False, False, False, True]
    assert note == "labels: 4 tokens read from tokenizer.json"


def test_word_pieces_keep_their_mark(tmp_path):
    vocab = {"[PAD]": 0, "day": 1, "##s": 2, "[unused0]": 3}
    content = {
        "model": {"type": "WordPiece", "vocab": vocab},
        "decoder": {"type": "WordPiece"},
        "added_tokens": [{"id": 0, "content": "[PAD]", "special": True}],
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    columns, _ = token_columns(tmp_path, n_rows=4)
    assert columns["label"].tolist() == list(vocab)
    assert columns["special"].tolist() == [True, False, False, True]


def test_older_vocabularies_are_read_too(tmp_path):
    (tmp_path / "vocab.txt").write_text("[PAD]\nday\n[\n")
    columns, note = token_columns(tmp_path, n_rows=2)
    assert columns["label"].tolist() == ["[PAD]", "day"], "tokens beyond the last row are left out"
    assert columns["special"].tolist() == [True, False]
    assert "vocab.txt" in note
    (tmp_path / "vocab.json").write_text(json.dumps({"Ġday": 0, "<|endoftext|>": 1}))
    columns, _ = token_columns(tmp_path, n_rows=2)
    assert columns["label"].tolist() == [" day", "<|endoftext|>"]
    assert columns["special"].tolist() == [False, True]


def test_without_a_vocabulary_tokens_show_their_id(tmp_path):
    columns, note = token_columns(tmp_path, n_rows=2)
    assert columns == {}
    assert "tokens show their id" in note


@pytest.mark.parametrize("content", ["", "{}", '{"model": {"vocab": 3}}', '{"model": 1}'])
def test_a_damaged_vocabulary_is_refused(tmp_path, content):
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises(BadInput, match="is not a vocabulary that can be read"):
        token_columns(tmp_path, n_rows=2)
