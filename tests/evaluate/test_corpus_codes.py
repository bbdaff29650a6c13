"""Codes of a corpus on disk are the codes of its vectors."""

from pathlib import Path

import numpy as np
import pytest

from armillary.core import BadInput, SparseAutoencoder, Tokens
from armillary.core.firing import TopK
from armillary.evaluate import encode_corpus


@pytest.fixture
def sae(rng: np.random.Generator) -> SparseAutoencoder:
    rows = rng.standard_normal((12, 6)).astype(np.float32)
    return SparseAutoencoder(
        rows, rows.T.copy(), np.zeros(12, np.float32), np.zeros(6, np.float32), TopK(3),
        source={"hook_name": "blocks.0.hook_resid_post"},
    )  # fmt: skip


class Texted:
    hook_name = "blocks.0.hook_resid_post"
    source = {"model": "none"}

    def __init__(self, array: np.ndarray) -> None:
        self.array, (self.n_tokens, self.d_model) = array, array.shape
        numbers = np.arange(self.n_tokens, dtype=np.int32)
        self.tokens = Tokens(numbers % 50, numbers // 100, numbers % 100)

    def rows(self, index: np.ndarray) -> np.ndarray:
        return self.array[index]


def test_every_block_lands_where_it_belongs(
    sae: SparseAutoencoder, tmp_path: Path, rng: np.random.Generator
):
    vectors = rng.standard_normal((2600, 6)).astype(np.float32)
    seen: list[tuple[int, int]] = []
    codes = encode_corpus(
        sae, Texted(vectors), tmp_path / "codes", progress=lambda *done: seen.append(done)
    )
    dense = np.zeros((2600, 12), np.float32)
    dense[np.repeat(np.arange(2600), np.diff(codes.offset)), codes.feature] = codes.value
    assert np.array_equal(dense, sae.encode(vectors))
    assert codes.tokens is not None
    assert codes.tokens.document[-1] == 25
    assert codes.source["activations"] == {"model": "none"}
    assert seen[-1] == (2600, 2600)
    bare = encode_corpus(sae, vectors, tmp_path / "bare")
    assert bare.tokens is None
    assert np.array_equal(bare.value, codes.value)


def test_an_interrupted_call_can_be_repeated(
    sae: SparseAutoencoder, tmp_path: Path, rng: np.random.Generator
):
    vectors = rng.standard_normal((2600, 6)).astype(np.float32)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode_corpus(sae, vectors, tmp_path, progress=stop)
    assert encode_corpus(sae, vectors, tmp_path).n_tokens == 2600
    with pytest.raises(BadInput, match="already holds codes"):
        encode_corpus(sae, vectors, tmp_path)


@pytest.mark.refusal
def test_nothing_to_encode_is_refused(sae: SparseAutoencoder, tmp_path: Path):
    with pytest.raises(BadInput, match="no vectors"):
        encode_corpus(sae, np.zeros((0, 6), np.float32), tmp_path)
