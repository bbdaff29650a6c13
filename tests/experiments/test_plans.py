import pytest

from armillary.core import BadInput
from armillary.experiments.plans import expected_seconds, quicker, training_config
from armillary.worlds import SaePlan


def test_a_penalty_is_put_into_the_trainers_units():
    pytest.importorskip("torch")
    relu = training_config(SaePlan("relu", 12, l1=0.05), 16, seed=3)
    assert relu.architecture.l1 == pytest.approx(0.05 * 4)
    assert (relu.tokens, relu.batch, relu.seed, relu.d_sae) == (1500 * 512, 512, 3, 12)
    jump = training_config(SaePlan("jumprelu", 12, l1=0.02), 16, seed=0)
    assert jump.architecture.l0 == pytest.approx(0.02 * 16)


@pytest.mark.parametrize("name", ["topk", "batchtopk", "matryoshka"])
def test_a_count_is_passed_on(name: str):
    pytest.importorskip("torch")
    assert training_config(SaePlan(name, 12, k=3), 8, seed=0).architecture.k == 3


@pytest.mark.refusal
def test_a_plan_that_lacks_what_it_needs_is_refused():
    with pytest.raises(BadInput, match="must set k"):
        training_config(SaePlan("topk", 12, l1=0.1), 8, seed=0)
    with pytest.raises(BadInput, match="must set l1"):
        training_config(SaePlan("relu", 12, k=3), 8, seed=0)
    with pytest.raises(BadInput, match="no architecture 'gated'"):
        training_config(SaePlan("gated", 12, k=3), 8, seed=0)


def test_wider_and_longer_runs_are_expected_to_cost_more_and_quick_ones_less():
    plan = SaePlan("topk", 40, k=2)
    assert 1 < expected_seconds(plan) < 4
    assert expected_seconds(SaePlan("topk", 96, k=2, steps=3000)) > expected_seconds(plan)
    assert quicker(plan, steps=100).steps == 100
    assert quicker(plan, steps=None) is plan
    assert quicker(plan, steps=9999).steps == plan.steps
