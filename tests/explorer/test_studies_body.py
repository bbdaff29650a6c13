"""The studies beside an atlas, as the explorer shows them."""

import json
from dataclasses import replace

import numpy as np
import pytest
from synthetic_survey import atlas

from armillary.atlas import Atlas
from armillary.atlas.study import Chart, Study
from armillary.explorer import Bodies
from armillary.explorer.page import report_html
from armillary.explorer.wire import decode

HOSTILE = "</script><img src=x onerror=alert(1)>"


def study(name: str) -> Study:
    rows = [
        {"region": f"region {i}", "p_value": 0.25, "tree": True, "why": None} for i in range(250)
    ]
    chart = Chart("lines", "Height", {"series": [{"name": HOSTILE, "x": [0, 1], "y": [1.0, 2.0]}]})
    return Study(
        name,
        f"About {name}",
        (f"The sentence of {name}.", HOSTILE),
        {"regions": rows, "nothing": []},
        (chart,),
        {"command": f"armillary {name} demo"},
    )


@pytest.fixture
def folder(tmp_path):
    where = atlas().write(tmp_path / "atlas", report=False)
    for name in ("trees", "analogies"):
        study(name).write(where)
    return where


def test_an_atlas_shows_the_studies_in_its_folder(folder):
    bodies = Bodies(Atlas.read(folder), folder=folder)
    assert bodies.body("atlas").parts.studies
    told = decode(bodies.data("studies"))["studies"]
    assert [one["name"] for one in told] == ["analogies", "trees"]
    (table,) = told[1]["tables"]
    assert table["head"] == ["region", "p value", "tree", "why"]
    assert table["rows"][0] == ["region 0", "0.250", "yes", "–"]
    assert (len(table["rows"]), table["of"]) == (200, 250)
    assert told[1]["command"] == "armillary trees demo"


def test_a_broken_study_costs_a_sentence_and_not_the_survey(folder):
    file = folder / "studies" / "trees" / "study.json"
    record = json.loads(file.read_text())
    del record["tables"]
    file.write_text(json.dumps(record))
    body = Bodies(Atlas.read(folder), folder=folder).body("atlas")
    assert body.parts.studies  # the other one
    (said,) = [one for one in body.header.shown if "study" in one]
    assert "The study trees beside this atlas is not shown" in said


def coloured(made: Atlas) -> Study:
    """A study that knows the first twenty features, in another order, and one of them not."""
    ids = made.features["feature_id"].to_numpy()[:20][::-1].copy()
    value = np.linspace(-1.0, 1.0, 20)
    value[3] = np.nan
    return Study("far", "Far", (), {}, (), {"source": made.manifest["source"]},
                 {"feature_id": ids, "how_far": value}, {"how_far": "from -1 to 1"})  # fmt: skip


def test_a_number_a_feature_colours_the_map(folder):
    made = Atlas.read(folder)
    coloured(made).write(folder)
    body = Bodies(made, folder=folder).body("map")
    (colour,) = body.colours
    assert (colour.name, colour.said) == ("far: how far", "from -1 to 1")
    assert (colour.low, colour.high) == (-1.0, 1.0)
    by_id = dict(zip(body.ids.tolist(), colour.values.tolist(), strict=True))
    ids = made.features["feature_id"].to_numpy()
    assert [by_id[ids[0]], by_id[ids[19]], by_id[ids[16]], by_id[ids[20]]] == [254, 0, 255, 255]


def test_a_map_is_coloured_by_a_study(folder, visit):
    made = Atlas.read(folder)
    coloured(made).write(folder)
    page = visit(report_html(made, folder=folder)).open()
    page.get_by_test_id("colour").select_option(label="far: how far")
    legend = page.get_by_test_id("legend").inner_text()
    assert "from -1 to 1" in legend
    assert "-1" in legend.replace("−", "-")


def test_numbers_of_other_features_do_not_colour_the_map(folder):
    made = Atlas.read(folder)
    source = {"uri": "other.npz", "sha256": {"other.npz": "ff"}, "orientation": "rows"}
    replace(coloured(made), manifest={"source": source}).write(folder)
    bodies = Bodies(made, folder=folder)
    assert bodies.body("map").colours == ()
    said = [one for one in bodies.body("atlas").header.shown if "coloured" in one]
    assert said == [
        "The map is not coloured by the study far: it is of other features (other.npz)."
    ]
    shown = {one.name: one.said for one in bodies.body("studies").studies}
    assert shown["far"] == ("This study is of other.npz; the atlas is of synthetic:shapes.",)


def test_a_study_of_no_features_colours_nothing(folder):
    made = Atlas.read(folder)
    none = {"feature_id": np.empty(0, dtype=int), "how_far": np.empty(0)}
    replace(coloured(made), arrays=none).write(folder)
    bodies = Bodies(made, folder=folder)
    assert bodies.body("map").colours == ()
    assert [one.name for one in bodies.body("studies").studies] == ["analogies", "far", "trees"]


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"nonsense"])
def test_damaged_arrays_cost_that_study_and_no_other(folder, damage):
    made = Atlas.read(folder)
    coloured(made).write(folder)
    (folder / "studies" / "far" / "features.npz").write_bytes(damage)
    bodies = Bodies(made, folder=folder)
    assert [one.name for one in bodies.body("studies").studies] == ["analogies", "trees"]
    (said,) = [one for one in bodies.body("atlas").header.shown if "study" in one]
    assert "The study far beside this atlas is not shown" in said
    assert report_html(made, folder=folder)


@pytest.mark.parametrize(
    ("key", "value"),
    [("said", [5]), ("tables", {"regions": [1]}), ("tables", {"regions": 3}), ("title", "")],
)
def test_a_study_that_cannot_be_shown_costs_no_other(folder, key, value):
    file = folder / "studies" / "trees" / "study.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))
    bodies = Bodies(Atlas.read(folder), folder=folder)
    shown = [one.name for one in bodies.body("studies").studies]
    assert shown == (["analogies", "trees"] if key == "title" else ["analogies"])


def test_a_chart_that_cannot_be_drawn_costs_a_sentence(folder):
    file = folder / "studies" / "trees" / "study.json"
    record = json.loads(file.read_text())
    record["charts"][0]["data"]["series"][0]["y"] = [1.0]
    file.write_text(json.dumps(record))
    bodies = Bodies(Atlas.read(folder), folder=folder)
    assert [len(one.charts) for one in bodies.body("studies").studies] == [1, 0]
    (said,) = [one for one in bodies.body("atlas").header.shown if "study" in one]
    assert "A chart of the study trees is not shown: chart 'Height'" in said


def test_without_studies_there_is_no_view(tmp_path):
    where = atlas().write(tmp_path / "atlas", report=False)
    assert not Bodies(Atlas.read(where), folder=where).body("atlas").parts.studies


def test_a_study_is_chosen_read_and_drawn(folder, visit):
    page = visit(report_html(Atlas.read(folder), folder=folder)).open("#v=studies")
    pane = page.locator("[data-testid=studies]")
    pane.locator("h2", has_text="About analogies").wait_for()
    page.get_by_test_id("study").select_option("trees")
    pane.locator("h2", has_text="About trees").wait_for()
    assert "The sentence of trees." in pane.inner_text()
    assert HOSTILE in pane.inner_text()
    drawn = pane.locator("img[alt=Height]")
    assert drawn.evaluate("one => one.decode().then(() => one.naturalWidth)") > 300
    assert "200 of 250 rows" in pane.inner_text()
