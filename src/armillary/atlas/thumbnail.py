"""A finding as a small picture: its points in the plane the shape lives in, as inline SVG."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from armillary.atlas.shape_names import family

COLOURS: dict[str, str] = {
    "rings": "#0072B2",
    "lines": "#D55E00",
    "surfaces": "#009E73",
    "clusters": "#B5578D",
    "polytopes": "#C98A00",
    "branching": "#2A9FC9",
    "other": "#7B7F86",
}
_MAX_POINTS = 200


def thumbnail_svg(
    points: Float[np.ndarray, "point 2"],
    *,
    shape: str,
    order: Sequence[int] = (),
    closed: bool = False,
    size: int = 56,
) -> str:
    """Draw points at one scale on both axes, with a line through them in their order.

    At most 200 points are drawn, evenly spaced in the list; numbers have one decimal so that the
    text is the same on every machine.
    """
    xy = np.asarray(points, dtype=np.float64)
    if xy.shape[0] == 0:
        return ""
    middle = (xy.max(axis=0) + xy.min(axis=0)) / 2
    half = max(float((xy.max(axis=0) - xy.min(axis=0)).max()) / 2, 1e-12)
    place = (xy - middle) / half * (size / 2 - 5) * (1, -1) + size / 2
    colour = COLOURS[family(shape)]
    parts: list[str] = []
    if len(order) > 1:
        path = "".join(f"{'ML'[k > 0]}{_xy(place[i])}" for k, i in enumerate(order))
        parts.append(
            f'<path d="{path}{"Z" if closed else ""}" fill="none" stroke="{colour}" '
            'stroke-opacity="0.45" stroke-width="1"/>'
        )
    step = max(1, -(-xy.shape[0] // _MAX_POINTS))
    for x, y in place[::step]:
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" fill="{colour}"/>')
    return (
        f'<svg width="{size}" height="{size}" viewBox="0 0 {size} {size}" role="img" '
        f'aria-label="thumbnail">{"".join(parts)}</svg>'
    )


def _xy(point: Float[np.ndarray, "2"]) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
