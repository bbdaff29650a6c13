"""``armillary effects``, ``describe`` and ``leftovers`` on a tiny model and its codes."""

import json

import numpy as np
import pytest

from armillary.atlas.study import Study
from armillary.core import Codes, Tokens
from armillary.load import save_codes

WORDS = [" Monday", " Tuesday", " Friday", " Sunday", " Anna", " Bob", " Carl", "1", "22", "333"]


@pytest.fixture
def dictionary(tmp_path):
    """An autoencoder of 60 features in 16 dimensions with codes; feature 0 fires on weekdays."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((60, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    np.savez(
        tmp_path / "sae.npz", W_dec=rows, W_enc=rows.T.copy(),
        b_enc=np.zeros(60, dtype=np.float32), b_dec=np.zeros(16, dtype=np.float32),
    )  # fmt: skip
    vocabulary = np.array([*WORDS, *(f"w{i}" for i in range(110))])
    text = rng.integers(0, vocabulary.size, 6000)
    on = rng.random((6000, 60)) < 0.03
    on[:, 0] = text < 4
    token, feature = np.nonzero(on)
    tokens = Tokens(text, np.arange(6000) // 100, np.arange(6000) % 100, vocabulary)
    codes = Codes.from_triples(
        token, feature, rng.uniform(1, 2, token.size), n_tokens=6000, n_features=60, tokens=tokens
    )
    save_codes(codes, tmp_path / "codes")
    return tmp_path


@pytest.fixture
def tiny_lm(monkeypatch):
    torch = pytest.importorskip("torch", reason="the torch extra is not installed")
    transformers = pytest.importorskip("transformers")
    from armillary.models import LanguageModel
    from armillary.models.vocabulary import Vocabulary

    torch.manual_seed(0)
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(
        hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, vocab_size=128, bos_token_id=None,
        eos_token_id=None, pad_token_id=None,
    ))  # fmt: skip
    spelled = Vocabulary(
        lambda text: [ord(c) % 128 for c in text], lambda ids: [""] * len(ids), None
    )
    lm = LanguageModel(model, vocabulary=spelled, name="tiny")
    monkeypatch.setattr(
        "armillary.studies.effects_source._language_model", lambda *_args, **_options: lm
    )


def test_effects_stand_beside_both_nulls(run, dictionary, tiny_lm):
    options = ("--codes", "codes", "--features", "24", "--texts", "2", "--draws", "3", "--random",
               "2", "--quiet", "--out", "out")  # fmt: skip
    code, out, err = run("effects", "sae.npz", "--hook", "blocks.0.hook_resid_post", *options)
    assert code == 0, err
    assert "Distance and effect of sae.npz" in out
    told = json.loads((dictionary / "out" / "study.json").read_text())
    rows = told["tables"]["relations"]
    assert {row["distance"] for row in rows} == {"decoder cosine", "tree", "co-firing"}
    assert {row["null"] for row in rows} == {"the same arrangement elsewhere", "random directions"}
    assert told["manifest"]["features"] == 24
    assert told["manifest"]["command"].startswith("armillary")


@pytest.mark.refusal
def test_effects_without_a_place_or_codes_are_refused(run, dictionary, tiny_lm):
    code, _, err = run("effects", "sae.npz", "--codes", "codes", "--quiet")
    assert code == 3
    assert "--hook" in err
    code, _, err = run("effects", "sae.npz", "--quiet")
    assert code == 3
    assert "--codes" in err


@pytest.mark.refusal
def test_too_few_features_that_fire_often_enough_are_refused(run, dictionary, tiny_lm):
    """Every feature fires on half of the tokens: rather a bias than a feature."""
    on = np.random.default_rng(0).random((400, 60)) < 0.5
    token, feature = np.nonzero(on)
    size = np.ones(token.size, dtype=np.float32)
    codes = Codes.from_triples(token, feature, size, n_tokens=400, n_features=60)
    save_codes(codes, dictionary / "dense")
    place = ("--hook", "blocks.0.hook_resid_post", "--quiet")
    code, _, err = run("effects", "sae.npz", "--codes", "dense", *place)
    said = " ".join(err.split())
    assert code == 3
    assert "0 of 60 features can be drawn, 12 are needed" in said
    assert "fires on 50 of the 400 tokens at least and on 5% of them at most" in said


@pytest.mark.parametrize("name", ["rows.npy", "rows.npz"])
def test_effects_of_a_table_of_vectors(run, dictionary, tiny_lm, name):
    rows = np.random.default_rng(2).standard_normal((40, 16)).astype(np.float32)
    np.save("rows.npy", rows)
    np.savez("rows.npz", rows=rows)
    options = ("--features", "12", "--texts", "2", "--draws", "2", "--random", "0", "--quiet",
               "--json")  # fmt: skip
    code, out, err = run("effects", name, "--hook", "blocks.0.hook_resid_post", *options)
    assert code == 0, err
    told = json.loads(out)
    assert told["manifest"]["eligible"] == 40
    assert {row["distance"] for row in told["tables"]["relations"]} == {"decoder cosine", "tree"}


@pytest.mark.refusal
def test_a_table_says_neither_where_nor_how_often(run, dictionary, tiny_lm):
    np.save("rows.npy", np.random.default_rng(2).standard_normal((40, 16)).astype(np.float32))
    code, _, err = run("effects", "rows.npy", "--quiet")
    assert code == 3
    assert "--hook" in err
    place = ("--hook", "blocks.0.hook_resid_post", "--quiet")
    code, _, err = run("effects", "rows.npy", "--codes", "codes", *place)
    assert code == 3
    assert "at their own length" in " ".join(err.split())
    np.save("few.npy", np.random.default_rng(2).standard_normal((9, 16)).astype(np.float32))
    code, _, err = run("effects", "few.npy", *place)
    assert code == 3
    assert "9 vectors have a length, 12 are needed" in " ".join(err.split())


def test_labels_describe_features_and_are_dealt_anew(run, dictionary):
    code, out, err = run("describe", "codes", "--quiet", "--json", "--null", "2", "--out", "kept")
    assert code == 0, err
    told = json.loads(out)
    first = told["tables"]["features"][0]
    assert (first["feature"], first["label"]) == (0, "weekdays")
    assert first["sensitivity"] == 1
    assert first["precision"] == 1
    assert first["specificity"] == 1
    kept = Study.read("kept", "descriptions")
    at = kept.arrays["feature_id"].tolist().index(0)
    assert kept.arrays["labels"][at] == 1
    assert kept.arrays["phi"][at] == pytest.approx(first["phi"])
    (dictionary / "own.csv").write_text("token,label\nMonday,days\nTuesday,days\nFriday,days\n")
    code, out, err = run("describe", "codes", "--labels", "own.csv", "--quiet", "--null", "1")
    assert code == 0, err
    assert "days" in out
    assert "Nothing written" in out


def test_what_a_world_plants_is_followed(run, monkeypatch):
    import sys

    import armillary.experiments  # noqa: F401
    from armillary.worlds.threshold_sae import cross_polytope_sae

    monkeypatch.setattr(
        sys.modules["armillary.experiments.trained"],
        "train_on",
        lambda world, plan, **_options: cross_polytope_sae(world.truth.factors[0].span[:1]),
    )
    code, out, err = run("leftovers", "world:circle", "--quiet", "--draws", "1", "--json")
    assert code == 0, err
    (planted,) = json.loads(out)["tables"]["planted"]
    assert planted["share_left"] == pytest.approx(0.5, abs=0.03)
    code, _, err = run("leftovers", "world:nowhere", "--quiet")
    assert code == 3
    assert "there is no world" in err
