import json

import numpy as np
import pytest
from safetensors.numpy import save_file
from tiny_gguf import random_arrays, write_gguf

from armillary.core import BadInput
from armillary.load import load_space
from armillary.load.model_part import part_named, weight_files


@pytest.fixture
def tables(rng):
    def draw(n):
        return rng.normal(size=(n, 4)).astype(np.float32)

    return {
        "transformer.wte.weight": draw(6),
        "transformer.wpe.weight": draw(5),
        "lm_head.weight": draw(6),
        "transformer.h.0.attn.c_proj.weight": draw(4),
    }


@pytest.fixture
def folder(tables, tmp_path):
    path = tmp_path / "model"
    path.mkdir()
    save_file(tables, path / "model.safetensors")
    (path / "config.json").write_text(json.dumps({"model_type": "gpt2", "n_embd": 4}))
    vocab = {"<|end|>": 0, "a": 1, "Ġa": 2, "Ã": 3}
    content = {
        "model": {"type": "BPE", "vocab": vocab, "merges": []},
        "decoder": {"type": "ByteLevel"},
        "pre_tokenizer": None,
        "added_tokens": [{"id": 0, "content": "<|end|>", "special": True}],
    }
    (path / "tokenizer.json").write_text(json.dumps(content))
    return path


def test_tokens_are_features_with_their_texts(folder, tables):
    space = load_space(f"{folder}#embed")
    assert np.array_equal(space.directions, tables["transformer.wte.weight"])
    assert space.labels.tolist() == ["<|end|>", "a", " a", "\\xc3", "[row 4]", "[row 5]"]
    assert space.columns["special"].tolist() == [True, False, False, False, True, True]
    assert space.source["uri"] == f"{folder}#embed"
    assert list(space.source["sha256"]) == ["model.safetensors"]
    assert "4 tokens read from tokenizer.json; 2 rows belong to no token" in str(
        space.source["assumptions"]
    )


def test_positions_are_features_with_their_numbers(folder, tables):
    space = load_space(f"{folder}#position")
    assert np.array_equal(space.directions, tables["transformer.wpe.weight"])
    assert space.labels.tolist() == list("01234")
    assert space.columns["position"].tolist() == [0, 1, 2, 3, 4]


def test_an_unembedding_is_its_own_table_or_the_tied_one(folder, tables):
    space = load_space(f"{folder}#unembed")
    assert np.array_equal(space.directions, tables["lm_head.weight"])
    assert space.labels[2] == " a"
    del tables["lm_head.weight"]
    save_file(tables, folder / "model.safetensors")
    tied = load_space(f"{folder}#unembed")
    assert np.array_equal(tied.directions, tables["transformer.wte.weight"])
    assert "it is tied to the embedding" in tied.source["assumptions"][0]


@pytest.mark.parametrize("kind", ["opt", "roberta"])
def test_rows_that_stand_for_padding_are_left_out(folder, kind):
    (folder / "config.json").write_text(json.dumps({"model_type": kind}))
    space = load_space(f"{folder}#position")
    assert space.feature_id.tolist() == [2, 3, 4]
    assert space.labels.tolist() == ["0", "1", "2"]
    assert "the first 2 rows stand for padding" in str(space.source["assumptions"])


def test_of_shards_only_the_one_that_holds_the_table_is_opened(folder, tables):
    names = list(tables)
    (folder / "model.safetensors").unlink()
    save_file({n: tables[n] for n in names[:1]}, folder / "one.safetensors")
    where = {names[0]: "one.safetensors"} | dict.fromkeys(names[1:], "two.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": where}))
    assert load_space(f"{folder}#embed").n_features == 6
    with pytest.raises(BadInput, match=r"two\.safetensors is not there, though .* index names it"):
        load_space(f"{folder}#position")
    save_file({"other": np.ones((2, 2), np.float32)}, folder / "two.safetensors")
    with pytest.raises(BadInput, match="is not there as a table of rows"):
        load_space(f"{folder}#position")


def test_one_file_will_do(folder, tmp_path):
    file = folder / "model.safetensors"
    assert load_space(f"{file}#position").n_features == 5
    gguf = write_gguf(tmp_path / "tiny.gguf", random_arrays())
    assert load_space(f"{gguf}#embed").labels[-1] == " a"
    assert weight_files(gguf)["token_embd.weight"] == gguf


@pytest.mark.parametrize(
    ("base", "part"),
    [("hf:org/model", "embed"), ("a/b", "position"), ("hf:org/model@v1/x", "unembed")],
)
def test_the_part_stands_after_the_mark(base, part):
    assert part_named(f"{base}#{part}") == (base, part)
    assert part_named(base) is None
    assert part_named("some#path") is None


def test_a_path_that_has_the_mark_in_its_name_is_a_path(tmp_path):
    path = tmp_path / "odd#embed"
    path.mkdir()
    np.save(path / "W_dec.npy", np.random.default_rng(0).normal(size=(9, 4)))
    assert load_space(path).n_features == 9


def test_what_is_not_there_is_refused_in_words(folder, tables, tmp_path):
    def refused(uri, words, **options):
        with pytest.raises(BadInput, match=words):
            load_space(uri, **options)

    refused(f"{folder}#middle", "'middle' is no part of a model; use #embed, #unembed, #position")
    refused(f"{tmp_path / 'none'}#embed", "no such file or folder")
    refused(f"{folder}#embed", "drop --tensor and --orientation, or the #", tensor="x")
    refused(f"{folder}#embed", "has 4 dimensions, not 8", d_model=8)
    refused(f"{folder / 'config.json'}#embed", "is not read")
    (folder / "tokenizer.json").write_text("[]")
    refused(f"{folder}#embed", "is not a vocabulary that can be read")
    twice = tables | {"other.wte.weight": tables["transformer.wte.weight"]}
    save_file(twice, folder / "model.safetensors")
    refused(f"{folder}#embed", "several tensors could be the embed")
    save_file({"x": tables["lm_head.weight"]}, folder / "model.safetensors")
    refused(f"{folder}#position", "no tensor of a model's position .* by rotation instead")
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"")
    refused(f"{folder}#embed", "0 files of weights.*pytorch_model.bin")


def test_a_file_of_another_kind_holds_no_embedding(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((3, 2)))
    with pytest.raises(BadInput, match=r"read from \.safetensors or \.gguf files"):
        load_space(f"{tmp_path / 'a.npy'}#embed")
