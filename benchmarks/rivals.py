"""Two rivals, written from their published definitions, as sources of ranked claims.

(a) Engels et al. 2024 (arXiv:2405.14860): spectral clustering of the angular affinity
``1 - arccos(cos) / pi``, clusters ranked by (1 - mixture index) x separability on planes of
principal components. **Deviations, all forced by the setting or by two cores:** the indices are
published for reconstructions of tokens; a dictionary alone has none, so they are evaluated on the
cluster's rows as points. The dense affinity is kept, in single precision (4 n^2 bytes), but its
eigenvectors come from block subspace iteration instead of ARPACK, and k-means runs from one start.
The number of clusters keeps the published ratio, one a 24.6 rows. Indices: the library's.
The same ranking is also given the survey's candidate groups, lest it lose by its clustering.

(b) H1 persistence of group clouds (ripser), with the candidate groups handed over by the survey:
it competes on detection only. Ranked by raw lifetime over diameter, and by its distance from a
Gaussian null (Haar rotation of the cloud's own singular values).
"""

from collections.abc import Sequence

import numpy as np
from ripser import ripser
from scipy.linalg import solve_triangular
from scoring import Claim
from sklearn.cluster import KMeans

from armillary.shape import mixture_index, separability

ROWS_A_CLUSTER = 24.576


def engels_claims(
    directions: np.ndarray, *, rng: np.random.Generator, steps: int = 6, least: int = 5
) -> list[Claim]:
    """Cluster rows and rank the clusters; clusters under ``least`` rows have no planes to score."""
    n_clusters = max(2, round(directions.shape[0] / ROWS_A_CLUSTER))
    label = spectral_clusters(directions, n_clusters, rng=rng, steps=steps)
    clusters = [np.flatnonzero(label == cluster) for cluster in range(n_clusters)]
    return irreducibility_claims(directions, clusters, least=least)


def irreducibility_claims(
    directions: np.ndarray, groups: Sequence[np.ndarray], *, least: int = 5
) -> list[Claim]:
    """Rank given groups of rows by the two indices."""
    return [
        Claim(rows, "irreducible", irreducibility(directions[rows]))
        for rows in groups
        if rows.size >= least
    ]


def spectral_clusters(
    directions: np.ndarray, n_clusters: int, *, rng: np.random.Generator, steps: int = 6
) -> np.ndarray:
    """Cluster rows by k-means on the leading eigenvectors of the normalised angular affinity.

    ``D**-1/2 A D**-1/2`` with the diagonal of ``A`` at ``1/2 + 1/pi``. A constant diagonal hardly
    moves eigenvectors (degrees are nearly equal), and this one puts the flat bulk of the spectrum
    near 0, where subspace iteration converges fast.
    """
    affinity = _angular_affinity(directions)
    root = np.sqrt(affinity.sum(axis=1, dtype=np.float64)).astype(np.float32)
    affinity /= root[:, None]
    affinity /= root[None, :]
    width = min(directions.shape[0], n_clusters + max(10, n_clusters // 20))
    block = rng.standard_normal((directions.shape[0], width), dtype=np.float32)
    for _ in range(steps):
        block = _orthonormal(affinity @ block)
    small = block.T @ (affinity @ block)
    _, vectors = np.linalg.eigh((small + small.T) / 2)
    embedding = (block @ vectors[:, ::-1][:, :n_clusters]) / root[:, None]
    embedding /= np.abs(embedding).max()
    kmeans = KMeans(n_clusters, n_init=1, max_iter=60, random_state=int(rng.integers(2**31)))
    return kmeans.fit_predict(embedding)


def irreducibility(points: np.ndarray) -> float:
    """Return (1 - mixture index) x separability, averaged over planes of neighbouring components.

    Planes (1,2), (2,3), (3,4), (4,5), as far as the points span them.
    """
    centred = points - points.mean(axis=0)
    left, length, _ = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    n_axes = min(5, int((length > 1e-9 * length[0]).sum()))
    scores = left[:, :n_axes] * length[:n_axes]
    planes = [scores[:, k : k + 2] for k in range(n_axes - 1)]
    if not planes:
        return 0.0
    return float(
        np.mean(
            [(1 - mixture_index(p, n_angles=90)) * separability(p, n_angles=50) for p in planes]
        )
    )


def persistence_claims(
    groups: Sequence[tuple[np.ndarray, np.ndarray]],
    *,
    rng: np.random.Generator,
    n_draws: int = 20,
    least: int = 5,
) -> tuple[list[Claim], list[Claim]]:
    """Rank candidate groups by their longest loop.

    Parameters
    ----------
    groups
        Rows and principal coordinates of each candidate.
    rng
        Source of randomness.
    n_draws
        Draws of the Gaussian null.
    least
        Smallest group looked at.

    Returns
    -------
    tuple
        Claims scored by raw lifetime over diameter; claims scored by that lifetime's distance
        from the null mean, in null standard deviations.
    """
    raw: list[Claim] = []
    calibrated: list[Claim] = []
    for rows, scores in groups:
        if rows.size < least:
            continue
        observed = longest_loop(scores)
        raw.append(Claim(rows, "circle", observed))
        null = np.array([longest_loop(haar_draw(scores, rng=rng)) for _ in range(n_draws)])
        z = (observed - null.mean()) / max(float(null.std()), 1e-3)
        calibrated.append(Claim(rows, "circle", float(z)))
    return raw, calibrated


def longest_loop(points: np.ndarray, *, landmarks: int = 100) -> float:
    """Return the longest H1 lifetime over the cloud's diameter; large clouds by landmarks."""
    far = points - points.mean(axis=0)
    diameter = 2 * float(np.linalg.norm(far, axis=1).max())
    n_perm = landmarks if points.shape[0] > landmarks else None
    loops = ripser(points, maxdim=1, n_perm=n_perm)["dgms"][1]
    return float((loops[:, 1] - loops[:, 0]).max()) / diameter if len(loops) else 0.0


def haar_draw(points: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """Draw a cloud with the same singular values and a uniformly random centred left frame.

    Exact for Gaussian points of any covariance (Langsrud 2005).
    """
    left, length, axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    white = rng.standard_normal(left.shape)
    kept = min(left.shape[1], left.shape[0] - 1)
    frame, _ = np.linalg.qr((white - white.mean(axis=0))[:, :kept])
    return (frame * length[:kept]) @ axes[:kept]


def _orthonormal(block: np.ndarray) -> np.ndarray:
    """Orthonormalise columns by two rounds of Cholesky, far cheaper than QR for tall blocks."""
    for _ in range(2):
        tall = block.astype(np.float64)
        gram = tall.T @ tall
        gram[np.diag_indices_from(gram)] += 1e-12 * np.trace(gram)
        lower = np.linalg.cholesky(gram)
        block = solve_triangular(lower, tall.T, lower=True).T.astype(np.float32)
    return block


def _angular_affinity(directions: np.ndarray, *, tile: int = 2048) -> np.ndarray:
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    unit = unit.astype(np.float32)
    affinity = np.empty((unit.shape[0], unit.shape[0]), dtype=np.float32)
    for start in range(0, unit.shape[0], tile):
        rows = slice(start, start + tile)
        part = np.matmul(unit[rows], unit.T, out=affinity[rows])
        np.clip(part, -1, 1, out=part)
        np.arccos(part, out=part)
        part *= -1 / np.pi
        part += 1
    np.fill_diagonal(affinity, 0.5 + 1 / np.pi)
    return affinity
