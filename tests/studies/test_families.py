"""Families: planted splits and absorption are found, unrelated dictionaries share nothing."""

import json
from dataclasses import replace

import numpy as np
import pytest

from armillary.atlas.study import Study
from armillary.core import BadInput, Codes, FeatureSpace
from armillary.evaluate.lineage import BOTH, LEANS, SPLITS, lineage
from armillary.studies.builtin_series import levels_of
from armillary.studies.families import families
from armillary.studies.families_export import (
    FORMAT,
    SCHEMA,
    export_file,
    read_export,
    write_export,
)
from armillary.studies.family_step import MEASURES, absorption, similarity
from armillary.studies.series import Dictionary, checked_series

SEEDS = range(5)


def found_splits(edges) -> set[tuple[int, int]]:
    split = np.isin(edges.kind, (SPLITS, BOTH))
    return set(zip(edges.parent[split].tolist(), edges.child[split].tolist(), strict=True))


@pytest.mark.parametrize("by", MEASURES)
def test_nine_planted_splits_of_ten_are_found_and_none_that_is_not_there(tree_split, by: str):
    found = planted = wrong = 0
    for seed in SEEDS:
        tree = tree_split(seed)
        edges = lineage(similarity(tree.narrow, tree.wide, by=by), rng=np.random.default_rng(seed))
        splits = found_splits(edges)
        found += len(splits & tree.splits)
        wrong += len(splits - tree.splits)
        planted += len(tree.splits)
    assert found >= 0.9 * planted
    assert wrong <= 0.01 * planted


def test_absorption_is_found_where_it_was_planted_and_nowhere_else(tree_absorbing):
    for seed in SEEDS:
        for hole in (True, False):
            tree = tree_absorbing(seed, hole=hole)
            rng = np.random.default_rng(seed)
            edges = lineage(similarity(tree.narrow, tree.wide, by="cosine"), rng=rng)
            seen = absorption(tree.narrow, tree.wide, edges, by="cosine", rng=rng)
            found = set(
                zip(seen.parent.tolist(), seen.heir.tolist(), seen.child.tolist(), strict=True)
            )
            assert len(found & tree.absorbed) >= 0.9 * len(tree.absorbed)
            assert found <= tree.absorbed
            assert seen.looked_at >= 14  # the pairs were there to be looked at, hole or none


def test_an_even_split_is_no_absorption(tree_split):
    for seed in SEEDS:
        tree = tree_split(seed)
        rng = np.random.default_rng(seed)
        edges = lineage(similarity(tree.narrow, tree.wide, by="cosine"), rng=rng)
        assert absorption(tree.narrow, tree.wide, edges, by="cosine", rng=rng).child.size == 0


@pytest.mark.parametrize("by", MEASURES)
def test_unrelated_dictionaries_are_joined_no_more_often_than_the_level_says(random_pair, by: str):
    # Per feature: any edge, of either side, at a threshold meant for one in a hundred.
    level, touched, features = 0.01, 0, 0
    for seed in range(8):
        a, b = random_pair(seed)
        rng = np.random.default_rng(seed)
        edges = lineage(similarity(a, b, by=by), rng=rng, quantile=1 - level)
        touched += int((~edges.novel).sum() + (~edges.gone).sum())
        features += edges.novel.size + edges.gone.size
        assert absorption(a, b, edges, by=by, rng=rng).child.size == 0
    assert touched <= level * features + 3 * np.sqrt(level * (1 - level) * features)


def test_a_child_of_two_parents_is_a_merger_and_the_graph_no_tree(random_pair):
    a, _ = random_pair(0)
    rows = a.space.directions / np.linalg.norm(a.space.directions, axis=1, keepdims=True)
    merged = np.concatenate([rows[0:20:2] + rows[1:20:2], rows[20:]])
    b = Dictionary("b", FeatureSpace(merged.astype(np.float32), np.arange(len(merged))))
    edges = lineage(similarity(a, b, by="cosine"), rng=np.random.default_rng(0))
    counts = edges.counts()
    assert counts["several parents"] == counts["features merged into"] == 10
    assert counts["merges"] == 20
    assert counts["continues"] == 180
    assert counts["novel"] == counts["gone"] == 0


def test_the_study_says_draws_and_exports_what_the_tables_hold(tree_absorbing, tmp_path):
    tree = tree_absorbing(0)
    third = replace(tree.wide, name="again")
    made = families([third, tree.narrow, tree.wide], seed=3, command="armillary compare")
    assert [step.a.name for step in made.steps] == ["48", "again"]  # narrow first, equals in order
    where = made.study.write(tmp_path / "study")
    again = Study.read(where, "families")
    assert list(again.tables) == ["one_to_one", "edges", "splits", "absorbed", "meta_dictionary"]
    graph = next(chart for chart in again.charts if chart.kind == "graph")
    kinds = {edge["kind"] for edge in graph.data["edges"]}
    assert {"continues", "absorbs"} <= kinds
    assert all(edge["from"] < len(graph.data["nodes"]) for edge in graph.data["edges"])
    text = " ".join(again.said)
    assert "by chance" in text
    assert "absorb a part of" in text
    file = write_export(made.export, tmp_path / "families.json")
    record = read_export(file)
    assert (record["format"], record["schema"]) == (FORMAT, SCHEMA)
    step = record["steps"][0]
    assert sorted(step["pairs"]["a"]) == list(range(48))
    assert len(set(step["pairs"]["b"])) == 48
    assert step["assignment"]["exact"]
    assert step["assignment"]["mean"] == pytest.approx(np.mean(step["pairs"]["value"]), abs=1e-5)
    assert len(step["absorbed"]["child"]) == 16
    leaning = int((made.steps[0].edges.kind == LEANS).sum())
    assert step["counts"]["leans"] == leaning
    assert write_export(made.export, file) == file  # its own kind is replaced


def test_features_that_never_fire_are_left_out(tree_split):
    tree = tree_split(0)
    held = tree.wide.codes
    assert held is not None
    kept = held.feature >= 10
    silent = Codes.from_triples(
        held.token_of_firing(0, held.n_tokens)[kept], held.feature[kept], held.value[kept],
        n_tokens=held.n_tokens, n_features=held.n_features,
    )  # fmt: skip
    made = families([tree.narrow, replace(tree.wide, codes=silent)])
    assert made.study.manifest["never fired"] == {"64": 0, "256": 10}
    assert made.steps[0].b.space.feature_id.min() == 10


def test_levels_of_a_matryoshka_are_what_each_prefix_adds(tree_split):
    levels = levels_of(tree_split(0).wide, (64, 128, 256))
    assert [one.name for one in levels] == ["level 1", "level 2", "level 3"]
    assert [one.space.n_features for one in levels] == [64, 64, 128]
    assert levels[1].codes is not None
    assert levels[1].codes.feature_id.tolist() == list(range(64, 128))


@pytest.mark.refusal
def test_what_is_no_series_is_refused(tree_split, tmp_path):
    tree = tree_split(0)
    with pytest.raises(BadInput, match="two or more"):
        checked_series([tree.narrow])
    other = Dictionary("other", FeatureSpace(np.eye(4, dtype=np.float32), np.arange(4)))
    with pytest.raises(BadInput, match="one layer"):
        families([tree.narrow, other])
    with pytest.raises(BadInput, match="not known"):
        families([tree.narrow, tree.wide], by="distance")
    bare = replace(tree.wide, codes=None)
    with pytest.raises(BadInput, match="--codes"):
        families([tree.narrow, bare], by="both")
    with pytest.raises(BadInput, match="of this dictionary"):
        replace(tree.narrow, codes=tree.wide.codes)
    rng = np.random.default_rng(0)
    edges = lineage(similarity(tree.narrow, bare, by="cosine"), rng=rng)
    with pytest.raises(BadInput, match="same tokens"):
        absorption(tree.narrow, bare, edges, by="cosine", rng=rng)
    (tmp_path / "other.json").write_text(json.dumps({"format": "else"}))
    with pytest.raises(BadInput, match="something else"):
        export_file(tmp_path / "other.json")
    (tmp_path / "newer.json").write_text(json.dumps({"format": FORMAT, "schema": 99}))
    with pytest.raises(BadInput, match="schema 99"):
        read_export(tmp_path / "newer.json")
    with pytest.raises(BadInput, match="cannot be written"):
        export_file(tmp_path / "no" / "file.json")
    (tmp_path / "torn.json").write_text("{")
    with pytest.raises(BadInput, match="is no armillary-families"):
        read_export(tmp_path / "torn.json")
