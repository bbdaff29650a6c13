"""Task: a toy network reads knockoff activations."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from toy_knockoffs import antipodal, made, permuted, random, turned

from armillary.core import BadInput
from armillary.explain import Subject
from armillary.explain.readers.task import Task
from armillary.explain.sources import world_subject
from armillary.worlds import make


@pytest.fixture(scope="module")
def pizza() -> Subject:
    world = make("modadd_pizza")
    return world_subject(world, dictionary=antipodal(world.d_model), n_calibration=1500)


@pytest.fixture(scope="module")
def task(pizza: Subject) -> Task:
    return Task(pizza)


@pytest.mark.parametrize("gauge", ["none", "rotation", "rotation+scale", "linear"])
def test_the_true_decoder_scores_one_under_every_gauge(pizza: Subject, task: Task, gauge: str):
    (score,) = task.score(made(pizza, pizza.space.directions, gauge=gauge))
    assert score.value == 1
    assert score.raw["accuracy"] == score.raw["true decoder"] == score.raw["network"] == 1


def test_a_rotated_decoder_fails_as_is_and_is_whole_after_a_rotation(pizza: Subject, task: Task):
    as_is = task.score(made(pizza, turned(pizza)))[0]
    back = task.score(made(pizza, turned(pizza), gauge="rotation"))[0]
    assert as_is.raw["accuracy"] < 0.3
    assert back.value == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("place", [permuted, random])
def test_other_placements_lose_the_task_even_after_the_best_rotation(
    pizza: Subject, task: Task, place: Callable[[Subject], np.ndarray]
):
    assert task.score(made(pizza, place(pizza)))[0].raw["accuracy"] < 0.3
    assert task.score(made(pizza, place(pizza), gauge="rotation"))[0].raw["accuracy"] < 0.9


def test_a_linear_refit_undoes_any_placement_of_no_more_features_than_dimensions(pizza: Subject):
    half = np.arange(24)  # of 48 half-axes; the dictionary that is left is a poor one, but its own
    space = pizza.space.take(half)
    shared = type(pizza.shared)(space.feature_id, space.d_model)
    few = replace(
        pizza, space=space, shared=shared, groups=(),
        calibration=replace(pizza.calibration, codes=pizza.calibration.codes[:, half]),
        test=replace(pizza.test, codes=pizza.test.codes[:, half]),
    )  # fmt: skip
    boats = world_subject("blue_boats:tiny", dictionary="cells")  # 36 features in 16 dimensions
    for subject, undone in ((few, True), (boats, False)):
        back = made(subject, random(subject), gauge="linear")
        true = subject.made(subject.space.directions, subject.test)
        missed = ((back.activations(subject, subject.test) - true) ** 2).sum() / (true**2).sum()
        assert (missed < 0.01) == undone  # the ridge of the re-fit leaves a little
        kept = Task(subject).score(back)[0].value
        assert (kept > 0.99) == undone


def test_the_zero_is_the_mean_of_what_the_true_decoder_makes(pizza: Subject, task: Task):
    true = pizza.made(pizza.space.directions, pizza.calibration).mean(axis=0)
    rows = np.zeros((pizza.test.n_tokens, 24), np.float32) + true
    score = task.score_rows(rows)
    assert score.value == 0
    assert score.raw["accuracy"] == score.raw["mean-ablated"]


@pytest.mark.refusal
def test_a_world_that_nobody_reads_is_refused():
    subject = world_subject("circle:tiny", dictionary=antipodal(8))
    with pytest.raises(BadInput, match="has no readout"):
        Task(subject)
