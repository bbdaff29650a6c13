"""Impostors: clouds that look like a shape without being it (parametric bootstrap, level b)."""

import numpy as np
from jaxtyping import Float

from armillary.shape.clusters import best_mixture, ward_labels
from armillary.shape.haar import haar_clouds
from armillary.shape.views import Batch, centre_classes, look, principal, whiten

Cloud = Float[np.ndarray, "point axis"]


def mixture_clouds(scores: Cloud, *, n_draws: int, rng: np.random.Generator) -> Batch:
    """Draw from a mixture of Gaussian clusters fitted to the cloud.

    Ward's clusters, the number chosen by code length in the leading axes and at most n / 3;
    sizes and centres stay, scatter is Gaussian with the pooled within-cluster spread of each axis.
    """
    n = scores.shape[0]
    leading = whiten(scores[None])[0]
    most = max(2, n // 3)
    options = [best_mixture(leading[:, :r], most=most) for r in (2, 4) if r <= scores.shape[1]]
    k = max(max(options)[1], 2) if options else 2
    label = ward_labels(leading[:, :4], k)
    centres = np.stack([scores[label == c].mean(axis=0) for c in range(k)])
    rest = scores - centres[label]
    sd = np.sqrt((rest**2).sum(axis=0) / max(n - k, 1))
    noise = rng.standard_normal((n_draws, *scores.shape)) * sd
    return principal(centres[label] + noise)


def line_clouds(scores: Cloud, *, n_draws: int, rng: np.random.Generator) -> Batch:
    """Draw clouds along a line: positions on the leading axis stay, the rest is a Haar cloud."""
    out = np.repeat(scores[None], n_draws, axis=0)
    if scores.shape[1] > 1:
        out[:, :, 1:] = haar_clouds(scores[:, 1:], n_draws=n_draws, rng=rng)
    return principal(out)


def elliptical_clouds(scores: Cloud, *, n_draws: int, rng: np.random.Generator) -> Batch:
    """Draw heavy-tailed clouds: random directions with the cloud's own spectrum and radii."""
    radius = np.sqrt((whiten(scores[None])[0] ** 2).sum(axis=1))
    sd = np.sqrt((scores**2).mean(axis=0))
    draws = haar_clouds(scores, n_draws=n_draws, rng=rng) / sd
    own = np.sqrt((draws**2).sum(axis=2))
    shuffled = rng.permuted(np.repeat(radius[None], n_draws, axis=0), axis=1)
    return principal(draws * (shuffled / np.maximum(own, 1e-9))[:, :, None] * sd)


def ball_clouds(scores: Cloud, *, n_draws: int, rng: np.random.Generator) -> Batch:
    """Draw solid balls (ellipsoids) with the cloud's spectrum in its five leading axes."""
    n, r = scores.shape
    m = min(5, r)
    sd = np.sqrt((scores**2).mean(axis=0))
    points = rng.standard_normal((n_draws, n, r))
    length = np.linalg.norm(points[:, :, :m], axis=2, keepdims=True)
    radius = rng.uniform(size=(n_draws, n, 1)) ** (1 / m) * np.sqrt(m + 2)
    points[:, :, :m] *= radius / length
    return principal(points * sd)


def paired_clouds(scores: Cloud, *, n_draws: int, rng: np.random.Generator) -> Batch:
    """Draw clouds with the same two-way factor and equally close partners, concepts at random.

    The sharpest split is divided out; what remains is replaced by a Haar cloud in which partners
    (nearest across the split) sit together, with the observed differences between partners.
    """
    split = look(scores[None]).split
    rest = centre_classes(scores[None], split)[0]
    first, second = np.flatnonzero(split[0] == 0), np.flatnonzero(split[0] == 1)
    distance = ((rest[first][:, None] - rest[second][None]) ** 2).sum(axis=2)
    partner = first[distance.argmin(axis=0)]
    half = (rest[second] - rest[partner]) / 2
    middle = rest.copy()
    middle[second] = rest[partner] + half
    kept = middle[first] - middle[first].mean(axis=0)
    left, length, axes = np.linalg.svd(kept, full_matrices=False)
    keep = length > 1e-9 * length[0]
    concepts = haar_clouds(left[:, keep] * length[keep], n_draws=n_draws, rng=rng) @ axes[keep]
    where = np.searchsorted(first, partner)
    out = np.repeat((scores - rest)[None], n_draws, axis=0)
    jitter = np.stack([half[rng.permutation(half.shape[0])] for _ in range(n_draws)])
    out[:, first] += concepts
    out[:, second] += concepts[:, where] + 2 * jitter
    return principal(out)
