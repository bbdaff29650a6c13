"""Seen: what codes and decoder rows alone say of what they were trained on."""

import numpy as np
from jaxtyping import Bool, Float

from armillary.core.autoencoder import SparseAutoencoder

_PATTERNS = 2000


def seen_of(sae: SparseAutoencoder, rows: Float[np.ndarray, "token d_model"]) -> dict[str, float]:
    """Describe codes and decoder, never the activations themselves nor the truth.

    Parameters
    ----------
    sae
        Trained.
    rows
        Fresh activations; only their codes are looked at.

    Returns
    -------
    dict of str to float
        Over latents that fire: ``steadiness``, mean over latents of sd / mean of the codes that
        are not 0 (0 where a latent is on or off); ``evenness``, entropy of the shares of all firing
        over the log of the number of latents (1 where all fire alike); ``patterns``, log of the
        number of different sets of firing latents among 2,000 rows; ``repeats``, the share of the
        commonest 50 sets; ``company``, mean over latents of the largest chance that some other
        latent fires, given that this one does; ``partners``, the share of pairs of latents that
        ever fire together; ``opposed``, the share of latents with another at cosine below -0.9;
        ``spread``, mean squared cosine between decoder rows; ``axes``, effective number of axes
        ``(sum v)^2 / sum v^2`` of what is decoded; ``length``, sd / mean of the length of what is
        decoded, bias left out.
    """
    codes = sae.encode(rows)
    alive = (codes != 0).any(axis=0)
    codes = codes[:, alive].astype(np.float64)
    directions = sae.directions[alive].astype(np.float64)
    fires = codes != 0
    made = codes @ directions
    length = np.linalg.norm(made, axis=1)
    values = np.linalg.svd(made - made.mean(axis=0), compute_uv=False) ** 2
    return {
        "steadiness": float(np.mean([_variation(c[f]) for c, f in zip(codes.T, fires.T)])),  # noqa: B905
        **_firing(fires),
        **_directions(directions),
        "axes": float(values.sum() ** 2 / max(float((values**2).sum()), 1e-30)),
        "length": _variation(length),
    }


def _firing(fires: Bool[np.ndarray, "token latent"]) -> dict[str, float]:
    n = fires.shape[1]
    share = fires.sum(axis=0) / fires.sum()
    _, count = np.unique(fires[:_PATTERNS], axis=0, return_counts=True)
    together = fires.T.astype(np.float64) @ fires
    given = together / np.diag(together)[:, None]
    np.fill_diagonal(given, 0)
    pairs = together[np.triu_indices(n, 1)]
    return {
        "evenness": float(-(share * np.log(share)).sum() / np.log(max(n, 2))),
        "patterns": float(np.log(len(count))),
        "repeats": float(np.sort(count)[::-1][:50].sum() / count.sum()),
        "company": float(given.max(axis=1).mean()) if n > 1 else 0.0,
        "partners": float((pairs > 0).mean()) if n > 1 else 0.0,
    }


def _directions(rows: Float[np.ndarray, "latent d_model"]) -> dict[str, float]:
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, 0)
    pairs = cosine[np.triu_indices(len(rows), 1)]
    return {
        "opposed": float((cosine.min(axis=1) < -0.9).mean()) if len(rows) > 1 else 0.0,
        "spread": float((pairs**2).mean()) if len(rows) > 1 else 0.0,
    }


def _variation(values: Float[np.ndarray, " value"]) -> float:
    return float(values.std() / max(abs(float(values.mean())), 1e-12))
