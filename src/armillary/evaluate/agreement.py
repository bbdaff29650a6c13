"""Agreement: whether two dictionaries, say of two seeds, hold the same directions."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from jaxtyping import Bool, Float
from scipy import optimize

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.errors import BadInput

_BLOCK = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Cosines of directions with their best partners, beside those of random directions.

    Parameters
    ----------
    n_a, n_b
        Directions compared, dead ones left out.
    best_a
        Each direction of the first dictionary: its largest cosine with any of the second.
    best_b
        The same the other way round.
    paired
        Cosines of the one-to-one pairs whose sum is largest.
    random_best, random_paired
        Means of the same between random directions, as many in as many dimensions.
    """

    n_a: int
    n_b: int
    best_a: Float[np.ndarray, " feature"]
    best_b: Float[np.ndarray, " other"]
    paired: Float[np.ndarray, " pair"]
    random_best: float
    random_paired: float

    def as_dict(self) -> dict[str, float]:
        """Return means, the share of pairs past 0.7 and 0.9, and what random directions give."""
        return {
            "n_a": float(self.n_a),
            "n_b": float(self.n_b),
            "mean_max_cosine_a": float(self.best_a.mean()),
            "mean_max_cosine_b": float(self.best_b.mean()),
            "mean_paired_cosine": float(self.paired.mean()),
            "paired_past_0.7": float((self.paired > 0.7).mean()),
            "paired_past_0.9": float((self.paired > 0.9).mean()),
            "random_mean_max_cosine": self.random_best,
            "random_mean_paired_cosine": self.random_paired,
        }


def seed_agreement(
    a: SparseAutoencoder | Float[np.ndarray, "feature d_model"],
    b: SparseAutoencoder | Float[np.ndarray, "other d_model"],
    *,
    alive_a: Bool[np.ndarray, " feature"] | None = None,
    alive_b: Bool[np.ndarray, " other"] | None = None,
    rng: np.random.Generator,
) -> Agreement:
    """Compare the directions of two dictionaries.

    Parameters
    ----------
    a, b
        Autoencoders or their directions.
    alive_a, alive_b
        Which features to compare; None is all. A dead feature keeps the direction it was started
        with, which no other seed shares. ``SaeQuality.fired > 0`` tells.
    rng
        Of the random directions.

    Returns
    -------
    Agreement
        Cosines one way, the other way and one-to-one, and the random ones.

    Raises
    ------
    BadInput
        If dimensions differ, or no direction is left.

    Notes
    -----
    Pairing is exact (Hungarian, cubic at worst): 8,192 by 8,192 takes about ten seconds and 1 GB,
    the random dictionaries as much again.
    """
    rows_a, rows_b = _unit(a, alive_a), _unit(b, alive_b)
    if rows_a.shape[1] != rows_b.shape[1]:
        raise BadInput(f"directions in {rows_a.shape[1]} and in {rows_b.shape[1]} dimensions")
    best_a, best_b, paired = _compare(rows_a, rows_b)
    drawn = [
        _normed(rng.standard_normal(rows.shape, dtype=np.float32)) for rows in (rows_a, rows_b)
    ]
    random_best, _, random_paired = _compare(*drawn)
    return Agreement(
        n_a=len(rows_a), n_b=len(rows_b), best_a=best_a, best_b=best_b, paired=paired,
        random_best=float(random_best.mean()), random_paired=float(random_paired.mean()),
    )  # fmt: skip


def _compare(rows_a: np.ndarray, rows_b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    cosine = np.empty((len(rows_a), len(rows_b)), dtype=np.float32)
    for start in range(0, len(rows_a), _BLOCK):
        np.matmul(rows_a[start : start + _BLOCK], rows_b.T, out=cosine[start : start + _BLOCK])
    found = cast(
        tuple[np.ndarray, np.ndarray],
        cast(Any, optimize).linear_sum_assignment(cosine, maximize=True),
    )
    return cosine.max(axis=1), cosine.max(axis=0), cosine[found]


def _unit(source: SparseAutoencoder | np.ndarray, alive: np.ndarray | None) -> np.ndarray:
    rows = source.directions if isinstance(source, SparseAutoencoder) else source
    rows = rows[alive] if alive is not None else rows
    if len(rows) == 0:
        raise BadInput("no direction is left to compare: every feature is dead")
    return _normed(rows.astype(np.float32))


def _normed(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
