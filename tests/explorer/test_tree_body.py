"""Which group holds which: known containments, and none invented."""

import time

import numpy as np
from synthetic_survey import atlas

from armillary.atlas import Atlas
from armillary.atlas.columnar import table_of_columns
from armillary.explorer import Bodies
from armillary.explorer.tree_body import holders, tree_of
from armillary.explorer.wire import decode, encode


def of_groups(groups: list[np.ndarray], *, scale: list[float] | None = None, n: int = 60) -> Atlas:
    """What a tree is made of, and no more."""
    offset = np.concatenate([[0], np.cumsum([g.size for g in groups])])
    ids = np.arange(n)
    kinds = {"group_id": "int64", "scale": "float64"}
    told = {"group_id": 10 + np.arange(len(groups)), "scale": scale or [0.5] * len(groups)}
    features = {"feature_id": 7 * ids, "label": [f" w{i}" for i in ids]}
    return Atlas(
        findings=None, rebuilt=None, examples=None, manifest={},
        arrays={"members": np.concatenate(groups), "members_offset": offset},
        groups=table_of_columns(told, kinds),
        features=table_of_columns(features, {"feature_id": "int64", "label": "string"}),
    )  # fmt: skip


def span(a: int, b: int) -> np.ndarray:
    return np.arange(a, b)


def test_a_parent_is_the_smallest_larger_group_that_holds_nine_tenths():
    groups = [span(0, 40), span(0, 20), span(2, 12), span(11, 21), span(30, 41), span(50, 56)]
    body = tree_of(of_groups(groups), line_of={12: 3})
    assert body is not None
    parent = {
        tuple(body.features[body.begin[i] : body.begin[i + 1]] // 7): int(p)
        for i, p in enumerate(body.parent)
    }
    node = list(parent)
    held = [tuple(g.tolist()) for g in groups]
    assert node[0] == held[0]
    assert parent[held[0]] == -1
    assert node[parent[held[1]]] == held[0]
    assert node[parent[held[2]]] == held[1]
    assert node[parent[held[3]]] == held[1]  # nine of its ten
    assert node[parent[held[4]]] == held[0]  # ten of its eleven
    assert held[5] not in node  # alone, and no finding
    assert "5 of" not in body.note
    assert "4 of 6 groups" in body.note
    assert "1 that stand alone" in body.note
    assert body.line[node.index(held[2])] == 3
    assert body.label[node.index(held[2])].startswith("␣w2 · ␣w3")


def test_parents_come_before_children_and_stand_higher():
    body = tree_of(of_groups([span(0, 6), span(0, 12), span(0, 30), span(31, 37)]), line_of={13: 0})
    assert body is not None
    assert body.parent.tolist() == [-1, 0, 1, -1]
    assert body.size.tolist() == [30, 12, 6, 6]
    assert body.height[0] == 1
    assert body.height[0] > body.height[1] > body.height[2] == 0
    assert body.line.tolist() == [-1, -1, -1, 0]  # a finding of no kin is kept


def test_equal_groups_hold_neither_and_of_two_of_one_size_the_larger_scale_holds():
    members = [span(0, 10), span(0, 10), span(0, 20), span(0, 20)]
    flat, offset = np.concatenate(members), np.array([0, 10, 20, 40, 60])
    found = holders(flat, offset, scale=np.array([0.1, 0.2, 0.1, 0.4]), n_features=30)
    assert found.tolist() == [3, 3, -1, -1]


def test_without_containment_there_is_no_tree():
    assert tree_of(of_groups([span(0, 5), span(5, 11)]), line_of={}) is None
    bodies = Bodies(atlas())
    assert not bodies.body("atlas").parts.tree
    assert "tree" not in bodies.names()


def test_ten_thousand_groups_take_less_than_two_seconds():
    rng = np.random.default_rng(0)
    groups = []
    for _ in range(2_500):  # nested four deep
        begin, size = int(rng.integers(0, 24_000)), 160
        groups += [np.arange(begin, begin + size // 2**k) for k in range(4)]
    made = of_groups(groups, n=24_576)
    began = time.process_time()
    body = tree_of(made, line_of={})
    assert time.process_time() - began < 2
    assert body is not None
    assert (body.parent[1:] < np.arange(1, body.parent.size)).all()
    assert decode(encode(body))["parent"].tolist() == body.parent.tolist()
