"""Placement null for reconstructions: real codes, random rays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.core.errors import BadInput
from armillary.core.span import span_rows
from armillary.inference import NullTest
from armillary.shape.indices import mixture_index, separability

Codes = Float[np.ndarray, "point member"]
Directions = Float[np.ndarray, "member d_model"]
Draw = Callable[..., Directions]

N_AXES = 5  # principal components whose neighbouring pairs are the planes looked at
MOST_POINTS = 5_000


def random_rays(directions: Directions, *, rng: np.random.Generator) -> Directions:
    """Draw rows uniformly from the sphere; keeps their number, lengths and dimension."""
    drawn = rng.standard_normal(directions.shape)
    length = np.linalg.norm(directions, axis=1) / np.linalg.norm(drawn, axis=1)
    return drawn * length[:, None]


def dealt_rays(directions: Directions, *, rng: np.random.Generator) -> Directions:
    """Deal the same rows to the features in another order; keeps every angle between rows."""
    return directions[rng.permutation(directions.shape[0])]


def ray_clouds(
    codes: Codes,
    directions: Directions,
    *,
    n_draws: int,
    n_axes: int = N_AXES,
    draw: Draw = random_rays,
    rng: np.random.Generator,
) -> Iterator[Float[np.ndarray, "point axis"]]:
    """Draw reconstructions with the same codes and other rays.

    Parameters
    ----------
    codes
        Activation of each member on each token.
    directions
        Decoder rows that are replaced.
    n_draws
        How many clouds.
    n_axes
        Principal components kept of each; fewer where the rays span fewer.
    draw
        ``draw(directions, rng=rng)`` returns other rows: ``random_rays`` or ``dealt_rays``.
    rng
        Source of randomness.

    Returns
    -------
    Iterator
        Principal coordinates of one drawn reconstruction after the other.
    """
    return (
        principal_scores(codes, draw(directions, rng=rng), n_axes=n_axes) for _ in range(n_draws)
    )


def principal_scores(
    codes: Codes, directions: Directions, *, n_axes: int = N_AXES
) -> Float[np.ndarray, "point axis"]:
    """Return the leading principal coordinates of ``codes @ directions``, without forming it.

    From the covariance of the codes and the Gram matrix of the rows, in as many dimensions as
    there are members.

    Parameters
    ----------
    codes
        Activation of each member on each token.
    directions
        Decoder rows.
    n_axes
        Most components; those shorter than 1e-6 of the longest are dropped.

    Returns
    -------
    Float[np.ndarray, "point axis"]
        Zero-mean, uncorrelated columns of falling length; signs are arbitrary.
    """
    span = span_rows(directions)
    centred = codes - codes.mean(axis=0)
    variance, axes = np.linalg.eigh(span.T @ (centred.T @ centred) @ span)
    kept = np.flatnonzero(variance > 1e-12 * max(float(variance[-1]), 0.0))[::-1][:n_axes]
    return centred @ (span @ axes[:, kept])


@dataclass(frozen=True, slots=True, eq=False)
class Irreducibility:
    """Both indices on each plane of neighbouring components, beside the placement null.

    Parameters
    ----------
    mixture, separability
        Indices of planes (1,2), (2,3), ... of the reconstruction.
    null_mixture, null_separability
        The same planes of reconstructions with the same codes and other rays.
    floor_mixture, floor_separability
        Means over Gaussian planes of the same size and proportions: what the indices are where
        there is nothing, with their small-sample bias.
    n_points
        Tokens the indices were computed on, the null's and the floor's as well.
    null_name
        What the null keeps.
    """

    mixture: Float[np.ndarray, " plane"]
    separability: Float[np.ndarray, " plane"]
    null_mixture: Float[np.ndarray, "draw plane"]
    null_separability: Float[np.ndarray, "draw plane"]
    floor_mixture: Float[np.ndarray, " plane"]
    floor_separability: Float[np.ndarray, " plane"]
    n_points: int
    null_name: str

    @property
    def score(self) -> float:
        """Mean over planes of (1 - mixture) x separability, by which clusters are ranked."""
        return float(((1 - self.mixture) * self.separability).mean())

    @property
    def test(self) -> NullTest:
        """The score against the placement null: whether it is more than co-firing alone gives."""
        null = ((1 - self.null_mixture) * self.null_separability).mean(axis=1)
        return NullTest(self.score, null, self.null_name)

    def separability_test(self, plane: int) -> NullTest:
        """Return one plane's separability against the null; high is irreducible."""
        null = self.null_separability[:, plane]
        return NullTest(float(self.separability[plane]), null, self.null_name)

    def mixture_test(self, plane: int) -> NullTest:
        """Return one plane's ``1 - mixture`` against the null; high is irreducible."""
        null = 1 - self.null_mixture[:, plane]
        return NullTest(1 - float(self.mixture[plane]), null, self.null_name)

    def __repr__(self) -> str:
        """Show every plane beside its null and floor."""
        head = f"{self.n_points:,} points, null: {self.null_name}"
        lines: list[str] = []
        for k in range(self.mixture.size):
            s = _beside(self.separability, self.null_separability, self.floor_separability, at=k)
            m = _beside(self.mixture, self.null_mixture, self.floor_mixture, at=k)
            lines.append(f"plane {k + 1},{k + 2}: S {s}; M {m}")
        test = self.test
        tail = f"score {self.score:.3f}, p {test.pvalue:.2g} (no less than {test.reach:.2g})"
        return "\n".join([head, *lines, tail])


def irreducibility(
    codes: Codes,
    directions: Directions,
    *,
    n_null: int = 99,
    draw: Draw = random_rays,
    n_angles: int = 360,
    most_points: int = MOST_POINTS,
    rng: np.random.Generator,
) -> Irreducibility:
    """Measure both indices of a reconstruction beside the same codes on other rays.

    Planes are those of neighbouring principal components of ``codes @ directions``, the first
    five as far as there are any. The null redraws the rows and keeps the codes: what it scores is
    owed to which features fire together, not to where they sit.

    Parameters
    ----------
    codes
        Activation of each member on each token; at least one fires on every token.
    directions
        Decoder rows, in as many dimensions as random rays shall have: in many they are nearly
        orthogonal, in few they are not, and the null differs.
    n_null
        Draws of the null; the smallest p is ``1 / (n_null + 1)``.
    draw
        How rows are redrawn: ``random_rays`` or ``dealt_rays``.
    n_angles
        Directions of ``mixture_index``.
    most_points
        Tokens beyond this number are left out at random, for the data, the null and the floor
        alike.
    rng
        Source of randomness.

    Returns
    -------
    Irreducibility
        Indices, null and floor for each plane; ``test`` is the verdict on placement.

    Raises
    ------
    BadInput
        If codes and directions disagree, or the reconstruction has no plane.

    Notes
    -----
    The indices tell a circle from neither clusters on a ring nor sparse co-firing: a high score
    with a high p says nothing of placement. Turning the model's space changes nothing.
    """
    if codes.shape[1] != directions.shape[0]:
        raise BadInput(f"{codes.shape[1]} columns of codes for {directions.shape[0]} directions")
    if codes.shape[0] > most_points:
        codes = codes[np.sort(rng.choice(codes.shape[0], most_points, replace=False))]
    codes = np.asarray(codes, dtype=np.float64)
    scores = principal_scores(codes, directions)
    if scores.shape[1] < 2 or scores.shape[0] < 2:
        raise BadInput("the reconstruction has fewer than two dimensions: no plane to look at")
    observed = _indices(scores, n_angles=n_angles)
    clouds = ray_clouds(
        codes, directions, n_draws=n_null, n_axes=scores.shape[1], draw=draw, rng=rng
    )
    null = np.array([_indices(cloud, n_angles=n_angles) for cloud in clouds])
    null = null.reshape(n_null, 2, -1)
    floor = np.mean(
        [
            _indices(rng.standard_normal(scores.shape) * scores.std(axis=0), n_angles=n_angles)
            for _ in range(20)
        ],
        axis=0,
    )
    name = NULL_NAMES.get(draw, "same codes, other rays")
    return Irreducibility(
        observed[0], observed[1], null[:, 0], null[:, 1], floor[0], floor[1], scores.shape[0], name
    )


NULL_NAMES: dict[Draw, str] = {
    random_rays: "same codes, random rays",
    dealt_rays: "same codes, the rays dealt to other features",
}


def _indices(
    scores: Float[np.ndarray, "point axis"], *, n_angles: int
) -> Float[np.ndarray, "2 plane"]:
    planes = [scores[:, k : k + 2] for k in range(scores.shape[1] - 1)]
    return np.array(
        [
            [mixture_index(plane, n_angles=n_angles) for plane in planes],
            [separability(plane) for plane in planes],
        ]
    )


def _beside(
    value: Float[np.ndarray, " plane"],
    null: Float[np.ndarray, "draw plane"],
    floor: Float[np.ndarray, " plane"],
    *,
    at: int,
) -> str:
    low, high = np.quantile(null[:, at], [0.05, 0.95]) if null.size else (np.nan, np.nan)
    return f"{value[at]:.3f} (null {low:.2f}..{high:.2f}, floor {floor[at]:.2f})"
