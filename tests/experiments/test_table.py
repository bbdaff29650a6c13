import csv
import json
from pathlib import Path

import pytest

from armillary.atlas.columnar import read_table
from armillary.core import BadInput
from armillary.experiments import SweepTable

ROWS = (
    {"width": 8, "seed": 0, "fvu": 0.1, "note": None},
    {"width": 8, "seed": 1, "fvu": 0.3, "note": None},
    {"width": 16, "seed": 0, "fvu": 0.05, "note": 2.0},
)
TABLE = SweepTable("toy", "a toy", ("width",), ("fvu", "note"), ROWS)


def test_a_summary_has_the_mean_and_the_deviation_over_seeds():
    first, second = TABLE.summary()
    assert (first["width"], first["seeds"]) == (8, 2)
    assert first["fvu"] == pytest.approx(0.2)
    assert first["fvu_sd"] == pytest.approx(0.2 / 2**0.5)
    assert second["fvu_sd"] is None
    assert first["note"] is None
    assert TABLE.mean("fvu", width=8) == pytest.approx(0.2)


def test_every_form_holds_the_rows(tmp_path: Path):
    path = TABLE.write(tmp_path, form="csv")
    with path.open() as file:
        assert [row["fvu"] for row in csv.DictReader(file)] == ["0.1", "0.3", "0.05"]
    table = read_table(TABLE.write(tmp_path))
    assert table.column_names == ["width", "seed", "fvu", "note"]
    assert table.to_pylist() == [dict(row) for row in ROWS]
    stored = json.loads(TABLE.write(tmp_path, form="json").read_text())
    assert stored["summary"][0]["fvu"] == pytest.approx(0.2)


def test_questions_are_answered_from_the_table():
    asked = TABLE.asked(lambda t: [{"asked": "one?", "found": len(t.rows), "held": True}])
    assert asked.verdicts[0]["found"] == 3
    assert TABLE.verdicts == ()


@pytest.mark.refusal
def test_an_unknown_form_or_cell_is_refused(tmp_path: Path):
    with pytest.raises(BadInput, match="'xls'"):
        TABLE.write(tmp_path, form="xls")
    with pytest.raises(BadInput, match="measured no fvu"):
        TABLE.mean("fvu", width=9)
