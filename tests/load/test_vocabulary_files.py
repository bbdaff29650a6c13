import json

import numpy as np
import pytest

from armillary.core import BadInput, Codes, Tokens
from armillary.load import load_vocabulary, open_codes, save_codes


def tokenizer(folder, content):
    (folder / "tokenizer.json").write_text(json.dumps(content))
    return folder


def test_byte_level_vocabularies_become_text_and_added_tokens_stay_literal(tmp_path):
    content = {
        "model": {"type": "BPE", "vocab": {"\u0120Monday": 1, "\u00c3": 0, "\u010a": 3}},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}]},
        "added_tokens": [{"id": 4, "content": "<|end|>"}],
    }
    texts = load_vocabulary(tokenizer(tmp_path, content))
    assert texts.tolist() == ["\\xc3", " Monday", "", "\n", "<|end|>"]


def test_sentence_pieces_become_text(tmp_path):
    content = {"model": {"type": "Unigram", "vocab": [["<unk>", 0], ["\u2581Monday", -1.5]]}}
    assert load_vocabulary(tokenizer(tmp_path, content)).tolist() == ["<unk>", " Monday"]


def test_files_without_a_vocabulary_are_refused(tmp_path):
    with pytest.raises(BadInput, match="can be read"):
        load_vocabulary(tmp_path)
    for content in ({}, [], {"model": {"vocab": {}}}, {"model": {"vocab": {"a": -1}}}):
        with pytest.raises(BadInput, match="not a vocabulary"):
            load_vocabulary(tokenizer(tmp_path, content))
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(BadInput, match="not a vocabulary"):
        load_vocabulary(tmp_path)
    with pytest.raises(BadInput, match="not there"):
        load_vocabulary(tmp_path / "model.gguf")


def test_codes_keep_their_vocabulary_on_disk(tmp_path):
    words = np.array(["a", " b\n", "\\x00"])
    tokens = Tokens(np.array([2, 1]), np.zeros(2, dtype=int), np.arange(2), words)
    codes = Codes.from_triples(
        np.array([1]), np.array([0]), np.ones(1), n_tokens=2, n_features=1, tokens=tokens
    )
    back = open_codes(save_codes(codes, tmp_path / "codes"))
    assert back.context(1).text == ("\\x00", " b\n")
    assert back.context(1).marked() == r"\x00 [b\n]"
