"""Bags of words: correlated binary features in an autoencoder too small for them."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float

from armillary.core.errors import BadInput
from armillary.load.require import require
from armillary.networks.checkpoint import Weights, cached_weights

Shape = Literal["circle", "figure_eight", "sphere"]
SHAPES: tuple[Shape, ...] = ("circle", "figure_eight", "sphere")


@dataclass(frozen=True, slots=True, eq=False)
class BagModel:
    """A tied autoencoder ``x' = relu(W^T W x + b)`` of binary features.

    Parameters
    ----------
    features
        ``W`` transposed: one row a feature.
    bias
        ``b``.
    """

    features: Float[np.ndarray, "feature d_model"]
    bias: Float[np.ndarray, " feature"]

    def rebuilt(self, bags: Bool[np.ndarray, "row feature"]) -> Float[np.ndarray, "row feature"]:
        """Return what the autoencoder makes of rows of features."""
        hidden = bags.astype(np.float32) @ self.features
        return np.maximum(hidden @ self.features.T + self.bias, 0)


def word_places(shape: Shape, n: int) -> Float[np.ndarray, "feature axis"]:
    """Return where each feature sits on the shape that makes features occur together.

    ``circle``: ``(cos t, sin t)``; ``figure_eight``: ``(sin t, sin 2t)``; both at
    ``t = 2 pi k / n``; ``sphere``: the Fibonacci lattice of ``n`` points.

    Raises
    ------
    BadInput
        If there is no such shape.
    """
    if shape == "sphere":
        height = 1 - 2 * (np.arange(n) + 0.5) / n
        angle = np.pi * (1 + 5**0.5) * (np.arange(n) + 0.5)
        radius = np.sqrt(1 - height**2)
        return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), height])
    return _on_curve(shape, 2 * np.pi * np.arange(n) / n)


def draw_bags(
    shape: Shape, n: int, *, rows: int, sharpness: float = 10.0, rng: np.random.Generator
) -> tuple[Bool[np.ndarray, "row feature"], Float[np.ndarray, "row axis"]]:
    """Draw bags of features: ``P(x_f = 1 | z) = sigmoid(sharpness * place_f . z)``.

    ``z`` is uniform on the shape (uniform in ``t`` on a curve); given it, features are independent.

    Returns
    -------
    tuple
        The bags, and where ``z`` was.
    """
    if shape == "sphere":
        z = rng.standard_normal((rows, 3))
        z /= np.linalg.norm(z, axis=1, keepdims=True)
    else:
        z = _on_curve(shape, rng.uniform(0, 2 * np.pi, rows))
    odds = sharpness * z @ word_places(shape, n).T
    return rng.random((rows, n)) < 1 / (1 + np.exp(-odds)), z


def _on_curve(shape: str, t: Float[np.ndarray, " point"]) -> Float[np.ndarray, "point axis"]:
    if shape == "circle":
        return np.column_stack([np.cos(t), np.sin(t)])
    if shape == "figure_eight":
        return np.column_stack([np.sin(t), np.sin(2 * t)])
    raise BadInput(f"there is no shape {shape!r} for bags of words: {', '.join(SHAPES)}")


def train_bag_model(
    shape: Shape,
    n: int,
    m: int,
    *,
    weight_decay: float = 1.0,
    together: Literal["together", "alone"] = "together",
    epochs: int = 200,
    rows: int = 8000,
    lr: float = 1e-2,
    seed: int = 0,
) -> BagModel:
    """Train a tied autoencoder on bags of words; the weights are kept in the cache.

    AdamW with a cosine schedule from ``lr`` to 1e-9, batches of 256, the gradient's norm cut at 1,
    mean squared error, ``rows`` bags drawn once.

    Parameters
    ----------
    shape
        Where ``z`` lives.
    n, m
        Features and dimensions.
    weight_decay
        Of AdamW. With ``m`` near the dimension of the shape none is needed for the features to lie
        as on the shape; with more dimensions only decay keeps them from being told apart instead.
    together
        ``"alone"`` shuffles each feature's column: same rates, no correlation (a control).
    epochs, rows, lr
        Of the run.
    seed
        Of start, bags and order.

    Returns
    -------
    BagModel
        float32 weights.

    Raises
    ------
    BadInput
        If there is no such shape.
    MissingExtra
        If the weights are not cached and torch is not installed.

    References
    ----------
    Prieto et al. 2026, arXiv:2603.09972: correlated features in superposition keep their geometry.
    """
    recipe = {
        "network": "bags_of_words", "version": 1, "shape": shape, "n": n, "m": m,
        "weight_decay": weight_decay, "together": together, "epochs": epochs, "rows": rows,
        "lr": lr, "seed": seed,
    }  # fmt: skip
    rng = np.random.default_rng([seed, 31])
    bags, _ = draw_bags(shape, n, rows=rows, rng=rng)
    if together == "alone":
        bags = rng.permuted(bags, axis=0)
    return BagModel(**cached_weights(recipe, lambda: _train(bags, recipe)))


def _train(bags: Bool[np.ndarray, "row feature"], recipe: dict[str, Any]) -> Weights:
    torch: Any = require("torch", extra="torch")
    n, m, batch = recipe["n"], recipe["m"], 256
    per_epoch = len(bags) // batch
    generator = torch.Generator().manual_seed(recipe["seed"])
    rows = torch.from_numpy(bags.astype(np.float32))
    features = (torch.randn(n, m, generator=generator) * n**-0.5).requires_grad_()
    bias = torch.zeros(n).requires_grad_()
    decay = {"lr": recipe["lr"], "weight_decay": recipe["weight_decay"], "fused": True}
    optimiser = torch.optim.AdamW([features, bias], **decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimiser, recipe["epochs"] * per_epoch, eta_min=1e-9
    )
    for _ in range(recipe["epochs"]):
        order = torch.randperm(len(rows), generator=generator)[: per_epoch * batch]
        for chosen in order.view(per_epoch, batch):
            x = rows[chosen]
            made = torch.relu(torch.addmm(bias, x @ features, features.T))
            loss = (made - x).square().mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([features, bias], 1.0)
            optimiser.step()
            schedule.step()
    return {"features": features.detach().numpy(), "bias": bias.detach().numpy()}
