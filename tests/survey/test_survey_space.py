from dataclasses import replace

import numpy as np
import pytest

from armillary.core import BadInput, FeatureSpace
from armillary.survey import survey_space
from armillary.worlds import isotropic_space, spectrum_space


def test_most_planted_shapes_are_found_where_they_are(world, found):
    held = [set(f.rows.tolist()) for f in found.findings_list]
    planted = [set(p.rows.tolist()) for p in world.truth.structures]
    near = [max((len(p & h) / len(p | h) for h in held), default=0.0) > 0.4 for p in planted]
    assert sum(near) >= len(planted) / 2


def test_rows_orders_and_evidence_of_findings_hold_together(world, found):
    n = world.space.n_features
    groups = {g.group_id: g for g in found.groups_list}
    for finding in found.findings_list:
        rows = finding.rows
        assert rows.size >= 5
        assert np.unique(rows).size == rows.size
        assert 0 <= rows.min() <= rows.max() < n
        assert np.isin(rows, groups[finding.group_id].rows).all()
        assert finding.fit.order.size == 0 or (
            np.array_equal(np.sort(finding.fit.order), np.arange(rows.size))
        )
        assert 0 < finding.placement.pvalue <= finding.q <= finding.q_by <= 1
        assert 0 <= finding.percentile <= 1 or np.isnan(finding.percentile)
        assert finding.q <= 0.05


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_same_seed_gives_the_same_findings_on_any_number_of_processes(
    world, found, quick, tables, claims, jobs: int
):
    again = survey_space(world.space, n_jobs=jobs, settings=quick, cache=tables)
    assert claims(again) == claims(found)


def test_another_seed_draws_other_nulls(world, found, quick, tables):
    other = survey_space(world.space, n_jobs=1, settings=replace(quick, seed=1), cache=tables)
    for mine, theirs in zip(found.groups_list[:1], other.groups_list[:1], strict=True):
        assert not np.array_equal(mine.test.null, theirs.test.null)


@pytest.mark.parametrize("draw", [isotropic_space, spectrum_space])
def test_nothing_is_found_where_nothing_is(draw, quick, tables):
    space = draw(1500, 64, rng=np.random.default_rng(1))
    assert survey_space(space, n_jobs=1, settings=quick, cache=tables).findings_list == []


def test_special_features_and_copies_are_left_out_and_counted(world, found, quick, tables):
    rows = world.space.directions
    extra = np.vstack([rows, rows[:20], np.ones((9, 64), dtype=np.float32)])
    special = np.arange(len(extra)) >= len(extra) - 9
    space = FeatureSpace(extra, np.arange(len(extra)) + 7, {"special": special})
    again = survey_space(space, n_jobs=1, settings=quick, cache=tables)
    assert again.space.n_features == len(rows)
    np.testing.assert_array_equal(again.space.feature_id, np.arange(len(rows)) + 7)
    assert any(s.startswith("9 special features") for s in again.record["left_out"])
    assert any(s.startswith("20 features are exact copies") for s in again.record["left_out"])
    assert [f.rows.tolist() for f in again.findings_list] == [
        f.rows.tolist() for f in found.findings_list
    ]


def test_a_space_without_two_searchable_features_is_refused():
    space = FeatureSpace(np.eye(3), np.arange(3), {"special": np.array([True, True, False])})
    with pytest.raises(BadInput, match=r"1 of 3 features are left to search \(2 special"):
        survey_space(space, n_jobs=1)
