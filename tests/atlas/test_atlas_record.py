import dataclasses
import json
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest
from synthetic_survey import HOSTILE, MONTHS, WEEK, atlas, manifest, survey

from armillary.atlas import Atlas
from armillary.atlas.tables import FEATURES, FINDINGS, GROUPS
from armillary.core import BadInput, FeatureSpace, MissingExtra, Neighbours
from armillary.explorer import Bodies


def test_one_row_a_claim_with_its_evidence():
    space, groups, findings, place = survey()
    record = Atlas.from_survey(space, groups, findings, manifest=manifest(), map_xy=place)
    week = record.findings.slice(0, 1).to_pylist()[0]
    claim = findings[0]
    assert week["shape"] == "circle"
    assert week["labels"] == WEEK
    assert week["order"] == WEEK
    assert week["feature_ids"] == space.feature_id[claim.rows].tolist()
    assert week["p"] == claim.placement.pvalue
    assert week["reach_p"] == claim.placement.reach
    assert week["p_rival"] == claim.rival.pvalue
    assert json.loads(week["parameters"])["radius"] == pytest.approx(1.0, abs=0.2)
    assert record.findings.column_names == list(FINDINGS)
    assert record.groups.column_names == list(GROUPS)
    assert record.features.column_names == list(FEATURES)


def test_an_order_lists_labels_in_the_order_of_the_fit():
    space, groups, findings, _ = survey()
    back = np.arange(7)[::-1].copy()
    first = dataclasses.replace(findings[0], fit=dataclasses.replace(findings[0].fit, order=back))
    record = Atlas.from_survey(space, groups, [first], manifest={})
    assert record.findings["order"][0].as_py() == WEEK[::-1]
    assert record.findings["labels"][0].as_py() == WEEK


def test_scores_come_back_in_the_order_of_the_feature_ids():
    space, groups, findings, _ = survey()
    mixed = dataclasses.replace(findings[4], rows=findings[4].rows[::-1][:6])
    record = Atlas.from_survey(space, groups, [findings[0], mixed], manifest={})
    assert np.allclose(record.scores(0), groups[0].scores, atol=1e-6)
    assert np.allclose(record.scores(1), groups[4].scores[::-1][:6], atol=1e-6)


def test_a_null_keeps_every_draw_in_forty_bins():
    _, _, findings, _ = survey()
    null = atlas().null(0)
    draws = findings[0].placement.null
    assert null.counts.size == 40
    assert null.counts.sum() == null.n_draws == draws.size
    assert (null.low, null.high) == (draws.min(), draws.max())
    assert null.effect == pytest.approx(findings[0].placement.effect)
    assert atlas().null(0, level="rival").n_draws == 99
    assert atlas().null(26, level="rival") is None


def test_a_constant_null_is_one_bin():
    space, groups, findings, _ = survey()
    flat = dataclasses.replace(findings[0].placement, null=np.full(9, 2.5))
    claim = dataclasses.replace(findings[0], placement=flat)
    null = Atlas.from_survey(space, groups, [claim], manifest={}).null(0)
    assert null.counts.max() == 9
    assert null.effect == 0.0


def test_a_feature_knows_its_strongest_finding():
    space, groups, findings, _ = survey()
    twin = dataclasses.replace(findings[0], q=0.9, rank=9)
    record = Atlas.from_survey(space, groups, [twin, findings[0]], manifest={})
    found = record.features["finding"].to_pylist()
    assert found[:7] == [1] * 7
    assert set(found[7:]) == {None}


def test_the_fits_own_coordinates_are_shown_where_it_has_them():
    space, groups, findings, _ = survey()
    own = [[float(i), 2.0] for i in range(7)]
    fit = dataclasses.replace(findings[0].fit, parameters={"plane_points": own})
    record = Atlas.from_survey(
        space, groups, [dataclasses.replace(findings[0], fit=fit), findings[1]], manifest={}
    )
    assert record.plane(0).tolist() == own
    assert np.array_equal(record.plane(1), record.scores(1)[:, :2])


def test_writing_and_reading_changes_nothing(tmp_path):
    before = atlas()
    after = Atlas.read(before.write(tmp_path / "run", report=False))
    for table in ("findings", "groups", "features"):
        assert getattr(after, table).equals(getattr(before, table))
    assert after.manifest == before.manifest
    assert set(after.arrays) == set(before.arrays)
    for name in before.arrays:
        np.testing.assert_array_equal(after.arrays[name], before.arrays[name])
    assert repr(after) == repr(before)


def a_neighbourhood(n: int, k: int) -> Neighbours:
    index = (np.arange(n)[:, None] + np.arange(1, k + 1)) % n
    return Neighbours(index, np.tile(np.linspace(0.9, 0.3, k), (n, 1)))


def test_five_true_neighbours_and_the_spectrum_of_the_space_are_kept(tmp_path):
    space, groups, findings, place = survey()
    near, shares = a_neighbourhood(space.n_features, 7), np.linspace(1, 0, 24)
    before = Atlas.from_survey(
        space, groups, findings, manifest={}, map_xy=place, neighbours=near, shares=shares
    )
    kept = Atlas.read(before.write(tmp_path / "run", report=False)).arrays
    assert kept["near"].dtype == np.int32
    assert np.array_equal(kept["near"], near.index[:, :5])
    assert np.allclose(kept["near_cosine"], near.cosine[:, :5], atol=1e-3)
    assert np.allclose(kept["shares"], shares)
    few = Atlas.from_survey(space, [], [], manifest={}, neighbours=a_neighbourhood(849, 2))
    assert few.arrays["near"].shape == (849, 2)


def test_an_older_atlas_has_no_neighbours_contexts_or_spectrum(tmp_path):
    before = atlas()
    again = Atlas.read(before.write(tmp_path / "run", report=False))
    assert not {"near", "near_cosine", "shares"} & set(again.arrays)
    assert not list((tmp_path / "run").glob("contexts*"))
    assert again.contexts.num_rows == 0


def test_a_survey_without_findings_or_map_is_an_atlas_too(tmp_path):
    space, *_ = survey()
    empty = Atlas.from_survey(space, [], [], manifest={})
    again = Atlas.read(empty.write(tmp_path / "none", report=False))
    assert again.findings.num_rows == 0
    assert again.features["map_x"].null_count == space.n_features
    assert "nothing stands out" in repr(again)


def test_the_tables_are_plain_parquet(tmp_path):
    atlas().write(tmp_path / "run", report=False)
    table = pq.read_table(tmp_path / "run" / "findings.parquet")
    assert table["labels"][1].as_py()[0] == " one"
    assert MONTHS in table["order"].to_pylist()


def test_the_same_survey_writes_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        atlas().write(tmp_path / name)
    one, two = (
        {f.relative_to(tmp_path / n): f.read_bytes() for f in (tmp_path / n).rglob("*.*")}
        for n in ("a", "b")
    )
    assert one == two
    assert len(one) == 14


def test_the_manifest_is_json_whatever_it_was_given():
    space, *_ = survey()
    odd = {"a": np.float32(1.5), "b": np.arange(3), "c": float("nan"), "d": {1: (2, space)}}
    kept = Atlas.from_survey(space, [], [], manifest=odd).manifest
    assert (kept["a"], kept["b"], kept["c"]) == (1.5, [0, 1, 2], None)
    assert json.loads(json.dumps(dict(kept), allow_nan=False)) == kept


def test_the_source_is_taken_from_the_space():
    record = atlas()
    assert record.manifest["source"]["uri"] == "synthetic:shapes"
    assert record.manifest["counts"]["significant"] == 27
    assert record.manifest["map"]["trustworthiness"] == 0.87


def test_three_lines_say_what_it_is():
    lines = repr(atlas()).split("\n")
    assert lines[0] == "Atlas of synthetic:shapes: 849 features"
    assert lines[1] == "27 groups tested, 27 findings at q <= 0.05"
    assert lines[2].startswith("3 arc, 3 circle")


def test_a_notebook_sees_an_escaped_table_and_nothing_that_runs():
    html = atlas()._repr_html_()
    assert "<script" not in html
    assert "&lt;/script&gt;" in html
    assert html.count("<svg") == 12


def test_a_frame_has_the_findings():
    pytest.importorskip("pandas", reason="the pandas extra is not installed")
    frame = atlas().to_frame()
    assert list(frame.columns) == list(FINDINGS)
    assert frame.loc[0, "shape"] == "circle"


def test_without_pandas_the_pip_line_is_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtra, match="pip install"):
        atlas().to_frame()


def test_hostile_labels_survive_the_round_trip(tmp_path):
    record = atlas()
    row = record.findings["shape"].to_pylist().index("grid")
    again = Atlas.read(record.write(tmp_path / "run", report=False))
    assert again.findings["labels"][row].as_py() == HOSTILE


def test_a_lone_surrogate_becomes_its_escape():
    label = np.array(["\ud800x", "b"], dtype=object)
    space = FeatureSpace(np.eye(2), np.arange(2), {"label": label})
    record = Atlas.from_survey(space, [], [], manifest={})
    assert record.features["label"].to_pylist() == ["\\ud800x", "b"]


@pytest.mark.refusal
def test_a_map_of_other_rows_is_refused():
    space, groups, findings, place = survey()
    with pytest.raises(BadInput, match="map_xy has shape"):
        Atlas.from_survey(space, groups, findings, manifest={}, map_xy=place[:-1])


@pytest.mark.refusal
def test_neighbours_of_other_rows_are_refused():
    space, groups, findings, _ = survey()
    near = a_neighbourhood(9, 2)
    with pytest.raises(BadInput, match="neighbours of 9 features, expected 849"):
        Atlas.from_survey(space, groups, findings, manifest={}, neighbours=near)


def test_findings_of_unknown_groups_rows_or_points_are_refused():
    space, groups, findings, _ = survey()
    stray = dataclasses.replace(findings[0], rows=findings[1].rows)
    fit = dataclasses.replace(findings[0].fit, order=np.arange(9))
    beyond = dataclasses.replace(findings[0], fit=fit)
    for tested, claim, words in [
        (groups[1:], findings[0], "not in groups"),
        (groups, stray, "does not have"),
        (groups, beyond, "order must count within rows"),
        ([groups[0], groups[0]], findings[0], "group_id repeats"),
    ]:
        with pytest.raises(BadInput, match=words):
            Atlas.from_survey(space, tested, [claim], manifest={})


def test_tests_by_name_are_counted_apart():
    record = atlas()
    rows = record.findings.to_pylist()
    weekdays = next(i for i, row in enumerate(rows) if row["hypothesis"])
    rank = [0 if i == weekdays else row["rank"] for i, row in enumerate(rows)]
    column = record.findings.column_names.index("rank")
    table = record.findings.set_column(column, "rank", [rank])
    named = dataclasses.replace(record, findings=table)
    assert (named.counts.findings, named.counts.named) == (26, 1)
    assert (named.counts.significant, named.counts.named_significant) == (26, 1)
    assert "26 findings at q <= 0.05; 1 of 1 test by name" in repr(named)
    assert "2 circle" in repr(named)
    assert Bodies(named).body("atlas").header.findings == 26
    assert "by name" not in repr(record)
