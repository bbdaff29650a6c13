"""A world opened as a subject."""

from dataclasses import replace

import numpy as np
import pytest
from toy_knockoffs import antipodal

from armillary.core import BadInput
from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.firing import ReLU
from armillary.explain.sources import world_subject
from armillary.explain.sources.world import world_name
from armillary.worlds import entry, make


def test_short_names_stand_for_worlds_and_sizes():
    assert world_name("world:pizza") == ("modadd_pizza", None)
    assert world_name("clock:tiny") == ("modadd_clock", "tiny")
    assert world_name("bool_uand") == world_name("uand")
    assert world_name("torus")[0] == "torus"  # not modadd_torus: a full name goes first


@pytest.mark.refusal
def test_an_unknown_world_is_refused():
    with pytest.raises(BadInput, match="no world 'moon'"):
        world_subject("world:moon")


@pytest.mark.refusal
def test_a_world_without_true_features_or_cells_is_refused():
    with pytest.raises(BadInput, match="no true dictionary"):
        world_subject("circle:tiny", dictionary="true")
    with pytest.raises(BadInput, match="no attributes"):
        world_subject("circle:tiny", dictionary="cells")


def test_the_true_dictionary_rebuilds_everything_and_calibration_is_other_rows():
    subject = world_subject("world:blue_boats:tiny", dictionary="true")
    assert subject.name == "world:blue_boats:tiny"
    assert subject.record["fvu"] < 1e-10
    assert subject.record["l0"] == 2
    assert subject.record["n_live"] == 12
    assert subject.shared.labels is not None
    first, last = subject.calibration.target, subject.test.target
    assert first is not None
    assert last is not None
    np.testing.assert_allclose(
        subject.made(subject.space.directions, subject.test), last, atol=1e-6
    )
    assert not np.array_equal(first[: len(last)], last)


def test_cells_fire_one_feature_a_row_and_are_named_by_their_values():
    subject = world_subject("blue_boats:tiny", dictionary="cells")
    assert subject.space.directions.shape == (36, 16)
    assert subject.space.labels[0] == "colour 0, shape 0"
    assert (subject.test.codes.sum(axis=1) == 1).all()
    assert subject.record["fvu"] < 1e-10


def test_units_are_blocks_of_test_rows_and_shared_codes_are_those_of_calibration():
    world = make("modadd_pizza")
    subject = world_subject(
        world, dictionary=antipodal(world.d_model), n_calibration=300, n_test=200, n_units=20
    )
    np.testing.assert_array_equal(np.bincount(subject.test.unit), np.full(20, 10))
    codes = subject.shared.codes
    assert codes is not None
    assert codes.value.size == subject.calibration.codes.nnz
    assert subject.record["accuracy"] == subject.record["accuracy through the dictionary"] == 1


def test_features_that_never_fire_are_left_out():
    world = make("modadd_pizza")
    sae = antipodal(world.d_model)
    dead = replace(sae, encoder_bias=np.where(np.arange(sae.n_features) < 5, -1e3, 0).astype("f"))
    subject = world_subject(world, dictionary=dead)
    assert subject.record["width"] == 48
    assert subject.space.feature_id.min() == 5
    assert subject.test.codes.shape[1] == subject.space.n_features == 43


@pytest.mark.slow
def test_every_world_with_a_readout_opens_in_its_tiny_size():
    for name in ("modadd_clock", "modadd_torus", "modadd_mlp", "tms", "bows", "bool_trained"):
        plan = replace(entry(name).sae["tiny"], steps=100)
        subject = world_subject(name, size="tiny", dictionary=plan, twin=False)
        assert subject.parts["readout"] is not None
        assert subject.record["n_live"] > 0


def test_features_round_an_angle_make_a_group_in_the_order_in_which_they_fire():
    world = make("circle")
    order = np.random.default_rng(2).permutation(10)
    angle = 2 * np.pi * order / 10
    rows = np.column_stack([np.cos(angle), np.sin(angle)]) @ world.truth.factors[0].span
    rows = rows.astype(np.float32)
    bias = np.full(10, -0.7, np.float32)
    sae = SparseAutoencoder(rows, rows.T.copy(), bias, np.zeros(world.d_model, np.float32), ReLU())
    (ring,) = world_subject(world, dictionary=sae).groups
    assert ring.kind == "cyclic"
    np.testing.assert_array_equal(order[ring.rows], (order[ring.rows[0]] + np.arange(10)) % 10)
