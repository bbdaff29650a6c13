"""Every kind of chart is a whole SVG document; marks stand where the numbers say."""

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest

from armillary.atlas.study import CHARTS, Chart
from armillary.atlas.study_svg import chart_svg
from armillary.core import BadInput

HOSTILE = '</svg><img src=x onerror="a()">&'
SERIES = {
    "name": "measured",
    "x": [0, 1, 2],
    "y": [0.1, None, 0.9],
    "low": [0, 0, 0.5],
    "high": [0.2, 0.3, 1],
}
CHANCE = {"name": HOSTILE, "x": [0, 1, 2], "y": [0.1, 0.1, 0.1], "null": True}
NODES = [{"label": "a", "x": 0, "y": 0}, {"label": HOSTILE, "x": 1, "y": 2, "kind": "b"}]
CASES = {
    "lines": {"series": [SERIES, CHANCE]},
    "bars": {
        "labels": ["a", HOSTILE],
        "series": [{"name": "m", "values": [0.5, None], "low": [0.4, None], "high": [0.6, None]}],
    },  # fmt: skip
    "dots": {
        "series": [{"name": "m", "x": [0.0, 1.0], "y": [3.0, 4.0], "labels": ["Monday", HOSTILE]}]
    },  # fmt: skip
    "heat": {"rows": ["r", HOSTILE], "columns": ["a", "b"], "values": [[0, 1], [None, 0.5]]},
    "graph": {"nodes": NODES, "edges": [{"from": 0, "to": 1, "weight": 0.3, "kind": "split"}]},
    "tree": {
        "parent": [-1, 0, 0, 1, 1],
        "height": [2.0, 1.0, 0, 0, 0],
        "label": ["", "", "x", HOSTILE, "y"],
    },  # fmt: skip
}


def test_there_is_a_case_for_every_kind():
    assert CASES.keys() == CHARTS.keys()


@pytest.mark.parametrize("kind", CASES)
def test_a_chart_is_well_formed_and_text_stays_text(kind):
    svg = chart_svg(Chart(kind, HOSTILE, CASES[kind], x="x", y="y"))
    root = ElementTree.fromstring(svg)
    tags = {each.tag.rpartition("}")[2] for each in root.iter()}
    assert tags <= {"svg", "title", "style", "text", "path", "circle", "rect"}
    assert "onerror" not in {name for each in root.iter() for name in each.attrib}
    assert HOSTILE in "".join(root.itertext())


def test_dots_stand_in_the_order_of_their_numbers():
    series = [{"name": "m", "x": [0, 5, 10], "y": [1, 2, 3]}]
    svg = chart_svg(Chart("dots", "t", {"series": series}))
    places = [(float(a), float(b)) for a, b in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', svg)]
    assert [a for a, _ in places] == sorted(a for a, _ in places)
    assert [b for _, b in places] == sorted((b for _, b in places), reverse=True)  # y is upward
    assert places[1][0] - places[0][0] == pytest.approx(places[2][0] - places[1][0], abs=0.11)


def test_a_missing_value_is_a_gap_and_not_a_zero():
    svg = chart_svg(Chart("lines", "t", {"series": [SERIES]}))
    assert svg.count("<circle") == 2


def test_every_leaf_of_a_tree_is_named_once_and_joined_to_its_parent():
    svg = chart_svg(Chart("tree", "t", CASES["tree"]))
    assert svg.count(">x<") == 1
    assert svg.count(">y<") == 1
    assert svg.count('class="l"') == 2


# U+0012, U+0000, a noncharacter and half of a surrogate pair: none of them may stand in XML
ILLEGAL = "Mon\x12day\x00 \ufffe\ud800"


@pytest.mark.parametrize("kind", CASES)
def test_a_label_that_xml_does_not_allow_is_spelled_out(kind):
    quoted, illegal = json.dumps(HOSTILE), json.dumps(ILLEGAL)
    data = json.loads(json.dumps(CASES[kind]).replace(quoted, illegal))
    svg = chart_svg(Chart(kind, ILLEGAL, data, x=ILLEGAL, y=ILLEGAL))
    root = ElementTree.fromstring(svg.encode())
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert title is not None
    assert title.text == r"Mon\u0012day\u0000 \ufffe\ud800"
    assert repr(ILLEGAL) in str(data) or kind == "lines"


def test_a_point_without_a_place_is_left_out():
    series = [{"name": "m", "x": [0, None, float("nan"), 3], "y": [1, 2, 3, 4],
               "low": [0, 0, 0, 0], "high": [5, 5, 5, 5]}]  # fmt: skip
    svg = chart_svg(Chart("lines", "t", {"series": series}))
    assert svg.count("<circle") == 2
    assert "nan" not in svg.lower()


@pytest.mark.refusal
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("lines", {"series": [{"x": [0, 1], "y": [1.0]}]}),
        ("lines", {"series": [{"y": [1.0]}]}),
        ("bars", {"labels": ["a", "b"], "series": [{"values": [1.0]}]}),
        ("dots", {"series": [{"x": ["left"], "y": [1.0]}]}),
        ("heat", {"rows": [], "columns": ["a"], "values": [[1.0]]}),
        ("graph", {"nodes": [], "edges": [{"from": 0, "to": 1}]}),
        ("tree", {"parent": [-1, 0], "height": [], "label": ["", "a"]}),
    ],
)
def test_data_of_another_form_are_refused_by_the_charts_name(kind, data):
    with pytest.raises(BadInput, match="chart 'Heights'.*cannot be drawn"):
        chart_svg(Chart(kind, "Heights", data))


EMPTY = {
    "lines": {"series": []},
    "bars": {"labels": [], "series": []},
    "dots": {"series": []},
    "heat": {"rows": [], "columns": [], "values": []},
    "graph": {"nodes": [], "edges": []},
    "tree": {"parent": [], "height": [], "label": []},
}


@pytest.mark.parametrize("kind", EMPTY)
def test_nothing_to_draw_is_an_empty_frame(kind):
    ElementTree.fromstring(chart_svg(Chart(kind, "t", EMPTY[kind])))
