"""What is lost, how sparse, how dead: beside its definitions."""

import numpy as np
import pytest

from armillary.core import BadInput, SparseAutoencoder
from armillary.core.firing import ReLU, TopK
from armillary.evaluate import evaluate_sae


def make(
    d_model: int = 6, n: int = 12, *, firing: object = None, seed: int = 0
) -> SparseAutoencoder:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((n, d_model)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    bias = np.zeros(n, dtype=np.float32)
    return SparseAutoencoder(
        rows, rows.T.copy(), bias, np.full(d_model, 0.5, np.float32), firing or TopK(3)
    )


class Stored:
    def __init__(self, array: np.ndarray) -> None:
        self.array, (self.n_tokens, self.d_model) = array, array.shape

    def rows(self, index: np.ndarray) -> np.ndarray:
        return self.array[index]


def test_quality_is_its_definitions(rng: np.random.Generator):
    sae = make()
    vectors = rng.standard_normal((2500, 6)).astype(np.float32) + 3
    found = evaluate_sae(sae, vectors)
    codes, made = sae.encode(vectors), sae.reconstruct(vectors)
    plain = sae.unexplained(vectors)
    each = ((vectors - made) ** 2).sum(1) / ((vectors - vectors.mean(0)) ** 2).sum(1)
    dots = (vectors * made).sum(1)
    lengths = np.linalg.norm(vectors, axis=1), np.linalg.norm(made, axis=1)
    assert found.fvu == pytest.approx(plain["fvu"], rel=1e-5)
    assert found.l0 == pytest.approx(plain["l0"])
    assert found.fvu_median == pytest.approx(np.median(each), rel=1e-5)
    assert found.cosine == pytest.approx((dots / lengths[0] / lengths[1]).mean(), rel=1e-5)
    assert found.length_ratio == pytest.approx((lengths[1] / lengths[0]).mean(), rel=1e-5)
    assert found.fired.tolist() == (codes != 0).sum(0).tolist()
    assert found.dead_share == ((codes != 0).sum(0) == 0).mean()
    assert found.as_dict()["n_tokens"] == 2500


def test_features_that_never_fire_are_dead(rng: np.random.Generator):
    sae = make(firing=ReLU())
    sae.encoder_bias[:5] = -1e6
    found = evaluate_sae(sae, rng.standard_normal((400, 6)).astype(np.float32))
    assert found.dead_share == pytest.approx(5 / 12)


def test_stored_vectors_and_a_sample_of_them(rng: np.random.Generator):
    vectors = rng.standard_normal((3000, 6)).astype(np.float32)
    whole = evaluate_sae(make(), Stored(vectors))
    assert whole.fvu == pytest.approx(evaluate_sae(make(), vectors).fvu)
    sample = evaluate_sae(make(), Stored(vectors), n_tokens=700, seed=3)
    assert sample.n_tokens == 700
    assert sample.fvu == evaluate_sae(make(), vectors, n_tokens=700, seed=3).fvu
    assert sample.fvu != evaluate_sae(make(), vectors, n_tokens=700, seed=4).fvu


def test_one_massive_vector_decides_fvu_but_not_its_median(rng: np.random.Generator):
    vectors = rng.standard_normal((1000, 6)).astype(np.float32)
    plain = evaluate_sae(make(), vectors)
    vectors[0] = 1e5
    massive = evaluate_sae(make(), vectors)
    assert abs(massive.fvu - plain.fvu) > 0.05 * plain.fvu
    assert massive.fvu_median < 1.5 * plain.fvu_median or massive.fvu_median < massive.fvu


@pytest.mark.refusal
@pytest.mark.parametrize(
    ("vectors", "words"),
    [
        (np.zeros((0, 6), np.float32), "no vectors"),
        (np.zeros((9, 5), np.float32), "5 dimensions, expected 6"),
        (np.ones((9, 6), np.float32), "two different vectors"),
        (np.full((9, 6), np.nan, np.float32), "NaN"),
    ],
)
def test_vectors_that_cannot_be_measured_on_are_refused(vectors: np.ndarray, words: str):
    with pytest.raises(BadInput, match=words):
        evaluate_sae(make(), vectors)


@pytest.mark.refusal
def test_a_transcoder_is_refused():
    sae = make()
    other = SparseAutoencoder(
        sae.directions[:, :4], sae.encoder, sae.encoder_bias, sae.decoder_bias[:4], TopK(3),
        centred=False,
    )  # fmt: skip
    with pytest.raises(BadInput, match="transcoder"):
        evaluate_sae(other, np.zeros((9, 6), np.float32))
