import json
import re

import numpy as np
import pytest
from scipy.cluster.hierarchy import is_valid_linkage

from armillary.atlas.study import Study
from armillary.cli import main
from armillary.core import BadInput, FeatureSpace
from armillary.inference import size
from armillary.studies.tree_regions import regions_of
from armillary.studies.tree_verdict import check_draws, tree_or_ring
from armillary.studies.trees import trees
from armillary.survey import survey
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


def test_a_region_asked_for_twice_is_one_region():
    asked = ("weekdays", "named", "months", "weekdays")
    assert [one.name for one in regions_of(space(), None, asked=asked)] == ["weekdays", "months"]
    twice = regions_of(space(), None, asked=("weekdays", "weekdays"))
    assert [one.name for one in twice] == ["weekdays"]


def worded(*words: str, n: int = 200) -> FeatureSpace:
    """Rows of noise, the first of them labelled by the words given."""
    rows = np.random.default_rng(9).standard_normal((n, 24))
    labels = np.array([*words, *(f"w{i}" for i in range(n - len(words)))])
    return FeatureSpace(rows, np.arange(n), {"label": labels}, {"uri": "made"})


def test_a_region_whose_rows_point_one_way_is_skipped_and_named():
    made = worded(*(f" {day}" for day in WEEK), *(f" {month}" for month in YEAR))
    rows = np.array(made.directions)
    rows[:7] = rows[0]  # one row, seven times: the centre moves all of them alike
    same = FeatureSpace(rows, made.feature_id, {"label": made.labels}, made.source)
    study = trees(same, regions=("weekdays", "months"), n_draws=39, hierarchy=False)
    assert [row["region"] for row in study.tables["verdicts"]] == ["months"]
    assert study.said[0].startswith("Of 1 regions")
    assert "Not tested: weekdays (its 7 rows tested all point the same way" in study.said[-1]
    alone = trees(same, regions=("weekdays",), n_draws=39, hierarchy=False)
    assert len(alone.said) == 1
    assert not alone.tables


@pytest.mark.refusal
def test_rows_that_differ_by_rounding_are_no_cloud():
    rng = np.random.default_rng(10)
    rows = (rng.standard_normal(16) * rng.uniform(0.5, 2, (12, 1))).astype(np.float32)
    with pytest.raises(BadInput, match="12 rows tested all point the same way"):
        tree_or_ring(rows, rng=rng, n_draws=39)


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "no label is a word"), (WEEK[:5], "6 words, spelled alike, among the labels .*: 5")],
)
def test_without_regions_it_says_whether_there_are_words_or_too_few(words, said):
    study = trees(worded(*words), n_draws=39, hierarchy=False)
    assert study.said[0].startswith("No region to ask about: ")
    assert re.search(said, study.said[0]), study.said


@pytest.mark.parametrize("n", [2, 3, 7, 64])
def test_of_one_family_nothing_is_said_to_be_outside_it(n):
    study = trees(worded(n=n), n_draws=39)
    assert f"All {n} features are one family" in study.said[-1]
    assert f"up to {4 * min(16, n - 1)}:" in study.said[-1]
    assert np.isnan(study.arrays["far"]).all()
    assert np.isnan(study.arrays["locality"]).all()
    assert not study.charts
    assert "keeps" in trees(worded(n=65), n_draws=39).said[-1]  # at most 64 are a family


@pytest.mark.parametrize(("n_draws", "level"), [(39, 0.05), (99, 0.02), (19, 0.1), (1, 1.0)])
def test_the_fewest_draws_that_may_reach_half_the_level_are_enough(n_draws, level):
    check_draws(n_draws, level=level)
    with pytest.raises(BadInput, match=f"draws must be at least {n_draws} at level"):
        check_draws(n_draws - 1, level=level)


@pytest.mark.refusal
@pytest.mark.parametrize("level", [0.0, -0.1, 1.5, float("nan")])
def test_a_level_that_is_no_chance_is_refused(level):
    with pytest.raises(BadInput, match="level"):
        trees(space(), level=level)


def test_an_atlas_s_tree_is_of_the_atlas_s_source_wherever_its_vectors_are(tmp_path):
    rows = np.array(worded(n=60).directions)
    rows[:8] = rows[0] + 0.3 * rows[:8]  # a group, by whose spectrum the other file is known
    np.savez(tmp_path / "a.npz", directions=rows)
    np.savez_compressed(tmp_path / "b.npz", directions=rows)  # another hash
    survey(tmp_path / "a.npz").write(tmp_path / "at", report=False)
    for vectors, keys in ((None, {"source"}), (tmp_path / "b.npz", {"source", "vectors"})):
        study = trees(tmp_path / "at", vectors=vectors, hierarchy=False, regions=("groups",))
        held = study.manifest
        assert held["source"]["uri"] == str(tmp_path / "a.npz")
        assert keys == {"source", "vectors"} & held.keys()


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
