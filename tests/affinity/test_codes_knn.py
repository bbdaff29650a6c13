import numpy as np
import pytest

from armillary.affinity import (
    code_correlation,
    codes_affinity,
    codes_knn,
    cofiring,
    jaccard,
    phi,
)
from armillary.core import BadInput, Codes

N_TOKENS, N_FEATURES = 200, 30


def made_codes(rng, *, share=0.08):
    table = rng.uniform(0.1, 3, (N_TOKENS, N_FEATURES)) * (
        rng.random((N_TOKENS, N_FEATURES)) < share
    )
    table[:, 1] = table[:, 0] * (rng.random(N_TOKENS) < 0.8)  # fires where 0 does, mostly
    table[:, 7] = 0  # dead
    return Codes.from_triples(
        *np.nonzero(table), table[table != 0], n_tokens=N_TOKENS, n_features=N_FEATURES
    )


@pytest.fixture
def codes(rng):
    return made_codes(rng)


def plain_jaccard(x, y):
    return (x.astype(bool) & y.astype(bool)).sum() / max(1, (x.astype(bool) | y.astype(bool)).sum())


def plain_correlation(x, y):
    return np.corrcoef(x, y)[0, 1] if x.std() > 0 and y.std() > 0 else 0.0


BY_DEFINITION = {
    cofiring: lambda x, y: ((x > 0) & (y > 0)).sum(),
    jaccard: plain_jaccard,
    phi: lambda x, y: plain_correlation(x > 0, y > 0),
    code_correlation: plain_correlation,
}


def every_pair(codes, definition):
    table = codes.matrix().toarray().astype(float)
    return np.array([[definition(x, y) for y in table.T] for x in table.T])


@pytest.mark.parametrize("affinity", list(BY_DEFINITION))
def test_every_pair_is_what_the_definition_says(codes, affinity):
    true = every_pair(codes, BY_DEFINITION[affinity])
    found = codes_affinity(codes, affinity, rows=np.arange(N_FEATURES))
    np.testing.assert_allclose(found, true, atol=1e-9)
    np.testing.assert_allclose(
        codes_affinity(codes, affinity, rows=np.array([4, 0])), true[[4, 0]][:, [4, 0]], atol=1e-9
    )


@pytest.mark.parametrize("affinity", list(BY_DEFINITION))
@pytest.mark.parametrize("block", [1, 13, None])
def test_neighbours_are_the_largest_of_every_row(codes, affinity, block):
    true = np.maximum(codes_affinity(codes, affinity, rows=np.arange(N_FEATURES)), 0)
    np.fill_diagonal(true, -1)
    found = codes_knn(codes, affinity, k=4, block=block)
    order = np.argsort(-true.round(9), axis=1, kind="stable")[:, :4]
    np.testing.assert_allclose(found.affinity, np.take_along_axis(true, order, 1), atol=1e-9)
    np.testing.assert_allclose(
        np.take_along_axis(true, found.index.astype(int), 1), found.affinity, atol=1e-9
    )
    assert (found.index != np.arange(N_FEATURES)[:, None]).all()
    assert found.kind == affinity.__name__


def test_a_dead_feature_has_neighbours_at_zero_and_no_edge(codes):
    found = codes_knn(codes, jaccard, k=4)
    assert found.index[7].tolist() == [0, 1, 2, 3]
    assert found.affinity[7].tolist() == [0, 0, 0, 0]
    graph = found.graph(0.0)
    assert 7 not in graph.low
    assert 7 not in graph.high
    assert graph.n_features == N_FEATURES
    assert {(0, 1)} <= set(zip(graph.low.tolist(), graph.high.tolist(), strict=True))


def test_all_other_features_are_neighbours_where_k_is_large(codes):
    found = codes_knn(codes, phi, k=99)
    assert found.index.shape == (N_FEATURES, N_FEATURES - 1)
    np.testing.assert_array_equal(
        np.sort(found.index, axis=1),
        [[j for j in range(N_FEATURES) if j != i] for i in range(N_FEATURES)],
    )


def test_scaling_features_changes_no_affinity(codes, rng):
    scale = rng.uniform(0.5, 2, N_FEATURES)
    scaled = Codes(
        codes.offset, codes.feature, codes.value * scale[codes.feature], codes.feature_id
    )
    rows = np.arange(N_FEATURES)
    for affinity in BY_DEFINITION:
        np.testing.assert_allclose(
            codes_affinity(scaled, affinity, rows=rows),
            codes_affinity(codes, affinity, rows=rows),
            atol=1e-6,
        )


def test_progress_is_told_to_the_end(codes):
    told = []
    codes_knn(codes, phi, k=2, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (N_FEATURES, N_FEATURES)


def test_signed_codes_and_rows_that_do_not_exist_are_refused(codes):
    signed = Codes(codes.offset, codes.feature, -codes.value, codes.feature_id)
    with pytest.raises(BadInput, match="split signed features"):
        codes_knn(signed)
    with pytest.raises(BadInput, match="below 30"):
        codes_affinity(codes, rows=np.array([30]))
    with pytest.raises(BadInput, match="k=0"):
        codes_knn(codes, k=0)
