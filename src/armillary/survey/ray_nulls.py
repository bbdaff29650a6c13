"""Ray nulls: the same codes on other directions, and whether the real ones arrange them better."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from armillary.inference import NullTest
from armillary.shape import haar_clouds, score

Scores = Float[np.ndarray, "point axis"]
Clouds = Float[np.ndarray, "draw point axis"]

ARRANGED = ("circle", "arc", "ellipse", "clusters")
N_REFERENCE = 200  # draws that scale every statistic, never counted in p
FIRST = 99  # draws after which a hopeless test stops
HOPELESS = 0.2  # p at which it does
BLOCK = 100
MOST_AXES = 24
SAME_SPECTRUM = "same spectrum (Haar)"
RANDOM = "same codes, random rays"
MATCHED = "same codes, rays of the same spectrum"


def code_cloud(
    mean: Float[np.ndarray, "point member"], rows: Float[np.ndarray, "member rank"]
) -> Scores:
    """Return points rebuilt from codes in their principal axes, at most 24 of them."""
    return _principal((mean @ rows)[None])[0]


def placement_tests(
    mean: Float[np.ndarray, "point member"],
    rows: Float[np.ndarray, "member rank"],
    *,
    d_model: int,
    n_null: int,
    rng: np.random.Generator,
) -> tuple[NullTest, ...]:
    """Test the arrangement of rebuilt points against three nulls, with one statistic.

    The statistic is the largest of the scores of a circle, an arc, an ellipse and clusters, each
    in units of its own null. The nulls: clouds of the same spectrum (codes and rays are forgotten),
    the same codes on random rays in as many dimensions, and the same codes on rays that keep the
    spectrum of the real ones (their frame is drawn anew). Who fires where is kept by the last two,
    so what beats them is owed to where the features sit.

    Parameters
    ----------
    mean
        Codes of every point.
    rows
        Decoder rows, in a basis of their span or in the model's.
    d_model
        Dimensions that random rays are drawn in.
    n_null
        Draws of each null; the smallest p is ``1 / (n_null + 1)``. Where 99 draws leave p above
        0.2, no more are drawn.
    rng
        Source of randomness.

    Returns
    -------
    tuple of NullTest
        In the order above.
    """
    own = code_cloud(mean, rows)
    axes = own.shape[1]
    length = np.linalg.norm(rows, axis=1)
    spectrum = np.linalg.svd(rows, compute_uv=False)
    draws: dict[str, Callable[[int], Clouds]] = {
        SAME_SPECTRUM: lambda n: haar_clouds(own, n_draws=n, rng=rng),
        RANDOM: lambda n: _random(mean, length, d_model, n, rng)[:, :, :axes],
        MATCHED: lambda n: _matched(mean, spectrum, n, rng)[:, :, :axes],
    }
    return tuple(_test(own, draw, name, n_null=n_null) for name, draw in draws.items())


def _test(own: Scores, draw: Callable[[int], Clouds], name: str, *, n_null: int) -> NullTest:
    reference = np.vstack([_values(draw(BLOCK)) for _ in range(N_REFERENCE // BLOCK)])
    middle = np.median(reference, axis=0)
    scale = np.maximum(np.quantile(reference, 0.95, axis=0) - middle, 0.5)
    observed = float(((_values(own[None])[0] - middle) / scale).max())
    null = np.empty(0)
    while null.size < n_null:
        left = FIRST if null.size == 0 else min(BLOCK, n_null - null.size)
        values = (_values(draw(min(left, n_null))) - middle) / scale
        null = np.concatenate([null, values.max(axis=1)])
        if null.size == FIRST and np.mean(null >= observed) > HOPELESS:
            break
    return NullTest(observed, null, name)


def _values(clouds: Clouds) -> Float[np.ndarray, "draw family"]:
    found = score(clouds, families=ARRANGED)
    return np.column_stack([found[name] for name in ARRANGED])


def _random(
    mean: Float[np.ndarray, "point member"],
    length: Float[np.ndarray, " member"],
    d_model: int,
    n_draws: int,
    rng: np.random.Generator,
) -> Clouds:
    """Rebuild from rays drawn uniformly, of the real lengths."""
    rays = rng.standard_normal((n_draws, length.size, d_model), dtype=np.float32)
    rays *= (length.astype(np.float32) / np.linalg.norm(rays, axis=2))[:, :, None]
    gram = rays @ rays.transpose(0, 2, 1)
    return _from_gram(mean, gram.astype(np.float64))


def _matched(
    mean: Float[np.ndarray, "point member"],
    spectrum: Float[np.ndarray, " axis"],
    n_draws: int,
    rng: np.random.Generator,
) -> Clouds:
    """Rebuild from rays with the real singular values and a frame drawn anew."""
    noise = rng.standard_normal((n_draws, mean.shape[1], spectrum.size))
    frame, triangle = np.linalg.qr(noise)
    sign = np.sign(np.diagonal(triangle, axis1=1, axis2=2))[:, None, :]
    return _principal(mean @ (frame * sign * spectrum))


def _from_gram(
    mean: Float[np.ndarray, "point member"], gram: Float[np.ndarray, "draw member member"]
) -> Clouds:
    centred = mean - mean.mean(axis=0)
    return _axes(centred @ gram @ centred.T)


def _principal(points: Float[np.ndarray, "draw point axis"]) -> Clouds:
    """Turn every cloud into its principal axes."""
    centred = points - points.mean(axis=1, keepdims=True)
    return _axes(centred @ centred.transpose(0, 2, 1))


def _axes(gram: Float[np.ndarray, "draw point point"]) -> Clouds:
    """Principal coordinates from the Gram matrix of centred points."""
    variance, vectors = np.linalg.eigh(gram)
    held = int((variance > 1e-10 * variance[:, -1:]).sum(axis=1).min())
    kept = min(held, gram.shape[1] - 1, MOST_AXES)
    length = np.sqrt(np.maximum(variance[:, ::-1][:, :kept], 0.0))
    return vectors[:, :, ::-1][:, :, :kept] * length[:, None, :]
