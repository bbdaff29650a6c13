"""Every format refuses: wrong orientation, missing tensor, cut file, a config that disagrees."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from armillary.core import BadInput
from armillary.load import load_sae, load_space
from armillary.load.openers import FILE_OPENERS
from armillary.load.sae.live import live_sae

SAE = Path(__file__).parents[2] / "fixtures" / "sae"
CASES = {
    "saelens_standard": "sae_weights.safetensors",
    "saelens_gated": "sae_weights.safetensors",
    "saelens_jumprelu": "sae_weights.safetensors",
    "saelens_5_topk": "sae_weights.safetensors",
    "gemma_scope_1/layer_3/width_32/average_l0_5": "params.npz",
    "gemma_scope_2/resid_post/layer_5_width_32_l0_small": "params.safetensors",
    "dictionary_learning_GatedAutoEncoder": "ae.pt",
    "dictionary_learning_MatryoshkaBatchTopKSAE": "ae.pt",
    "sparsify_topk/layers.3": "sae.safetensors",
    "openai_topk": "autoencoder.pt",
    "llama_scope_jumprelu": "sae_weights.safetensors",
    "llama_scope_2024": "checkpoints/final.safetensors",
}
DECODERS = ("W_dec", "w_dec", "decoder.weight", "W_D")
ENCODERS = ("W_enc", "w_enc", "encoder.weight", "W_E")
each = pytest.mark.parametrize("case", CASES)


def copied(case: str, folder: Path) -> tuple[Path, Path]:
    """Copy a fixture without its expectations; return its folder and its weights."""
    target = folder / case
    shutil.copytree(SAE / case, target, ignore=shutil.ignore_patterns("expected"))
    return target, target / CASES[case]


def tensors_of(weights: Path) -> dict[str, np.ndarray]:
    if weights.suffix == ".safetensors":
        return load_file(weights)
    offer = FILE_OPENERS[weights.suffix](weights)
    return {name: np.array(tensor.read()) for name, tensor in offer.tensors.items()}


def rewritten(weights: Path, tensors: dict[str, np.ndarray]) -> None:
    if weights.suffix == ".safetensors":
        save_file({n: np.ascontiguousarray(t) for n, t in tensors.items()}, weights)
    elif weights.suffix == ".npz":
        np.savez(weights, **tensors)
    else:
        torch_written(weights, tensors)


def torch_written(weights: Path, tensors: dict[str, np.ndarray]) -> None:
    """Write a torch archive by hand: the tests run where torch is not."""
    import io
    import pickle
    import zipfile

    values = FILE_OPENERS[".pt"](weights).values
    body = b"\x80\x02}("
    for name, text in values.items():
        if "." not in name:
            body += pickle.dumps(name, 2)[2:-1] + pickle.dumps(text, 2)[2:-1]
    if "activation" in values:
        state = {n.split(".")[1]: v for n, v in values.items() if "." in n}
        body += pickle.dumps("activation_state_dict", 2)[2:-1] + pickle.dumps(state, 2)[2:-1]
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for key, (name, array) in enumerate(tensors.items()):
            array = np.ascontiguousarray(array)
            kind = {"f": "FloatStorage", "i": "IntStorage"}[array.dtype.kind]
            array = array.astype("<f4" if array.dtype.kind == "f" else "<i4")
            stride = tuple(s // 4 for s in array.strides)
            head = f"ctorch\n{kind}\n".encode()
            pid = b"(" + pickle.dumps("storage", 2)[2:-1] + head + pickle.dumps(str(key), 2)[2:-1]
            pid += pickle.dumps("cpu", 2)[2:-1] + pickle.dumps(array.size, 2)[2:-1] + b"tQ"
            rest = b"".join(pickle.dumps(v, 2)[2:-1] for v in (0, array.shape, stride, False, None))
            body += pickle.dumps(name, 2)[2:-1] + b"ctorch._utils\n_rebuild_tensor_v2\n"
            body += b"(" + pid + rest + b"tR"
            archive.writestr(f"a/data/{key}", array.tobytes())
        archive.writestr("a/data.pkl", body + b"u.")
    weights.write_bytes(data.getvalue())


def refused(source: Path, match: str | None = None) -> None:
    """Both doors refuse, with exit code 3, naming the place and no Python error."""
    for door in (load_space, load_sae):
        with pytest.raises(BadInput, match=match) as refusal:
            door(source)
        assert refusal.value.exit_code == 3


@each
def test_rewriting_alone_changes_nothing(case, tmp_path):
    folder, weights = copied(case, tmp_path)
    before = load_sae(folder)
    rewritten(weights, tensors_of(weights))
    after = load_sae(folder)
    x = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    np.testing.assert_allclose(after.encode(x), before.encode(x), atol=1e-6)


@each
@pytest.mark.parametrize("which", ["decoder", "encoder", "both"])
def test_a_transposed_matrix_is_refused(case, which, tmp_path):
    folder, weights = copied(case, tmp_path)
    tensors = tensors_of(weights)
    names = {"decoder": DECODERS, "encoder": ENCODERS, "both": DECODERS + ENCODERS}[which]
    rewritten(weights, {n: t.T if n in names else t for n, t in tensors.items()})
    refused(folder, match="--orientation rows|columns")


@each
def test_every_tensor_that_encoding_needs_is_missed_by_name(case, tmp_path):
    folder, weights = copied(case, tmp_path)
    tensors = tensors_of(weights)
    needless = {"k", "stats_last_nonzero", "latents_activation_frequency", "latents_mean_square"}
    for name in tensors.keys() - needless:
        if name.startswith("dataset_average"):
            continue
        rewritten(weights, {n: t for n, t in tensors.items() if n != name})
        with pytest.raises(BadInput, match=rf"tensor '{name}' is missing"):
            load_sae(folder)


@each
def test_a_file_cut_anywhere_is_refused(case, tmp_path):
    folder, weights = copied(case, tmp_path)
    whole = weights.read_bytes()

    @given(share=st.floats(0, 0.999))
    def cut(share):
        weights.write_bytes(whole[: int(share * len(whole))])
        refused(folder)

    cut()


@each
def test_a_config_that_contradicts_the_shapes_is_refused(case, tmp_path):
    folder, _ = copied(case, tmp_path)
    found = [p for p in folder.glob("*.json")]
    if not found or "gemma" in case:
        return
    config = json.loads(found[0].read_text())
    inside = config.get("trainer", config)
    keys = ("d_in", "d_sae", "d_model", "activation_dim", "dict_size", "num_latents")
    numbers = [n for n in keys if isinstance(inside.get(n), int)]

    @given(key=st.sampled_from(numbers), value=st.integers(-2, 100) | st.text() | st.floats())
    def changed(key, value):
        if value == inside[key] or (key == "num_latents" and value == 0):
            return
        other = {**inside, key: value}
        found[0].write_text(
            json.dumps({**config, "trainer": other} if inside is not config else other)
        )
        refused(folder)

    if numbers:
        changed()


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", '{"d_in": 1}x'])
def test_a_config_that_is_no_json_object_is_refused(text, tmp_path):
    folder, _ = copied("saelens_standard", tmp_path)
    (folder / "cfg.json").write_text(text)
    refused(folder, match=r"cfg\.json")


@pytest.mark.parametrize(
    ("case", "change", "words"),
    [
        ("saelens_standard", {"architecture": "novel"}, "architecture 'novel' is not known"),
        ("saelens_standard", {"normalize_activations": "x"}, "normalize_activations is 'x'"),
        ("saelens_standard", {"normalize_activations": "covariance_whitening"}, "is missing"),
        ("saelens_topk", {"k": 33}, "k is 33, but there are only 32 features"),
        ("sparsify_topk/layers.3", {"activation": "x"}, "'activation' is 'x'; known are topk"),
        ("sparsify_groupmax/layers.3", {"k": 5}, "do not fall into 5 groups"),
        ("sparsify_topk/layers.3", {"k": 0}, "'k' is 0"),
        ("dictionary_learning_AutoEncoder", {"trainer": {"dict_class": "X"}}, "known are AutoEnc"),
        ("llama_scope_topk", {"norm_activation": "x"}, "'norm_activation' is 'x'"),
        ("gemma_scope_2/resid_post/layer_5_width_32_l0_small", {"architecture": "x"}, "jump_relu"),
    ],
)
def test_a_word_the_config_does_not_explain_is_refused(case, change, words, tmp_path):
    folder = tmp_path / "sae"
    shutil.copytree(SAE / case, folder, ignore=shutil.ignore_patterns("expected"))
    path = next(folder.glob("*.json"))
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    refused(folder, match=words)


@pytest.mark.parametrize("scale", [None, 2.0])
def test_an_unknown_input_scale_forbids_codes_but_not_directions(scale, tmp_path):
    folder, _ = copied("saelens_standard", tmp_path)
    config = json.loads((folder / "cfg.json").read_text())
    config["normalize_activations"] = "expected_average_only_in"
    (folder / "cfg.json").write_text(json.dumps(config))
    if scale is None:
        assert any("codes cannot" in n for n in load_space(folder).source["assumptions"])
        with pytest.raises(BadInput, match=r"neither folded in nor in activation_scaler\.json"):
            load_sae(folder)
        return
    (folder / "activation_scaler.json").write_text(json.dumps({"scaling_factor": scale}))
    x = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32)
    plain = load_sae(SAE / "saelens_standard")
    np.testing.assert_allclose(load_sae(folder).encode(x), plain.encode(2 * x), atol=1e-5)
    np.testing.assert_allclose(
        load_sae(folder).reconstruct(x), plain.reconstruct(2 * x) / 2, atol=1e-5
    )


def test_whitened_activations_are_recorded_and_undone(tmp_path):
    folder, _ = copied("saelens_standard", tmp_path)
    config = json.loads((folder / "cfg.json").read_text())
    config["normalize_activations"] = "covariance_whitening"
    (folder / "cfg.json").write_text(json.dumps(config))
    matrix = np.random.default_rng(0).normal(size=(8, 8)).astype(np.float32)
    mean, inverse = np.arange(8, dtype=np.float32), np.linalg.inv(matrix)
    parts = {"mean": mean, "matrix": matrix, "inverse_matrix": inverse}
    save_file(parts, folder / "activation_whitening.safetensors")
    assert load_space(folder).source["decoder_space"] == "whitened"
    plain = load_sae(SAE / "saelens_standard")
    x = np.random.default_rng(1).normal(size=(5, 8)).astype(np.float32)
    white = (x - mean) @ matrix
    np.testing.assert_allclose(load_sae(folder).encode(x), plain.encode(white), atol=1e-4)
    made = plain.reconstruct(white) @ inverse + mean
    np.testing.assert_allclose(load_sae(folder).reconstruct(x), made, rtol=1e-4, atol=1e-3)


def test_a_square_pair_of_which_one_is_transposed_is_refused():
    rng = np.random.default_rng(0)
    decoder = rng.normal(size=(24, 24)).astype(np.float32)
    biases = {"b_enc": np.zeros(24, np.float32), "b_dec": np.zeros(24, np.float32)}
    right = live_sae({"W_dec": decoder, "W_enc": decoder.T, **biases})
    assert right is not None
    both = load_sae({"W_dec": decoder, "W_enc": decoder.T, **biases})
    assert any("features read what they write" in note for note in both.source["assumptions"])
    with pytest.raises(BadInput, match="one is transposed"):
        load_sae({"W_dec": decoder, "W_enc": decoder, **biases})
    other = rng.normal(size=(24, 24)).astype(np.float32)
    unsure = load_sae({"W_dec": decoder, "W_enc": other, **biases})
    assert any("cannot confirm each other" in note for note in unsure.source["assumptions"])


def test_values_that_are_not_numbers_keep_the_rows_but_not_the_codes(tmp_path):
    folder, weights = copied("saelens_standard", tmp_path)
    tensors = tensors_of(weights)
    tensors["W_dec"][3, 1] = np.nan
    rewritten(weights, tensors)
    assert load_space(folder).n_features == 31
    with pytest.raises(BadInput, match="NaN or infinite values, so it cannot encode"):
        load_sae(folder)


def test_what_is_no_autoencoder_says_where_some_are(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((40, 4)))
    with pytest.raises(BadInput, match="no autoencoder with an encoder was recognised"):
        load_sae(tmp_path / "x.npy")
    refused(SAE / "gemma_scope_1", match=r"layer_3/width_32/average_l0_5")
    with pytest.raises(BadInput, match="a dict is no autoencoder"):
        load_sae({"x": 1})
