"""A sparse world small enough for a few CPU seconds."""

import numpy as np


def planted(
    n: int = 20_000, *, d_model: int = 16, n_features: int = 32, active: float = 2.0, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors made of random unit features, and the features."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((n_features, d_model))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    fires = rng.random((n, n_features)) < active / n_features
    codes = fires * (0.5 + rng.exponential(1.0, (n, n_features)))
    noise = 0.01 * rng.standard_normal((n, d_model))
    return (7 * (codes @ rows + noise) + 3).astype(np.float32), rows.astype(np.float32)


def best_cosines(rows: np.ndarray, learned: np.ndarray) -> np.ndarray:
    """Return each row's largest cosine with a learned direction."""
    unit = learned / np.maximum(np.linalg.norm(learned, axis=1, keepdims=True), 1e-12)
    return (rows @ unit.T).max(axis=1)
