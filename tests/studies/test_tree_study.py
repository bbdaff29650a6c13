import json

import numpy as np
import pytest
from scipy.cluster.hierarchy import is_valid_linkage

from armillary.atlas.study import Study
from armillary.cli import main
from armillary.core import BadInput, FeatureSpace
from armillary.inference import size
from armillary.studies.tree_verdict import tree_or_ring
from armillary.studies.trees import trees
from armillary.worlds import draw_shape

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
YEAR = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December")  # fmt: skip


def region(shape: str, n: int, *, seed: int, d: int = 64) -> np.ndarray:
    """Points of a shape about a mean direction, with a little noise."""
    rng = np.random.default_rng(seed)
    points = draw_shape(shape, n, rng=rng).points
    frame = np.linalg.qr(rng.standard_normal((d, points.shape[1] + 1)))[0].T
    noise = rng.standard_normal((len(points), d)) * 0.25 / np.sqrt(d)
    return frame[0] + points @ frame[1:] + noise


@pytest.mark.parametrize(
    ("shape", "n", "verdict"),
    [("tree", 16, "tree"), ("tree", 32, "tree"), ("circle", 12, "ring"), ("ellipse", 24, "ring"),
     ("helix", 24, "neither"), ("sphere", 24, "neither"), ("k_clusters", 24, "neither"),
     ("simplex", 24, "neither")],
)  # fmt: skip
def test_planted_regions_get_the_verdict_that_is_true(shape, n, verdict):
    found = tree_or_ring(region(shape, n, seed=1), rng=np.random.default_rng(2), n_draws=99)
    assert found.kind == verdict, found


def test_a_ring_is_no_tree_whatever_else_it_is():
    found = tree_or_ring(region("circle", 7, seed=3), rng=np.random.default_rng(4), n_draws=99)
    assert found.kind != "tree"
    assert found.pvalue["triplets"] > 0.025


def gaussian(rng: np.random.Generator) -> np.ndarray:
    """A group of unit rows with a decaying spectrum about a mean, and nothing else to it."""
    scale = np.arange(1, 33) ** -0.5
    rows = 2 * np.eye(32)[0] + rng.standard_normal((12, 32)) * scale
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.slow
@pytest.mark.parametrize("claim", ["p_tree", "p_ring", "pvalue_either"])
def test_structureless_regions_are_neither_and_both_tests_keep_their_level(claim):
    def pvalue(rows: np.ndarray, rng: np.random.Generator) -> float:
        return getattr(tree_or_ring(rows, rng=rng, n_draws=39), claim)

    rng = np.random.default_rng(5)
    assert size(pvalue, gaussian, n_draws=200, level=0.05, rng=rng).keeps_level


def space() -> FeatureSpace:
    rng = np.random.default_rng(6)
    ring, tree = region("circle", 12, seed=7), region("tree", 16, seed=8)
    rest = rng.standard_normal((200, 64))
    labels = np.array([*(f" {m}" for m in YEAR), *(f"leaf{i}" for i in range(len(tree))),
                       *(f" {day}" for day in WEEK), *(f"w{i}" for i in range(193))])  # fmt: skip
    rows = np.concatenate([ring, tree, rest])
    return FeatureSpace(rows, np.arange(500, 500 + len(rows)), {"label": labels}, {"uri": "made"})


def test_a_study_says_draws_and_writes_what_it_found(tmp_path):
    study = trees(space(), n_draws=99, seed=1)
    assert "Weekdays are not a tree" in " ".join(study.said)  # seven rows of noise here
    verdicts = {row["region"]: row["verdict"] for row in study.tables["verdicts"]}
    assert verdicts == {"months": "ring", "weekdays": "neither"} | {
        name: "neither" for name in verdicts if name not in ("months", "weekdays")
    }
    assert {chart.kind for chart in study.charts} == {"tree", "bars", "lines"}
    for chart in study.charts:
        if chart.kind == "tree":
            parent = chart.data["parent"]
            assert parent[0] == -1
            assert all(0 <= up < at for at, up in enumerate(parent) if at)
    where = study.write(tmp_path / "new")
    held = Study.read(where, "trees").arrays
    n = space().n_features
    assert is_valid_linkage(held["linkage"])
    for name in ("feature_id", "near", "far", "locality", "family"):
        assert held[name].shape == (n,)
    assert np.abs(held["locality"]).max() <= 1
    assert Study.read(where, "trees").tables["dictionary"]


@pytest.mark.refusal
@pytest.mark.parametrize(("asked", "said"), [("dogs", "no region 'dogs'"), ("groups", "an atlas")])
def test_regions_that_are_not_there_are_refused(asked, said):
    with pytest.raises(BadInput, match=said):
        trees(space(), regions=(asked,), hierarchy=False)


def test_the_verb_prints_and_writes(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = space()
    np.savez("rows.npz", directions=rows.directions, feature_id=rows.feature_id, label=rows.labels)
    asked = ("tree", "rows.npz", "--regions", "months", "--draws", "99", "--out", "t", "--quiet")
    assert main(asked) == 0
    out = capsys.readouterr().out
    assert "ring" in out
    assert (tmp_path / "t" / "features.npz").exists()
    assert main((*asked, "--no-hierarchy", "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["tables"]["verdicts"][0]["region"] == "months"
