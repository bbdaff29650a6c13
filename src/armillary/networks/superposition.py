"""Superposition: autoencoders with fewer dimensions than features, many trained at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.load.require import require
from armillary.networks.checkpoint import Weights, cached_weights

_FAR_OFF = 1e9


@dataclass(frozen=True, slots=True)
class Polytope:
    """A regular arrangement of ``n`` feature vectors in ``m`` dimensions.

    Parameters
    ----------
    name
        Of the polytope.
    n, m
        Number of features and of dimensions. All have dimensionality ``m / n``.
    cosines
        Of all pairs, rising.
    tolerance
        Largest difference allowed in a cosine.
    """

    name: str
    n: int
    m: int
    cosines: tuple[float, ...]
    tolerance: float = 0.05


def _pentagon() -> tuple[float, ...]:
    step = 2 * np.pi / 5
    return (float(np.cos(2 * step)),) * 5 + (float(np.cos(step)),) * 5


def _antiprism(height_squared: float) -> tuple[float, ...]:
    """Cosines of two squares of unit vectors at heights of either sign, turned by 45 degrees."""
    r, h = 1 - height_squared, height_squared
    across = r * np.sqrt(0.5)
    return (h,) * 8 + (h - r,) * 4 + (across - h,) * 8 + (-across - h,) * 8


POLYTOPES: tuple[Polytope, ...] = (
    Polytope("digon", 2, 1, (-1.0,)),
    Polytope("triangle", 3, 2, (-0.5,) * 3),
    Polytope("tetrahedron", 4, 3, (-1 / 3,) * 6),
    Polytope("pentagon", 5, 2, _pentagon()),
    Polytope("octahedron", 6, 3, (-1.0,) * 3 + (0.0,) * 12),
    # its height is free: at 1/3 all dimensionalities are 3/8, training ends at about 0.28
    Polytope("square antiprism", 8, 3, _antiprism(0.28)),
)


@dataclass(frozen=True, slots=True, eq=False)
class ToyModel:
    """Instances of ``x' = relu(W^T W x + b)``, trained side by side.

    Parameters
    ----------
    features
        ``W`` of each instance, transposed: one row a feature.
    bias
        ``b``.
    """

    features: Float[np.ndarray, "instance feature d_model"]
    bias: Float[np.ndarray, "instance feature"]

    def departures(self, polytope: Polytope | None = None) -> Float[np.ndarray, " instance"]:
        """Return the ``departure`` of each instance; above 1 it failed."""
        return np.array([departure(rows, polytope) for rows in self.features])

    def first_reached(self, polytope: Polytope | None = None) -> int | None:
        """Return the first instance that did not fail, None where all did."""
        reached = np.flatnonzero(self.departures(polytope) <= 1)
        return int(reached[0]) if reached.size else None


def dimensionality(
    features: Float[np.ndarray, "feature d_model"],
) -> Float[np.ndarray, " feature"]:
    """Return ``D_i = |w_i|^4 / sum_j (w_i . w_j)^2``, the dimensions a feature has to itself.

    1 for a feature orthogonal to all others, 1/2 in an antipodal pair; never more than 1, and their
    sum is at most the rank. 0 where a feature has no length.

    References
    ----------
    Elhage et al. 2022, arXiv:2209.10652: "feature dimensionality".
    """
    gram = features.astype(np.float64) @ features.T.astype(np.float64)
    return np.diagonal(gram) ** 2 / np.maximum((gram**2).sum(axis=1), 1e-24)


def departure(
    features: Float[np.ndarray, "feature d_model"], polytope: Polytope | None = None
) -> float:
    """Return how far feature vectors are from a polytope, in units of what is allowed.

    The largest of ``max |D_i - m / n| / 0.02`` and, given a polytope, ``max |cosine - ideal| /
    tolerance`` over the sorted cosines of all pairs. A feature shorter than 0.8 counts as dropped:
    the departure is then 1e9. At most 1 means reached.

    Parameters
    ----------
    features
        Rows in the scale in which a perfectly stored feature has length 1.
    polytope
        None asks for equal dimensionality alone, which every uniform tight frame has.

    Returns
    -------
    float
        0 is ideal.
    """
    (n, m), norms = features.shape, np.linalg.norm(features, axis=1)
    wrong_size = polytope is not None and (n, m) != (polytope.n, polytope.m)
    if wrong_size or norms.min() <= 0.8:
        return _FAR_OFF
    apart = float(np.abs(dimensionality(features) - m / n).max()) / 0.02
    if polytope is None:
        return apart
    unit = features / norms[:, None]
    pairs = np.sort((unit @ unit.T)[np.triu_indices(n, 1)])
    bent = float(np.abs(pairs - np.sort(polytope.cosines)).max()) / polytope.tolerance
    return max(apart, bent)


def sparse_features(
    rows: int, n: int, *, p: float, rng: np.random.Generator
) -> Float[np.ndarray, "row feature"]:
    """Draw independent features, each on with probability ``p`` and then uniform in [0, 1]."""
    on = rng.random((rows, n), dtype=np.float32) < p
    return rng.random((rows, n), dtype=np.float32) * on


def train_toy_model(
    n: int,
    m: int,
    *,
    p: float = 0.05,
    instances: int = 16,
    steps: int = 3000,
    batch: int = 256,
    lr: float = 3e-3,
    seed: int = 0,
) -> ToyModel:
    """Train instances of ``relu(W^T W x + b)`` on sparse features; the weights are kept.

    Each feature is on with probability ``p``, then uniform in [0, 1]; the loss is the squared error
    of all features, Adam with a cosine schedule from ``lr`` to 0, fresh inputs at every step.

    Parameters
    ----------
    n, m
        Features and dimensions.
    p
        Probability of a feature.
    instances
        Trained side by side from different starts on different inputs.
    steps, batch, lr
        Of the run; ``batch`` for each instance.
    seed
        Of starts and inputs.

    Returns
    -------
    ToyModel
        All instances, the failed ones too.

    Raises
    ------
    MissingExtra
        If the weights are not cached and torch is not installed.
    """
    recipe = {
        "network": "superposition", "version": 1, "n": n, "m": m, "p": p, "instances": instances,
        "steps": steps, "batch": batch, "lr": lr, "seed": seed,
    }  # fmt: skip
    return ToyModel(**cached_weights(recipe, lambda: _train(recipe)))


def _train(recipe: dict[str, Any]) -> Weights:
    torch: Any = require("torch", extra="torch")
    n, m, instances, steps = recipe["n"], recipe["m"], recipe["instances"], recipe["steps"]
    generator = torch.Generator().manual_seed(recipe["seed"])
    start = torch.randn(instances, n, m, generator=generator) * m**-0.5
    features, bias = start.requires_grad_(), torch.zeros(instances, 1, n).requires_grad_()
    optimiser = torch.optim.Adam([features, bias], lr=recipe["lr"], fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    shape = (instances, recipe["batch"], n)
    for _ in range(steps):
        on = torch.rand(shape, generator=generator) < recipe["p"]
        x = torch.rand(shape, generator=generator) * on
        made = torch.relu(torch.baddbmm(bias, x @ features, features.transpose(1, 2)))
        loss = n * (made - x).square().mean(dim=(1, 2)).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return {"features": features.detach().numpy(), "bias": bias.detach().numpy()[:, 0]}
