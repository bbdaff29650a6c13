"""What is known of an autoencoder's quality, said before it is surveyed."""

from typing import Any, cast

from armillary.core import FeatureSpace


def measured_lines(space: FeatureSpace) -> list[str]:
    """Say what its maker measured of an autoencoder, beside the controls; empty if unknown.

    Good reconstruction alone says nothing, so the share of variance lost stands beside that of an
    autoencoder of the same size on an isotropic Gaussian, and the dictionary beside its twin.
    """
    held: Any = space.source.get("measured")
    if not isinstance(held, dict):
        return []
    told = cast("dict[str, Any]", held)
    out: list[str] = []
    own, control = _part(told, "sae"), _part(told, "gaussian_control")
    if own:
        line = f"FVU {own['fvu']:.3f}"
        if control:
            line += f" (the same size on an isotropic Gaussian: {control['fvu']:.3f})"
        out.append(f"{line}, L0 {own['l0']:.1f}, {own['dead_share']:.1%} dead")
    loss = _part(told, "cross_entropy")
    if loss:
        out.append(
            f"next-token loss {loss['ce_loss_without_sae']:.3f} nats, "
            f"{loss['ce_loss_with_sae']:.3f} through it: of what ablation costs, "
            f"{loss['ce_loss_score_mean']:.1%} recovered (by the mean), "
            f"{loss['ce_loss_score_zero']:.1%} (by zero)"
        )
    twin = _part(told, "agreement_with_twin")
    if twin:
        out.append(
            f"its twin of another seed: mean best cosine {twin['mean_max_cosine_a']:.2f} "
            f"(random directions {twin['random_mean_max_cosine']:.2f}), "
            f"{twin['paired_past_0.7']:.0%} of features paired past 0.7"
        )
    return out


def _part(told: dict[str, Any], name: str) -> dict[str, Any]:
    found = told.get(name)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
