"""Known answers on real reconstructions of a published dictionary; skipped where absent."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def module():
    spec = importlib.util.spec_from_file_location("refdata", ROOT / "benchmarks" / "refdata.py")
    loaded = importlib.util.module_from_spec(spec)
    sys.modules["refdata"] = loaded
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def surveyed():
    refdata = module()
    folder = refdata.default_folder()
    if not (folder / "modell-2025").is_dir():
        pytest.skip(f"no modell-2025 in {folder}")
    return {name: refdata.survey_set(folder, name, n_null=199) for name in refdata.SETS}


def test_weekdays_are_a_circle_with_seven_of_seven_neighbours(surveyed):
    days = surveyed["days"]
    assert days.shape == "circle"
    assert (days.adjacency.leading, days.adjacency.fitted, days.adjacency.possible) == (7, 7, 7)
    assert days.label_p == pytest.approx(1 / 360)


def test_months_are_a_circle_with_twelve_of_twelve_neighbours(surveyed):
    months = surveyed["months"]
    assert months.shape == "circle"
    kept = months.adjacency
    assert (kept.leading, kept.fitted, kept.possible) == (12, 12, 12)
    assert months.label_p == pytest.approx(months.label_floor)


def test_years_are_an_arc_before_a_circle(surveyed):
    years = surveyed["years"]
    assert years.shape in ("arc", "segment")
    assert years.margin < 0
    assert years.turns.high < 1


def test_what_the_numbers_cannot_decide_is_said(surveyed):
    assert any("arc" in note for note in surveyed["days"].notes)
