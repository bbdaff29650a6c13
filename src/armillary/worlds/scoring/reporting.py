"""Reporting: the one place that knows every metric."""

from collections.abc import Callable
from typing import Any

import numpy as np

from armillary.core.autoencoder import SparseAutoencoder
from armillary.evaluate import Agreement, seed_agreement
from armillary.worlds.scoring.absorption import recall_holes
from armillary.worlds.scoring.census import census
from armillary.worlds.scoring.circuits import circuit_table
from armillary.worlds.scoring.equivariance import equivariance
from armillary.worlds.scoring.evidence import Evidence, gathered
from armillary.worlds.scoring.factors import factor_scores
from armillary.worlds.scoring.matching import matching, rows_in_gauge
from armillary.worlds.scoring.purity import purity
from armillary.worlds.scoring.quality import quality
from armillary.worlds.scoring.readout import readout_kept
from armillary.worlds.scoring.record import WorldReport
from armillary.worlds.world import World

_Scorer = Callable[..., Any]
_SCORERS: dict[str, _Scorer] = {
    "matching": matching, "factors": factor_scores, "census": census, "absorption": recall_holes,
    "equivariance": equivariance, "purity": purity, "circuit": circuit_table,
}  # fmt: skip


def report(
    world: World,
    sae: SparseAutoencoder,
    *,
    twin: SparseAutoencoder | None = None,
    control_fvu: float | None = None,
    n_tokens: int = 5000,
    seed: int = 0,
) -> WorldReport:
    """Report what a sparse autoencoder did to a world whose truth is known.

    Parameters
    ----------
    world
        Of the catalogue, or your own.
    sae
        Trained on it, or made by hand.
    twin
        The same trained with another seed, for ``agreement``.
    control_fvu
        FVU of the same size and sparsity on an isotropic Gaussian, for ``quality.excess``:
        ``evaluate.gaussian_control`` trains and measures it.
    n_tokens
        Fresh rows to measure on. What is fitted or chosen is fitted on half of them and scored on
        the other half.
    seed
        Of the sample and of every null.

    Returns
    -------
    WorldReport
        One field a metric; None, with a reason, where one does not apply. The order of latents,
        and lengths of decoder rows traded against codes, change nothing.

    Raises
    ------
    BadInput
        If dimensions differ, no latent fires, or there are fewer than 20 rows.
    """
    evidence = gathered(world, sae, n_tokens=n_tokens, seed=seed)
    found: dict[str, Any] = {"agreement": _agreement(evidence, twin, seed=seed)}
    for number, (name, scorer) in enumerate(_SCORERS.items()):
        found[name] = scorer(evidence, rng=np.random.default_rng([seed, 32, number]))
    found["readout"] = readout_kept(evidence)
    return WorldReport(
        world=repr(world), sae=repr(sae), n_tokens=n_tokens, seed=seed,
        quality=quality(evidence, control_fvu=control_fvu),
        reasons={name: made for name, made in found.items() if isinstance(made, str)},
        **{name: None if isinstance(made, str) else made for name, made in found.items()},
    )  # fmt: skip


def _agreement(evidence: Evidence, twin: SparseAutoencoder | None, *, seed: int) -> Agreement | str:
    """Compare alive latents with the twin's, free shifts removed; return why not where none is."""
    if twin is None:
        return "no twin was given"
    world, n_tokens = evidence.world, evidence.sample.n_tokens
    if not (twin.encode(evidence.sample.activations) != 0).any():
        return "no latent of the twin fires"
    other = gathered(world, twin, n_tokens=n_tokens, seed=seed)
    a, b = (rows_in_gauge(one).astype(np.float32) for one in (evidence, other))
    return seed_agreement(a, b, rng=np.random.default_rng([seed, 33]))
