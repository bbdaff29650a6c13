"""A finding's panels drawn from its null: the very same fit of points that have no structure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from jaxtyping import Float

from armillary.atlas import Atlas, fit_plane, is_closed
from armillary.core import ShapeFit
from armillary.explorer.curve import fitted_curve
from armillary.explorer.packing import finite
from armillary.explorer.schema import NullBody, NullDraw, Panel
from armillary.shape import haar_clouds, refitted

N_DRAWS = 5
LEAST = 3  # points of a cloud that can be drawn anew
MOST_AXES = 24

Clouds: TypeAlias = Float[np.ndarray, "draw point axis"]


def drawable(row: Mapping[str, Any], *, most: int) -> bool:
    """Tell whether a finding has as many points as a null view is made of, ``most`` at most."""
    return LEAST <= row["n"] <= most


def null_of(
    atlas: Atlas, i: int, *, line: int, row: Mapping[str, Any], group: Mapping[str, Any],
    panel: Panel,
) -> NullBody:  # fmt: skip
    """Return draws of the placement null of one finding, each fitted as the finding was.

    A group's null is the one that its finding names. Where that is the order of labels, points
    stay and labels are dealt anew; where the atlas does not hold what the named null needs, draws
    keep the group's own spectrum instead, and ``name`` says so.

    Parameters
    ----------
    atlas
        The survey.
    i
        Row of the finding in the atlas.
    line
        Its line of the list.
    row, group
        Rows of the findings and the groups table.
    panel
        The finding's own panel, with all its points.

    Returns
    -------
    NullBody
        The same for the same finding.
    """
    seed = _seed(row)
    rng = np.random.default_rng(seed)
    if row["placement_null"].startswith("label order"):
        return _relabelled(row, panel=panel, line=line, seed=seed, rng=rng)
    scores = atlas.scores(i)
    shares = atlas.arrays.get("shares")
    matched = row["placement_null"].startswith("spectrum-matched placement")
    if matched and shares is not None:
        name, keeps, breaks = _SPECTRUM
        clouds = _gaussian(scores, shares, rng=rng)
    else:
        name, keeps, breaks = _HAAR
        clouds = _haar(scores, np.array(group["spectrum"], dtype=np.float64), rng=rng)
    fits = refitted(_fitted_as(row), clouds, rng=rng)
    rival = atlas.null(i, level="rival")
    nats = row["effect"] if rival is None else rival.observed / row["n"]
    draws = tuple(
        _draw(cloud, fit, panel=panel, row=row) for cloud, fit in zip(clouds, fits, strict=True)
    )
    return NullBody(line, name, keeps, breaks, seed, finite(nats), draws)


_HAAR = (
    "placement (Haar)",
    "the number of points and the group’s own spectrum (how long the cloud is along each axis)",
    "where the points are, given the spectrum: every arrangement of them is a chance one",
)
_SPECTRUM = (
    "spectrum-matched placement",
    "the number of points and the spectrum of the whole space",
    "that a few axes carry the group: the points are Gaussian, with the covariance of the space",
)
_LABELS = (
    "every point where it is, and the words",
    "which word is at which point: the words are dealt to the points anew",
)


def _haar(
    scores: Float[np.ndarray, "point axis"],
    spectrum: Float[np.ndarray, " axis"],
    *,
    rng: np.random.Generator,
) -> Clouds:
    """Draw along all axes whose share of the variance is kept, not only those with coordinates."""
    n = len(scores)
    share = spectrum[: min(MOST_AXES, n - 1)]
    share = share[share > 0]
    square = np.square(scores).sum(axis=0)
    total = square[: share.size].sum() / max(share[: square.size].sum(), 1e-300)
    frame = np.zeros((n, share.size))
    frame[0] = np.sqrt(share * total)  # all that a draw keeps of its model: the columns' lengths
    return haar_clouds(frame, n_draws=N_DRAWS, rng=rng)


def _gaussian(
    scores: Float[np.ndarray, "point axis"],
    shares: Float[np.ndarray, " d_model"],
    *,
    rng: np.random.Generator,
) -> Clouds:
    """Draw rows of the space's covariance, in the units of the group."""
    n = len(scores)
    rows = rng.standard_normal((N_DRAWS, n, shares.size)) * np.sqrt(np.sort(shares)[::-1])
    rows -= rows.mean(axis=1, keepdims=True)
    left, length, _ = np.linalg.svd(rows, full_matrices=False)
    n_axes = min(MOST_AXES, n - 1, shares.size)
    clouds = (left * length[:, None, :])[:, :, :n_axes]
    size = np.square(clouds[:, :, : scores.shape[1]]).sum(axis=(1, 2), keepdims=True)
    return clouds * np.sqrt(np.square(scores).sum() / np.maximum(size, 1e-300))


def _draw(
    cloud: Float[np.ndarray, "point axis"],
    fit: ShapeFit | None,
    *,
    panel: Panel,
    row: Mapping[str, Any],
) -> NullDraw:
    """Return one draw as the panel shows the finding; two leading axes where no fit is."""
    wide = np.pad(cloud, ((0, 0), (0, max(0, max(panel.axes) + 1 - cloud.shape[1]))))
    points = wide[:, list(panel.axes)].astype(np.float32)
    if fit is None:
        flat = wide[:, list(fit_plane((), cloud.shape[1]))]
        return NullDraw(points, flat.astype(np.float32), (), (), None)
    own: Any = fit.parameters.get("plane_points")
    flat = wide[:, list(fit_plane(fit.axes, cloud.shape[1]))] if own is None else np.array(own)
    order = tuple(int(k) for k in fit.order) if row["order_index"] else ()
    curve = fitted_curve(
        flat, parameters=fit.parameters, order=order, closed=is_closed(row["shape"])
    )
    return NullDraw(points, flat.astype(np.float32), curve, order, finite(fit.nats / len(cloud)))


def _relabelled(
    row: Mapping[str, Any], *, panel: Panel, line: int, seed: int, rng: np.random.Generator
) -> NullBody:
    deal = _pairs_dealt if "pairs" in row["placement_null"] else _dealt
    draws = tuple(
        NullDraw(panel.points, panel.plane_points, (), deal(panel.order, rng), None)
        for _ in range(N_DRAWS)
    )
    return NullBody(line, row["placement_null"], *_LABELS, seed, None, draws)


def _dealt(order: Sequence[int], rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(rng.permutation(np.array(order, dtype=np.int64)).tolist())


def _pairs_dealt(order: Sequence[int], rng: np.random.Generator) -> tuple[int, ...]:
    """Deal the second word of every pair anew; pairs stand one after the other."""
    dealt = np.array(order, dtype=np.int64)
    dealt[1::2] = rng.permutation(dealt[1::2])
    return tuple(dealt.tolist())


def _fitted_as(row: Mapping[str, Any]) -> str:
    """Return the name that the shape was fitted by: findings call a circle beside a factor so."""
    view = str(json.loads(row["parameters"]).get("view", ""))
    if view.startswith("divided"):
        return "product:circle"
    return row["shape"].replace(" ", "_")


def _seed(row: Mapping[str, Any]) -> int:
    """Return a seed that depends on nothing but the finding."""
    said = json.dumps([row["shape"], row["group_id"], row["feature_ids"]])
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:4], "little") >> 1
