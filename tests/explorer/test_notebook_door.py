"""The notebook's door: a frame with the report in it."""

import html
import re
import sys
import types

import pytest
from synthetic_survey import atlas, large_atlas

from armillary.atlas import Atlas
from armillary.explorer import report_html
from armillary.explorer.notebook import Shown, show, show_explanation


@pytest.fixture
def record() -> Atlas:
    return atlas(per_shape=1)


@pytest.fixture
def in_a_notebook(monkeypatch):
    shell = types.SimpleNamespace(kernel=object())
    module = types.SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", module)


@pytest.fixture
def opened(monkeypatch, tmp_path):
    found: list[str] = []
    monkeypatch.setattr("webbrowser.open", found.append)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return found


@pytest.mark.usefixtures("in_a_notebook")
def test_the_frame_holds_the_report_and_nothing_breaks_out_of_it(record, opened):
    cell = record.show(height=700)._repr_html_()
    inside = re.fullmatch(r'<iframe srcdoc="([^"]*)"([^<>]*)></iframe>', cell)
    assert inside
    assert html.unescape(inside[1]) == report_html(record, max_mb=2.0)
    assert 'height="700"' in inside[2]
    assert "allow-same-origin" not in inside[2]
    assert opened == []


@pytest.mark.usefixtures("in_a_notebook")
def test_a_large_atlas_stays_below_two_megabytes_and_says_so():
    shown = large_atlas().show()
    assert len(shown.html.encode()) < 2.3e6
    assert "MB of HTML" in repr(shown)


def test_outside_a_notebook_a_file_is_opened(record, opened, tmp_path, capsys):
    show(record)
    (file,) = tmp_path.glob("armillary-*.html")
    assert opened == [file.as_uri()]
    assert file.read_text("utf-8") == report_html(record, max_mb=2.0)
    assert str(file) in capsys.readouterr().err


def test_a_terminal_of_ipython_is_no_notebook(record, opened, monkeypatch):
    module = types.SimpleNamespace(get_ipython=lambda: types.SimpleNamespace(kernel=None))
    monkeypatch.setitem(sys.modules, "IPython", module)
    show(record)
    assert len(opened) == 1


@pytest.mark.usefixtures("in_a_notebook")
def test_an_explanation_is_framed_as_well():
    said = types.SimpleNamespace(report=lambda: "<!doctype html><p>bits</p>")
    assert "&lt;p&gt;bits" in show_explanation(said, height=300)._repr_html_()


def test_quotes_and_tags_are_escaped():
    cell = Shown('"><script>alert(1)</script>', 9)._repr_html_()
    assert "<script>" not in cell
    assert cell.count("<") == 2
