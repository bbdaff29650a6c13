import numpy as np
import pytest

from armillary.affinity import fired_means
from armillary.core import BadInput, Codes


def some_codes(rng: np.random.Generator, *, n_tokens: int = 300, n_features: int = 12) -> Codes:
    dense = rng.uniform(0.1, 1, (n_tokens, n_features)) * (rng.random((n_tokens, n_features)) < 0.2)
    dense[:, -1] = 0
    token, feature = np.nonzero(dense)
    return Codes.from_triples(
        token, feature, dense[token, feature], n_tokens=n_tokens, n_features=n_features
    )


def test_it_is_the_weighted_mean_of_what_is_rebuilt():
    rng = np.random.default_rng(0)
    codes, rows = some_codes(rng), rng.standard_normal((12, 5))
    dense = codes.matrix().toarray()
    rebuilt = dense @ rows
    plain = [(dense[:, f] @ rebuilt) / dense[:, f].sum() - rebuilt.mean(axis=0) for f in range(11)]
    assert fired_means(codes, rows)[:11] == pytest.approx(np.array(plain), abs=1e-5)


def test_a_silent_feature_has_no_mean():
    rng = np.random.default_rng(1)
    codes, rows = some_codes(rng), rng.standard_normal((12, 5))
    assert (fired_means(codes, rows)[11] == 0).all()


def test_turning_the_space_turns_the_means():
    rng = np.random.default_rng(2)
    codes, rows = some_codes(rng), rng.standard_normal((12, 5))
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    turned = fired_means(codes, rows @ turn)
    assert turned == pytest.approx(fired_means(codes, rows) @ turn, abs=1e-5)


def test_features_in_like_company_are_near_though_their_rows_are_not():
    rng = np.random.default_rng(3)
    rows = np.eye(6, 40)
    token = np.arange(200)
    own = token % 2  # features 0 and 1 never fire together, both always with 2
    triples = [(token, own), (token, np.full(200, 2)), (token + 200, 3 + rng.integers(0, 3, 200))]
    token_id = np.concatenate([a for a, _ in triples])
    feature = np.concatenate([b for _, b in triples])
    codes = Codes.from_triples(
        token_id, feature, np.where(feature == 2, 3.0, 1.0), n_tokens=400, n_features=6
    )
    means = fired_means(codes, rows)
    unit = means / np.linalg.norm(means, axis=1, keepdims=True)
    assert unit[0] @ unit[1] > 0.3 > 0 > unit[0] @ unit[4]


def test_codes_of_another_dictionary_are_refused():
    codes = some_codes(np.random.default_rng(4))
    with pytest.raises(BadInput, match="columns_for"):
        fired_means(codes, np.eye(5))
