"""Findings: one claim about one group of features, with the evidence for and against it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.inference import NullTest


@dataclass(frozen=True, slots=True, eq=False)
class ShapeFit:
    """One shape fitted to one cloud.

    Parameters
    ----------
    shape
        Name of the shape, for example ``"circle"``.
    nats
        Code length saved against a Gaussian with the cloud's own covariance, after paying for
        parameters; larger is better, below 0 the Gaussian wins.
    axes
        Principal axes that the shape lives in (0 is the leading one).
    parameters
        What was fitted, JSON-ready (radius, centre, period, number of clusters...).
    order
        Points in the order the shape puts them in (round the circle, along the arc); empty if none.
    """

    shape: str
    nats: float
    axes: tuple[int, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    order: Int[np.ndarray, " point"] = field(default_factory=lambda: np.empty(0, dtype=np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A candidate group of features and what was measured on it.

    ``scores`` are principal coordinates (at most ten axes), in units of the compared vectors.
    """

    group_id: int
    rows: Int[np.ndarray, " member"]
    method: str
    scale: float
    mean_cosine: float
    scores: Float[np.ndarray, "member axis"]
    spectrum: Float[np.ndarray, " component"]
    test: NullTest
    q: float
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """A claim: this group has this shape.

    Parameters
    ----------
    group_id, rows
        The group, and the rows of the space it consists of.
    fit, runner_up
        The best-fitting shape and the best of its rivals.
    placement
        Level a: is there structure at all? (placement null; ``p`` and ``q`` are of this level)
    q, q_by
        Benjamini-Hochberg and Benjamini-Yekutieli adjusted p over every group tested.
    rival
        Level b: the claim against its best impostor (parametric bootstrap); None if not reached.
    percentile
        Level c: share of the space's own groups of like size and tightness that this one beats.
    effect
        Nats saved per point.
    margin
        Nats per point by which the shape beats ``runner_up``.
    stability
        Share of resamples in which the same shape wins.
    grade
        ``"structured"``, ``"<shape> against its rivals"`` or ``"... and rare here"``.
    rank
        1 is the strongest finding of this shape.
    hypothesis
        Name of the lexicon entry tested, empty for a finding made without labels.
    """

    group_id: int
    rows: Int[np.ndarray, " member"]
    fit: ShapeFit
    runner_up: ShapeFit
    placement: NullTest
    q: float
    q_by: float
    rival: NullTest | None
    percentile: float
    effect: float
    margin: float
    stability: float
    weakest_null: str
    grade: str
    rank: int = 0
    hypothesis: str = ""
    note: str = ""
