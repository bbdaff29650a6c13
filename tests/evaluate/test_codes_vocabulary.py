import numpy as np

from armillary.core import Activations, SparseAutoencoder, Tokens
from armillary.core.firing import ReLU
from armillary.evaluate import encode_corpus


def test_codes_of_a_corpus_know_its_words(tmp_path):
    rng = np.random.default_rng(0)
    rows = np.eye(4, dtype=np.float32)
    sae = SparseAutoencoder(rows, rows, np.zeros(4, np.float32), np.zeros(4, np.float32), ReLU())
    text = Tokens(np.array([1, 0, 2]), np.zeros(3, int), np.arange(3), np.array(["a", " b", "c"]))
    vectors = rng.standard_normal((3, 4)).astype(np.float32)
    codes = encode_corpus(sae, Activations((vectors,), text, "somewhere", {}), tmp_path / "codes")
    assert codes.tokens is not None
    assert codes.tokens.text(codes.tokens.token_id.tolist()) == [" b", "a", "c"]
    assert np.allclose(codes.matrix().todense(), np.maximum(vectors, 0))
