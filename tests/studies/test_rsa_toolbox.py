"""Models of constructed spaces compete; the right one wins, and nothing wins where nothing is."""

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.inference import binomial_interval
from armillary.lexicon import Hypothesis
from armillary.rsa.crossnobis import cross_products
from armillary.rsa.rdm import as_vector, fold_rdms, halving_paths, line_rdm, ring_rdm, tree_rdm
from armillary.studies.rsa_toolbox import COMPARATORS, competition, noise_ceiling, scores
from armillary.studies.word_models import word_models
from armillary.worlds.shapes import sample

pytest.importorskip("rsatoolbox")
N = 8
LIST = Hypothesis("eight", "cyclic", tuple("abcdefgh"))
MODELS = word_models(LIST)


def planted(name):
    """Points of a world's shape in the order of its labels, or corners of a simplex."""
    rng = np.random.default_rng(0)
    if name == "ring":
        points = sample("circle", N, rng=rng)
        return points[np.argsort(np.arctan2(points[:, 1], points[:, 0]))]
    if name == "line":
        return np.sort(sample("segment", N, rng=rng), axis=0)
    if name == "tree":
        return sample("tree", N, rng=rng)  # eight leaves of three levels, branch by branch
    if name == "clusters":
        return np.repeat(np.eye(2), N // 2, axis=0)
    return np.eye(N)


def folds(points, *, noise=0.3, n_repeats=24, d=30, seed=0):
    rng = np.random.default_rng(seed)
    wide = np.zeros((N, d))
    wide[:, : points.shape[1]] = points
    x = wide + noise * rng.standard_normal((n_repeats, N, d))
    return fold_rdms(cross_products(x, whiten=False), rng=rng)


@pytest.mark.parametrize("name", ["ring", "line", "tree", "clusters"])
def test_the_right_model_of_a_constructed_space_scores_best(name):
    found = scores(folds(planted(name)), MODELS, "corr_cov")
    assert max(found, key=lambda key: found[key]) == name


def test_where_all_are_equally_far_the_category_scores_best():
    found = scores(folds(planted("category")), MODELS, "cosine_cov")
    assert max(found, key=lambda key: found[key]) == "category"


@pytest.mark.parametrize("method", COMPARATORS)
def test_the_truth_scores_within_the_noise_ceiling(method):
    """Over 30 draws: not below the lower bound, not above the upper, but for chance."""
    truth = as_vector(np.square(planted("ring")[:, None] - planted("ring")[None]).sum(axis=-1))
    below, above = [], []
    for seed in range(30):
        rdms = folds(planted("ring"), noise=0.6, seed=seed)
        score = scores(rdms, {"truth": truth}, method)["truth"]
        low, high = noise_ceiling(rdms, method)
        below.append(low - score)
        above.append(score - high)
    assert np.mean(below) < 3 * np.std(below) / np.sqrt(30)
    assert np.mean(above) < 3 * np.std(above) / np.sqrt(30)


def test_scores_are_those_of_scipy():
    from scipy.stats import pearsonr, spearmanr

    rdms = folds(planted("ring"))
    for method, theirs in (("corr", pearsonr), ("spearman", spearmanr)):
        wanted = np.mean([theirs(MODELS["ring"], rdm)[0] for rdm in rdms])
        assert scores(rdms, MODELS, method)["ring"] == pytest.approx(wanted)


def test_a_whitened_score_is_a_cosine_in_the_metric_of_noise_of_distances():
    """Diedrichsen et al. 2020: V, the covariance of distances of equal conditions, squared."""
    rdms = folds(planted("ring"))
    i, j = np.triu_indices(N, 1)
    contrast = np.eye(N)[i] - np.eye(N)[j]
    white = np.linalg.inv((contrast @ contrast.T) ** 2)

    def cosine(a, b):
        return a @ white @ b / np.sqrt((a @ white @ a) * (b @ white @ b))

    wanted = np.mean([cosine(MODELS["ring"], rdm) for rdm in rdms])
    assert scores(rdms, MODELS, "cosine_cov")["ring"] == pytest.approx(wanted, rel=1e-3)


def test_a_competition_is_won_beyond_doubt_and_leaves_the_global_generator_alone():
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    angle = 2 * np.pi * np.arange(N) / N
    rdms = folds(np.stack([np.cos(angle), np.sin(angle)], axis=1), noise=0.1)
    models = {name: MODELS[name] for name in ("ring", "tree")}
    found = competition(rdms, models, n_boot=120, seed=1)
    assert np.array_equal(before, np.random.get_state()[1])
    assert next(iter(found.score)) == "ring"
    assert found.p_zero["ring"] < 0.05
    assert found.pairs[0]["better"] == "ring"
    assert found.low - 0.01 <= found.score["ring"] <= found.high + 0.01
    again = competition(rdms, models, n_boot=120, seed=1)
    assert again.pairs == found.pairs


@pytest.mark.slow
def test_comparisons_of_models_keep_their_size_where_all_distances_are_equal():
    """No model is better in truth: pairs at 0.05, and any pair after Holm."""
    n, pairs, any_pair, zero = 100, [], 0, []
    for seed in range(n):
        rdms = folds(2 * np.eye(N), noise=0.5, seed=seed)
        found = competition(rdms, MODELS, n_boot=60, seed=seed)
        pairs.append(np.mean([pair["p"] <= 0.05 for pair in found.pairs]))
        any_pair += any(pair["p_holm"] <= 0.05 for pair in found.pairs)
        zero.append(min(found.p_zero.values()) <= 0.05)
    bound = 0.05 + 3 * np.sqrt(0.05 * 0.95 / n)
    assert np.mean(pairs) <= bound
    assert any_pair / n <= bound
    assert np.mean(zero) <= bound
    assert binomial_interval(any_pair, n)[0] <= 0.05


def test_models_of_distances_are_what_they_say():
    step = np.arange(4)
    assert ring_rdm(step, 4).tolist() == pytest.approx([2, 4, 2, 2, 4, 2])
    assert line_rdm(step).tolist() == [1, 4, 9, 1, 4, 1]
    assert tree_rdm(halving_paths(4)).tolist() == [2, 3, 3, 3, 3, 2]
    week = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
    days = word_models(Hypothesis("of mine", "cyclic", tuple(week.split())))
    assert days["clusters"].max() == 2
    assert days["clusters"].sum() == 21 + 10  # ten pairs of a workday and a day off
    assert set(days["tree"]) == {1.0, 2.0, 3.0}


def test_refusals():
    rdms = folds(planted("ring"))
    with pytest.raises(BadInput, match="comparator 'best' is not known"):
        scores(rdms, MODELS, "best")
    with pytest.raises(BadInput, match="differ in number"):
        tree_rdm([("a",), ("a", "b")])
    with pytest.raises(BadInput, match="50 are needed"):
        competition(rdms, MODELS, n_boot=20)


def test_equal_distances_are_left_out_where_no_score_is_defined():
    rdms = folds(planted("ring"))
    assert "category" not in scores(rdms, MODELS, "corr_cov")
    assert scores(rdms, MODELS, "tau-a")["category"] == 0
