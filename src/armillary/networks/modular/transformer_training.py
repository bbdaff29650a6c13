"""Training of modular transformers: attention rate 0 for pizzas, 1 for clocks."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from armillary.load.require import require
from armillary.networks.checkpoint import Weights, cached_weights
from armillary.networks.modular.single_thread import single_thread
from armillary.networks.modular.transformer import ModularTransformer

_VERSION = 1


@dataclass(frozen=True, slots=True)
class TransformerRecipe:
    """How a modular transformer is trained.

    AdamW (betas .9, .98) on the cross-entropy, full batch, learning rate warmed up over 10 steps;
    every step sees the same ``share`` of all pairs.

    Parameters
    ----------
    p
        Number of residues.
    rate
        Attention rate: 0 sums the tokens, 1 is softmax.
    steps, lr, weight_decay
        Of AdamW.
    share
        Share of the pairs that is trained on.
    d_model, n_heads, d_mlp
        Sizes.
    seed
        Of the weights and of the split.
    """

    p: int = 59
    rate: float = 0.0
    steps: int = 400
    lr: float = 5e-3
    weight_decay: float = 2.0
    share: float = 0.8
    d_model: int = 128
    n_heads: int = 4
    d_mlp: int = 512
    seed: int = 0


def train_transformer(recipe: TransformerRecipe) -> ModularTransformer:
    """Train a modular transformer, or take it from the cache.

    Parameters
    ----------
    recipe
        Everything that decides the outcome.

    Returns
    -------
    ModularTransformer
        In numpy, float64.

    Raises
    ------
    MissingExtra
        If it is not in the cache and torch is not installed.
    """
    named = {
        "network": "modular-transformer",
        "version": _VERSION,
        **asdict(recipe),
        "rate": float(recipe.rate),
    }
    weights = cached_weights(named, lambda: _train(recipe))
    return ModularTransformer.from_weights(weights, rate=recipe.rate)


def _start(recipe: TransformerRecipe, rng: np.random.Generator) -> Weights:
    d, heads, neurons, p = recipe.d_model, recipe.n_heads, recipe.d_mlp, recipe.p
    d_head = d // heads
    scales = {
        "embedding": ((p, d), d), "position": ((2, d), d),
        "query": ((heads, d, d_head), d), "key": ((heads, d, d_head), d),
        "value": ((heads, d, d_head), d), "output": ((heads, d_head, d), d),
        "w_in": ((d, neurons), neurons), "w_out": ((neurons, d), d), "unembed": ((d, p), p),
    }  # fmt: skip
    drawn = {
        name: (rng.standard_normal(shape) / np.sqrt(size)).astype(np.float32)
        for name, (shape, size) in scales.items()
    }
    zeros = {"b_in": np.zeros(neurons, np.float32), "b_out": np.zeros(d, np.float32)}
    return {**drawn, **zeros}


def _resid_mid(torch: Any, w: dict[str, Any], rate: float) -> Any:
    """Return ``resid_mid`` of all pairs, row ``a * p + b``: tokens are projected, then paired."""
    first, last = w["embedding"] + w["position"][0], w["embedding"] + w["position"][1]
    p, d = first.shape
    carried = w["value"] @ w["output"]
    from_first, from_last = first @ carried, last @ carried  # head, residue, d
    if rate == 0:
        at_a, at_b = from_first.sum(0), last + from_last.sum(0)
        resid = (at_a[:, None] + at_b[None]).reshape(p * p, d)
    else:
        query = last @ w["query"] / w["query"].shape[2] ** 0.5
        own = (query * (last @ w["key"])).sum(-1)  # head, b
        score = (first @ w["key"]) @ query.transpose(1, 2) - own[:, None]  # head, a, b
        share = torch.sigmoid(score)
        to_a = rate * share + (1 - rate)
        to_b = rate * (1 - share) + (1 - rate)
        resid = torch.einsum("hab,had->abd", to_a, from_first)
        resid = resid + torch.einsum("hab,hbd->abd", to_b, from_last) + last
        resid = resid.reshape(p * p, d)
    return resid


def _train(recipe: TransformerRecipe) -> Weights:
    torch: Any = require("torch", extra="torch")
    with single_thread(torch):
        return _trained(torch, recipe)


def _trained(torch: Any, recipe: TransformerRecipe) -> Weights:
    rng = np.random.default_rng([recipe.seed, recipe.p, 19])
    w = {k: torch.tensor(v, requires_grad=True) for k, v in _start(recipe, rng).items()}
    p = recipe.p
    rows = torch.tensor(np.sort(rng.permutation(p * p)[: int(recipe.share * p * p)]))
    answers = (rows // p + rows % p) % p
    optimizer = torch.optim.AdamW(
        list(w.values()), lr=recipe.lr, weight_decay=recipe.weight_decay, betas=(0.9, 0.98)
    )
    for step in range(recipe.steps):
        optimizer.param_groups[0]["lr"] = recipe.lr * min((step + 1) / 10, 1)
        resid = _resid_mid(torch, w, recipe.rate)[rows]
        hidden = torch.relu(resid @ w["w_in"] + w["b_in"])
        logits = (resid + w["b_out"]) @ w["unembed"] + hidden @ (w["w_out"] @ w["unembed"])
        loss = torch.nn.functional.cross_entropy(logits.double(), answers)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {name: tensor.detach().numpy() for name, tensor in w.items()}
