from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from armillary.experiments import control_on, filled_dimensions, train_on, trained
from armillary.experiments.trained import fingerprint, quality_on
from armillary.worlds import SaePlan, make

pytest.importorskip("torch")
QUICK = SaePlan("topk", 6, k=2, steps=80, batch=128)


def test_what_is_trained_is_kept_and_read_back_equal(tmp_path: Path):
    world = make("circle")
    first = train_on(world, QUICK, seed=1, cache=tmp_path)
    (file,) = (tmp_path / "saes").iterdir()
    written = file.stat().st_mtime_ns
    again = train_on(make("circle"), QUICK, seed=1, cache=tmp_path)
    np.testing.assert_array_equal(first.encoder, again.encoder)
    assert str(first.firing) == str(again.firing) == "TopK, 2 a token"
    assert file.stat().st_mtime_ns == written
    rows = world.activations(100, np.random.default_rng(0))
    np.testing.assert_array_equal(first.encode(rows), again.encode(rows))


@pytest.mark.parametrize(
    "plan",
    [
        SaePlan("relu", 6, l1=0.05, steps=40, batch=128),
        SaePlan("jumprelu", 6, l1=0.02, steps=40, batch=128),
        SaePlan("batchtopk", 6, k=2, steps=40, batch=128),
        SaePlan("matryoshka", 6, k=2, steps=40, batch=128),
    ],
    ids=lambda plan: plan.architecture,
)
def test_every_architecture_survives_the_cache_with_its_rule(tmp_path: Path, plan: SaePlan):
    world = make("circle")
    first = train_on(world, plan, cache=tmp_path)
    again = train_on(world, plan, cache=tmp_path)
    rows = world.activations(200, np.random.default_rng(0))
    np.testing.assert_array_equal(first.encode(rows), again.encode(rows))


def test_another_world_plan_or_seed_is_another_file(tmp_path: Path):
    world = make("circle")
    train_on(world, QUICK, cache=tmp_path)
    train_on(world, QUICK, seed=1, cache=tmp_path)
    train_on(world, replace(QUICK, lr=1e-3), cache=tmp_path)
    train_on(make("circle", seed=1), QUICK, cache=tmp_path)
    assert len(list((tmp_path / "saes").iterdir())) == 4


def test_a_fingerprint_sees_other_rows_behind_the_same_name():
    world = make("circle")
    assert fingerprint(world) == fingerprint(make("circle"))
    other = replace(world, draw=make("circle", seed=1).draw)
    assert fingerprint(world) != fingerprint(other)


def test_an_autoencoder_comes_with_its_twin_and_its_control(tmp_path: Path):
    told: list[str] = []
    made = trained(make("circle"), QUICK, cache=tmp_path, progress=told.append)
    assert told == ["autoencoder", "twin", "control"]
    assert not np.allclose(made.sae.directions, made.twin.directions)
    assert 0 < quality_on(made.world, made.sae)["fvu"] < 1
    # a Gaussian of the plane that the circle fills, not of all of d_model
    assert control_on(QUICK, 2, cache=tmp_path)[1] == made.control_fvu < 1
    assert control_on(QUICK, 8, cache=tmp_path)[1] > made.control_fvu


def test_the_control_has_as_many_dimensions_as_the_world_fills():
    assert filled_dimensions(make("circle")) == 2
    assert filled_dimensions(make("gauss")) == 8
    assert filled_dimensions(make("iid_sparse")) == 16
