import sys

import numpy as np
import pytest
from synthetic_survey import WEEK, atlas

from armillary.core import BadInput, MissingExtra
from armillary.figures import plot_finding

matplotlib = pytest.importorskip("matplotlib", reason="the figures extra is not installed")
matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _closed():
    yield
    matplotlib.pyplot.close("all")


def test_the_weekdays_are_drawn_where_their_scores_are_and_named():
    survey = atlas()
    ax = plot_finding(survey, 0)
    drawn = np.asarray(ax.collections[0].get_offsets())
    assert np.allclose(drawn, survey.scores(0)[:, :2], atol=1e-6)
    assert [text.get_text() for text in ax.texts] == [day.strip() for day in WEEK]


def test_the_line_goes_round_the_week_and_closes():
    ax = plot_finding(atlas(), 0)
    x = ax.lines[0].get_xdata()
    assert len(x) == 8
    assert x[0] == x[-1]


def test_the_inset_marks_the_observed_value():
    survey = atlas()
    inset = plot_finding(survey, 0).child_axes[0]
    assert inset.lines[0].get_xdata()[0] == survey.null(0).observed


def test_it_draws_on_the_axes_it_is_given():
    _, given = matplotlib.pyplot.subplots()
    assert atlas().plot(3, ax=given) is given


@pytest.mark.filterwarnings("ignore:Glyph:UserWarning")  # this font lacks the emoji
def test_every_finding_of_a_hostile_survey_can_be_rendered():
    survey = atlas()
    for i in range(9):
        ax = plot_finding(survey, i)
        ax.figure.canvas.draw()


def test_a_finding_that_is_not_there_is_refused():
    with pytest.raises(BadInput, match="there is no finding 99"):
        plot_finding(atlas(), 99)


def test_without_matplotlib_the_pip_line_is_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(MissingExtra, match="figures"):
        plot_finding(atlas(), 0)
