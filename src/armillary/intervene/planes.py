"""Planes to turn in: fitted to class means without their order, with it, or drawn at random."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.shape.ring import fit_circles, planes, ring_nats


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A plane through activation space, with a centre and a sense of rotation.

    Parameters
    ----------
    centre
        What is turned about.
    basis
        Two orthonormal rows; a positive angle goes from the first to the second.
    how
        How it was found.
    """

    centre: Float[np.ndarray, " d_model"]
    basis: Float[np.ndarray, "2 d_model"]
    how: str

    def coordinates(self, points: Float[np.ndarray, "*point d_model"]) -> np.ndarray:
        """Return where points lie in the plane, seen from the centre.

        Parameters
        ----------
        points
            Activations.

        Returns
        -------
        array
            ``(points - centre) @ basis.T``, two columns.
        """
        return (points - self.centre) @ self.basis.T

    def angles(self, points: Float[np.ndarray, "*point d_model"]) -> np.ndarray:
        """Return the direction of points from the centre, radians in [-pi, pi].

        Parameters
        ----------
        points
            Activations.

        Returns
        -------
        array
            One angle a point.
        """
        across = self.coordinates(points)
        return np.arctan2(across[..., 1], across[..., 0])


def leading_plane(means: Float[np.ndarray, "word d_model"]) -> Plane:
    """Take the plane of the first two principal components of class means, not knowing their order.

    The order of the words gives one bit only: which way round counts as forward.

    Parameters
    ----------
    means
        Mean activation of each word, at least four, in cyclic order.

    Returns
    -------
    Plane
        Through the mean of the means.

    Raises
    ------
    BadInput
        If there are fewer than four words or they do not span a plane.
    """
    centre, axes, _ = _components(means)
    how = "principal components 1 and 2 of the class means"
    return oriented(Plane(centre, axes[:2], how), means)


def ring_plane(means: Float[np.ndarray, "word d_model"], *, n_axes: int = 6) -> Plane:
    """Find the pair of principal components in which class means look most like a ring.

    Among all pairs of the first ``n_axes``, the one that the ring score
    (``armillary.shape.ring.ring_nats``) likes best, not knowing the order of the words, which
    gives one bit only. The score does not see how much variance a plane holds: with a dozen means
    a small plane may look round by chance.

    Parameters
    ----------
    means
        Mean activation of each word, at least four, in cyclic order.
    n_axes
        Components whose pairs are searched.

    Returns
    -------
    Plane
        Through the mean of the means; ``how`` names the pair, counted from 1.

    Raises
    ------
    BadInput
        If there are fewer than four words or they do not span a plane.
    """
    centre, axes, scores = _components(means)
    pairs = planes(min(n_axes, axes.shape[0]))
    nats = ring_nats(fit_circles(scores[None], pairs))[0]
    first, second = pairs[int(nats.argmax())]
    how = f"principal components {first + 1} and {second + 1} of the class means, by ring score"
    return oriented(Plane(centre, axes[[first, second]], how), means)


def calendar_plane(means: Float[np.ndarray, "word d_model"]) -> Plane:
    """Find the plane of the first harmonic of the class means, knowing their order.

    Least squares of the centred means on cos and sin of ``2 pi i / n``; the plane is spanned by
    the two coefficient vectors.

    Parameters
    ----------
    means
        Mean activation of each word, at least four, in cyclic order.

    Returns
    -------
    Plane
        Through the mean of the means.

    Raises
    ------
    BadInput
        If there are fewer than four words or the harmonic does not span a plane.
    """
    centre = _checked(means).mean(axis=0)
    n = int(means.shape[0])
    phase = 2 * np.pi * np.arange(n) / n
    waves = np.stack([np.cos(phase), np.sin(phase)]) @ (means - centre)
    _, size, axes = np.linalg.svd(waves, full_matrices=False)
    if size[1] < 1e-9 * max(size[0], 1e-30):
        raise BadInput("the first harmonic of these means is a line or nothing: no plane to turn")
    return oriented(Plane(centre, axes, "first harmonic in the order of the words"), means)


def second_plane(means: Float[np.ndarray, "word d_model"], first: Plane) -> Plane:
    """Find the next best plane: leading two components of what the first plane leaves.

    Parameters
    ----------
    means
        Mean activation of each word.
    first
        The plane to leave out; the result is orthogonal to it.

    Returns
    -------
    Plane
        With the centre of ``first``.

    Raises
    ------
    BadInput
        If the means span fewer than four dimensions.
    """
    rest = left_over(means, first)
    if rest.shape[0] < 2:
        raise BadInput(f"{means.shape[0]} means leave no second plane: give more words")
    how = "leading two components of what the circle's plane leaves of the class means"
    return oriented(Plane(first.centre, rest[:2], how), means)


def left_over(means: Float[np.ndarray, "word d_model"], first: Plane) -> np.ndarray:
    """Return an orthonormal basis of what a plane leaves of the span of class means.

    Parameters
    ----------
    means
        Mean activation of each word.
    first
        The plane to leave out.

    Returns
    -------
    array
        Orthonormal rows, strongest first; orthogonal to the plane.
    """
    rest = means - means.mean(axis=0)
    rest = rest - rest @ first.basis.T @ first.basis
    _, size, axes = np.linalg.svd(rest, full_matrices=False)
    return axes[size > 1e-6 * max(float(np.linalg.norm(means - means.mean(axis=0))), 1e-30)]


def random_plane(
    within: Float[np.ndarray, "axis d_model"] | int,
    *,
    centre: Float[np.ndarray, " d_model"],
    rng: np.random.Generator,
) -> Plane:
    """Draw a plane uniformly from a space.

    Parameters
    ----------
    within
        Orthonormal rows spanning the space, at least two; or its dimension, for all of it.
    centre
        What to turn about.
    rng
        Where randomness comes from.

    Returns
    -------
    Plane
        Haar-distributed, with a random sense of rotation.
    """
    n = within if isinstance(within, int) else within.shape[0]
    basis = np.linalg.qr(rng.standard_normal((n, 2)))[0].T
    if not isinstance(within, int):
        basis = basis @ within
    return Plane(centre, basis, "random")


def oriented(plane: Plane, means: Float[np.ndarray, "word d_model"]) -> Plane:
    """Mirror a plane, if need be, so that the words in order go round it forwards.

    Forwards is the sense ``s`` with the larger ``|mean(exp(i (angle - s 2 pi step / n)))|``.

    Parameters
    ----------
    plane
        The plane.
    means
        Mean activation of each word, in cyclic order.

    Returns
    -------
    Plane
        The same plane, the second axis negated if that is forwards.
    """
    angle = plane.angles(means)
    phase = 2 * np.pi * np.arange(angle.size) / angle.size
    forwards = abs(np.exp(1j * (angle - phase)).mean())
    backwards = abs(np.exp(1j * (angle + phase)).mean())
    if forwards >= backwards:
        return plane
    return replace(plane, basis=plane.basis * np.array([[1.0], [-1.0]]))


def _checked(means: Float[np.ndarray, "word d_model"]) -> Float[np.ndarray, "word d_model"]:
    if means.shape[0] < 4:
        raise BadInput(f"{means.shape[0]} words make no circle: give at least four")
    return means


def _components(
    means: Float[np.ndarray, "word d_model"],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    centre = _checked(means).mean(axis=0)
    left, size, axes = np.linalg.svd(means - centre, full_matrices=False)
    kept = size > 1e-6 * max(float(size[0]), 1e-30)
    if kept.sum() < 2 or size[0] == 0:
        raise BadInput("the class means lie on a line: there is no plane to turn in")
    return centre, axes[kept], (left * size)[:, kept]
