"""Even rings and rows: how much of a cloud's variance evenly spaced points explain."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

Clouds = Float[np.ndarray, "draw point axis"]
PLANES = ((0, 1), (0, 2), (1, 2))
AXES = (0, 1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class EvenFit:
    """The best even ring or row of one cloud.

    Parameters
    ----------
    share
        Share of the cloud's variance that it explains, in [0, 1].
    axes
        The principal axes whose angles (or coordinate) give the order.
    order
        Points in that order.
    """

    share: float
    axes: tuple[int, ...]
    order: Int[np.ndarray, " point"]


def ring_share(clouds: Clouds) -> Float[np.ndarray, " draw"]:
    """Measure how much variance an even ring explains, points in their angular order.

    In each of the planes (1,2), (1,3), (2,3) of the leading principal axes the points are taken in
    the order of their angles and given the angles ``2 pi i / n``; the best linear image of that
    circle in the whole space explains ``sum_axis |c_axis|^2`` of the variance, where ``c`` are the
    first Fourier coefficients of the coordinates in that order. The largest share counts.

    Parameters
    ----------
    clouds
        Zero-mean clouds in principal coordinates, two axes or more.

    Returns
    -------
    Float[np.ndarray, " draw"]
        In [0, 1]; 1 for an even ellipse in order. Two long axes alone raise it as well, so
        it is read against draws.
    """
    return _best(clouds, _rings(clouds))


def row_share(clouds: Clouds) -> Float[np.ndarray, " draw"]:
    """Measure how much variance an even row explains, points in the order of one leading axis.

    As ``ring_share``, with positions ``i - (n - 1) / 2`` along each of the first three axes.

    Parameters
    ----------
    clouds
        Zero-mean clouds in principal coordinates.

    Returns
    -------
    Float[np.ndarray, " draw"]
        In [0, 1]; 1 for evenly spaced points on a straight line.
    """
    return _best(clouds, _rows(clouds))


def even_ring(cloud: Float[np.ndarray, "point axis"]) -> EvenFit:
    """Return the ring behind ``ring_share`` of one cloud."""
    return _fit(cloud, _rings(cloud[None]))


def even_row(cloud: Float[np.ndarray, "point axis"]) -> EvenFit:
    """Return the row behind ``row_share`` of one cloud."""
    return _fit(cloud, _rows(cloud[None]))


Ordered = list[tuple[tuple[int, ...], np.ndarray, np.ndarray]]


def _rings(clouds: Clouds) -> Ordered:
    """Orders by angle, with the even ring's two unit vectors."""
    n = clouds.shape[1]
    angle: Float[np.ndarray, " point"] = np.linspace(0.0, 2 * np.pi, n, endpoint=False)
    waves: Float[np.ndarray, "wave point"] = np.stack([np.cos(angle), np.sin(angle)])
    basis = waves * math.sqrt(2 / n)
    return [
        ((i, j), np.argsort(np.arctan2(clouds[:, :, j], clouds[:, :, i]), axis=1), basis)
        for i, j in PLANES
        if j < clouds.shape[2]
    ]


def _rows(clouds: Clouds) -> Ordered:
    """Orders along an axis, with the even row's unit vector."""
    n = clouds.shape[1]
    place: Float[np.ndarray, " point"] = np.linspace(-1.0, 1.0, n)
    basis: Float[np.ndarray, "wave point"] = place[None] / math.sqrt(float(place @ place))
    return [((i,), np.argsort(clouds[:, :, i], axis=1), basis) for i in AXES if i < clouds.shape[2]]


def _best(clouds: Clouds, ordered: Ordered) -> Float[np.ndarray, " draw"]:
    return np.max([_share(clouds, order, basis) for _, order, basis in ordered], axis=0)


def _share(
    clouds: Clouds, order: Int[np.ndarray, "draw point"], basis: Float[np.ndarray, "wave point"]
) -> Float[np.ndarray, " draw"]:
    taken = np.take_along_axis(clouds, order[:, :, None], axis=1)
    explained = ((basis @ taken) ** 2).sum(axis=(1, 2))
    return explained / np.maximum((clouds**2).sum(axis=(1, 2)), 1e-300)


def _fit(cloud: Float[np.ndarray, "point axis"], ordered: Ordered) -> EvenFit:
    shares = [float(_share(cloud[None], order, basis)[0]) for _, order, basis in ordered]
    axes, order, _ = ordered[int(np.argmax(shares))]
    return EvenFit(max(shares), axes, order[0])
