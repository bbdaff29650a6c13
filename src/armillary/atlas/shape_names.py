"""What a shape's name implies for drawing: its family, whether it closes, its plane."""

from collections.abc import Sequence

FAMILIES: dict[str, tuple[str, ...]] = {
    "clusters": ("cluster", "mixture"),
    "rings": ("circle", "ring", "ellipse", "cone", "torus", "helix"),
    "lines": ("segment", "line", "arc", "bend", "horseshoe", "curve"),
    "surfaces": ("disk", "sheet", "sphere", "ball", "surface"),
    "branching": ("tree", "star", "ray"),
    "polytopes": ("simplex", "polytope", "cube", "grid", "lattice", "parallelogram", "product"),
}
_CLOSED = ("circle", "ring", "ellipse", "cone")


def family(shape: str) -> str:
    """Return the family of a shape, ``"other"`` if its name is not known."""
    name = shape.lower().replace("-", " ").replace("_", " ")
    if "ring" in name.split():  # clusters on a ring go round
        return "rings"
    for kind, words in FAMILIES.items():
        if any(word in name for word in words):
            return kind
    return "other"


def is_closed(shape: str) -> bool:
    """Return whether the order of this shape's points goes round and comes back."""
    return any(word in shape.lower() for word in _CLOSED)


def fit_plane(axes: Sequence[int], n_axes: int) -> tuple[int, int]:
    """Return the two principal axes in which to look at a fit.

    The first two that the fit names and the cloud has; missing ones are filled from the leading
    axes. A cloud of a single axis gives ``(0, 0)``.
    """
    named = [axis for axis in dict.fromkeys(axes) if 0 <= axis < n_axes]
    filled = named + [axis for axis in range(n_axes) if axis not in named]
    if len(filled) < 2:
        return (0, 0)
    return (filled[0], filled[1])
