import numpy as np
import pytest
from bench_subject import KEPT, LADDER, chosen

from armillary.explain.compatible import compatible_over, pairs


def test_theories_that_keep_the_same_are_compatible_and_others_are_not():
    explanation = chosen({**KEPT, "tree of 32": 0.3}, LADDER)
    found = {frozenset((p.first, p.second)): p for p in pairs(explanation)}
    assert found[frozenset(("tree of 32", "64 clusters"))].compatible
    apart = found[frozenset(("tree of 32", "random"))]
    assert not apart.compatible
    assert apart.told_apart_by == ("splice",)
    assert apart.widest == pytest.approx(0.28, abs=0.05)


def test_more_noise_leaves_more_theories_possible():
    few, many = (chosen(KEPT, LADDER, noise=noise) for noise in (0.01, 3.0))
    assert len(few.compatible()) < len(many.compatible())


def test_every_pair_carries_what_the_autoencoder_is_like():
    explanation = chosen({**KEPT, "tree of 32": 0.3}, LADDER)
    row = explanation.compatible()[0]
    assert (row["fvu"], row["l0"], row["width"]) == (0.1, 5, 100)


def test_what_remains_possible_is_what_cannot_be_told_from_the_exact_theory():
    explanation = chosen({**KEPT, "tree of 32": 1.0}, LADDER)
    (row,) = compatible_over([explanation])
    assert row["possible"] == ("tree of 32",)
    assert row["cheapest_bits"] == pytest.approx(60)
    assert np.isnan(compatible_over([chosen(KEPT, LADDER)])[0]["cheapest_bits"])
