import numpy as np
import pytest

from armillary.core import BadInput, Codes, Partition
from armillary.reconstruct import reconstruct_clusters

N_TOKENS, N_FEATURES, D_MODEL = 300, 40, 12


def made_codes(rng, *, n_firings=900):
    pair = np.sort(rng.choice(N_TOKENS * N_FEATURES, n_firings, replace=False))
    token, feature = np.divmod(pair, N_FEATURES)
    return Codes.from_triples(
        token, feature, rng.uniform(0.5, 2, n_firings), n_tokens=N_TOKENS, n_features=N_FEATURES
    )


def partition(*members):
    rows = tuple(np.array(m) for m in members)
    return Partition(rows, np.zeros(len(rows)), ("given",) * len(rows), N_FEATURES)


@pytest.fixture
def codes(rng):
    return made_codes(rng)


@pytest.fixture
def directions(rng):
    return rng.standard_normal((N_FEATURES, D_MODEL))


OVERLAPPING = partition([0, 3, 5], [3, 4], [9], np.arange(20, 40))


def by_definition(codes, directions, rows):
    """Rebuild token by token, triple by triple."""
    wanted, rebuilt, tokens = set(rows.tolist()), [], []
    for token in range(codes.n_tokens):
        current, fired = np.zeros(directions.shape[1]), False
        for i in range(codes.offset[token], codes.offset[token + 1]):
            if codes.feature[i] in wanted:
                current += codes.value[i] * directions[codes.feature[i]]
                fired = True
        if fired:
            rebuilt.append(current)
            tokens.append(token)
    return np.array(tokens), np.array(rebuilt)


@pytest.mark.parametrize("at_once", [1, 100, 10_000])
def test_every_cluster_is_what_the_loop_over_triples_gives(codes, directions, rng, at_once):
    made = reconstruct_clusters(codes, directions, OVERLAPPING, at_once=at_once, rng=rng)
    assert len(made) == 4
    for found, rows in zip(made, OVERLAPPING, strict=True):
        token, rebuilt = by_definition(codes, directions, rows)
        np.testing.assert_array_equal(found.token, token)
        np.testing.assert_allclose(found.points, rebuilt, atol=1e-12)
        assert (found.n_active, found.is_sample) == (token.size, False)


def test_own_coordinates_keep_every_distance(codes, directions, rng):
    found = reconstruct_clusters(codes, directions, OVERLAPPING, rng=rng)[-1]
    assert found.rows.size == 20
    assert found.coordinates.shape[1] == D_MODEL  # twenty members span twelve dimensions
    np.testing.assert_allclose(
        found.coordinates @ found.coordinates.T, found.points @ found.points.T, atol=1e-9
    )


def test_the_clouds_are_the_principal_components_in_the_models_coordinates(codes, directions, rng):
    found = reconstruct_clusters(codes, directions, OVERLAPPING, rng=rng)[0]
    for cloud, plain in (
        (found.cloud(), found.points),
        (found.decoder_cloud(), directions[[0, 3, 5]]),
    ):
        length = np.linalg.svd(plain - plain.mean(axis=0), compute_uv=False)
        n_axes = cloud.scores.shape[1]
        np.testing.assert_allclose(np.linalg.norm(cloud.scores, axis=0), length[:n_axes])
        assert length[n_axes:].max(initial=0) < 1e-9
    np.testing.assert_array_equal(found.cloud().feature_id, found.token)


@pytest.mark.parametrize("at_once", [1, 77, 10_000])
def test_a_capped_cluster_keeps_the_same_sample_however_codes_are_cut(codes, directions, at_once):
    whole = reconstruct_clusters(codes, directions, OVERLAPPING, rng=np.random.default_rng(4))
    first, second = (
        reconstruct_clusters(
            codes, directions, OVERLAPPING, cap=15, at_once=n, rng=np.random.default_rng(4)
        )
        for n in (10_000, at_once)
    )
    assert first.seed == second.seed == whole.seed
    for one, other, every in zip(first, second, whole, strict=True):
        np.testing.assert_array_equal(one.token, other.token)
        np.testing.assert_array_equal(one.codes, other.codes)
        assert one.token.size == min(15, every.token.size)
        assert one.is_sample == (every.token.size > 15)
        among = np.isin(every.token, one.token)
        np.testing.assert_array_equal(every.codes[among], one.codes)
        assert one.n_active == every.n_active == every.token.size


def test_a_sample_is_uniform_over_the_tokens_that_fire(directions):
    token = np.arange(N_TOKENS)
    codes = Codes.from_triples(
        token, np.zeros(N_TOKENS, dtype=int), np.ones(N_TOKENS), n_tokens=N_TOKENS,
        n_features=N_FEATURES,
    )  # fmt: skip
    drawn = np.zeros(N_TOKENS)
    rng, n_draws, cap = np.random.default_rng(0), 400, 60
    for _ in range(n_draws):
        sample = reconstruct_clusters(codes, directions, partition([0]), cap=cap, rng=rng)[0]
        drawn[sample.token] += 1
    expected = n_draws * cap / N_TOKENS
    spread = ((drawn - expected) ** 2).sum() / (expected * (1 - cap / N_TOKENS))
    assert spread == pytest.approx(N_TOKENS, abs=4 * np.sqrt(2 * N_TOKENS))
    assert abs(np.corrcoef(token, drawn)[0, 1]) < 0.25


def test_a_cluster_that_never_fires_is_empty(directions, rng):
    codes = Codes.from_triples(
        np.array([0]), np.array([1]), np.ones(1), n_tokens=2, n_features=N_FEATURES
    )
    silent = reconstruct_clusters(codes, directions, partition([5, 6]), rng=rng)[0]
    assert silent.codes.shape == (0, 2)
    assert silent.n_active == 0


def test_what_does_not_fit_together_is_refused(codes, directions, rng):
    with pytest.raises(BadInput, match=r"directions 39.*Codes\.columns_for"):
        reconstruct_clusters(codes, directions[1:], OVERLAPPING, rng=rng)
    with pytest.raises(BadInput, match="cap must be at least 1, got 0"):
        reconstruct_clusters(codes, directions, OVERLAPPING, cap=0, rng=rng)
    with pytest.raises(IndexError, match="cluster 4 is not among 4"):
        reconstruct_clusters(codes, directions, OVERLAPPING, rng=rng)[4]
