"""Leftovers of a world: what was planted is followed to where it went."""

import numpy as np
import pytest

from armillary.core import BadInput, SparseAutoencoder
from armillary.core.firing import TopK
from armillary.studies.leftovers import leftovers, leftovers_of_world
from armillary.studies.leftovers_measured import measured
from armillary.worlds import make
from armillary.worlds.threshold_sae import cross_polytope_sae

TEXTS = [f"document {n} says " + "abcdefghij"[n % 10] * (20 + n % 7) for n in range(200)]


@pytest.fixture
def other_model(monkeypatch, tmp_path):
    """A model that is not the built-in one, whose tokens are letters, and an autoencoder of it."""
    pytest.importorskip("torch", reason="the torch extra is not installed")
    from tiny_lm import TinyModel

    def no_ids():
        raise AssertionError("the ids of the built-in model were asked for")

    lm = TinyModel(vocab_size=65_536, d_model=6)  # larger than the built-in vocabulary
    lm.d_model = 6
    monkeypatch.setattr("armillary.models.load_lm", lambda *_args, **_options: lm)
    monkeypatch.setattr("armillary.load.corpus.builtin_corpus", no_ids)
    monkeypatch.setattr("armillary.load.corpus.fetch_builtin", lambda **_: tmp_path)
    monkeypatch.setattr("armillary.load.corpus.builtin_texts", lambda _: iter(TEXTS))
    rows = np.random.default_rng(0).standard_normal((24, 6)).astype(np.float32)
    np.savez(
        tmp_path / "sae.npz", W_dec=rows, W_enc=rows.T.copy(), b_enc=np.zeros(24, np.float32),
        b_dec=np.zeros(6, np.float32),
    )  # fmt: skip
    return lm, str(tmp_path / "sae.npz")


def test_another_model_reads_the_text_by_its_own_tokens(other_model):
    lm, source = other_model
    place = "blocks.1.hook_resid_post"
    found = leftovers(source, hook_name=place, n_tokens=3000, context=20, n_draws=1, shapes=False)
    ids = np.concatenate(lm.read)
    assert ids.shape == (158, 20), "158 texts of which 19 tokens count"
    for row, text in zip(ids, TEXTS, strict=False):
        assert row.tolist() == [ord(letter) for letter in text[:20]]
    assert found.manifest["tokens"] == 158 * 19


def test_texts_are_cut_shorter_where_documents_hold_too_few_of_a_models_tokens(other_model):
    """Every document has 36 letters or more, no text 128: 4,000 are asked of 200 documents."""
    lm, source = other_model
    size = np.array([len(text) for text in TEXTS])
    place = "blocks.1.hook_resid_post"
    found = leftovers(source, hook_name=place, n_tokens=4000, n_draws=1, shapes=False)
    cut = found.manifest["context"]
    assert (cut - 1) * (size >= cut).sum() >= 4000 > cut * (size > cut).sum()
    assert 4000 <= found.manifest["tokens"] < 4000 + cut


@pytest.mark.refusal
def test_a_tokenizer_of_another_model_is_refused(other_model):
    lm, source = other_model
    lm.vocab_size, lm.encode = 64, lambda text: np.array([ord(letter) for letter in text])
    with pytest.raises(BadInput, match="tiny has 64 tokens"):
        leftovers(source, hook_name="blocks.1.hook_resid_post", n_tokens=3000, shapes=False)


def test_an_autoencoder_without_the_circle_leaves_all_of_it_and_it_is_foretold(tmp_path):
    world = make("circle", size="full", seed=0)
    d_model = world.d_model
    span = world.truth.factors[0].span
    basis = np.linalg.qr(np.vstack([span, np.eye(d_model)[:8]]).T)[0].T
    found = leftovers_of_world(world, cross_polytope_sae(basis[2:6]), n_tokens=1500, n_draws=19)
    (planted,) = found.tables["planted"]
    assert planted["kind"] == "circle"
    assert planted["share_left"] == pytest.approx(1, abs=0.02)
    assert planted["r2_from_residual"] > 0.95
    assert planted["r2_from_rebuilt"] < 0.1
    rows = {row["to"]: row for row in found.tables["predictability"]}
    assert rows["residual"]["r2"] > 0.95
    assert rows["residual"]["r2_gaussian_twin"] > 0.95, "a linear map leaves it to any vectors"
    assert rows["residual"]["p"] == pytest.approx(1 / 20)
    assert "is left over most" in found.said[-1]
    assert found.write(tmp_path / "out").exists()


def test_an_autoencoder_with_the_circle_leaves_none_of_it():
    world = make("circle", size="full", seed=0)
    span = world.truth.factors[0].span
    found = leftovers_of_world(world, cross_polytope_sae(span), n_tokens=1000, n_draws=1)
    assert found.tables["planted"][0]["share_left"] == pytest.approx(0, abs=1e-3)
    assert found.tables["planted"][0]["r2_from_rebuilt"] > 0.95


def test_the_twin_tells_what_the_spectrum_alone_foretells(rng):
    """On Gaussian vectors a sparse autoencoder leaves as much foretold as on their twin."""
    d_model, n = 12, 4000
    rows = rng.standard_normal((48, d_model)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    zero = np.zeros(d_model, dtype=np.float32)
    sae = SparseAutoencoder(rows, rows.T.copy(), np.zeros(48, dtype=np.float32), zero, TopK(4))
    x = (rng.standard_normal((n, d_model)) * np.linspace(2, 0.5, d_model)).astype(np.float32)
    found = measured(sae, x, document=None, n_draws=3, rng=rng)
    for row in found.foretold:
        assert abs(row["left"]) < 6 / np.sqrt(n)
    shares = [row["share"] for row in found.spectra]
    assert shares[0] == 1
    assert shares[2] == pytest.approx(shares[3], rel=0.05)
