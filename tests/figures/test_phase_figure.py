from typing import Any

import pytest

from armillary.core import BadInput
from armillary.experiments import SweepTable
from armillary.experiments.sweeps.fitting import which_fit
from armillary.figures import plot_sweep

matplotlib = pytest.importorskip("matplotlib", reason="the figures extra is not installed")
matplotlib.use("Agg")


def grid(keys: list[dict[str, Any]], measures: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {**key, "seed": seed, **{m: 0.1 + 0.01 * seed + 0.02 * i for i, m in enumerate(measures)}}
        for key in keys
        for seed in range(2)
    ]


def table(name: str) -> SweepTable:
    setting = [
        {"architecture": "relu", "sparsity": 0.1, "width": 12},
        {"architecture": "topk", "sparsity": 2, "width": 40},
    ]
    keys: dict[str, list[dict[str, Any]]] = {
        "boats": setting,
        "faces": setting,
        "manifolds": [{"k": k} for k in (2, 8, 16)],
        "exact": [{"world": "hexagon", "steps": 6000, **one} for one in setting],
        "compatible": [{"world": w, "noise": 0.0, "width": 12, "k": 2} for w in ("a", "b")],
    }
    measures = {
        "boats": ("fvu", "attributes", "pairs", "other"),
        "faces": ("fvu", "vertices", "edges", "faces", "facets", "other"),
        "manifolds": ("fvu", "r2_span", "r2_12", "support"),
        "exact": ("fvu", "fvu_exact", "vertex_mcc", "random_mcc"),
        "compatible": ("fvu",),
    }[name]
    rows = grid(keys[name], measures)
    settings: dict[str, Any] = {}
    if name == "compatible":
        fit = {"width": 12, "k": 2, **which_fit(rows, asked=[0.1], names=("a", "b"))}
        settings = {"theories": ("a", "b"), "fit": [fit]}
    return SweepTable(name, name, tuple(keys[name][0]), measures, tuple(rows), settings)


@pytest.mark.parametrize("name", ["boats", "faces", "manifolds", "exact", "compatible"])
def test_every_sweep_has_a_figure(name: str):
    figure = table(name).plot()
    assert figure.axes
    figure.canvas.draw()


def test_a_phase_diagram_writes_the_share_into_its_cell():
    figure = table("boats").plot()
    assert {text.get_text() for text in figure.axes[0].texts} == {"12"}  # mean of .12 and .13


@pytest.mark.refusal
def test_an_unknown_sweep_is_refused():
    with pytest.raises(BadInput, match="no figure is known of the sweep 'moon'"):
        plot_sweep({"name": "moon"})
