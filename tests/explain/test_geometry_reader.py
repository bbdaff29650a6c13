import numpy as np
import pytest
from scipy import sparse
from scipy.stats import ortho_group, spearmanr

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.explain import Knockoff, Split, Subject
from armillary.explain.gauges import Refit, gauge_named
from armillary.explain.readers.geometry import Geometry
from armillary.knockoffs import Shared

M, D, T = 300, 40, 200
AS_IS = Refit("none", None, None, None, 0)
OF_ANGLES = ("gram", "gram ranks", "neighbours", "cka")


def a_subject(*, twin: FeatureSpace | None = None, n: int = M) -> Subject:
    """Thirty clusters of directions, of which four fire on a token."""
    rng = np.random.default_rng(0)
    centre = np.repeat(rng.standard_normal((30, D)), 10, axis=0)[:n]
    rows = (centre + 0.5 * rng.standard_normal((n, D))).astype(np.float32)
    token = np.repeat(np.arange(2 * T), 4)
    value = rng.uniform(1, 2, token.size).astype(np.float32)
    fired = sparse.csr_array((value, (token, rng.integers(n, size=token.size))), shape=(2 * T, n))
    unit = np.arange(T) // 20
    halves = [Split(sparse.csr_array(fired[s : s + T]), unit) for s in (0, T)]
    ids = np.arange(n)
    space = FeatureSpace(rows, ids)
    bias = np.ones(D, dtype=np.float32)
    return Subject("made", space, bias, Shared(ids, D), halves[0], halves[1], twin=twin)


SUBJECT = a_subject()
READER = Geometry(SUBJECT)
ROWS = SUBJECT.space.directions


def values(rows: np.ndarray, refit: Refit = AS_IS) -> dict[str, float]:
    scores = READER.score(Knockoff(rows.astype(np.float32), refit))
    return {s.reader.removeprefix("geometry: "): s.value for s in scores}


def drawn(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((M, D)).astype(np.float32)


def test_the_truth_scores_one_on_every_statistic():
    for name, value in values(ROWS).items():
        assert value == pytest.approx(1, abs=1e-6), name


def test_random_directions_score_about_nothing():
    found = [values(drawn(seed)) for seed in range(1, 6)]
    for name in ("gram", "gram ranks", "neighbours", "cosine"):
        mean = np.mean([f[name] for f in found])
        assert abs(mean) < 4 * np.std([f[name] for f in found], ddof=1) / np.sqrt(5) + 0.01, name


def test_a_rotation_leaves_all_but_the_cosine_to_the_truth():
    turn = ortho_group.rvs(D, random_state=0)
    found = values(ROWS @ turn)
    for name in OF_ANGLES:
        assert found[name] == pytest.approx(1, abs=1e-3), name
    assert abs(found["cosine"]) < 0.2
    assert found["activation fvu"] < 0


def test_the_gauge_brings_a_rotated_truth_back():
    turned = (ROWS @ ortho_group.rvs(D, random_state=0)).astype(np.float32)
    made = SUBJECT.made(turned, SUBJECT.calibration)
    refit = gauge_named("rotation").fit(made, SUBJECT.made(ROWS, SUBJECT.calibration))
    found = values(turned, refit)
    assert min(found.values()) > 0.99


def test_permuted_directions_keep_the_cloud_and_lose_who_is_where():
    found = values(np.random.default_rng(1).permutation(ROWS))
    assert all(abs(found[name]) < 0.1 for name in ("gram", "gram ranks", "neighbours", "cosine"))


def test_a_linear_refit_is_read_through():
    squeeze = np.diag(np.geomspace(1, 30, D)).astype(np.float32)
    zero = np.zeros(D, dtype=np.float32)
    refit = Refit("linear", np.linalg.inv(squeeze).astype(np.float32), zero, zero, 1)
    assert values(ROWS @ squeeze)["gram"] < 0.9
    assert values(ROWS @ squeeze, refit)["gram"] == pytest.approx(1, abs=1e-4)


def test_statistics_agree_with_their_definitions():
    rows = ROWS + drawn(1)
    unit = [a / np.linalg.norm(a, axis=1, keepdims=True) for a in (ROWS, rows)]
    pairs = [(u @ u.T)[np.triu_indices(M, 1)] for u in unit]
    found = values(rows)
    assert found["gram"] == pytest.approx(np.corrcoef(pairs)[0, 1], abs=1e-5)
    assert found["gram ranks"] == pytest.approx(spearmanr(*pairs).statistic, abs=1e-5)
    assert found["cosine"] == pytest.approx((unit[0] * unit[1]).sum(axis=1).mean(), abs=1e-5)
    shared = 0
    for i in range(M):
        near = [set(np.argsort(-np.where(np.arange(M) == i, -9, u[i] @ u.T))[:10]) for u in unit]
        shared += len(near[0] & near[1]) / 10
    chance = 10 / (M - 1)
    assert found["neighbours"] == pytest.approx((shared / M - chance) / (1 - chance), abs=1e-6)
    x, y = ROWS - ROWS.mean(axis=0), rows - rows.mean(axis=0)
    grams = [a @ a.T for a in (x.astype(np.float64), y.astype(np.float64))]
    size = np.linalg.norm(grams[0]) * np.linalg.norm(grams[1])
    assert found["cka"] == pytest.approx((grams[0] * grams[1]).sum() / size, abs=1e-5)


def test_intervals_hold_their_values():
    for score in READER.score(Knockoff(ROWS + drawn(2), AS_IS)):
        assert score.low <= score.value <= score.high, score.reader


def test_chance_is_stated():
    by_name = {s.reader: s for s in READER.score(Knockoff(drawn(3), AS_IS))}
    raw = by_name["geometry: neighbours"].raw
    assert raw["chance"] == pytest.approx(10 / (M - 1))
    assert raw["share of 10 nearest kept"] == pytest.approx(raw["chance"], abs=0.02)


def test_a_sample_reads_about_the_same():
    rows = (ROWS + drawn(4)).astype(np.float32)
    some = Geometry(SUBJECT, most=150).score(Knockoff(rows, AS_IS))[0]
    assert some.value == pytest.approx(values(rows)["gram"], abs=0.1)


def test_the_ceiling_matches_features_of_a_shuffled_and_rotated_free_twin():
    order = np.random.default_rng(5).permutation(M)
    twin = FeatureSpace((ROWS + 0.1 * drawn(5))[order], np.arange(M))
    ceiling = Geometry(a_subject(twin=twin)).ceiling()
    assert ceiling["matched cosine"] > 0.95
    assert 0.9 < ceiling["gram"] < 1
    assert 0.5 < ceiling["neighbours"] < 1


def test_a_smaller_twin_leaves_features_without_partner():
    twin = FeatureSpace(ROWS[:100].copy(), np.arange(100))
    assert Geometry(a_subject(twin=twin)).ceiling()["matched cosine"] == pytest.approx(1, abs=1e-5)


def test_no_twin_no_ceiling():
    assert READER.ceiling() == {}


def test_two_features_have_no_geometry():
    with pytest.raises(BadInput, match="needs 3 features, got 2"):
        Geometry(a_subject(n=2))
