"""Level a, the spectrum: whether a few axes of a group stand out more than placement explains.

The Haar null keeps a group's own spectrum, so it cannot see that a group is a line or a sheet.
This test compares the sharpest drop in the spectrum with that of as many Gaussian rows that have
the covariance of the whole space.
"""

from pathlib import Path

import numpy as np
from jaxtyping import Float

from armillary.inference import NullTest
from armillary.survey.workspace import save_arrays, written

MOST_LEADING = 2  # a line or a sheet; more axes are no named shape
LEAST = 12  # points from which a drop in the spectrum may stand for a line or a sheet
NAME = "spectrum-matched placement"
SHARES = "shares.npy"


def sharpest_drop(
    variance: Float[np.ndarray, "draw axis"],
) -> Float[np.ndarray, " draw"]:
    """Return the largest log ratio of consecutive variances of the leading axes."""
    count = min(MOST_LEADING, variance.shape[1] - 1)
    if count < 1:
        flat: np.ndarray = np.zeros(len(variance))
        return flat
    kept = np.maximum(variance, 1e-12)
    drop: np.ndarray = np.log(kept[:, :count] / kept[:, 1 : count + 1]).max(axis=1)
    return drop


def write_shares(folder: Path, directions: Float[np.ndarray, "feature d_model"]) -> None:
    """Put the spectrum of the space's unit directions where the tasks read it."""
    unit = directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-12)
    unit -= unit.mean(axis=0)
    shares = np.linalg.eigvalsh((unit.T @ unit / len(unit)).astype(np.float64))
    np.save(folder / SHARES, np.maximum(shares, 0))


def spectrum_block(n_points: int, *, n_draws: int, seed: int, folder: str) -> None:
    """Draw the null for groups of ``n_points`` from the spectrum written to the folder."""
    path = spectrum_path(n_points, folder=Path(folder))
    if path.exists():
        return
    root = np.sqrt(np.load(Path(folder) / SHARES)).astype(np.float32)
    rng = np.random.default_rng([seed, n_points, 7])
    drops: list[np.ndarray] = []
    step = max(1, min(n_draws, 2_000_000 // (n_points * root.size)))
    for start in range(0, n_draws, step):
        draws = min(step, n_draws - start)
        rows = rng.standard_normal((draws, n_points, root.size), dtype=np.float32) * root
        rows -= rows.mean(axis=1, keepdims=True)
        gram = rows @ np.swapaxes(rows, 1, 2)
        value = np.linalg.eigvalsh(gram.astype(np.float64))[:, ::-1]
        drops.append(sharpest_drop(value[:, : n_points - 1]))
    save_arrays(path, drop=np.concatenate(drops))


def spectrum_path(n_points: int, *, folder: Path) -> Path:
    """Name the null of a group size."""
    return folder / f"spectrum-{n_points}.npz"


def spectrum_tests(sizes: list[int], variances: list[np.ndarray], folder: Path) -> list[NullTest]:
    """Test every group's sharpest drop against the blocks written for its size."""
    nulls = {size: written(spectrum_path(size, folder=folder))["drop"] for size in set(sizes)}
    return [
        NullTest(float(sharpest_drop(variance[None])[0]), nulls[size], NAME)
        for size, variance in zip(sizes, variances, strict=True)
    ]


def joint(
    haar: list[NullTest],
    p_haar: Float[np.ndarray, " cluster"],
    spectrum: list[NullTest],
    *,
    sizes: list[int],
) -> tuple[list[NullTest], Float[np.ndarray, "test cluster"]]:
    """Combine the two placement tests of each group by Bonferroni.

    Returns
    -------
    tuple
        For the record, the test with the smaller p; and twice the p of either test, the Haar
        test's first. The spectrum test's p is 1 below ``LEAST`` points. A line or a sheet may rest
        on either test, any other shape on the Haar test alone.
    """
    p = np.stack([p_haar, [test.pvalue for test in spectrum]])
    few = np.array(sizes) < LEAST
    p[1, few] = 1.0
    kept = [
        one if first <= second else other
        for one, other, first, second in zip(haar, spectrum, p[0], p[1], strict=True)
    ]
    return kept, np.minimum(1.0, 2 * p)
