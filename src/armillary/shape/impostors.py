"""Impostors: clouds that look like a shape without being it (parametric bootstrap, level b)."""

import math

import numpy as np
from jaxtyping import Float, Int

from armillary.shape.clusters import best_mixture, clear_clusters, ward_labels
from armillary.shape.factor import centre_classes
from armillary.shape.haar import haar_clouds
from armillary.shape.lattice import best_factor
from armillary.shape.views import Batch, principal, whiten

PILOT_DRAWS = 16  # clouds that heavy radii are fitted on
PILOT_ROUNDS = 3
Cloud = Float[np.ndarray, "point axis"]


def mixture_clouds(scores: Cloud, *, n_draws: int, rng: np.random.Generator) -> Batch:
    """Draw from a mixture of Gaussian clusters fitted to the cloud.

    Ward's clusters in the first four whitened axes; their number is the one that saves most nats
    (``best_mixture``) in the first 2 or 4, at least 2 and at most n / 3. Sizes and centres stay,
    scatter is Gaussian with the pooled within-cluster variance of each axis (divisor n - k).

    Parameters
    ----------
    scores
        The cloud in principal coordinates.
    n_draws
        Number of clouds.
    rng
        Source of randomness.

    Returns
    -------
    Float[np.ndarray, "draw point axis"]
        Clouds in principal coordinates, in the units of ``scores``.
    """
    n = scores.shape[0]
    leading = whiten(scores[None])[0]
    most = max(2, n // 3)
    options = [best_mixture(leading[:, :r], most=most) for r in (2, 4) if r <= scores.shape[1]]
    k = max(max(options)[1], 2) if options else 2
    label = ward_labels(leading[:, :4], k)
    return _scattered(scores, label, n_draws=n_draws, rng=rng)


def flat_mixture_clouds(scores: Cloud, *, n_draws: int, rng: np.random.Generator) -> Batch:
    """Draw from a mixture whose clusters have nothing nested in them: the impostor of a tree.

    Ward's clusters in all axes, as many as stand out (``clear_clusters``) or else the root of the
    number of points. With more of them the mixture would be the tree itself. Sizes, centres and
    scatter as in ``mixture_clouds``.

    Parameters
    ----------
    scores
        The cloud in principal coordinates.
    n_draws
        Number of clouds.
    rng
        Source of randomness.

    Returns
    -------
    Float[np.ndarray, "draw point axis"]
        Clouds in principal coordinates, in the units of ``scores``.
    """
    k = clear_clusters(scores) or max(2, round(math.sqrt(scores.shape[0])))
    return _scattered(scores, ward_labels(scores, k), n_draws=n_draws, rng=rng)


def _scattered(
    scores: Cloud, label: Int[np.ndarray, " point"], *, n_draws: int, rng: np.random.Generator
) -> Batch:
    """Keep every cluster's centre and size; scatter is Gaussian with the pooled spread."""
    k = int(label.max()) + 1
    centres = np.stack([scores[label == c].mean(axis=0) for c in range(k)])
    sd = np.sqrt(((scores - centres[label]) ** 2).sum(axis=0) / max(scores.shape[0] - k, 1))
    noise = rng.standard_normal((n_draws, *scores.shape)) * sd
    return principal(centres[label] + noise)


def line_clouds(scores: Cloud, *, n_draws: int, rng: np.random.Generator) -> Batch:
    """Draw clouds along a line: positions on the leading axis stay, the rest is a Haar cloud.

    Parameters
    ----------
    scores
        The cloud in principal coordinates.
    n_draws
        Number of clouds.
    rng
        Source of randomness.

    Returns
    -------
    Float[np.ndarray, "draw point axis"]
        Clouds in principal coordinates, in the units of ``scores``;
        their summed variance is that of ``scores``.
    """
    out = np.repeat(scores[None], n_draws, axis=0)
    if scores.shape[1] > 1:
        out[:, :, 1:] = haar_clouds(scores[:, 1:], n_draws=n_draws, rng=rng)
    return principal(out)


def elliptical_clouds(scores: Cloud, *, n_draws: int, rng: np.random.Generator) -> Batch:
    """Draw heavy-tailed clouds: random directions with the cloud's own spectrum and radii.

    Radii are whitened distances from the centre in the leading m axes, m the participation ratio
    of the spectrum; the other axes are a Haar cloud. Whitening a cloud by its own covariance pulls
    outliers in, and would do so again in the draws: the radii are stretched, rank by rank, until
    those of pilot draws are the cloud's own on average.

    Parameters
    ----------
    scores
        The cloud in principal coordinates.
    n_draws
        Number of clouds.
    rng
        Source of randomness.

    Returns
    -------
    Float[np.ndarray, "draw point axis"]
        Clouds in principal coordinates.
    """
    variance = (scores**2).mean(axis=0)
    ratio = variance.sum() ** 2 / max(float((variance**2).sum()), 1e-300)
    m = min(scores.shape[1], math.ceil(ratio - 1e-9))
    wanted = _ranked_radii(scores[None], m)[0]
    radius = wanted.copy()
    for _ in range(PILOT_ROUNDS):
        pilot = _with_radii(scores, radius, m, n_draws=PILOT_DRAWS, rng=rng)
        radius *= wanted / np.maximum(_ranked_radii(pilot, m).mean(axis=0), 1e-9)
    return _with_radii(scores, radius, m, n_draws=n_draws, rng=rng)


def _ranked_radii(clouds: Batch, m: int) -> Float[np.ndarray, "draw point"]:
    return np.sort(np.sqrt((whiten(clouds)[:, :, :m] ** 2).sum(axis=2)), axis=1)


def _with_radii(
    scores: Cloud,
    radius: Float[np.ndarray, " point"],
    m: int,
    *,
    n_draws: int,
    rng: np.random.Generator,
) -> Batch:
    """Draw Haar clouds whose points have these radii, in random order, in the leading m axes."""
    drawn = haar_clouds(scores, n_draws=n_draws, rng=rng)
    own = np.sqrt((whiten(drawn)[:, :, :m] ** 2).sum(axis=2))
    shuffled = rng.permuted(np.repeat(radius[None], n_draws, axis=0), axis=1)
    drawn[:, :, :m] *= (shuffled / np.maximum(own, 1e-9))[:, :, None]
    return principal(drawn)


def ball_clouds(scores: Cloud, *, n_draws: int, rng: np.random.Generator) -> Batch:
    """Draw solid balls (ellipsoids) with the cloud's spectrum in its five leading axes.

    The five leading coordinates are uniform in a ball of radius sqrt(7) standard deviations (m
    axes: sqrt(m + 2), which makes their variances those of the cloud), the others Gaussian.

    Parameters
    ----------
    scores
        The cloud in principal coordinates.
    n_draws
        Number of clouds.
    rng
        Source of randomness.

    Returns
    -------
    Float[np.ndarray, "draw point axis"]
        Clouds in principal coordinates, in the units of ``scores``.
    """
    n, r = scores.shape
    m = min(5, r)
    sd = np.sqrt((scores**2).mean(axis=0))
    points = rng.standard_normal((n_draws, n, r))
    length = np.linalg.norm(points[:, :, :m], axis=2, keepdims=True)
    radius = rng.uniform(size=(n_draws, n, 1)) ** (1 / m) * np.sqrt(m + 2)
    points[:, :, :m] *= radius / length
    return principal(points * sd)


def paired_clouds(scores: Cloud, *, n_draws: int, rng: np.random.Generator) -> Batch:
    """Draw clouds with the same factor and equally close partners, concepts at random.

    The factor whose classes hold the closest partners is divided out; what remains of the largest
    class is replaced by a Haar cloud, and every point of another class sits by its partner (the
    nearest of the largest class), with the observed differences between partners, dealt anew.

    Parameters
    ----------
    scores
        The cloud in principal coordinates.
    n_draws
        Number of clouds.
    rng
        Source of randomness.

    Returns
    -------
    Float[np.ndarray, "draw point axis"]
        Clouds in principal coordinates, in the units of ``scores``.
    """
    found = best_factor(scores)
    split = found.split[0]
    rest = centre_classes(scores[None], found.split)[0]
    value, count = np.unique(split, return_counts=True)
    first = np.flatnonzero(split == value[count.argmax()])
    others = np.flatnonzero(split != value[count.argmax()])
    distance = ((rest[first][:, None] - rest[others][None]) ** 2).sum(axis=2)
    where = distance.argmin(axis=0)
    half = (rest[others] - rest[first[where]]) / 2
    middle = rest[first].copy()
    for own in np.unique(where):
        middle[own] += half[where == own].mean(axis=0)
    kept = middle - middle.mean(axis=0)
    left, length, axes = np.linalg.svd(kept, full_matrices=False)
    keep = length > 1e-9 * length[0]
    concepts = haar_clouds(left[:, keep] * length[keep], n_draws=n_draws, rng=rng) @ axes[keep]
    out = np.repeat((scores - rest)[None], n_draws, axis=0)
    jitter = np.stack([half[rng.permutation(half.shape[0])] for _ in range(n_draws)])
    out[:, first] += concepts
    out[:, others] += concepts[:, where] + 2 * jitter
    return principal(out)
