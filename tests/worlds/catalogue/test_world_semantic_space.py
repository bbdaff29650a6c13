import numpy as np
import pytest

from armillary.worlds import entry, make
from armillary.worlds.catalogue.semantic_space import rank_correlation
from armillary.worlds.metric_attribute import circle, graph, line


def test_attributes_share_the_variance_and_add_up():
    world = make("semantic_space")
    sample = world.draw(5000, np.random.default_rng(0))
    parts = [world.contribution(factor.name, sample) for factor in world.truth.factors]
    np.testing.assert_allclose(np.sum(parts, axis=0), sample.activations, atol=1e-5)
    shares = [part.var(axis=0).sum() for part in parts]
    np.testing.assert_allclose(shares, 1 / 3, atol=0.03)


@pytest.mark.parametrize("kind", [line, circle, graph])
def test_known_distances_are_metrics_that_embedded_distances_follow(kind):
    rng = np.random.default_rng(0)
    made = kind(rng=rng)
    a, b, c = (made.draw(400, rng)[0] for _ in range(3))
    assert (made.distance(a, c) <= made.distance(a, b) + made.distance(b, c) + 1e-9).all()
    np.testing.assert_allclose(made.distance(a, a), 0)
    np.testing.assert_allclose(made.distance(a, b), made.distance(b, a))
    seen = np.linalg.norm(made.embed(a) - made.embed(b), axis=1)
    assert rank_correlation(seen, made.distance(a, b)) > 0.999


def test_distances_of_a_tree_are_roots_of_numbers_of_edges():
    made = graph(rng=np.random.default_rng(0))
    node = np.arange(12.0)
    square = made.distance(np.repeat(node, 12), np.tile(node, 12)) ** 2
    np.testing.assert_allclose(square, square.round(), atol=1e-9)
    assert (square.reshape(12, 12) == 1).sum() == 2 * 11


def test_ranks_centred_in_classes_see_nothing_of_the_classes():
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, 4000)
    a, b = label + 0.2 * rng.standard_normal((2, 4000))
    assert rank_correlation(a, b) > 0.7
    assert abs(rank_correlation(a, b, within=label)) < 0.06


def test_modes_alone_correlate_with_known_distances_and_are_still_refused():
    found = entry("semantic_space")
    seen = found.recover(found.make_control("modes"), np.random.default_rng(0))
    assert not seen.passed
    assert seen.found["Spearman with known distances"] > 0.4
