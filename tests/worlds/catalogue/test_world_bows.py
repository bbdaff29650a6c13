import numpy as np
import pytest

from armillary.worlds import entry
from armillary.worlds.catalogue.bows import circulant_share, concordance

ENTRY = entry("bows")
RNG = np.random.default_rng


def ring(n: int) -> np.ndarray:
    angle = 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.cos(angle), np.sin(angle)])


def test_a_ring_in_order_scores_one_and_a_shuffled_one_little():
    assert concordance(ring(12)) == pytest.approx(1)
    assert circulant_share(ring(12)) == pytest.approx(1)
    order = RNG(0).permutation(12)
    assert concordance(ring(12)[order]) < 0.6
    assert circulant_share(ring(12)[order]) < 0.6


@pytest.mark.parametrize(("shape", "m"), [("figure_eight", 2), ("sphere", 3)])
def test_the_other_shapes_are_recovered_and_their_controls_are_not(shape, m):
    parameters = {**ENTRY.sizes["tiny"], "shape": shape, "m": m}
    world = ENTRY.build(seed=0, size="tiny", **parameters)
    assert ENTRY.recover(world, RNG(1)).passed
    for control in ENTRY.controls.values():
        assert not ENTRY.recover(control(seed=0, size="tiny", **parameters), RNG(1)).passed


def test_with_more_dimensions_only_decay_keeps_the_order():
    """Six dimensions tell twelve features apart, unless lengths are made dear."""
    values = [
        ENTRY.recover(
            ENTRY.build(
                seed=0, size="tiny",
                **{**ENTRY.sizes["tiny"], "m": 6, "weight_decay": decay, "epochs": 60},
            ), RNG(1),
        ).value
        for decay in (0.0, 6.0)
    ]  # fmt: skip
    assert values[0] < 0.6
    assert values[1] > 0.95
