import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

sys.path.insert(0, str(Path(__file__).parents[1] / "atlas"))  # the synthetic survey
from synthetic_survey import atlas  # noqa: E402

from armillary.atlas.study import Study  # noqa: E402
from armillary.atlas.study_values import shown_value  # noqa: E402
from armillary.cli.study_output import MOST_ROWS, show_study, written  # noqa: E402

ROWS = [
    {"region": "weekdays", "n": 7, "p_of_tree": 0.0421, "tree": False, "near": ["a", "b"]},
    {"region": "countries", "n": 12345, "p_of_tree": float("nan"), "tree": True, "near": []},
]
STUDY = Study("trees", "Trees of a thing", ("Weekdays are no tree.",), {"by_region": ROWS})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (12345, "12,345"), (np.int64(7), "7"), (0.123456, "0.123"), (1.5, "1.50"), (-0.5, "-0.500"),
        (0.0, "0"), (0.00004321, "4.3e-05"), (0.001, "0.001"), (56.78, "56.8"), (1234.5, "1,234"),
        (True, "yes"), (np.bool_(False), "no"), (None, ""), (float("nan"), ""), ("[x]", "[x]"),
        ([1, 2.5], "1, 2.50"), (list(range(8)), "0, 1, 2, 3, 4, 5 and 2 more"), ({"k": 3}, "k 3"),
    ],
)  # fmt: skip
def test_values_are_written_as_a_person_would(value, said):
    assert shown_value(value) == said


def shown(study: Study) -> str:
    file = io.StringIO()
    show_study(study, Console(file=file))
    return file.getvalue()


def test_title_sentences_and_tables_are_printed():
    text = shown(STUDY)
    assert text.index("Trees of a thing") < text.index("Weekdays are no tree.")
    assert "by region" in text
    assert "p of tree" in text
    assert "12,345" in text
    assert "nan" not in text


def test_a_long_table_is_cut_and_says_so():
    text = shown(Study("trees", "t", (), {"long": [{"n": i} for i in range(MOST_ROWS + 5)]}))
    assert "5 more rows" in text


def test_it_says_where_it_wrote_or_that_it_did_not(tmp_path, capsys):
    written(STUDY, tmp_path / "new", as_json=False)
    assert f"Written: {tmp_path / 'new'}" in capsys.readouterr().out
    written(STUDY, None, as_json=False)
    assert "Nothing written" in capsys.readouterr().out


def test_json_holds_the_study_and_its_folder(tmp_path, capsys):
    written(STUDY, tmp_path / "new", as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["study"] == str(tmp_path / "new")
    assert told["tables"]["by_region"][1]["p_of_tree"] is None
    written(STUDY, None, as_json=True)
    assert json.loads(capsys.readouterr().out)["study"] is None


def test_an_atlas_that_gets_a_study_shows_it_in_its_report(tmp_path, capsys):
    folder = atlas().write(tmp_path / "atlas")
    assert 'id="body:studies"' not in (folder / "report.html").read_text("utf-8")
    written(STUDY, folder, as_json=False)
    assert 'id="body:studies"' in (folder / "report.html").read_text("utf-8")
    assert "Report: " in capsys.readouterr().out


def test_an_atlas_of_other_features_is_not_coloured_and_it_says_so(tmp_path, capsys):
    folder = atlas().write(tmp_path / "atlas")
    ids = atlas().features["feature_id"].to_numpy()
    arrays = {"feature_id": ids, "far": np.linspace(0, 1, ids.size)}
    own = Study("trees", "T", (), {}, (), {"source": atlas().manifest["source"]}, arrays,
                {"far": "how far"})  # fmt: skip
    written(own, folder, as_json=False)
    assert not capsys.readouterr().err
    written(replace(own, manifest={"source": {"uri": "b.npz"}}), folder, as_json=True)
    told = capsys.readouterr()
    assert "not coloured by this study: it is of other features (b.npz)." in told.err
    assert json.loads(told.out)["study"]
