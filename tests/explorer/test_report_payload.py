import base64
import dataclasses
import json

import numpy as np
import pytest
from synthetic_survey import MONTHS, WEEK, atlas, manifest, survey

from armillary.atlas import Atlas
from armillary.explorer import report_files, report_payload
from armillary.explorer.curve import fitted_curve


def numbers(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype=kind)


def test_the_header_counts_what_was_tested_and_found():
    head = report_payload(atlas()).header
    assert (head.features, head.groups, head.findings, head.significant) == (849, 27, 27, 27)
    assert head.smallest_q == 0.008
    assert head.nulls == ("spectrum-matched draws", "isotropic directions")
    assert head.seed == "7"
    assert ("time.shapes", "12.2 s") in [(fact.name, fact.value) for fact in head.facts]
    assert head.left_out == ("groups of fewer than 5 members: 1,204",)


def test_the_strongest_come_first():
    rows = report_payload(atlas()).findings
    assert [row.rank for row in rows[:9]] == [1] * 9
    assert sorted(row.finding for row in rows) == list(range(27))


def test_the_taxonomy_counts_only_what_is_significant():
    space, groups, findings, _ = survey()
    weak = [dataclasses.replace(finding, q=0.2) for finding in findings[9:]]
    kinds = report_payload(
        Atlas.from_survey(space, groups, findings[:9] + weak, manifest={})
    ).taxonomy
    assert {kind.shape: kind.count for kind in kinds}["circle"] == 1
    assert sum(kind.count for kind in kinds) == 9
    assert all(sum(kind.levels) == kind.count for kind in kinds)


def test_a_section_carries_the_findings_points_exactly():
    survey_atlas = atlas()
    panel = report_payload(survey_atlas).panels[0]
    points = numbers(panel.points, "<f4").reshape(panel.n_shown, len(panel.axes))
    assert np.array_equal(points, survey_atlas.scores(0)[:, list(panel.axes)])
    assert [panel.labels[k] for k in panel.order] == [day.replace(" ", "␣") for day in WEEK]


def test_the_fitted_circle_is_drawn_at_its_radius():
    panel = report_payload(atlas()).panels[0]
    facts = {fact.name: fact.value for fact in panel.parameters}
    curve = np.array(panel.curve)
    radius = np.linalg.norm(curve - curve[:-1].mean(axis=0), axis=1)
    assert radius == pytest.approx(float(facts["radius"]), rel=0.01)


def test_a_circle_fitted_in_other_coordinates_is_not_drawn():
    points = np.array([[5.0, 0.0], [0.0, 5.0], [-5.0, 0.0], [0.0, -5.0]])
    here = {"center": [0.0, 0.0], "radius": 5.0}
    away = {"center": [0.0, 0.0], "radius": 1.0}
    assert len(fitted_curve(points, parameters=here, order=[], closed=True)) == 96
    assert fitted_curve(points, parameters=away, order=[], closed=True) == ()
    assert fitted_curve(points, parameters={"radius": 5.0}, order=[], closed=True) == ()


def test_an_arc_is_drawn_only_where_its_points_are():
    angle = np.linspace(2.5, 4.5, 9)  # across the branch cut of the arctangent
    points = np.c_[np.cos(angle), np.sin(angle)]
    track = np.array(
        fitted_curve(
            points, parameters={"center": [0, 0], "radius": 1.0}, order=range(9), closed=False
        )
    )
    assert np.allclose(track[[0, -1]], points[[0, -1]], atol=1e-4)
    assert track[:, 0].max() < 0


def test_members_are_found_on_the_map():
    payload = report_payload(atlas())
    panel = payload.panels[0]
    row = numbers(payload.map.row, "<i4")
    assert [payload.map.labels[k] for k in panel.map_rows] == list(panel.labels)
    assert set(row[list(panel.map_rows)]) == {0}


def test_every_reduction_is_said():
    payload = report_payload(atlas(), max_panels=5, max_points=8, max_map=500)
    said = " ".join(payload.header.shown)
    assert "5 of 27 findings have a section" in said
    assert "drawn with 8 points each" in said
    assert "500 of 849 features" in said
    assert len(payload.panels) == 5
    assert len(payload.findings) == 27
    assert max(panel.n_shown for panel in payload.panels) == 8
    assert all(max(panel.order, default=0) < panel.n_shown for panel in payload.panels)
    assert report_payload(atlas()).header.shown == ()


def test_members_of_findings_stay_on_a_reduced_map():
    payload = report_payload(atlas(), max_map=460)
    assert all(len(panel.map_rows) == panel.n for panel in payload.panels)


def test_evidence_is_told_in_words():
    said = " ".join(report_payload(atlas()).panels[0].evidence)
    assert "0.42 more than its best rival, clusters on a ring" in said
    assert "p = 0.005 against 199 draws of spectrum-matched draws, the smallest" in said
    assert "87 % of this space’s own groups" in said
    assert "7 points carry little evidence" in said


def test_what_was_not_measured_is_not_invented():
    space, groups, findings, _ = survey()
    bare = dataclasses.replace(
        findings[20], rival=None, percentile=float("nan"), stability=float("nan"), q_by=float("nan")
    )
    panel = report_payload(Atlas.from_survey(space, groups, [bare], manifest={})).panels[0]
    said = " ".join(panel.evidence)
    assert "Against its best impostor: not tested." in said
    assert "nan" not in said
    assert "own groups" not in said
    assert len(panel.nulls) == 1


def test_a_margin_below_zero_is_called_less():
    space, groups, findings, _ = survey()
    beaten = dataclasses.replace(findings[0], margin=-0.2)
    panel = report_payload(Atlas.from_survey(space, groups, [beaten], manifest={})).panels[0]
    assert "0.2 less than its best rival" in panel.evidence[0]


def test_a_cloud_of_one_axis_has_a_section():
    space, groups, findings, _ = survey()
    one = {"scores": groups[2].scores[:, :1], "spectrum": groups[2].spectrum[:1]}
    flat = dataclasses.replace(groups[2], **one)
    record = Atlas.from_survey(space, [flat], [findings[2]], manifest={})
    panel = report_payload(record).panels[0]
    assert panel.axes == (0,)
    assert panel.plane == (0, 0)
    assert panel.solid == panel.planes == ()


def test_months_are_found_by_searching_any_of_them():
    rows = report_payload(atlas()).findings
    assert [row.rank for row in rows if "october" in row.search] == [2]
    assert len(MONTHS) == 12


def test_the_twin_is_the_same_payload():
    files = report_files(atlas())
    page, twin = files["report.html"], json.loads(files["report.json"])
    block = page.split('<script id="payload" type="application/json">')[1].split("</script>")[0]
    assert json.loads(block) == twin
    assert twin["schema"] == 1


def test_a_report_can_be_made_from_a_folder(tmp_path):
    there = atlas()
    assert Atlas.read(there.write(tmp_path / "run")).report() == there.report()
    assert (tmp_path / "run" / "report.html").read_text(encoding="utf-8") == there.report()


def test_a_manifest_of_odd_kinds_is_listed_not_fatal():
    space, *_ = survey()
    odd = manifest() | {"left_out": {"zero rows": 3}, "timings": 12, "peak_memory_bytes": None}
    head = report_payload(Atlas.from_survey(space, [], [], manifest=odd)).header
    assert head.left_out == ("zero rows: 3",)
    assert head.smallest_q is None
