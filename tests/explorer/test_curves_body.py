"""The explanation beside an atlas, as the explorer draws it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "explain"))  # an explanation that never was
from bench_subject import KEPT, LADDER, chosen  # noqa: E402
from synthetic_survey import atlas  # noqa: E402

from armillary.atlas import Atlas  # noqa: E402
from armillary.explorer import Bodies  # noqa: E402
from armillary.explorer.curves_body import curves_body, curves_of  # noqa: E402
from armillary.explorer.wire import decode, encode  # noqa: E402


@pytest.fixture(scope="module")
def explanation():
    near = dict.fromkeys(KEPT, 0.5)
    return chosen(KEPT, LADDER, gauges=("none", "rotation"), lift=0.1, cosine=near)


def test_the_main_reader_comes_first_and_every_gauge_has_a_curve(explanation):
    body = curves_body(explanation)
    assert [(view.reader, view.gauge) for view in body.curves] == [
        ("splice", "as is"), ("splice", "after the best rotation"),
        ("cosine", "as is"), ("cosine", "after the best rotation"),
    ]  # fmt: skip
    for view in body.curves:
        assert len(view.spots) == len(LADDER)
        assert [spot.bits for spot in view.spots] == sorted(spot.bits for spot in view.spots)
        assert view.zero is not None
    kept = {spot.label: spot.value for spot in body.curves[0].spots}
    assert kept == pytest.approx(KEPT, abs=1e-6)
    assert "codec" in body.families


def test_the_verdict_is_the_explanations_own(explanation):
    lines = explanation.verdict().lines()
    told = curves_body(explanation).verdict
    assert [(one.question, one.answer, one.lead, one.rest) for one in told] == [
        (one.question, one.answer, one.lead, one.rest) for one in lines
    ]


def test_an_atlas_shows_the_explanation_in_its_folder(explanation, tmp_path):
    folder = atlas().write(tmp_path / "atlas", report=False)
    assert curves_of(folder) is None
    explanation.write(folder)
    bodies = Bodies(Atlas.read(folder), folder=folder)
    assert bodies.body("atlas").parts.curves
    assert "curves" in bodies.names()
    told = decode(bodies.data("curves"))
    assert told["source"] == "chosen"
    assert told["curves"][0]["reader"] == "splice"
    assert encode(curves_of(folder)) == bodies.data("curves")
    assert not Bodies(Atlas.read(folder)).body("atlas").parts.curves


def test_a_broken_explanation_costs_a_sentence_and_not_the_report(explanation, tmp_path):
    folder = atlas().write(tmp_path / "atlas", report=False)
    (explanation.write(folder) / "scores.parquet").write_bytes(b"no")
    first = Bodies(Atlas.read(folder), folder=folder).body("atlas")
    assert not first.parts.curves
    assert any("explanation beside this atlas is not shown" in line for line in first.header.shown)
