import numpy as np
import pytest

from armillary.worlds.lattices import grid, lattice, product


@pytest.mark.parametrize("shape", [lattice, product])
def test_the_step_between_variants_is_the_same_for_every_concept(shape):
    for seed in range(6):
        drawn = shape(24, rng=np.random.default_rng(seed))
        c, v = drawn.parameters["c"], drawn.parameters["v"]
        assert c * v == 24
        steps = np.diff(drawn.points.reshape(c, v, -1), axis=1)
        assert steps == pytest.approx(np.broadcast_to(steps[:1], steps.shape), abs=1e-12)


def test_lattice_steps_are_one_constant_offset(rng):
    drawn = lattice(27, rng=rng)
    c, v = drawn.parameters["c"], drawn.parameters["v"]
    steps = np.diff(drawn.points.reshape(c, v, -1), axis=1).reshape(c * (v - 1), -1)
    assert steps == pytest.approx(np.broadcast_to(steps[0], steps.shape), abs=1e-12)


def test_the_concepts_of_a_product_lie_on_a_circle_once_variants_are_averaged(rng):
    drawn = product(30, rng=rng)
    c, v = drawn.parameters["c"], drawn.parameters["v"]
    ring = drawn.points.reshape(c, v, -1).mean(axis=1)
    assert np.linalg.matrix_rank(ring, tol=1e-9) == 2
    plane = ring @ np.linalg.svd(ring, full_matrices=False)[2][:2].T
    system = np.column_stack([2 * plane, np.ones(c)])
    squared = (plane**2).sum(axis=1)
    fit = np.linalg.lstsq(system, squared, rcond=None)[0]
    assert system @ fit == pytest.approx(squared, abs=1e-9)


def test_the_variants_take_the_share_of_variance_reported(rng):
    drawn = product(40, rng=rng)
    c, v = drawn.parameters["c"], drawn.parameters["v"]
    offset = drawn.points.reshape(c, v, -1).mean(axis=0)
    assert (offset**2).sum(axis=1).mean() == pytest.approx(drawn.parameters["variant_share"])


def test_a_grid_has_equal_steps_and_right_angles(rng):
    drawn = grid(20, rng=rng)
    a, b = drawn.parameters["a"], drawn.parameters["b"]
    square = drawn.points.reshape(a, b, 2)
    down, across = np.diff(square, axis=0), np.diff(square, axis=1)
    assert np.ptp(down.reshape(-1, 2), axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert np.ptp(across.reshape(-1, 2), axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert down[0, 0] @ across[0, 0] == pytest.approx(0, abs=1e-12)
    assert np.linalg.norm(down[0, 0]) == pytest.approx(np.linalg.norm(across[0, 0]))
