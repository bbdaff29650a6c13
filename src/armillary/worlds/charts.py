"""Charts: curves and surfaces by their own coordinates, forwards and backwards."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.worlds.truth import Factor

TAU = 2 * np.pi
_GRID = {1: 4096, 2: 256}
_ROLL = (1.5 * np.pi, 4.5 * np.pi)


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A curve or surface by coordinates that are uniform on a box.

    Parameters
    ----------
    kind
        ``"segment"``, ``"disk"``, ``"circle"``...
    coordinates
        Their names.
    low, high
        The box.
    points
        From coordinates ``(token, coordinate)`` to points ``(token, dim)``.
    places
        Back from points to coordinates in the box: exact on the manifold; off it, those of some
        point of the manifold nearby.
    cyclic
        Whether a coordinate's ends are the same point.
    """

    kind: str
    coordinates: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    points: Callable[[np.ndarray], np.ndarray]
    places: Callable[[np.ndarray], np.ndarray]
    cyclic: tuple[bool, ...]

    def draw(self, n: int, *, rng: np.random.Generator) -> Float[np.ndarray, "token coordinate"]:
        """Draw coordinates, uniform on the box."""
        return rng.uniform(self.low, self.high, (n, len(self.low)))

    def grid(self) -> Float[np.ndarray, "token coordinate"]:
        """Return the midpoints of equal cells of the box: 4,096 on a line, 256 x 256 on a sheet."""
        dim = len(self.low)
        steps = (np.arange(_GRID[dim]) + 0.5) / _GRID[dim]
        cells = np.stack(np.meshgrid(*[steps] * dim, indexing="ij"), axis=-1).reshape(-1, dim)
        return np.array(self.low) + cells * (np.array(self.high) - np.array(self.low))

    def off(self, points: Float[np.ndarray, "token dim"]) -> Float[np.ndarray, " token"]:
        """Return the distance of points to where ``places`` puts them: 0 on the manifold."""
        return np.linalg.norm(points - self.points(self.places(points)), axis=1)


def normalised(chart: Chart, *, size: float = 1.0) -> Chart:
    """Return the chart with its mean at the origin and ``size`` as its root mean squared length.

    Mean and size are integrals over the box by the midpoint rule.
    """
    grid = chart.points(chart.grid())
    centre = grid.mean(axis=0)
    scale = size / float(np.sqrt(((grid - centre) ** 2).sum(axis=1).mean()))
    return Chart(
        chart.kind, chart.coordinates, chart.low, chart.high,
        lambda at: (chart.points(at) - centre) * scale,
        lambda x: chart.places(x / scale + centre),
        chart.cyclic,
    )  # fmt: skip


def chart_factor(name: str, chart: Chart, axes: Float[np.ndarray, "dim d_model"]) -> Factor:
    """Return the factor that lays a chart into d_model along these orthonormal rows."""

    def embed(at: np.ndarray) -> np.ndarray:
        return (chart.points(at) @ axes).astype(np.float32)

    box = {"low": list(chart.low), "high": list(chart.high), "cyclic": list(chart.cyclic)}
    return Factor(name, chart.kind, axes, embed, chart.coordinates, box)


def segment() -> Chart:
    """Return ``t`` in [-1, 1]: one dimension."""
    return Chart(
        "segment", ("position",), (-1.0,), (1.0,),
        lambda at: at, lambda x: np.clip(x, -1, 1), (False,),
    )  # fmt: skip


def circle() -> Chart:
    """Return ``(cos t, sin t)``: two dimensions."""
    return Chart(
        "circle", ("angle",), (0.0,), (TAU,),
        lambda at: _round(at[:, 0]), lambda x: _angle(x)[:, None], (True,),
    )  # fmt: skip


def disk() -> Chart:
    """Return ``sqrt(a) (cos t, sin t)`` with the area ``a`` in [0, 1]: two dimensions."""

    def places(x: np.ndarray) -> np.ndarray:
        return np.column_stack([np.clip((x**2).sum(axis=1), 0, 1), _angle(x)])

    return Chart(
        "disk", ("area", "angle"), (0.0, 0.0), (1.0, TAU),
        lambda at: np.sqrt(at[:, :1]) * _round(at[:, 1]), places, (False, True),
    )  # fmt: skip


def sphere() -> Chart:
    """Return the unit sphere by height in [-1, 1] and longitude, uniform: three dimensions."""

    def points(at: np.ndarray) -> np.ndarray:
        return np.column_stack([np.sqrt(1 - at[:, :1] ** 2) * _round(at[:, 1]), at[:, 0]])

    def places(x: np.ndarray) -> np.ndarray:
        length = np.maximum(np.linalg.norm(x, axis=1), 1e-12)
        return np.column_stack([np.clip(x[:, 2] / length, -1, 1), _angle(x)])

    return Chart(
        "sphere", ("height", "longitude"), (-1.0, 0.0), (1.0, TAU), points, places, (False, True)
    )


def torus(ratio: float = 1.0) -> Chart:
    """Return the flat torus ``(cos s, sin s, r cos t, r sin t)``: four dimensions."""
    return Chart(
        "torus", ("first", "second"), (0.0, 0.0), (TAU, TAU),
        lambda at: np.hstack([_round(at[:, 0]), ratio * _round(at[:, 1])]),
        lambda x: np.column_stack([_angle(x), _angle(x[:, 2:])]), (True, True),
    )  # fmt: skip


def helix(turns: float = 2.0, rise: float = 1.0) -> Chart:
    """Return ``(cos w t, sin w t, rise t)``, t in [-1, 1], ``w = pi turns``: three dimensions."""
    w = np.pi * turns
    return Chart(
        "helix", ("position",), (-1.0,), (1.0,),
        lambda at: np.column_stack([_round(w * at[:, 0]), rise * at[:, 0]]),
        lambda x: np.clip(x[:, 2:3] / rise, -1, 1), (False,),
    )  # fmt: skip


def moebius() -> Chart:
    """Return the Moebius band of radius 1 and half width 1/2: three dimensions.

    ``((1 + s/2 cos t/2) cos t, (1 + s/2 cos t/2) sin t, s/2 sin t/2)`` with ``s`` in [-1, 1].
    """

    def points(at: np.ndarray) -> np.ndarray:
        t, s = at[:, 0], at[:, 1] / 2
        return np.column_stack([(1 + s * np.cos(t / 2))[:, None] * _round(t), s * np.sin(t / 2)])

    def places(x: np.ndarray) -> np.ndarray:
        t = _angle(x)
        out = np.hypot(x[:, 0], x[:, 1]) - 1
        across = out * np.cos(t / 2) + x[:, 2] * np.sin(t / 2)
        return np.column_stack([t, np.clip(2 * across, -1, 1)])

    return Chart(
        "moebius", ("angle", "across"), (0.0, -1.0), (TAU, 1.0), points, places, (False, False)
    )


def swiss_roll() -> Chart:
    """Return ``(t cos t, t sin t, h)``, ``t`` in [1.5 pi, 4.5 pi], ``h`` in [0, 21]: three."""

    def places(x: np.ndarray) -> np.ndarray:
        t = np.clip(np.hypot(x[:, 0], x[:, 1]), *_ROLL)
        return np.column_stack([t, np.clip(x[:, 2], 0, 21)])

    return Chart(
        "swiss_roll", ("angle", "height"), (_ROLL[0], 0.0), (_ROLL[1], 21.0),
        lambda at: np.column_stack([at[:, :1] * _round(at[:, 0]), at[:, 1]]),
        places, (False, False),
    )  # fmt: skip


CHARTS: dict[str, Callable[[], Chart]] = {
    "segment": segment,
    "disk": disk,
    "circle": circle,
    "sphere": sphere,
    "helix": helix,
    "torus": torus,
    "moebius": moebius,
    "swiss_roll": swiss_roll,
}


def chart(kind: str) -> Chart:
    """Return the chart of a kind, with its default parameters.

    Raises
    ------
    BadInput
        If there is no such kind.
    """
    if kind not in CHARTS:
        raise BadInput(f"there is no manifold {kind!r}: {', '.join(CHARTS)}")
    return CHARTS[kind]()


def _round(angle: np.ndarray) -> np.ndarray:
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _angle(x: np.ndarray) -> np.ndarray:
    return np.arctan2(x[:, 1], x[:, 0]) % TAU
