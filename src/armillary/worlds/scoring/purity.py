"""Purity: whether decoder rows keep to one factor, beside rows that know only the covariance."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from armillary.inference import NullTest
from armillary.worlds.scoring.evidence import Evidence
from armillary.worlds.scoring.matching import covariance_root

_CHEAP = 4_000_000


@dataclass(frozen=True, slots=True)
class Purity:
    """Share of a decoder row's energy in the span of its main factor.

    Parameters
    ----------
    mean
        Over the alive latents, of the largest share that one factor's span has; 0 to 1.
    null_mean, null_95
        Of the same mean over as many rows drawn from ``N(0, cov)`` of the activations.
    pvalue
        Share of {mean, draws} at least as large; never 0.
    pure, null_pure
        Share of latents past 0.9, and of null rows.
    n_draws
        Of the null: 200, or 20 where the world is large.
    """

    mean: float
    null_mean: float
    null_95: float
    pvalue: float
    pure: float
    null_pure: float
    n_draws: int


def purity(evidence: Evidence, *, rng: np.random.Generator) -> Purity | str:
    """Measure how much of each decoder row one factor's span holds: ``max_f |P_f d|^2 / |d|^2``.

    Never read it without its null: six planes in eleven dimensions give random rows .58.
    """
    factors = evidence.world.truth.factors
    if len(factors) < 2:
        return "fewer than two factors: any row is pure"
    if evidence.sae.decoder_space != "raw":
        return f"decoder rows live in the {evidence.sae.decoder_space} space, not the world's own"
    spans = np.concatenate([factor.span for factor in factors]).astype(np.float64)
    starts = np.cumsum([0] + [factor.span.shape[0] for factor in factors[:-1]])
    if all(factor.span.shape[0] == evidence.world.d_model for factor in factors):
        return "every factor spans the whole space"
    root = covariance_root(evidence.sample.activations.astype(np.float64))
    n = evidence.n_alive
    n_draws = 200 if n * spans.size <= _CHEAP else 20

    found = main_share(evidence.rows, spans, starts)
    drawn = [
        main_share(rng.standard_normal((n, len(root))) @ root, spans, starts)
        for _ in range(n_draws)
    ]
    test = NullTest(float(found.mean()), np.array([d.mean() for d in drawn]), "same covariance")
    return Purity(
        mean=test.observed, null_mean=float(test.null.mean()), pvalue=test.pvalue,
        null_95=float(np.quantile(test.null, 0.95)), pure=float((found > 0.9).mean()),
        null_pure=float(np.mean([(d > 0.9).mean() for d in drawn])), n_draws=n_draws,
    )  # fmt: skip


def main_share(
    rows: Float[np.ndarray, "latent d_model"],
    spans: Float[np.ndarray, "axis d_model"],
    starts: np.ndarray,
) -> Float[np.ndarray, " latent"]:
    """Return each row's largest share of energy in one span; ``starts`` says where spans begin."""
    energy = np.add.reduceat((rows @ spans.T) ** 2, starts, axis=1)
    return energy.max(axis=1) / np.maximum((rows**2).sum(axis=1), 1e-30)
