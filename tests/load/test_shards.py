import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from armillary.core import BadInput
from armillary.load.openers import OPENERS
from armillary.load.shards import open_folder, width_in_config
from armillary.load.source import load_space
from armillary.load.stored import as_float32

MATRIX = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)


def opened(folder, **options):
    return open_folder(folder, openers=OPENERS, **options)


def read(offer, name, transpose=False):
    return as_float32(offer.tensors[name], transpose=transpose)


def test_shards_are_joined_in_the_order_of_their_numbers(tmp_path):
    whole = np.arange(11 * 7 * 6, dtype=np.float32).reshape(77, 6)
    for number, part in enumerate(np.split(whole, 11)):
        save_file({"W_dec": part, "b_dec": whole[0]}, tmp_path / f"s{number}.safetensors")
    offer = opened(tmp_path)
    np.testing.assert_array_equal(read(offer, "W_dec"), whole)
    assert "s0.safetensors, s1.safetensors, s2" in offer.notes[-1]
    assert len(offer.tensors["W_dec"].files) == 11


def test_transposed_shards_of_one_shape_are_refused_until_d_model_is_known(tmp_path):
    for number, part in enumerate(np.split(MATRIX.T, 4, axis=1)):
        tensors = {"W_dec": np.ascontiguousarray(part), "W_enc": np.ascontiguousarray(part.T)}
        save_file(tensors, tmp_path / f"{number}.safetensors")
    with pytest.raises(BadInput, match="looks transposed"):
        opened(tmp_path)
    offer = opened(tmp_path, d_model=6)
    np.testing.assert_array_equal(read(offer, "W_dec", transpose=True), MATRIX)
    (tmp_path / "cfg.json").write_text('{"d_in": 6}')
    np.testing.assert_array_equal(load_space(tmp_path).directions, MATRIX)


def test_an_encoder_that_cannot_be_joined_does_not_bar_the_decoder(tmp_path):
    for number, part in enumerate(np.split(MATRIX, 4)):
        tensors = {"W_dec": part, "W_enc": np.ascontiguousarray(part.T)}
        save_file(tensors, tmp_path / f"{number}.safetensors")
    offer = opened(tmp_path)
    assert set(offer.tensors) == {"W_dec"}
    np.testing.assert_array_equal(read(offer, "W_dec"), MATRIX)


@pytest.mark.parametrize("cuts", [(10, 20, 30), (7, 9, 12)])
def test_shards_of_a_transposed_decoder_are_joined_along_its_columns(tmp_path, cuts):
    for number, part in enumerate(np.split(MATRIX.T, cuts, axis=1)):
        tensor = {"decoder.weight": np.ascontiguousarray(part)}
        save_file(tensor, tmp_path / f"{number}.safetensors")
    offer = opened(tmp_path)
    assert offer.tensors["decoder.weight"].shape == (6, 40)
    np.testing.assert_array_equal(read(offer, "decoder.weight", transpose=True), MATRIX)


def test_arrays_whose_names_mean_nothing_are_shards_of_one_matrix(tmp_path):
    for number, part in enumerate(np.split(MATRIX, [25, 37])):
        np.save(tmp_path / f"part-{number:03}.npy", part)
    np.testing.assert_array_equal(read(opened(tmp_path), tmp_path.name), MATRIX)


def test_arrays_whose_names_mean_something_are_kept_apart(tmp_path):
    np.save(tmp_path / "W_dec.npy", MATRIX)
    np.save(tmp_path / "W_enc.npy", MATRIX.T)
    assert set(opened(tmp_path).tensors) == {"W_dec", "W_enc"}


def test_columns_of_shards_are_joined_too(tmp_path):
    for number, rows in enumerate(np.split(np.arange(40), [15])):
        np.savez(tmp_path / f"{number}.npz", W_dec=MATRIX[rows], ids=rows + 100)
    assert opened(tmp_path).columns["feature_id"].tolist() == list(range(100, 140))


def test_the_index_says_which_shard_holds_what(tmp_path):
    save_file({"a.W_dec": MATRIX}, tmp_path / "m-1.safetensors")
    save_file({"b": MATRIX[:3]}, tmp_path / "m-2.safetensors")
    save_file({"stray": MATRIX}, tmp_path / "other.safetensors")
    weights = {"a.W_dec": "m-1.safetensors", "b": "m-2.safetensors"}
    (tmp_path / "m.safetensors.index.json").write_text(json.dumps({"weight_map": weights}))
    offer = opened(tmp_path)
    assert set(offer.tensors) == {"a.W_dec", "b"}
    np.testing.assert_array_equal(read(offer, "a.W_dec"), MATRIX)


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (
            '{"weight_map": {"W": "gone.safetensors"}}',
            "shard 'gone.safetensors', which is not there",
        ),
        ('{"weight_map": {"W": "there.safetensors"}}', "'there.safetensors' holds 'W'"),
        ('{"weight_map": {"W": "../there.safetensors"}}', "not a file it can mean"),
        ('{"weight_map": 3}', "not an index of shards"),
        ("{", "not an index of shards"),
    ],
)
def test_an_index_that_does_not_fit_is_refused(tmp_path, index, words):
    save_file({"b": MATRIX}, tmp_path / "there.safetensors")
    (tmp_path / "m.index.json").write_text(index)
    with pytest.raises(BadInput, match=words):
        opened(tmp_path)


def test_two_indices_are_refused(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.index.json").write_text("{}")
    with pytest.raises(BadInput, match="several indices"):
        opened(tmp_path)


def test_a_shard_of_another_width_is_refused_by_name(tmp_path):
    for number, width in enumerate((6, 6, 5)):
        save_file(
            {"W_dec": np.ones((10 + number, width), np.float32)},
            tmp_path / f"s{number}.safetensors",
        )
    with pytest.raises(BadInput, match=r"s2\.safetensors has 'W_dec' of shape \[12, 5\]"):
        opened(tmp_path)


def test_equal_square_or_flat_shards_of_unknown_name_need_the_callers_word(tmp_path):
    for number in range(2):
        np.save(tmp_path / f"{number}.npy", np.ones((6, 6)) * number)
    with pytest.raises(BadInput, match="--orientation"):
        opened(tmp_path)
    assert opened(tmp_path, orientation="rows").tensors[tmp_path.name].shape == (12, 6)
    assert opened(tmp_path, orientation="columns").tensors[tmp_path.name].shape == (6, 12)


def test_a_folder_with_nothing_to_read_says_what_it_holds(tmp_path):
    (tmp_path / "weights.pt").write_bytes(b"")
    with pytest.raises(BadInput, match=r"no file that can be read .*weights\.pt"):
        opened(tmp_path)


def test_a_folder_of_several_kinds_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", MATRIX)
    np.savez(tmp_path / "b.npz", W=MATRIX)
    with pytest.raises(BadInput, match=r"several kinds \(\.npy, \.npz\)"):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("text", "width"),
    [('{"d_in": 6}', 6), ('{"hidden_size": 6, "d_in": 7}', 7), ("[]", None), ("{", None)],
)
def test_the_width_is_read_from_the_config_where_it_says_one(tmp_path, text, width):
    (tmp_path / "cfg.json").write_text(text)
    assert width_in_config(tmp_path)[0] == width
