"""Fitting: the parameters and the picture plane of the shape that won."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core import ShapeFit
from armillary.shape import ring, star
from armillary.shape.clusters import best_mixture, clear_clusters, ward_labels
from armillary.shape.factor import Division, factors
from armillary.shape.lattice import angle_nats, best_factor, match_classes
from armillary.shape.views import N_AXES, project, sphere_view, whiten

Cloud = Float[np.ndarray, "point axis"]
ROUND = ("circle", "ellipse", "arc", "cone", "helix", "ring_of_clusters", "product:circle")
VERTICES = ("k_clusters", "simplex", "cross_polytope", "hypercube", "grid", "tree")


def fit_shape(shape: str, nats: float, scores: Cloud) -> ShapeFit:
    """Fit the named shape: plane, order, radius, counts.

    ``plane_points`` in the parameters are the x, y coordinates in which the shape was seen, with
    ``center`` and ``radius`` in the same units; ``view`` says what they are: principal axes
    ("raw"), whitened ones ("whitened"), directions from the centre ("sphere"), or the same after
    a factor has been divided out ("divided", "divided sphere").
    """
    if shape in ROUND:
        return _fit_round(shape, nats, scores)
    parameters: dict[str, Any] = {}
    order = np.argsort(scores[:, 0])
    if shape in VERTICES:
        label = _cluster_labels(scores)
        parameters = {"clusters": int(label.max()) + 1, "labels": label.tolist()}
        order = np.lexsort((scores[:, 0], label))
    elif shape == "star":
        wide = whiten(scores[None])[:, :, : min(5, scores.shape[1])]
        fits = [star.star_fit(wide, k) for k in star.RAYS if k <= scores.shape[0] // 3]
        _, label, _ = max(fits, key=lambda fit: float(fit[0][0]))
        parameters = {"rays": int(np.unique(label[0]).size), "labels": label[0].tolist()}
        order = np.lexsort(((scores**2).sum(axis=1), label[0]))
    elif shape == "lattice":
        split = best_factor(scores).split[0]
        parameters = {"factor": split.tolist(), "pairs": match_classes(scores, split)}
    elif shape in ("sphere", "disk", "torus"):
        variance = (scores**2).mean(axis=0)
        parameters = {"variance_share": (variance / variance.sum())[:6].round(3).tolist()}
    return ShapeFit(shape, nats, (0, 1), parameters, order.astype(np.int64))


def _fit_round(shape: str, nats: float, scores: Cloud) -> ShapeFit:
    """Find the plane and view in which the ring or arc saves most, and read it off."""
    whitened = whiten(scores[None])[:, :, :N_AXES]
    seen = {"raw": scores[None], "sphere": sphere_view(scores[None]), "whitened": whitened}
    found: dict[str, Division] = {}
    if shape == "product:circle":
        seen = {}
        for classes, division in zip((2, 3, 4), factors(scores[None]), strict=True):
            for name, view in (("", division.rest), (" sphere", project(division.rest))):
                seen[f"divided {classes}{name}"] = view
                found[f"divided {classes}{name}"] = division
    if shape == "ellipse":
        seen = {"whitened": whitened}
    best: tuple[float, str, int, Any] | None = None
    measure = ring.arc_nats if shape == "arc" else ring.ring_nats
    for name, view in seen.items():
        pairs = ring.planes(min(view.shape[2], 5))
        fits = ring.fit_circles(view, pairs)
        value = measure(fits)[0] - np.log(np.arange(1, len(pairs) + 1))
        plane = int(value.argmax())
        if name in found:
            partners = angle_nats(fits.angle[:, :, plane], found[name].split)
            value = value + found[name].nats[0] + partners[0]
        if best is None or value[plane] > best[0]:
            best = (float(value[plane]), name, plane, fits)
    assert best is not None
    _, name, plane, fits = best
    x, y = fits.x[0, :, plane], fits.y[0, :, plane]
    radius = float(fits.radius[0, :, plane].mean())
    angle = fits.angle[0, :, plane]
    parameters: dict[str, Any] = {
        "view": name,
        "center": [float(fits.centre_x[0, plane]), float(fits.centre_y[0, plane])],
        "radius": radius,
        "roughness": float(np.sqrt(fits.variance[0, plane])) / radius,
        "widest_gap_degrees": float(np.degrees(ring.widest_gap(fits.angle)[0, plane])),
        "plane_points": np.column_stack([x, y]).round(4).tolist(),
        "angle": angle.round(4).tolist(),
    }
    classes = 1
    if shape == "product:circle":
        factor = found[name].split[0]
        parameters["factor"] = factor.tolist()
        classes = int(np.unique(factor).size)
    unevenness, coverage = ring.coverage(angle, classes=classes)
    parameters |= {"unevenness": unevenness, "coverage_p": coverage}
    axes = ring.planes(5)[plane]
    return ShapeFit(shape, nats, axes, parameters, ring.cyclic_order(angle).astype(np.int64))


def _cluster_labels(scores: Cloud) -> Int[np.ndarray, " point"]:
    leading = whiten(scores[None])[0]
    k = clear_clusters(scores)
    if k == 0:
        k = max(best_mixture(leading[:, :r]) for r in (1, 2, 4, 8) if r <= scores.shape[1])[1]
    return ward_labels(scores, max(k, 2))
