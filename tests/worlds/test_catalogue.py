"""Every world of the catalogue: it builds, it knows its truth, and its test can fail."""

import json

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.worlds import NAMES, entry, make

ROWS = 500


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def test_a_tiny_world_is_made_of_finite_rows_and_its_parts_add_up(name: str):
    world = make(name)
    sample = world.draw(ROWS, np.random.default_rng(0))
    assert sample.activations.shape == (ROWS, world.d_model)
    assert sample.activations.dtype == np.float32
    assert np.isfinite(sample.activations).all()
    json.dumps(world.truth.as_dict())
    for factor in world.truth.factors:
        part = world.contribution(factor.name, sample)
        assert part.shape == sample.activations.shape
        missed = part - part @ factor.span.T @ factor.span
        assert np.abs(missed).max() < 1e-4, "a factor writes outside of its span"


def test_the_same_seed_gives_the_same_rows(name: str):
    first, second = (make(name, seed=3).draw(50, np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(first.activations, second.activations)


def test_the_truth_is_recovered_and_the_control_is_not(name: str):
    found = entry(name)
    assert found.recover(make(name), np.random.default_rng(2)).passed
    for control in found.controls:
        world = found.make_control(control)
        assert not found.recover(world, np.random.default_rng(2)).passed, control


def test_an_exact_autoencoder_is_exact(name: str):
    world = make(name)
    if world.truth.exact_sae is None:
        pytest.skip("none is known")
    rows = world.activations(2000, np.random.default_rng(3))
    assert world.truth.exact_sae.unexplained(rows)["fvu"] < 1e-10


@pytest.mark.refusal
def test_an_unknown_world_is_refused_with_the_known_ones():
    with pytest.raises(BadInput, match="no world 'ring'.*iid_sparse"):
        make("ring")
    with pytest.raises(BadInput, match="no size 'huge'"):
        entry("circle").make("huge")  # type: ignore[arg-type]
