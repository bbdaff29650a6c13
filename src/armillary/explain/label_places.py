"""Label places: names beside points, none over another."""

from collections.abc import Sequence

Box = tuple[float | int, float | int, float | int, float | int]  # left, top, right, bottom
_TRIES = ((9, 4, "start"), (-9, 4, "end"), (0, -9, "middle"), (0, 17, "middle"),
          (8, -7, "start"), (8, 15, "start"), (-8, -7, "end"), (-8, 15, "end"),
          (14, -18, "start"), (14, 26, "start"), (-14, -18, "end"), (-14, 26, "end"))  # fmt: skip


def label_places(
    points: Sequence[tuple[float, float]],
    texts: Sequence[str],
    *,
    frame: Box,
    letter: float = 5.8,
    height: float = 11.0,
    kept_free: Sequence[Box] = (),
) -> list[tuple[float, float, str] | None]:
    """Place names beside points, greedily, the first names first.

    Parameters
    ----------
    points
        In pixels, y downwards.
    texts
        One a point; an empty one is not placed but its point is kept free.
    frame
        No name leaves it.
    letter, height
        Width of a letter and height of a line, in pixels.
    kept_free
        Boxes that no name may touch.

    Returns
    -------
    list
        x and y of the baseline and where the text is anchored (``start``, ``middle``, ``end``);
        None where no place was free.
    """
    taken: list[Box] = [(x - 4, y - 4, x + 4, y + 4) for x, y in points]
    taken += kept_free  # after the points, so that a point's index is its own
    out: list[tuple[float, float, str] | None] = []
    for i, ((x, y), text) in enumerate(zip(points, texts, strict=True)):
        found = None
        for dx, dy, anchor in _TRIES if text else ():
            width = letter * len(text)
            left = x + dx - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
            box = (left, y + dy - height + 2, left + width, y + dy + 2)
            others = (b for j, b in enumerate(taken) if j != i)
            if _inside(box, frame) and not any(_meet(box, other) for other in others):
                taken.append(box)
                found = (x + dx, y + dy, anchor)
                break
        out.append(found)
    return out


def _inside(box: Box, frame: Box) -> bool:
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
