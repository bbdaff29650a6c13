"""What holds of every constructed world: parts add up, symmetries keep it, axes are orthonormal."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from armillary.worlds import Sample, World, entry, make

NAMES = (
    "iid_sparse", "gauss", "polytope", "ngon_boundary", "icosphere", "circle", "sphere", "torus",
    "helix", "manifold_mix", "hypersurface",
)  # fmt: skip
ELEMENTS = [
    (name, element)
    for name in NAMES
    if (symmetry := make(name).truth.symmetry) is not None
    for element in symmetry.elements
]


@pytest.mark.parametrize("name", NAMES)
def test_active_contributions_sum_to_the_activation(name: str):
    world = make(name, seed=1)
    sample = world.draw(300, np.random.default_rng(0))
    total = sum(world.contribution(f.name, sample) for f in world.truth.factors)
    noise = float(world.truth.params.get("noise", 0.0))
    assert np.abs(sample.activations - total).max() < 1e-5 + 6 * noise


@pytest.mark.parametrize("name", NAMES)
def test_spans_are_orthonormal_and_rows_have_length_one_on_average(name: str):
    world = make(name, seed=2)
    for factor in world.truth.factors:
        np.testing.assert_allclose(factor.span @ factor.span.T, np.eye(len(factor.span)), atol=1e-9)
    rows = world.activations(4000, np.random.default_rng(0))
    assert 0.8 < np.sqrt((rows**2).sum(axis=1).mean()) < 1.1


@pytest.mark.parametrize("name", NAMES)
def test_codes_times_features_are_the_activations(name: str):
    world = make(name)
    sample = world.draw(300, np.random.default_rng(0))
    if world.space is None:
        assert sample.codes is None
        return
    assert sample.codes is not None
    assert sample.codes.min() >= 0
    np.testing.assert_allclose(
        sample.codes @ world.space.directions, sample.activations, atol=1e-5, rtol=0
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_control_is_named_in_the_truth(name: str):
    assert set(make(name).truth.nulls) == set(entry(name).controls)


def moved_world(world: World, element: Callable[[Sample], np.ndarray]) -> World:
    def draw(n: int, rng: np.random.Generator) -> Sample:
        return Sample(element(world.draw(n, rng)))

    return replace(world, draw=draw)


@pytest.mark.parametrize(("name", "element"), ELEMENTS)
def test_a_symmetry_moves_rows_and_keeps_the_world(name: str, element: str):
    world = make(name, seed=1)
    assert world.truth.symmetry is not None
    moved = moved_world(world, world.truth.symmetry.elements[element])
    before = world.activations(200, np.random.default_rng(5))
    after = moved.activations(200, np.random.default_rng(5))
    assert np.abs(before - after).max() > 0.1
    if name != "manifold_mix":  # its frames are not orthogonal: rows' lengths change there
        before_length, after_length = (np.linalg.norm(x, axis=1) for x in (before, after))
        np.testing.assert_allclose(before_length, after_length, atol=0.2)
    assert entry(name).recover(moved, np.random.default_rng(3)).passed


def test_a_map_that_is_no_symmetry_is_noticed():
    world = make("ngon_boundary")
    axes = world.truth.factors[0].span
    stretch = axes.T @ np.diag([1.01, 1.0]) @ axes

    def stretched(sample: Sample) -> np.ndarray:
        return (sample.activations @ stretch).astype(np.float32)

    moved = moved_world(world, stretched)
    assert not entry("ngon_boundary").recover(moved, np.random.default_rng(3)).passed
