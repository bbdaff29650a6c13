import numpy as np
import pytest

from armillary.worlds import entry, make
from armillary.worlds.truth import Readout

NAMES = ("modadd_pizza", "modadd_clock", "modadd_torus", "modadd_mlp")


def readout_of(name: str) -> Readout:
    found = make(name).truth.readout
    assert found is not None
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_rest_of_the_network_adds(name: str):
    world = make(name)
    sample = world.draw(1000, np.random.default_rng(0))
    assert world.truth.readout is not None
    assert world.truth.readout.accuracy(sample.activations, sample) > 0.98
    length = np.sqrt((world.draw(20_000, np.random.default_rng(1)).activations ** 2).sum(1).mean())
    assert length == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_factors_and_the_declared_rest_add_up_to_the_activation(name: str):
    world = make(name)
    sample = world.draw(4000, np.random.default_rng(0))
    whole = sum(world.contribution(factor.name, sample) for factor in world.truth.factors)
    missed = ((sample.activations - whole) ** 2).sum() / (sample.activations**2).sum()
    assert missed == pytest.approx(world.truth.params["fvu"], abs=0.02)
    if name in ("modadd_pizza", "modadd_clock"):
        assert missed < 1e-10, "built by hand, they have no rest"


@pytest.mark.parametrize("name", NAMES)
def test_moving_the_inputs_moves_along_the_group(name: str):
    world = make(name)
    sample = world.draw(200, np.random.default_rng(0))
    symmetry = world.truth.symmetry
    assert symmetry is not None
    readout = readout_of(name)
    for element, by in (("a + 1", 1), ("b + 1", 1), ("a + 1, b - 1", 0), ("swap", 0)):
        moved = symmetry.elements[element](sample)
        said = readout.outputs(moved, sample).argmax(axis=1)
        p = world.truth.params["p"]
        assert np.mean(said == (sample.targets + by) % p) > 0.97


def test_disks_have_two_dimensions_and_tori_four():
    assert {f.span.shape[0] for f in make("modadd_pizza").truth.factors} == {2}
    assert {f.span.shape[0] for f in make("modadd_torus").truth.factors} == {4}
    kinds = [f.kind for f in make("modadd_clock").truth.factors]
    assert kinds == ["disk"] * 3 + ["circle"] * 6


def test_the_world_by_hand_says_what_each_circle_does():
    assert set(make("modadd_pizza").truth.params["kinds"].values()) == {"pizza"}
    assert set(make("modadd_clock").truth.params["kinds"].values()) == {"clock"}


@pytest.mark.parametrize("name", NAMES)
def test_recovery_and_its_failure_over_seeds(name: str):
    found = entry(name)
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        assert found.recover(found.make(seed=seed), rng).passed
        for control in found.controls:
            assert not found.recover(found.make_control(control, seed=seed), rng).passed
