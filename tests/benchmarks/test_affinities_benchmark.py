import numpy as np
import pytest
from affinities import (
    chosen_edges,
    groups_of,
    near_its_own,
    overlaps,
    rewired,
    score,
    sets_of_like_frequency,
)
from word_classes import WordClass, dictionary_of, markdown, plain, spellings, word_class

from armillary.affinity import codes_knn, cosine_knn, jaccard
from armillary.core import Codes, FeatureSpace, Tokens
from armillary.core.graph import FeatureGraph, Neighbours


def cliques(n_cliques: int, size: int) -> FeatureGraph:
    low, high = np.triu_indices(size, 1)
    shift = size * np.repeat(np.arange(n_cliques), low.size)
    low, high = np.tile(low, n_cliques) + shift, np.tile(high, n_cliques) + shift
    return FeatureGraph(n_cliques * size, low, high, np.ones(low.size))


def about(rows: np.ndarray, word: np.ndarray) -> WordClass:
    return WordClass("some", ("a", "b", "c"), rows, word, np.zeros((3, 60)))


def test_edges_are_as_many_as_asked_for_and_each_pair_counts_once():
    rng = np.random.default_rng(0)
    near = cosine_knn(rng.standard_normal((40, 8)).astype(np.float32), k=6)
    for order in ("strongest", "nearest"):
        graph = chosen_edges(near, 50, order)
        assert graph.n_edges == 50
        assert np.unique(graph.low * 40 + graph.high).size == 50
        assert (graph.affinity == 1).all()
    strongest = near.graph(0.0)
    kept = chosen_edges(near, 50, "strongest")
    key = strongest.low * 40 + strongest.high
    chosen = np.isin(key, kept.low * 40 + kept.high)
    assert strongest.affinity[chosen].min() >= strongest.affinity[~chosen].max()


def test_nearest_takes_first_neighbours_before_stronger_second_ones():
    index = np.array([[1, 2], [0, 2], [0, 1], [2, 0]])
    affinity = np.array([[0.9, 0.8], [0.9, 0.7], [0.8, 0.7], [0.1, 0.0]])
    near = Neighbours(index, affinity)
    graph = chosen_edges(near, 3, "nearest")
    pairs = set(zip(graph.low.tolist(), graph.high.tolist(), strict=True))
    assert pairs == {(0, 1), (0, 2), (2, 3)}
    graph = chosen_edges(near, 3, "strongest")
    pairs = set(zip(graph.low.tolist(), graph.high.tolist(), strict=True))
    assert pairs == {(0, 1), (0, 2), (1, 2)}


def test_pairs_that_never_fire_together_are_no_edges():
    token, feature = np.array([0, 0, 1, 1]), np.array([0, 1, 2, 3])
    codes = Codes.from_triples(token, feature, np.ones(4), n_tokens=2, n_features=4)
    near = codes_knn(codes, jaccard, k=3)
    assert chosen_edges(near, 100, "strongest").n_edges == 2
    assert near_its_own(near, np.array([0, 1])) == pytest.approx(1 / 3)
    assert near_its_own(near, np.array([0, 2])) == 0


def test_planted_groups_are_found_and_scored():
    graph = cliques(10, 6)
    groups = groups_of(graph)
    rows, word = np.arange(6, 12), np.array([0, 0, 1, 1, 2, 2])
    rng = np.random.default_rng(0)
    null = sets_of_like_frequency(rows, np.arange(60), n_draws=99, rng=rng)
    found = score(groups, about(rows, word), null)
    assert (found.jaccard, found.recall, found.precision) == (1, 1, 1)
    assert (found.size, found.words) == (6, 3)
    assert found.p <= 0.05
    half = score(groups, about(rows[::2], word[::2]), null)
    assert half.jaccard == pytest.approx(0.5)


def test_nothing_found_scores_nothing():
    null = np.zeros((60, 9), dtype=bool)
    null[:3] = True
    found = score([], about(np.arange(3), np.arange(3)), null)
    assert found.jaccard == 0
    assert found.p == 1


def test_overlaps_are_intersection_over_union():
    rng = np.random.default_rng(0)
    groups = [np.sort(rng.choice(30, 5, replace=False)) for _ in range(8)]
    sets = rng.random((30, 4)) < 0.3
    table = overlaps(groups, sets)
    for g, rows in enumerate(groups):
        for s in range(4):
            own = set(np.flatnonzero(sets[:, s]))
            shared = own & set(rows.tolist())
            assert table[g, s] == pytest.approx(len(shared) / len(own | set(rows.tolist())))


def test_random_sets_have_the_size_and_about_the_frequency_of_the_class():
    rng = np.random.default_rng(0)
    count = rng.permutation(2000)
    rows = np.flatnonzero(count >= 1900)[:30]
    sets = sets_of_like_frequency(rows, count, n_draws=20, rng=rng)
    assert (sets.sum(axis=0) == 30).all()
    assert count[np.flatnonzero(sets.any(axis=1))].min() > 1800


def test_rewiring_keeps_degrees_and_breaks_groups():
    graph = cliques(20, 6)
    other = rewired(graph, rng=np.random.default_rng(0))
    for ends in (graph, other):
        degree = np.bincount(np.r_[ends.low, ends.high], minlength=120)
        assert (degree == 5).all()
    assert np.unique(other.low * 120 + other.high).size == graph.n_edges
    assert (other.low // 6 == other.high // 6).mean() < 0.3


def test_a_class_is_made_of_features_that_fire_mostly_on_its_words():
    vocabulary = np.array([" Monday", "Monday", " may", " May", " the"])
    token_id = np.repeat([0, 1, 2, 3, 4], 20)
    feature = np.repeat([0, 0, 1, 2, 3], 20)
    codes = Codes.from_triples(
        np.arange(100), feature, np.ones(100), n_tokens=100, n_features=5,
        tokens=Tokens(token_id, np.zeros(100, dtype=int), np.arange(100), vocabulary),
    )  # fmt: skip
    space = FeatureSpace(np.eye(5, dtype=np.float32), np.arange(5))
    made = dictionary_of(space, codes)
    assert made.space.feature_id.tolist() == [0, 1, 2, 3]  # the fifth never fires
    assert word_class("weekdays", made).rows.tolist() == [0]
    months = word_class("months", made)
    assert months.rows.tolist() == [2]
    assert months.words[int(months.word[0])] == "May"


def test_spellings_and_tables():
    assert spellings("one") == ("one", "One")
    assert spellings("May") == ("May",)
    assert markdown(["a", "b"], [["x", 0.126], [float("nan"), 3]]) == (
        "| a | b |\n|---|---|\n| x | 0.13 |\n| - | 3 |"
    )
    assert plain({"a": np.arange(2), "b": (np.float64("nan"), 1.5)}) == {
        "a": [0, 1],
        "b": [None, 1.5],
    }
