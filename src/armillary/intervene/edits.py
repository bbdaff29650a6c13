"""Edits: the turn, its controls, and the turn of the circle alone; one function each.

An edit gets a ``Site`` and gives displacements ``(1 + step, word, place, d_model)``; row 0 is the
edit with no turn at all, beside which its turns are read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.intervene.curves import fit_curve
from armillary.intervene.moves import resized, slid, turned
from armillary.intervene.planes import (
    Plane,
    calendar_plane,
    leading_plane,
    left_over,
    random_plane,
    ring_plane,
    second_plane,
)

Moves = Float[np.ndarray, "step word place d_model"]


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """What was fitted to the class means of one layer.

    Parameters
    ----------
    means
        Mean activation of each word, in order, from contexts that are not steered.
    circle
        The plane of the first two principal components: found without the order of the words.
    ring
        The pair of components that looks most like a ring: without the order, too.
    calendar
        The plane of the first harmonic: fitted with the order.
    second
        The next best plane after ``circle``.
    rest
        Orthonormal basis of what ``circle`` leaves of the means' span.
    """

    means: Float[np.ndarray, "word d_model"]
    circle: Plane
    ring: Plane
    calendar: Plane
    second: Plane
    rest: Float[np.ndarray, "axis d_model"]


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Where an edit acts: the activations, by how many steps, in which geometry.

    Parameters
    ----------
    points
        Activations of each prompt at the positions edited.
    steps
        How far to turn, in words.
    geometry
        What was fitted.
    rng
        Where randomness comes from.
    """

    points: Float[np.ndarray, "word place d_model"]
    steps: tuple[int, ...]
    geometry: Geometry
    rng: np.random.Generator

    @property
    def angles(self) -> list[float]:
        """No turn first, then each step as an angle, ``2 pi k / n``."""
        return [2 * np.pi * k / self.points.shape[0] for k in (0, *self.steps)]


Edit = Callable[[Site], Moves]


def fit_geometry(means: Float[np.ndarray, "word d_model"]) -> Geometry:
    """Fit every plane that the edits need.

    Parameters
    ----------
    means
        Mean activation of each word, in order; at least five words.

    Returns
    -------
    Geometry
        The planes.

    Raises
    ------
    BadInput
        If the means do not span two planes.
    """
    circle = leading_plane(means)
    return Geometry(
        means=means,
        circle=circle,
        ring=ring_plane(means),
        calendar=calendar_plane(means),
        second=second_plane(means, circle),
        rest=left_over(means, circle),
    )


def _turns(site: Site, plane: Plane) -> Moves:
    return np.stack([turned(site.points, plane, angle) for angle in site.angles])


def identity(site: Site) -> Moves:
    """Add nothing."""
    return np.zeros((1 + len(site.steps), *site.points.shape))


def circle(site: Site) -> Moves:
    """Turn in the plane of the first two principal components, found without the order."""
    return _turns(site, site.geometry.circle)


def ring(site: Site) -> Moves:
    """Turn in the pair of components that looks most like a ring, found without the order."""
    return _turns(site, site.geometry.ring)


def calendar(site: Site) -> Moves:
    """Turn in the plane of the first harmonic, fitted with the order known."""
    return _turns(site, site.geometry.calendar)


def second(site: Site) -> Moves:
    """Turn in the second best plane; lengths as of the circle."""
    return resized(_turns(site, site.geometry.second), circle(site))


def random(site: Site) -> Moves:
    """Turn in a random plane of the whole space, one a word; lengths as of the circle."""
    return _random_turns(site, site.points.shape[-1])


def span(site: Site) -> Moves:
    """Turn in a random plane of the means' span that is orthogonal to the circle's; lengths too."""
    return _random_turns(site, site.geometry.rest)


def _random_turns(site: Site, within: np.ndarray | int) -> Moves:
    centre = site.geometry.circle.centre
    moves = circle(site)
    for word, point in enumerate(site.points):
        plane = random_plane(within, centre=centre, rng=site.rng)
        own = np.stack([turned(point, plane, angle) for angle in site.angles])
        moves[:, word] = resized(own, moves[:, word])
    return moves


def swap(site: Site) -> Moves:
    """Add the difference of class means, target minus source: everything of the word moves."""
    means = site.geometry.means
    rows = [np.roll(means, -k, axis=0) - means for k in (0, *site.steps)]
    return np.broadcast_to(
        np.stack(rows)[:, :, None], (len(rows), *site.points.shape[:2], means.shape[1])
    )


def shove(site: Site) -> Moves:
    """Shift by a random vector as long as the difference of class means."""
    full = swap(site)
    return resized(site.rng.standard_normal(full.shape), full)


def in_plane(site: Site) -> Moves:
    """Add the part of the difference of class means that lies in the circle's plane."""
    basis = site.geometry.circle.basis
    return swap(site) @ basis.T @ basis


def off_plane(site: Site) -> Moves:
    """Add the part of the difference of class means that the circle's plane leaves."""
    return swap(site) - in_plane(site)


def sliding(order: int) -> Edit:
    """Make an edit that slides along the closed curve of so many harmonics of the class means.

    Parameters
    ----------
    order
        Harmonics; 1 is the ellipse of the calendar plane, half the words is the swap.

    Returns
    -------
    callable
        The edit.
    """

    def edit(site: Site) -> Moves:
        curve = fit_curve(site.geometry.means, order=order)
        n, places = site.points.shape[:2]
        here = np.repeat(np.arange(n, dtype=np.float64)[:, None], places, axis=1)
        return np.stack([slid(curve, here, float(k)) for k in (0, *site.steps)])

    return edit


def circle_alone(site: Site) -> Moves:
    """Take away what the circle's plane leaves of the means' span, and turn the circle."""
    return circle(site) - _rest_of(site)


def second_alone(site: Site) -> Moves:
    """Keep the second plane alone of the means' span, as large as the circle, and turn it."""
    return _alone(site, [site.geometry.second] * site.points.shape[0])


def span_alone(site: Site) -> Moves:
    """Keep a random plane of the span alone, orthogonal to the circle, as large, and turn it."""
    geometry = site.geometry
    about = geometry.circle.centre
    draws = [random_plane(geometry.rest, centre=about, rng=site.rng) for _ in site.points]
    return _alone(site, draws)


def _rest_of(site: Site) -> Float[np.ndarray, "word place d_model"]:
    rest = site.geometry.rest
    return (site.points - site.geometry.circle.centre) @ rest.T @ rest


def _alone(site: Site, chosen: list[Plane]) -> Moves:
    """Remove the span of the means but for one plane a word, given the circle's radius."""
    first = site.geometry.circle
    across = first.coordinates(site.points)
    removed = _rest_of(site) + across @ first.basis
    moves = np.repeat(-removed[None], len(site.angles), axis=0)
    for word, plane in enumerate(chosen):
        point = site.points[word]
        kept = resized(plane.coordinates(point), across[word]) @ plane.basis
        at = plane.centre + kept
        moves[:, word] += kept + np.stack([turned(at, plane, angle) for angle in site.angles])
    return moves


EDITS: Mapping[str, Edit] = {
    "identity": identity,
    "circle": circle,
    "ring": ring,
    "calendar": calendar,
    "second": second,
    "random": random,
    "span": span,
    "swap": swap,
    "shove": shove,
    "in plane": in_plane,
    "off plane": off_plane,
    "circle alone": circle_alone,
    "second alone": second_alone,
    "span alone": span_alone,
}
CONTROLS: Mapping[str, tuple[str, ...]] = {
    "circle": ("second", "random", "span"),
    "calendar": ("second", "random", "span"),
    "swap": ("shove",),
    "circle alone": ("second alone", "span alone"),
}
USUAL = ("identity", "circle", "calendar", "second", "random", "span", "swap", "shove")
ALONE = ("circle alone", "second alone", "span alone")
