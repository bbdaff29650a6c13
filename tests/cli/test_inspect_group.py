"""``armillary inspect ATLAS group:12``: what became of a group, as far as an atlas knows."""

import json

import numpy as np
import pytest

from armillary.atlas import Atlas
from armillary.cli.inspect_group import group_facts
from armillary.core import FeatureSpace, Group, Neighbours
from armillary.inference import NullTest

ROWS = {  # group 5 is a piece of group 4, 2 one of nothing, 6 of a group that is admitted
    2: (range(6), 0.6, 1.0),
    3: (range(10, 40), 0.001, 0.01),
    4: (range(50, 80), 0.4, 1.0),
    5: (range(50, 60), 0.001, 1.0),
    6: (range(10, 20), 0.7, 1.0),
    7: (range(35, 45), 0.001, 0.01),
}


def fallen() -> Atlas:
    rng = np.random.default_rng(0)
    label = np.array([f"w{i}" for i in range(90)])
    space = FeatureSpace(rng.standard_normal((90, 8)), np.arange(100, 190), {"label": label}, {})
    groups = [
        Group(
            group_id=number, rows=np.array(rows), method="leiden", scale=0.2, mean_cosine=0.4,
            scores=rng.standard_normal((len(rows), 2)), spectrum=np.array([0.5, 0.5]), q=q,
            test=NullTest(1.0, np.r_[np.full(round(1000 * p) - 1, 2.0),
                                     np.zeros(1000 - round(1000 * p))], "placement (Haar)"),
        )
        for number, (rows, p, q) in ROWS.items()
    ]  # fmt: skip
    index = (np.arange(90)[:, None] + np.array([1, 2])) % 90
    near = Neighbours(index=index, cosine=np.tile([0.9, 0.5], (90, 1)))
    return Atlas.from_survey(space, groups, [], manifest={"parameters": {"level": 0.05}},
                             neighbours=near)  # fmt: skip


@pytest.mark.parametrize(
    ("number", "admitted", "why"),
    [
        (2, False, "stopped at level a: its p is not small enough"),
        (4, False, "stopped at level a: its p is not small enough"),
        (5, False, "its p would do, but it is a piece of group 4 (30 features), which was not"),
        (6, False, "stopped at level a: its p is not small enough"),
        (3, True, "passed level a, and no claim was kept of it"),
    ],
)
def test_it_is_said_which_level_stopped_a_group(number: int, admitted: bool, why: str):
    facts = group_facts(fallen(), number)
    assert facts["admitted"] is admitted
    assert why in facts["why"]
    assert (facts["p"], facts["q"]) == pytest.approx(ROWS[number][1:])
    assert facts["findings"] == []


def test_members_overlaps_and_neighbours_are_those_of_the_atlas():
    facts = group_facts(fallen(), 3)
    assert [one["label"] for one in facts["members"]] == [f"w{i}" for i in range(10, 40)]
    assert facts["members"][0]["feature_id"] == 110
    found = [(one["group_id"], one["shared"]) for one in facts["overlaps"]]
    assert found == [(6, 10), (7, 5)]
    assert facts["overlaps"][0]["jaccard"] == pytest.approx(10 / 30)
    assert facts["overlaps"][1]["jaccard"] == pytest.approx(5 / 35)
    outside = [(one["label"], one["members"], one["cosine"]) for one in facts["near"]]
    assert outside[0] == ("w40", 2, pytest.approx(0.9, abs=1e-3))  # of w39 and of w38
    assert outside[1] == ("w41", 1, pytest.approx(0.5, abs=1e-3))
    assert facts["piece_of"] is None
    assert group_facts(fallen(), 6)["piece_of"]["group_id"] == 3


def test_a_group_is_printed_with_all_of_it(run, tmp_path):
    folder = str(fallen().write(tmp_path / "atlas", report=False))
    code, out, _ = run("inspect", folder, "group:3")
    text = " ".join(out.split())
    assert code == 0
    for said in (
        "30 features",
        "leiden at scale 0.2",
        "admitted yes",
        "w29 … and 10 more",
        "group 6: shares 10 of its 10 (Jaccard 0.33), q = 1",
        "w40 (of 2, cosine 0.90)",
        "p = 0.001 on 999 draws of placement (Haar)",
        "q = 0.01 over all groups",
    ):
        assert said in text, said
    held = json.loads(run("inspect", folder, "group:3", "--json")[1])
    assert len(held["group"]["members"]) == 30
    assert held["findings"] == []
    code, _, err = run("inspect", folder, "group:99")
    assert (code, "no group 99" in err) == (3, True)


def test_a_group_with_a_finding_names_it(run, tmp_path, make_atlas):
    folder = str(make_atlas().write(tmp_path / "atlas", report=False))
    text = " ".join(run("inspect", folder, "group:12")[1].split())
    assert "what came of it finding 1" in text
    assert "finding 1, group 12" in text
