"""What a survey of one point cloud found, with or without labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core import ShapeFit
from armillary.inference import NullTest, OrderTest, Turns
from armillary.shape import Verdict
from armillary.survey.label_neighbours import Adjacency


@dataclass(frozen=True, slots=True, eq=False)
class PointsResult:
    """The shape of a point cloud, or of the means of its labels, with the evidence.

    Parameters
    ----------
    n_points
        Points given.
    labels
        Labels whose means were judged, in their order; empty without labels.
    fit, runner_up
        The shape called, and the best of the others; ``none`` where nothing is claimed.
    margin
        Circle's lead over the better of arc and segment, in shares of held-out variation (below
        0: open), where the order of the labels decided; else nats a point over the runner-up.
    margin_error
        Standard error of that margin over labels; NaN without an order.
    placement
        The cloud, or the means, against clouds of the same spectrum (Haar null).
    differ
        Whether labels have different means at all; None without labels.
    label_tests
        The order of the labels against shuffled ones: ``"cyclic"``, ``"linear"`` or both.
    turns
        How much of a circle the means go round, from cross-validated distances.
    adjacency
        Neighbours kept; None without an order.
    held_out
        Held-out R^2 of circle, arc and segment.
    stability
        Share of splits (with an order) or of resamples (without) in which the same shape wins.
    verdict
        What the battery says of the same cloud or means without looking at any label.
    squared
        Cross-validated squared distances of the means; empty without labels.
    notes
        What the evidence cannot decide, in sentences.
    """

    n_points: int
    labels: tuple[str, ...]
    fit: ShapeFit
    runner_up: ShapeFit
    margin: float
    margin_error: float
    placement: NullTest
    differ: NullTest | None
    label_tests: Mapping[str, OrderTest]
    turns: Turns | None
    adjacency: Adjacency | None
    held_out: Mapping[str, float]
    stability: float
    verdict: Verdict
    squared: Float[np.ndarray, "label label"]
    notes: tuple[str, ...]

    @property
    def shape(self) -> str:
        """Name of the shape called."""
        return self.fit.shape

    @property
    def label_p(self) -> float:
        """Smallest p of the label tests, times their number; NaN without any."""
        tests = [test.pvalue for test in self.label_tests.values()]
        return min(1.0, len(tests) * min(tests)) if tests else float("nan")

    @property
    def label_floor(self) -> float:
        """Smallest ``label_p`` that this number of labels and draws could have given."""
        tests = [test.reach for test in self.label_tests.values()]
        return min(1.0, len(tests) * min(tests)) if tests else float("nan")

    def lines(self) -> list[tuple[str, str]]:
        """Return the evidence as pairs of words and values, the shape first."""
        out = [("shape", self.shape), ("runner-up", self.runner_up.shape)]
        out.append(("points", f"{self.n_points:,}"))
        if self.labels:
            out.append(("labels", str(len(self.labels))))
        out.append(("margin", _with_error(self.margin, self.margin_error)))
        out.append(("placement p", f"{self.placement.pvalue:.2g}"))
        if self.label_tests:
            out.append(("label p (floor)", f"{self.label_p:.2g} ({self.label_floor:.2g})"))
        if self.turns is not None:
            turns = self.turns
            out.append(("turns", f"{turns.turns:.2f} [{turns.low:.2f}, {turns.high:.2f}]"))
        if self.adjacency is not None:
            kept = self.adjacency
            text = f"{kept.leading} and {kept.fitted} of {kept.possible}"
            out.append(("neighbours kept (leading plane, fitted)", text))
        out.append(("stability", f"{self.stability:.2f}"))
        return out + [("note", note) for note in self.notes]

    def __repr__(self) -> str:
        """Show the evidence, one line each."""
        return "\n".join(f"{name}: {value}" for name, value in self.lines())

    def _repr_html_(self) -> str:
        """Show the evidence as a table."""
        cells = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(value)}</td></tr>"
            for name, value in self.lines()
        )
        return f"<table>{cells}</table>"

    def as_row(self) -> dict[str, Any]:
        """Return the main numbers, JSON-ready."""
        kept, turns = self.adjacency, self.turns
        return {
            "shape": self.shape,
            "runner_up": self.runner_up.shape,
            "n_points": self.n_points,
            "n_labels": len(self.labels),
            "margin": self.margin,
            "placement_p": self.placement.pvalue,
            "label_p": self.label_p,
            "label_floor": self.label_floor,
            "turns": turns and [turns.turns, turns.low, turns.high],
            "adjacency": kept and [kept.leading, kept.fitted, kept.possible],
            "held_out": dict(self.held_out),
            "stability": self.stability,
            "notes": list(self.notes),
        }


def _with_error(value: float, error: float) -> str:
    return f"{value:.3f}" if np.isnan(error) else f"{value:.3f} (s.e. {error:.3f})"
