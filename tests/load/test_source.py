import hashlib
import json

import numpy as np
import pytest
from safetensors.numpy import save_file

from armillary.core import BadInput, FeatureSpace, MissingExtra
from armillary.load import as_space, builtin, load_space, source
from armillary.load.builtin import SMOLLM2, cache_folder

RNG = np.random.default_rng(0)
MATRIX = RNG.normal(size=(40, 6)).astype(np.float32)


def saved(folder, **tensors):
    path = folder / "sae.safetensors"
    save_file({name: np.ascontiguousarray(t) for name, t in tensors.items()}, path)
    return path


def test_a_dictionary_is_loaded_with_its_provenance(tmp_path):
    path = saved(tmp_path, W_dec=MATRIX, W_enc=MATRIX.T, b_dec=np.zeros(6, np.float32))
    space = load_space(str(path), labels=[f"f{i}" for i in range(40)])
    np.testing.assert_array_equal(space.directions, MATRIX)
    assert space.labels[39] == "f39"
    told = space.source
    assert told["uri"] == str(path)
    assert told["sha256"] == {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    assert (told["dtype"], told["tensor"], told["orientation"]) == ("F32", "W_dec", "rows")
    assert told["shape"] == [40, 6]
    assert told["assumptions"][0] == "d_model is 6: the length of 'b_dec' says so"
    assert json.loads(json.dumps(dict(told))) == dict(told)


@pytest.mark.parametrize(
    "tensors",
    [
        {"decoder.weight": MATRIX.T},
        {"decoder.weight": MATRIX.T, "encoder.weight": MATRIX},
        {"W_dec": MATRIX, "encoder.weight": MATRIX},
        {"w_dec": MATRIX, "w_enc": MATRIX.T},
        {"W_dec": MATRIX.T, "W_enc": MATRIX, "b_enc": np.zeros(40, np.float32)},
        {"sae.W_dec": MATRIX, "sae.W_enc": MATRIX.T},
        {"anything": MATRIX, "threshold": np.zeros(40, np.float32)},
    ],
    ids=lambda t: "+".join(t),
)
def test_every_layout_of_the_field_ends_with_features_as_rows(tmp_path, tensors):
    np.testing.assert_array_equal(load_space(saved(tmp_path, **tensors)).directions, MATRIX)


UNIT = MATRIX / np.linalg.norm(MATRIX, axis=1, keepdims=True)
SQUARE = RNG.normal(size=(32, 32)).astype(np.float32)
SQUARE /= np.linalg.norm(SQUARE, axis=1, keepdims=True)


@pytest.mark.parametrize(
    "tensors",
    [
        {"W_dec": MATRIX.T},
        {"W_dec": MATRIX.T, "W_enc": MATRIX},
        {"decoder.weight": MATRIX},
        {"decoder.weight": MATRIX, "encoder.weight": MATRIX.T},
        {"W_dec": SQUARE.T},
        {"decoder.weight": SQUARE},
        {"D": MATRIX.T},
        {"D": SQUARE},
    ],
    ids=lambda t: "+".join(f"{name}{list(x.shape)}" for name, x in t.items()),
)
def test_a_transposed_decoder_never_passes_silently(tmp_path, tensors):
    path = saved(tmp_path, **tensors)
    with pytest.raises(BadInput, match="--orientation rows"):
        load_space(path)
    load_space(path, orientation="rows")
    load_space(path, orientation="columns")


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_plain_arrays_need_more_rows_than_columns_or_a_word(tmp_path, suffix):
    path = tmp_path / f"vectors.{suffix}"
    save = np.save if suffix == "npy" else np.savez
    save(path, MATRIX)
    assert any("ASSUMED" in a for a in load_space(path).source["assumptions"])
    save(path, MATRIX.T)
    with pytest.raises(BadInput, match="looks transposed"):
        load_space(path)
    np.testing.assert_array_equal(load_space(path, orientation="columns").directions, MATRIX)
    np.testing.assert_array_equal(load_space(path, d_model=6).directions, MATRIX)
    with pytest.raises(BadInput, match="neither axis is d_model"):
        load_space(path, d_model=7)


def test_a_config_beside_the_weights_tells_the_width(tmp_path):
    path = saved(tmp_path, D=MATRIX.T)
    (tmp_path / "cfg.json").write_text('{"d_in": 6}')
    for uri in (path, tmp_path):
        np.testing.assert_array_equal(load_space(uri).directions, MATRIX)


def test_bad_rows_are_set_aside_with_their_labels_and_ids(tmp_path):
    rows = MATRIX.copy()
    rows[2], rows[5, 0], rows[7] = 0, np.nan, rows[1]
    path = tmp_path / "m.npz"
    np.savez(path, W_dec=rows, feature_id=np.arange(40) + 100, label=np.arange(40).astype(str))
    space = load_space(path)
    assert space.n_features == 38
    assert space.feature_id[:5].tolist() == [100, 101, 103, 104, 106]
    assert space.labels[:3].tolist() == ["0", "1", "3"]
    assert [(e["reason"], e["count"], e["first_ids"]) for e in space.source["set_aside"]] == [
        ("NaN or infinite values", 1, [105]),
        ("all zeros", 1, [102]),
    ]
    assert (
        "1 rows are exact copies of an earlier row, kept (ids 107)" in space.source["assumptions"]
    )


def test_labels_are_counted_before_rows_are_set_aside():
    rows = MATRIX.copy()
    rows[3] = 0
    assert as_space(rows, labels=[f"f{i}" for i in range(40)]).labels[3] == "f4"
    with pytest.raises(BadInput, match="39 labels for 40 features"):
        as_space(rows, labels=["x"] * 39)


def test_float64_beyond_float32_is_set_aside_not_passed_on():
    rows = MATRIX.astype(np.float64)
    rows[0, 0] = 1e300
    assert as_space(rows).n_features == 39


def test_repeated_ids_and_columns_of_another_length_are_refused(tmp_path):
    path = tmp_path / "m.npz"
    np.savez(path, W_dec=MATRIX, feature_id=np.zeros(40, dtype=int))
    with pytest.raises(BadInput, match="more than once"):
        load_space(path)
    np.savez(path, W_dec=MATRIX, label=np.array(["a"]))
    with pytest.raises(BadInput, match="'label' has 1 entries for 40 features"):
        load_space(path)


def test_the_tensor_can_be_named_and_must_be_where_several_fit(tmp_path):
    path = saved(tmp_path, one=MATRIX, two=MATRIX + 1, ids=np.arange(40))
    with pytest.raises(BadInput, match=r"several matrices fit; it has .*one \[40, 6\] F32"):
        load_space(path)
    assert load_space(path, tensor="two").source["tensor"] == "two"
    with pytest.raises(BadInput, match="has no tensor 'three'"):
        load_space(path, tensor="three")
    with pytest.raises(BadInput, match="'ids' is of type I64"):
        load_space(path, tensor="ids")
    with pytest.raises(BadInput, match="no two-dimensional tensor"):
        load_space(saved(tmp_path, ids=np.arange(40)))


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("x.pt", "no such file or folder"),
        ("x.pkl", "never are. Convert it"),
        ("ftp:somewhere", "scheme 'ftp:' is not known"),
        ("dmeo", "Did you mean demo"),
        ("/nowhere/at/all.npy", r"tried /nowhere/at/all\.npy"),
    ],
)
def test_an_unknown_source_says_what_was_tried_and_what_works(uri, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=words) as refusal:
        load_space(uri)
    assert refusal.value.exit_code == 3
    assert "safetensors" in str(refusal.value)


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(BadInput, match=r"the kind '\.md' is not read"):
        load_space(tmp_path / "notes.md")


def test_a_file_that_the_system_will_not_open_is_refused_in_words(tmp_path, monkeypatch):
    path = saved(tmp_path, W_dec=MATRIX)

    def denied(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(source, "sha256_of", denied)
    with pytest.raises(BadInput, match=r"sae\.safetensors cannot be read: .*Permission denied"):
        load_space(path)


def test_an_array_is_copied_and_a_space_is_passed_through():
    mine = MATRIX.copy()
    space = as_space(mine)
    mine[:] = 0
    np.testing.assert_array_equal(space.directions, MATRIX)
    assert as_space(space) is space
    assert as_space(space, labels={0: "first"}).labels[0] == "first"
    np.testing.assert_array_equal(as_space(MATRIX.T, orientation="columns").directions, MATRIX)


@pytest.mark.parametrize("wrong", [np.array([["a"]]), np.ones(3), MATRIX.T, MATRIX.astype(complex)])
def test_arrays_that_are_no_dictionary_are_refused(wrong):
    with pytest.raises(BadInput):
        as_space(wrong)


def test_a_path_given_to_as_space_is_loaded(tmp_path):
    assert isinstance(as_space(saved(tmp_path, W_dec=MATRIX), tensor="W_dec"), FeatureSpace)


def test_a_loaded_space_cannot_be_written_to(tmp_path):
    space = load_space(saved(tmp_path, W_dec=MATRIX))
    with pytest.raises(ValueError, match="read-only"):
        space.directions[0, 0] = 1


def test_without_its_extra_the_demo_is_refused_before_anything_is_fetched(monkeypatch):
    def absent(module, *, extra):
        raise MissingExtra(f"{module} {extra}")

    monkeypatch.setattr(source, "require", absent)
    monkeypatch.setattr(source, "fetch_builtin", lambda **_: pytest.fail("fetched"))
    with pytest.raises(MissingExtra, match="gguf demo"):
        load_space("demo")


def test_the_demo_offline_and_not_cached_is_refused(tmp_path, monkeypatch):
    monkeypatch.delenv("ARMILLARY_WHEEL", raising=False)
    with pytest.raises(BadInput, match="offline"):
        load_space("demo", cache=tmp_path, offline=True)


@pytest.mark.slow
@pytest.mark.parametrize("uri", ["demo", "smollm2:embed"])
def test_the_built_in_model_keeps_the_space_before_monday(uri):
    """Runs where the model is cached; otherwise it is fetched, once."""
    space = load_space(uri)
    assert repr(space) == "FeatureSpace(49,152 features x 576 d_model, from smollm2:embed)"
    assert space.labels[12397] == " Monday"
    assert space.columns["special"].sum() == 21
    assert builtin.fetch_builtin(offline=True) == cache_folder() / SMOLLM2.file_name
