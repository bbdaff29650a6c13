"""Training of modular MLPs: by summed embeddings, or by concatenation (torus)."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from armillary.load.require import require
from armillary.networks.checkpoint import Weights, cached_weights
from armillary.networks.modular.mlp import ModularMlp
from armillary.networks.modular.single_thread import single_thread

_VERSION = 1
_DOORS = ("into_first", "into_last")


@dataclass(frozen=True, slots=True)
class MlpRecipe:
    """How a modular MLP is trained.

    AdamW (betas .9, .98) on the cross-entropy of ``share`` of all pairs.

    Parameters
    ----------
    p
        Number of residues.
    neurons
        In the hidden layer.
    activation
        ``"relu"``, ``"square"`` or ``"abs"``.
    steps, lr, weight_decay, batch
        Of AdamW; batch 0 is all pairs at once.
    share
        Share of the pairs that is trained on.
    d_embed
        Width of an embedding; 0: as wide as the hidden layer, which then adds them as they are.
    doors
        Where ``d_embed`` is not 0: 1 sums the embeddings before the hidden layer, 2 lays them side
        by side, so that each has weights of its own.
    seed
        Of weights, split and batches.
    """

    p: int = 59
    neurons: int = 128
    activation: str = "square"
    steps: int = 200
    lr: float = 1e-2
    weight_decay: float = 1.0
    batch: int = 0
    share: float = 0.8
    d_embed: int = 0
    doors: int = 1
    seed: int = 0


def train_mlp(recipe: MlpRecipe) -> ModularMlp:
    """Train a modular MLP, or take it from the cache.

    Parameters
    ----------
    recipe
        Everything that decides the outcome.

    Returns
    -------
    ModularMlp
        In numpy, float64.

    Raises
    ------
    MissingExtra
        If it is not in the cache and torch is not installed.
    """
    named = {"network": "modular-mlp", "version": _VERSION, **asdict(recipe)}
    weights = cached_weights(named, lambda: _train(recipe))
    return ModularMlp.from_weights(weights, activation=recipe.activation)


def _start(recipe: MlpRecipe, rng: np.random.Generator) -> Weights:
    p, neurons = recipe.p, recipe.neurons
    width = recipe.d_embed or neurons
    scales = {"embedding": ((p, width), width), "w_out": ((neurons, p), neurons)}
    if recipe.d_embed:
        for door in _DOORS[: recipe.doors]:
            scales[door] = ((width, neurons), width)
    drawn = {
        name: (rng.standard_normal(shape) / np.sqrt(size)).astype(np.float32)
        for name, (shape, size) in scales.items()
    }
    return {**drawn, "b_in": np.zeros(neurons, np.float32), "b_out": np.zeros(p, np.float32)}


def _train(recipe: MlpRecipe) -> Weights:
    torch: Any = require("torch", extra="torch")
    with single_thread(torch):
        return _trained(torch, recipe)


def _trained(torch: Any, recipe: MlpRecipe) -> Weights:
    rng = np.random.default_rng([recipe.seed, recipe.p, 20])
    w = {k: torch.tensor(v, requires_grad=True) for k, v in _start(recipe, rng).items()}
    p = recipe.p
    rows = torch.tensor(np.sort(rng.permutation(p * p)[: int(recipe.share * p * p)]))
    curve = {"relu": torch.relu, "square": torch.square, "abs": torch.abs}[recipe.activation]
    optimizer = torch.optim.AdamW(
        list(w.values()), lr=recipe.lr, weight_decay=recipe.weight_decay, betas=(0.9, 0.98)
    )
    for _ in range(recipe.steps):
        if recipe.batch:
            taken = rows[torch.tensor(rng.integers(0, len(rows), recipe.batch))]
        else:
            taken = rows
        a, b = taken // p, taken % p
        first = last = w["embedding"]
        if recipe.d_embed:
            first, last = first @ w[_DOORS[0]], last @ w[_DOORS[recipe.doors - 1]]
        pre = first[a] + last[b] + w["b_in"]
        logits = curve(pre) @ w["w_out"] + w["b_out"]
        loss = torch.nn.functional.cross_entropy(logits, (a + b) % p)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {name: tensor.detach().numpy() for name, tensor in w.items()}
