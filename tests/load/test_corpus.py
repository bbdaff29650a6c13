import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from armillary.core import BadInput, Corpus
from armillary.load.corpus import (
    builtin_corpus,
    builtin_texts,
    open_corpus,
    read_token_ids,
    tokenize,
)


def encode(text):
    return np.array([ord(letter) for letter in text], dtype=np.int64)


def stand_in(folder, *, ids=(5, 6, 7, 8, 9), start=(0, 3), about="sampled"):
    path = folder / "corpus.npz"
    np.savez_compressed(
        path,
        token_id=np.array(ids, dtype=np.uint16),
        document_start=np.array(start, dtype=np.int64),
        about=json.dumps({"how": about}),
    )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "corpus.npz.sha256").write_text(f"{digest}  corpus.npz\n")
    return path


def test_the_built_in_corpus_gives_its_documents(tmp_path):
    corpus = builtin_corpus(stand_in(tmp_path))
    assert [d.tolist() for d in corpus] == [[5, 6, 7], [8, 9]]
    assert (corpus.n_tokens, corpus.n_documents) == (5, 2)
    assert corpus.source["about"] == {"how": "sampled"}
    assert corpus.source["uri"] == "demo"


def test_the_shipped_corpus_is_whole():
    corpus = builtin_corpus()
    assert corpus.n_tokens >= 500_000
    assert corpus.token_id.max() < 49_152


def test_a_corpus_that_was_altered_or_is_missing_is_refused(tmp_path):
    path = stand_in(tmp_path)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(BadInput, match="has sha256"):
        builtin_corpus(path)
    path.unlink()
    with pytest.raises(BadInput, match="not whole"):
        builtin_corpus(path)


def test_its_text_can_be_had_for_another_tokenizer(tmp_path, monkeypatch):
    spelled = ["\u0120caf", "\u00c3", "\u00a9", "<s>\u4e00"]
    monkeypatch.setattr("armillary.load.corpus.gguf_spellings", lambda _: spelled)
    path = stand_in(tmp_path, ids=(0, 1, 2, 3), start=(0, 3))
    assert list(builtin_texts(tmp_path, path=path)) == [" caf\u00e9", "<s>\u4e00"]
    alien = stand_in(tmp_path, ids=(0, 9), start=(0,))
    with pytest.raises(BadInput, match="of another one"):
        list(builtin_texts(tmp_path, path=alien))


@given(
    texts=st.lists(st.text(alphabet="abc", max_size=6), max_size=6),
    most=st.one_of(st.none(), st.integers(0, 20)),
)
def test_tokens_are_those_of_the_texts_cut_where_told(texts, most):
    corpus = tokenize(texts, encode, max_tokens=most)
    assert corpus.token_id.tolist() == [ord(c) for c in "".join(texts)][:most]
    assert all(document.size for document in corpus)
    whole = "".join("".join(map(chr, d)) for d in corpus)
    assert "".join(texts).startswith(whole)


def test_no_more_text_is_read_than_wanted():
    def endless():
        while True:
            yield "abc"

    assert [d.size for d in tokenize(endless(), encode, max_tokens=7)] == [3, 3, 1]


def test_token_ids_come_from_arrays(tmp_path):
    np.save(tmp_path / "one.npy", np.arange(4))
    np.save(tmp_path / "rows.npy", np.arange(6).reshape(2, 3))
    assert [d.tolist() for d in read_token_ids(tmp_path / "one.npy")] == [[0, 1, 2, 3]]
    assert [d.tolist() for d in read_token_ids(tmp_path / "rows.npy")] == [[0, 1, 2], [3, 4, 5]]
    ids = open_corpus(str(stand_in(tmp_path)), encode, max_tokens=4)
    assert [d.tolist() for d in ids] == [[5, 6, 7], [8]]


def test_arrays_that_are_no_token_ids_are_refused(tmp_path):
    np.save(tmp_path / "float.npy", np.zeros(3))
    np.save(tmp_path / "cube.npy", np.zeros((1, 1, 1), dtype=int))
    np.save(tmp_path / "minus.npy", np.array([-1]))
    np.savez(tmp_path / "half.npz", token_id=np.arange(3))
    np.savez(tmp_path / "gap.npz", token_id=np.arange(3), document_start=np.array([1]))
    (tmp_path / "junk.npz").write_bytes(b"junk")
    (tmp_path / "junk.npy").write_bytes(b"junk")
    for name, match in {
        "float.npy": "expected whole numbers",
        "cube.npy": "expected whole numbers",
        "minus.npy": "negative",
        "half.npz": "cannot be read as token ids",
        "gap.npz": "begin at 0",
        "junk.npz": "cannot be read as token ids",
        "junk.npy": "cannot be read as token ids",
        "gone.npy": "cannot be read as token ids",
    }.items():
        with pytest.raises(BadInput, match=match):
            open_corpus(str(tmp_path / name), encode)


def test_text_becomes_a_corpus_and_none_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("abc")
    (tmp_path / "empty.txt").write_text("")
    corpus = open_corpus(str(tmp_path), encode)
    assert corpus.token_id.tolist() == [97, 98, 99]
    assert corpus.source["uri"] == str(tmp_path)
    with pytest.raises(BadInput, match="no tokens"):
        open_corpus(str(tmp_path / "empty.txt"), encode)


def test_the_hash_tells_documents_apart_not_only_tokens():
    ids = np.arange(4)
    one, two = Corpus(ids, np.array([0, 4])), Corpus(ids, np.array([0, 2, 4]))
    assert one.sha256 != two.sha256
    assert one.sha256 == Corpus(ids.astype(np.uint16), np.array([0, 4])).sha256
