"""Plans: what a world's plan of an autoencoder means to the trainer."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from armillary.core.errors import BadInput
from armillary.worlds import SaePlan

if TYPE_CHECKING:
    from armillary.training import TrainingConfig

_DEAD_SHARE = 1 / 15  # of a toy run without firing makes a latent dead: 100 of 1,500 steps
_OVERHEAD = 1.2e-3  # CPU seconds a step, measured at d_model 8 to 48
_PER_CODE = 2e-8  # CPU seconds a (token, latent) pair of a step


def training_config(plan: SaePlan, d_model: int, *, seed: int) -> "TrainingConfig":
    """Return the training config that a plan stands for.

    The trainer scales vectors to a typical length ``sqrt(d_model)`` and sums squared errors, so
    its loss is ``d_model`` times ``FVU + price``: a plan's ``l1`` becomes ``l1 * sqrt(d_model)``
    for ``relu`` (codes grow with the vectors) and ``l1 * d_model`` for ``jumprelu`` (there it is
    the price of one code, whatever its size).

    Parameters
    ----------
    plan
        Of the world's entry, or one's own.
    d_model
        Dimension of the activations.
    seed
        Of first weights and the order of draws.

    Returns
    -------
    TrainingConfig
        With ``steps * batch`` tokens; a latent is dead after a fifteenth of them.

    Raises
    ------
    BadInput
        If the architecture is not known, or the plan lacks the ``k`` or ``l1`` that it needs.
    MissingExtra
        If torch is not installed.
    """
    known = ("topk", "batchtopk", "matryoshka", "relu", "jumprelu")
    if plan.architecture not in known:
        raise BadInput(f"there is no architecture {plan.architecture!r}: {', '.join(known)}")
    needs = "l1" if plan.architecture in ("relu", "jumprelu") else "k"
    if getattr(plan, needs) is None:
        raise BadInput(f"a plan of architecture {plan.architecture!r} must set {needs}")
    return _config(plan, d_model, seed=seed)


def _config(plan: SaePlan, d_model: int, *, seed: int) -> "TrainingConfig":
    from armillary import training

    k, l1 = plan.k or 0, plan.l1 or 0.0
    architecture: Any = {
        "topk": lambda: training.TopK(k),
        "batchtopk": lambda: training.BatchTopK(k),
        "matryoshka": lambda: training.Matryoshka(k),
        "relu": lambda: training.ReLU(l1 * d_model**0.5),
        "jumprelu": lambda: training.JumpReLU(l1 * d_model),
    }[plan.architecture]()
    tokens = plan.steps * plan.batch
    return training.TrainingConfig(
        architecture, plan.d_sae, tokens=tokens, batch=plan.batch, lr=plan.lr, seed=seed,
        dead_after=max(1, int(tokens * _DEAD_SHARE)), log_every=max(1, plan.steps // 15),
        device="cpu",
    )  # fmt: skip


def expected_seconds(plan: SaePlan) -> float:
    """Return about how many CPU seconds one run takes, within a factor of two.

    ``steps * (1.2 ms + 20 ns * batch * d_sae)``, measured on one thread.
    """
    return plan.steps * (_OVERHEAD + _PER_CODE * plan.batch * plan.d_sae)


def quicker(plan: SaePlan, *, steps: int | None) -> SaePlan:
    """Return the plan with fewer steps, for a first look; None changes nothing."""
    return plan if steps is None else replace(plan, steps=min(steps, plan.steps))
