"""Every format against the library that writes it: codes and reconstructions, number for number."""

import json
from pathlib import Path

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.load import load_sae, load_space

SAE = Path(__file__).parents[2] / "fixtures" / "sae"
FOLDERS = sorted(path.parent.parent for path in SAE.rglob("expected/codes.npz"))
FORMATS = {
    "saelens": "SAELens",
    "gemma": "Gemma Scope",
    "dictionary": "dictionary_learning",
    "sparsify": "sparsify",
    "openai": "OpenAI",
    "llama": "Llama Scope",
}


def named(folder: Path) -> str:
    return folder.relative_to(SAE).as_posix()


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_codes_and_reconstructions_are_those_of_the_library(folder: Path):
    with np.load(folder / "expected/codes.npz") as expected:
        x, codes, made = (expected.get(name) for name in ("x", "codes", "made"))
    if "matching_pursuit" in folder.name:
        with pytest.raises(BadInput, match="search"):
            load_sae(folder)
        return
    sae = load_sae(folder)
    np.testing.assert_allclose(sae.encode(x), codes, atol=2e-5)
    assert np.array_equal(sae.encode(x) != 0, np.abs(codes) > 0)
    np.testing.assert_allclose(sae.reconstruct(x), made, atol=2e-5)
    assert sae.source["format"] == FORMATS[named(folder).split("_")[0]]
    assert json.loads(json.dumps(dict(sae.source))) == dict(sae.source)


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_directions_are_the_raw_rows_whichever_door_they_come_through(folder: Path):
    space = load_space(folder)
    assert space.n_features == 32
    assert space.d_model in (6, 8)
    if "matching" not in folder.name:
        np.testing.assert_array_equal(space.directions, load_sae(folder).directions)
    assert space.source["decoder_space"] in ("raw", "layer-normed", "norm-scaled")
    assert space.source["assumptions"]
    assert json.loads(json.dumps(dict(space.source))) == dict(space.source)


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_the_fixture_says_who_wrote_it_and_who_computed_its_codes(folder: Path):
    origin = json.loads((folder / "expected/origin.json").read_text())
    assert origin["files"]
    assert origin["codes"]


def test_what_lies_beside_the_weights_becomes_columns_and_facts():
    space = load_space(SAE / "saelens_standard")
    np.testing.assert_allclose(space.columns["log10_frequency"], np.linspace(-5, -1, 32), atol=1e-6)
    assert space.source["model"]["hook_name"] == "blocks.1.hook_resid_post"
    nested = load_space(SAE / "dictionary_learning_MatryoshkaBatchTopKSAE").columns["nesting"]
    assert np.bincount(nested).tolist() == [8, 8, 16]
    assert load_space(SAE / "sparsify_topk/layers.3").source["model"]["hook_name"] == "layers.3"


@pytest.mark.parametrize(
    ("name", "space"),
    [
        ("openai_topk", "layer-normed"),
        ("saelens_layer_norm", "layer-normed"),
        ("saelens_constant_norm", "norm-scaled"),
        ("openai_relu", "raw"),
        ("llama_scope_2024", "raw"),
    ],
)
def test_the_space_of_the_decoder_is_recorded(name: str, space: str):
    assert load_space(SAE / name).source["decoder_space"] == space


def test_supplied_activations_are_rebuilt_and_the_loss_is_recorded(tmp_path):
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(8, 8)))[0].astype(np.float32)
    arrays = {
        "W_dec": np.concatenate([basis, -basis]),
        "W_enc": np.concatenate([basis, -basis]).T,
        "b_enc": np.zeros(16, np.float32),
    }
    np.savez(tmp_path / "sae.npz", **arrays)
    x = rng.normal(size=(50, 8)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    for given in (x, tmp_path / "x.npy"):
        check = load_sae(tmp_path / "sae.npz", activations=given).source["check"]
        assert check["fvu"] < 1e-10
        assert check["l0"] == pytest.approx(8)
        assert check["tokens"] == 50
    np.savez(tmp_path / "sae.npz", **{**arrays, "W_dec": -3 * arrays["W_dec"]})
    with pytest.raises(BadInput, match=r"worse than their mean does \(FVU"):
        load_sae(tmp_path / "sae.npz", activations=x)
    with pytest.raises(BadInput, match=r"expected \(tokens, 8\)"):
        load_sae(tmp_path / "sae.npz", activations=x[:, :5])
