"""Ray nulls: the same codes on other directions, and whether real ones order points better."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.inference import NullTest
from armillary.shape import haar_clouds
from armillary.shape.even import even_ring, even_row, ring_share, row_share

Cloud = Float[np.ndarray, "point axis"]
Clouds = Float[np.ndarray, "draw point axis"]

N_REFERENCE = 200  # draws that scale both statistics, never counted in p
FIRST, SECOND = 199, 999  # draws after which a test that cannot pass stops, and one that hardly can
HOPELESS, DOUBTFUL = 0.2, 0.02  # p at which they do
BLOCK = 100
MOST_AXES = 24
SHAPES = ("circle", "segment")
RANDOM = "same codes, random rays"
MATCHED = "same codes, rays of the same spectrum"
SAME_SPECTRUM = "same spectrum (Haar)"


@dataclass(frozen=True, slots=True, eq=False)
class Arranged:
    """The order that rebuilt points lie in, and what other rays give.

    Parameters
    ----------
    shape
        ``"circle"`` or ``"segment"``, whichever stands out more from rays of the same spectrum.
    explained
        Share of variance that evenly spaced points on it explain, in the order found.
    excess
        The same less its mean under the ray null that comes nearer.
    margin
        Excess of this shape less that of the other, against rays of the same spectrum.
    axes, order
        Principal axes that give the order, and the order.
    placement
        The statistic against random rays and against rays of the same spectrum.
    spectrum
        Against clouds with the spectrum of the points: level b.
    """

    shape: str
    explained: float
    excess: float
    margin: float
    axes: tuple[int, ...]
    order: np.ndarray
    placement: tuple[NullTest, NullTest]
    spectrum: NullTest

    @property
    def pvalue(self) -> float:
        """The larger p of the two ray nulls."""
        return max(test.pvalue for test in self.placement)


def code_cloud(
    mean: Float[np.ndarray, "point member"], rows: Float[np.ndarray, "member rank"]
) -> Cloud:
    """Return points rebuilt from codes in their principal axes, at most 24 of them."""
    return _principal((mean @ rows)[None])[0]


def arranged(
    mean: Float[np.ndarray, "point member"],
    rows: Float[np.ndarray, "member rank"],
    *,
    d_model: int,
    n_null: int,
    rng: np.random.Generator,
) -> Arranged:
    """Test whether where features sit puts rebuilt points in order round a ring or along a row.

    The statistic is the larger of ``ring_share`` and ``row_share``, each in standard deviations of
    200 further draws of its null. Two nulls keep who fires where, and redraw where features sit:
    random rays of the real lengths in as many dimensions, and rays with the real singular values
    and a frame drawn anew. What beats both is owed to placement. The third forgets codes and rays
    and keeps the spectrum of the points: what does not beat it might be a Gaussian cloud whose
    two axes are as long.

    Parameters
    ----------
    mean
        Codes of every point.
    rows
        Decoder rows, in a basis of their span or in the model's.
    d_model
        Dimensions that random rays are drawn in.
    n_null
        Most draws of each ray null; a test stops after 199 at p above 0.2 and after 999 at p above
        0.02.
    rng
        Source of randomness.

    Returns
    -------
    Arranged
        Shape, order and the three tests.
    """
    own = code_cloud(mean, rows)
    axes = own.shape[1]
    length, spectrum = np.linalg.norm(rows, axis=1), np.linalg.svd(rows, compute_uv=False)
    nulls: dict[str, Callable[[int], Clouds]] = {
        RANDOM: lambda n: _random(mean, length, d_model, n, rng)[:, :, :axes],
        MATCHED: lambda n: _matched(mean, spectrum, n, rng)[:, :, :axes],
        SAME_SPECTRUM: lambda n: haar_clouds(own, n_draws=n, rng=rng),
    }
    observed = _values(own[None])[0]
    tests: list[NullTest] = []
    standing: list[np.ndarray] = []
    middles: list[np.ndarray] = []
    for name, draw in nulls.items():
        reference = np.vstack([_values(draw(BLOCK)) for _ in range(N_REFERENCE // BLOCK)])
        middle, scale = reference.mean(axis=0), np.maximum(reference.std(axis=0), 1e-9)
        standing.append((observed - middle) / scale)
        middles.append(middle)
        most = SECOND if name == SAME_SPECTRUM else n_null
        largest = float(standing[-1].max())
        tests.append(NullTest(largest, _drawn(draw, largest, middle, scale, most=most), name))
    best = int(standing[1].argmax())
    fit = (even_ring, even_row)[best](own)
    excess = observed - np.array(middles[:2])
    return Arranged(
        shape=SHAPES[best],
        explained=float(observed[best]),
        excess=float(excess[:, best].min()),
        margin=float(excess[1, best] - excess[1, 1 - best]),
        axes=fit.axes,
        order=fit.order,
        placement=(tests[0], tests[1]),
        spectrum=tests[2],
    )


def _values(clouds: Clouds) -> Float[np.ndarray, "draw shape"]:
    return np.column_stack([ring_share(clouds), row_share(clouds)])


def _drawn(
    draw: Callable[[int], Clouds],
    observed: float,
    middle: Float[np.ndarray, " shape"],
    scale: Float[np.ndarray, " shape"],
    *,
    most: int,
) -> Float[np.ndarray, " draw"]:
    """Draw a null in blocks, and stop where no more draws could matter."""
    null = np.empty(0)
    while null.size < most:
        values = _values(draw(min(BLOCK, most - null.size)))
        null = np.concatenate([null, ((values - middle) / scale).max(axis=1)])
        for size, hopeless in ((FIRST, HOPELESS), (SECOND, DOUBTFUL)):
            if size <= null.size < size + BLOCK and np.mean(null >= observed) > hopeless:
                return null
    return null


def _random(
    mean: Float[np.ndarray, "point member"],
    length: Float[np.ndarray, " member"],
    d_model: int,
    n_draws: int,
    rng: np.random.Generator,
) -> Clouds:
    """Rebuild from rays drawn uniformly, of the real lengths.

    Rows of Gaussian numbers in d_model dimensions have the same angles as the rows of a triangle
    of Gaussian numbers with chi-distributed diagonal (Bartlett's decomposition).
    """
    members = length.size
    if members <= d_model:
        rays = np.tril(rng.standard_normal((n_draws, members, members)), -1)
        freedom = d_model - np.arange(members)
        place = np.arange(members)
        rays[:, place, place] = np.sqrt(rng.chisquare(freedom, (n_draws, members)))
    else:
        rays = rng.standard_normal((n_draws, members, d_model))
    rays *= (length / np.linalg.norm(rays, axis=2))[:, :, None]
    return _principal(mean @ rays)


def _matched(
    mean: Float[np.ndarray, "point member"],
    spectrum: Float[np.ndarray, " ray"],
    n_draws: int,
    rng: np.random.Generator,
) -> Clouds:
    """Rebuild from rays with the real singular values and a frame drawn anew.

    The rays are ``Q diag(spectrum)`` with Q uniformly random and orthogonal; of Q only its image
    under the codes matters, as many uniformly random orthonormal rows as the codes have rank.
    """
    centred = mean - mean.mean(axis=0)
    left, length, _ = np.linalg.svd(centred, full_matrices=False)
    rank = max(1, int((length > 1e-10 * length[0]).sum()))
    noise = rng.standard_normal((n_draws, mean.shape[1], rank))
    frame, triangle = np.linalg.qr(noise)
    frame *= np.sign(np.diagonal(triangle, axis1=1, axis2=2))[:, None, :]
    rays = frame.transpose(0, 2, 1)[:, :, : spectrum.size] * spectrum
    return _principal((left[:, :rank] * length[:rank]) @ rays)


def _principal(points: Float[np.ndarray, "draw point coordinate"]) -> Clouds:
    """Turn every cloud into its principal axes, from the Gram matrix of its centred points."""
    centred = points - points.mean(axis=1, keepdims=True)
    variance, vectors = np.linalg.eigh(centred @ centred.transpose(0, 2, 1))
    held = int((variance > 1e-10 * variance[:, -1:]).sum(axis=1).min())
    kept = min(held, points.shape[1] - 1, MOST_AXES)
    length = np.sqrt(np.maximum(variance[:, ::-1][:, :kept], 0.0))
    return vectors[:, :, ::-1][:, :, :kept] * length[:, None, :]
