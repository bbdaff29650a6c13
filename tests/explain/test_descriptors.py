"""Descriptors of modular addition as theories in bytes."""

import numpy as np
import pytest
from toy_knockoffs import antipodal

from armillary.core import BadInput
from armillary.explain.bench import explain
from armillary.explain.descriptors import activations_said, describe, fit_descriptor
from armillary.explain.sources import world_subject
from armillary.knockoffs import Exact, Message, RandomUnit
from armillary.worlds import make


def accuracies(name: str) -> dict[str, float]:
    world = make(name)
    subject = world_subject(world, dictionary=antipodal(world.d_model))
    return {one.label: one.score.raw["accuracy"] for one in describe(subject)}


def test_disks_are_all_of_a_pizza_and_not_of_a_clock():
    assert min(accuracies("modadd_pizza").values()) == 1
    clock = accuracies("modadd_clock")
    assert clock["disks"] < 0.3
    assert clock["disks + circle of a + b"] == clock["disks + circle of a - b"] == 1


def test_a_descriptor_is_rebuilt_from_its_bytes():
    world = make("modadd_pizza")
    sample = world.draw(600, np.random.default_rng(0))
    frequencies = tuple(world.truth.params["frequencies"])
    message = fit_descriptor(sample, frequencies=frequencies, p=23)
    assert sample.inputs is not None
    said = activations_said(message.to_bytes(), sample.inputs, p=23)
    np.testing.assert_allclose(said, sample.activations, atol=2e-3)  # 16 bits a number
    assert message.bits - message.overhead_bits < 16 * 7 * 24 + 16 * 3 + 8 + 100


@pytest.mark.refusal
def test_what_adds_nothing_is_refused():
    with pytest.raises(BadInput, match="adds nothing modulo p"):
        describe(world_subject("blue_boats:tiny", dictionary="true"))
    sample = make("modadd_pizza").draw(10, np.random.default_rng(0))
    with pytest.raises(BadInput, match="no descriptor 'cubes'"):
        fit_descriptor(sample, frequencies=(1,), p=23, step="cubes")
    with pytest.raises(BadInput, match="is no descriptor"):
        activations_said(Message("random", {}), np.zeros((1, 2), dtype=np.int64), p=23)


def test_descriptors_are_rows_of_the_table_and_theories_of_placement_are_not_held_against_them():
    world = make("modadd_clock")
    subject = world_subject(world, dictionary=antipodal(world.d_model))
    found = explain(subject, theories=[RandomUnit(), Exact(32)], readers=["task"], seeds=1)
    rows = {row.theory: row for row in found.rows if row.family == "descriptor"}
    assert set(rows) == {"disks", "disks + circle of a + b", "disks + circle of a - b", "tori"}
    assert {(row.gauge, row.reader) for row in rows.values()} == {("none", "task")}
    assert rows["disks + circle of a + b"].value == pytest.approx(1, abs=0.01)
    (said,) = found.verdict().of("descriptors")
    assert said.answer == "yes"
    assert said.theories == ("disks + circle of a + b",)
    assert not set(rows) & {name for s in found.verdict().of("above") for name in s.theories}
    assert "descriptor" in found.report()
