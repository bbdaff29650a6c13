"""Matching, thresholds, stars and permutations, each against an oracle."""

from itertools import permutations
from math import gamma, pi, sqrt

import numpy as np
import pytest

from armillary.worlds.scoring.absorption import f1, parents
from armillary.worlds.scoring.census import blocks_of, stars_of
from armillary.worlds.scoring.equivariance import permutation_error, randomly_turned
from armillary.worlds.scoring.evidence import firing
from armillary.worlds.scoring.matching import Shifts, covariance_root, matched
from armillary.worlds.scoring.purity import main_share
from armillary.worlds.scoring.translation import best_detectors, tuned_threshold


def test_the_matching_is_the_best_of_all_orders(rng):
    truth, rows = rng.standard_normal((4, 6)), rng.standard_normal((5, 6))
    unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in (truth, rows)]
    cosine = np.abs(unit[0] @ unit[1].T)
    best = max(sum(cosine[i, p[i]] for i in range(4)) for p in permutations(range(5), 4))
    assert matched(truth, rows, shifts=None, signless=True).mcc == pytest.approx(best / 4)


def test_one_random_direction_has_the_known_mean_cosine(rng):
    d = 7
    truth = rng.standard_normal((1, d))
    found = [
        matched(truth, rng.standard_normal((1, d)), shifts=None, signless=True).mcc
        for _ in range(4000)
    ]
    expected = gamma(d / 2) / (sqrt(pi) * gamma((d + 1) / 2))
    assert np.mean(found) == pytest.approx(expected, abs=4 * np.std(found) / sqrt(4000))


def test_an_incomplete_block_is_still_matched_perfectly(rng):
    truth = rng.standard_normal((8, 12))
    shift = 0.4 * rng.standard_normal(12)
    rows = truth + np.repeat([shift, -shift], 4, axis=0)
    shifts = Shifts((np.arange(4), np.arange(4, 8)), np.zeros(12))
    made = matched(truth, rows[[0, 1, 2, 4, 5, 6, 7]], shifts=shifts, signless=False)
    assert made.paired[[0, 1, 2, 4, 5, 6, 7]] == pytest.approx(np.ones(7))
    assert made.paired[3] == 0


def test_the_root_of_a_covariance_has_that_covariance(rng):
    rows = rng.standard_normal((500, 3)) @ rng.standard_normal((3, 5))
    root = covariance_root(rows)
    assert root.shape == (3, 5)
    np.testing.assert_allclose(root.T @ root, np.cov(rows, rowvar=False), atol=1e-9)


def test_the_tuned_threshold_is_the_best_of_all(rng):
    value = np.round(rng.standard_normal(60), 1)
    bit = rng.random(60) < 0.3
    bound, best = tuned_threshold(value, bit)

    def score(t):
        on = value >= t
        return 2 * (on & bit).sum() / (on.sum() + bit.sum())

    assert best == pytest.approx(max(score(t) for t in value))
    assert score(bound) == pytest.approx(best)


def test_a_detector_is_scored_where_it_was_not_tuned(rng):
    noise, bits = rng.random((400, 30)), rng.random((400, 2)) < 0.5
    lucky = best_detectors(noise, bits).f1
    assert lucky.max() < 0.75, "always on is 2/3, and 1 of 30 columns is no luck on fresh rows"
    perfect = np.column_stack([noise, bits[:, 1] + 0.0])
    found = best_detectors(perfect, bits)
    assert found.unit[1] == 30
    assert found.f1[1] == 1


def test_f1_counts_hits_misses_and_false_alarms():
    fires = np.array([[1, 0], [1, 0], [0, 0], [1, 0]], dtype=bool)
    wanted = np.array([1, 1, 1, 0], dtype=bool)
    assert f1(fires, wanted) == pytest.approx([2 * 2 / (3 + 3), 0])


def test_a_tree_is_read_from_numbers_or_names():
    names = ["root", "leaf"]
    for given in ([-1, 0], [None, "root"], {"leaf": "root", "root": None}, {"1": 0}):
        assert parents(given, names) == {"leaf": "root"}


def test_leaks_next_to_zero_are_not_firing():
    codes = np.array([[0.0], [1e-4], [1.0], [0.9], [0.2]])
    assert firing(codes)[:, 0].tolist() == [False, False, True, True, True]


def test_a_cube_has_its_faces_and_a_table_its_rows():
    cube = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    kinds = list(blocks_of(cube).values())
    assert {k: kinds.count(k) for k in set(kinds)} == {"half-space": 6, "edge": 12, "vertex": 8}
    table = np.array([[a, b] for a in range(3) for b in range(4)])
    kinds = list(blocks_of(table).values())
    assert {k: kinds.count(k) for k in set(kinds)} == {"attribute": 7, "pair": 12}


def test_stars_of_an_octahedron_are_its_vertices_edges_and_faces():
    faces = [[a, b, c] for a in (0, 1) for b in (2, 3) for c in (4, 5)]
    kinds = list(stars_of(faces, np.arange(8)[:, None]).values())
    assert {k: kinds.count(k) for k in set(kinds)} == {"vertex": 6, "edge": 12, "face": 8}


def test_a_permutation_is_found_and_leaves_nothing(rng):
    before = np.maximum(rng.standard_normal((400, 6)), 0)
    assert permutation_error(before, before[:, rng.permutation(6)]) == pytest.approx(0, abs=1e-12)
    scrambled = np.maximum(rng.standard_normal((400, 6)), 0)
    assert permutation_error(before, scrambled) > 1.5, "two independent codes: about 2"


def test_turned_rows_keep_lengths_and_their_span(rng):
    axes = np.linalg.qr(rng.standard_normal((6, 3)))[0].T
    rows = rng.standard_normal((200, 3)) @ axes + 1
    turned = randomly_turned(rows, rng=rng)
    mean = rows.mean(axis=0)
    np.testing.assert_allclose(
        np.linalg.norm(turned - mean, axis=1), np.linalg.norm(rows - mean, axis=1), rtol=1e-5
    )
    outside = (turned - mean) - (turned - mean) @ axes.T @ axes
    assert np.abs(outside).max() < 1e-5


def test_the_main_share_is_that_of_the_largest_span():
    spans = np.eye(5)
    rows = np.array([[1, 1, 0, 0, 0], [1, 0, 2, 0, 0.0]])
    assert main_share(rows, spans, np.array([0, 2])) == pytest.approx([1, 0.8])
