import numpy as np
import pytest

from armillary.atlas import Atlas
from armillary.core import Finding, Group, ShapeFit
from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.explain import FeatureGroup
from armillary.explain.sources.shaped_groups import (
    from_atlas,
    from_feature_groups,
    from_findings,
    from_lexicon,
)
from armillary.inference import NullTest
from armillary.lexicon import Hypothesis

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LABELS = [f"Ġ{day}" for day in DAYS] + [day.lower() for day in DAYS] + ["MONDAY", "river"]
SPACE = FeatureSpace(
    np.random.default_rng(0).standard_normal((16, 8)).astype(np.float32),
    3 * np.arange(16),
    {"label": np.array(LABELS)},
)


def finding(rows: list[int], shape: str, *, q: float, order: list[int], **more: object) -> Finding:
    fit = ShapeFit(shape, 1.0, (0, 1), more, np.array(order, dtype=np.int64))
    none = NullTest(1.0, np.zeros(99), "placement")
    return Finding(
        0, np.array(rows), fit, ShapeFit("none", 0.0), none, q, q, None,
        0.5, 1.0, 1.0, 1.0, "placement", "structured",
    )  # fmt: skip


FINDINGS = [
    finding([0, 1, 2, 3], "segment", q=0.04, order=[3, 1, 0, 2]),
    finding([4, 5, 6, 7, 8], "circle", q=0.001, order=[4, 3, 2, 1, 0]),
    finding([9, 10, 11], "circle", q=0.2, order=[0, 1, 2]),
    finding([9, 10, 11, 12], "k_clusters", q=0.01, order=[0, 2, 1, 3], labels=[5, 2, 5, 2]),
]


def test_claims_come_strongest_first_in_the_order_of_their_fit():
    groups = from_findings(FINDINGS)
    assert [g.shape for g in groups] == ["circle", "k_clusters", "segment"]
    assert groups[0].position.tolist() == [4, 3, 2, 1, 0]
    assert groups[1].position.tolist() == [1, 0, 1, 0]
    assert groups[2].position.tolist() == [2, 1, 3, 0]


def test_an_atlas_says_the_same_of_features_in_any_order():
    members = Group(
        0, np.arange(13), "all", 0.0, 0.0, np.zeros((13, 2)), np.ones(2),
        NullTest(1.0, np.zeros(99)), 0.5,
    )  # fmt: skip
    atlas = Atlas.from_survey(SPACE, [members], FINDINGS, manifest={})
    turned = np.arange(16)[::-1].copy()
    groups = from_atlas(atlas, SPACE.take(turned))
    assert [set(SPACE.feature_id[15 - g.rows]) for g in groups] == [
        set(SPACE.feature_id[g.rows]) for g in from_findings(FINDINGS)
    ]
    with pytest.raises(BadInput, match="which is not in the space"):
        from_atlas(atlas, SPACE.take(np.arange(4)))


def test_lists_of_words_become_rings_with_a_part_a_spelling():
    week = Hypothesis("weekdays", "cyclic", DAYS)
    (group,) = from_lexicon(SPACE, [week, Hypothesis("water", "set", ("river", "lake", "sea"))])
    assert (group.name, group.shape, group.period) == ("weekdays", "circle", 7)
    assert group.rows.tolist() == list(range(14))  # the lone capital is left to the base
    assert group.position.tolist() == [*range(7), *range(7)]
    assert len(set(group.part[:7].tolist())) == len(set(group.part[7:].tolist())) == 1
    assert any(set(range(14)) <= set(g.rows.tolist()) for g in from_lexicon(SPACE))


def test_named_groups_of_a_subject_keep_all_their_rows():
    step = np.array([*range(7), *range(7), 0])
    groups = [
        FeatureGroup("weekdays", "cyclic", np.arange(15), step, DAYS),
        FeatureGroup("water", "set", np.array([15]), np.array([0]), ("river",)),
    ]
    (group,) = from_feature_groups(groups, SPACE)
    assert group.rows.size == 15
    assert group.shape == "circle"
    assert group.part.max() == 1
