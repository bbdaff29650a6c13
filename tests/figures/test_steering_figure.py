import pytest

from armillary.core import BadInput
from armillary.figures import plot_steering

matplotlib = pytest.importorskip("matplotlib", reason="the figures extra is not installed")
matplotlib.use("Agg")


def record(edits=("circle", "swap", "twist")):
    value = {"value": 0.5, "low": 0.4, "high": 0.6}
    rows = [
        {"layer": layer, "edit": edit, "soft_slope": value, "slope": value, "hits": value}
        for layer in (4, 0, 9)
        for edit in edits
    ]
    return {"summary": rows, "model": "toy", "task": "months"}


def test_each_edit_is_a_line_in_the_order_of_layers_with_its_band():
    ax = plot_steering(record())
    assert [line.get_label() for line in ax.lines[:2]] == [
        "swap of class means",
        "turn in the plane of components 1 and 2",
    ]
    assert list(ax.lines[0].get_xdata()) == [0, 4, 9]
    assert len(ax.collections) == 2
    matplotlib.pyplot.close("all")


def test_it_draws_on_given_axes_what_it_is_told_and_refuses_what_was_not_made():
    _, given = matplotlib.pyplot.subplots()
    assert plot_steering(record(), edits=["twist"], measure="hits", ax=given) is given
    assert given.lines[0].get_label() == "twist"
    with pytest.raises(BadInput, match="none of random was made"):
        plot_steering(record(), edits=["random"])
    matplotlib.pyplot.close("all")
