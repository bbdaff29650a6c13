"""Quality: what is lost, how sparsely, and how much of it a Gaussian would have allowed."""

from dataclasses import dataclass

from armillary.evaluate import evaluate_sae
from armillary.worlds.scoring.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Quality:
    """Reconstruction beside that of the same autoencoder on nothing.

    Parameters
    ----------
    fvu
        ``sum |x - x'|^2 / sum |x - mean x|^2``.
    l0
        Mean number of codes that are not zero.
    dead_share
        Share of latents with no code on any row.
    n_alive
        Latents with one.
    control_fvu
        FVU of the same size and sparsity trained on an isotropic Gaussian (given, not trained
        here: ``evaluate.gaussian_control``).
    excess
        ``1 - fvu / control_fvu``: the share of what the control leaves unexplained that is
        explained here. 1 is perfect, 0 no better than where there is no feature, below 0 worse.
    """

    fvu: float
    l0: float
    dead_share: float
    n_alive: int
    control_fvu: float | None = None
    excess: float | None = None


def quality(evidence: Evidence, *, control_fvu: float | None = None) -> Quality:
    """Measure reconstruction, sparsity and the excess over the Gaussian control."""
    found = evaluate_sae(evidence.sae, evidence.sample.activations)
    excess = 1 - found.fvu / control_fvu if control_fvu else None
    return Quality(
        fvu=found.fvu, l0=found.l0, dead_share=found.dead_share, n_alive=evidence.n_alive,
        control_fvu=control_fvu, excess=excess,
    )  # fmt: skip
