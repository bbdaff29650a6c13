import numpy as np
import pytest

from armillary.worlds import entry, make
from armillary.worlds.catalogue.blue_boats import build, recover


def test_a_row_is_the_sum_of_its_colour_and_its_shape():
    world = make("blue_boats")
    sample = world.draw(300, np.random.default_rng(0))
    parts = world.contribution("colour", sample) + world.contribution("shape", sample)
    np.testing.assert_allclose(parts, sample.activations, atol=1e-6)
    np.testing.assert_allclose(sample.codes @ world.space.directions, sample.activations, atol=1e-6)
    assert sample.codes.sum(axis=1).tolist() == [2] * 300
    assert world.space.labels[6] == "shape 0"


def test_a_vector_moved_from_colours_to_shapes_changes_nothing():
    world = make("blue_boats")
    sample = world.draw(300, np.random.default_rng(0))
    moved = world.space.directions.copy()
    shift = np.random.default_rng(1).standard_normal(world.d_model).astype(np.float32)
    moved[world.truth.gauge.shifts[0]] += shift
    moved[world.truth.gauge.shifts[1]] -= shift
    np.testing.assert_allclose(sample.codes @ moved, sample.activations, atol=1e-5)


def test_permuting_values_maps_the_set_of_cells_onto_itself():
    world = make("blue_boats")
    sample = world.draw(2000, np.random.default_rng(0))
    cells = np.unique(sample.activations.round(4), axis=0)
    for act in world.truth.symmetry.elements.values():
        moved = np.unique(act(sample).round(4), axis=0)
        np.testing.assert_allclose(moved, cells, atol=2e-4)
        assert not np.allclose(act(sample), sample.activations)


def test_noise_three_attributes_and_frequent_cells_are_seen_through():
    world = build(seed=1, size="own", d_model=24, levels=(4, 3, 3), noise=0.05, zipf=0.7)
    found = recover(world, np.random.default_rng(0))
    assert found.passed
    assert found.found["rank of the points"] == found.found["rank of the product"] == 7
    counts = np.unique(
        np.column_stack(list(world.draw(5000, np.random.default_rng(2)).cells.values())),
        axis=0, return_counts=True,
    )[1]  # fmt: skip
    assert counts.max() > 5 * counts.min()


@pytest.mark.parametrize("control", ["clusters", "interaction"])
def test_cells_without_parallelograms_have_full_rank(control: str):
    found = entry("blue_boats")
    seen = found.recover(found.make_control(control), np.random.default_rng(0))
    assert seen.value == 0
    assert seen.found["points"] == 36
    assert seen.found["rank of the points"] > seen.found["rank of the product"]
