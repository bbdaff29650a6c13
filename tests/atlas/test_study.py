import json
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from armillary.atlas.study import Chart, Study, studies_of
from armillary.core import BadInput

LINE = Chart("lines", "t", {"series": [{"name": "a", "x": [0, 1], "y": [1.0, float("nan")]}]})


def study(name: str = "trees") -> Study:
    rows = [{"region": "weekdays", "p": 0.5}]
    return Study(name, "Trees", ("Weekdays are no tree.",), {"regions": rows}, (LINE,), {"seed": 0})


def test_a_study_comes_back_as_it_was_but_for_what_json_has_no_word_for(tmp_path):
    study().write(tmp_path / "new")
    back = Study.read(tmp_path / "new", "trees")
    assert back.tables == study().tables
    assert back.manifest == study().manifest
    assert list(back.said) == list(study().said)
    assert back.charts[0].data["series"][0]["y"] == [1.0, None]


def test_an_atlas_holds_studies_side_by_side(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps({"format": "armillary-atlas"}))
    for name in ("trees", "analogies"):
        study(name).write(tmp_path)
    assert studies_of(tmp_path) == ("analogies", "trees")
    assert Study.read(tmp_path, "trees").name == "trees"


def test_arrays_come_back_and_go_with_the_study_they_are_of(tmp_path):
    arrays = {"feature_id": np.array([4, 2]), "far": np.array([0.5, np.nan])}
    whole = replace(study(), arrays=arrays, colours={"far": "how far"})
    where = whole.write(tmp_path / "new")
    back = Study.read(where, "trees")
    assert back.colours == {"far": "how far"}
    np.testing.assert_array_equal(back.arrays["far"], arrays["far"])
    study().write(where)  # anew, without arrays: the old ones would be of another run
    assert not Study.read(where, "trees").arrays


@pytest.mark.refusal
def test_a_colour_without_a_number_a_feature_is_refused():
    arrays = {"feature_id": np.arange(3), "far": np.zeros(2)}
    for colours in ({"far": "of two"}, {"near": "of none"}):
        with pytest.raises(BadInput, match="a number a feature"):
            replace(study(), arrays=arrays, colours=colours)


@pytest.mark.refusal
def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(BadInput, match="something else"):
        study().write(tmp_path)


@pytest.mark.refusal
@pytest.mark.parametrize(
    ("kind", "data", "said"), [("pie", {}, "not known"), ("heat", {"rows": []}, "lacks columns")]
)
def test_a_chart_that_nobody_can_draw_is_refused(kind, data, said):
    with pytest.raises(BadInput, match=said):
        Chart(kind, "t", data)


@pytest.mark.refusal
def test_a_newer_study_is_refused(tmp_path):
    where = study().write(tmp_path / "new")
    record = json.loads((where / "study.json").read_text()) | {"schema": 99}
    (where / "study.json").write_text(json.dumps(record))
    with pytest.raises(BadInput, match="schema 99"):
        Study.read(tmp_path / "new", "trees")


def with_arrays() -> Study:
    ids = np.arange(400)
    far = np.random.default_rng(0).standard_normal(400)
    return replace(study(), arrays={"feature_id": ids, "far": far}, colours={"far": "how far"})


@pytest.mark.refusal
def test_arrays_damaged_in_any_way_are_refused(tmp_path):
    """Cut short, emptied, or with a byte changed: what numpy and zipfile raise then has no end."""
    where = with_arrays().write(tmp_path / "new")
    file = where / "features.npz"
    whole = file.read_bytes()
    rng = np.random.default_rng(1)
    damaged = [b"", b"PK", whole[: len(whole) // 2], b"\x93NUMPY\x01\x00"]
    for at in rng.integers(0, len(whole), 300):
        byte = bytes([whole[at] ^ int(rng.integers(1, 256))])
        damaged.append(whole[:at] + byte + whole[at + 1 :])
    # the method of the first entry, in its own head and in the directory: none that zipfile knows
    directory = whole.index(b"PK\x01\x02")
    unknown = bytearray(whole)
    unknown[8], unknown[directory + 10] = 77, 77
    damaged.append(bytes(unknown))
    refused = 0
    for one in damaged:
        file.write_bytes(one)
        with suppress(BadInput):
            Study.read(where, "trees")
            continue
        refused += 1
    assert refused > len(damaged) / 2  # a byte that says when a file was packed harms nothing


@pytest.mark.refusal
@pytest.mark.parametrize(
    ("key", "value"), [("tables", 5), ("manifest", []), ("said", "one"), ("colours", ["far"])]
)
def test_a_study_that_holds_another_kind_of_value_is_refused(tmp_path, key, value):
    where = with_arrays().write(tmp_path / "new")
    record = json.loads((where / "study.json").read_text()) | {key: value}
    (where / "study.json").write_text(json.dumps(record))
    with pytest.raises(BadInput, match=f"is damaged .{key} is a"):
        Study.read(where, "trees")


@pytest.mark.refusal
@pytest.mark.parametrize("ids", [np.array(["a", "b"]), np.zeros((2, 1), dtype=int), np.zeros(2)])
def test_feature_ids_that_are_no_row_of_whole_numbers_are_refused(ids):
    with pytest.raises(BadInput, match="expected one row of whole numbers"):
        replace(study(), arrays={"feature_id": ids})
