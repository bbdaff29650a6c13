"""Knockoffs of a subject, made by hand for tests."""

import numpy as np

from armillary.core.autoencoder import SparseAutoencoder
from armillary.core.firing import ReLU
from armillary.explain import GAUGES, Knockoff, Subject


def made(subject: Subject, directions: np.ndarray, *, gauge: str = "none") -> Knockoff:
    """Return directions seen through a gauge fitted on calibration rows."""
    placed = directions.astype(np.float32)
    true = subject.made(subject.space.directions, subject.calibration)
    refit = GAUGES[gauge].fit(subject.made(placed, subject.calibration), true)
    return Knockoff(placed, refit)


def permuted(subject: Subject, *, seed: int = 0) -> np.ndarray:
    """Return the true directions dealt to other features."""
    order = np.random.default_rng(seed).permutation(subject.space.n_features)
    return subject.space.directions[order]


def random(subject: Subject, *, seed: int = 0) -> np.ndarray:
    """Return Gaussian directions of the true lengths."""
    drawn = np.random.default_rng(seed).standard_normal(subject.space.directions.shape)
    length = np.linalg.norm(subject.space.directions, axis=1) / np.linalg.norm(drawn, axis=1)
    return drawn * length[:, None]


def turned(subject: Subject, *, seed: int = 0) -> np.ndarray:
    """Return all directions under one random rotation."""
    square = np.random.default_rng(seed).standard_normal((subject.space.d_model,) * 2)
    return subject.space.directions @ np.linalg.qr(square)[0]


def antipodal(d: int) -> SparseAutoencoder:
    """Return an autoencoder that is exact on all of R^d: one latent a half-axis."""
    both = np.vstack([np.eye(d), -np.eye(d)]).astype(np.float32)
    zero = np.zeros(2 * d, np.float32)
    return SparseAutoencoder(both, both.T.copy(), zero, np.zeros(d, np.float32), ReLU())
