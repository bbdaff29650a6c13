"""A tree of features: its parents read back, and what four latents make of four features.

    python benchmarks/worlds_hierarchy.py --seeds 5 --figure docs/figures/worlds_hierarchy.png

Trains a 4-latent autoencoder on the tiny ``tree`` and on its control with independent firings (same
directions, same marginals), by three rules: the penalty is in units of FVU per summed code.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from recovery_rates import print_rates
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from armillary.training import BatchTopK, ReLU, TrainingConfig, train
from armillary.training.architectures.batch_topk import follow_threshold
from armillary.training.passes import Pass, plain_pass
from armillary.training.strongest import strongest_of_batch
from armillary.training.weights import Weights
from armillary.worlds import World, entry

STEPS, BATCH = 2500, 512


@dataclass(frozen=True)
class PartTopK(BatchTopK):
    """BatchTopK that keeps 0.4 codes a token, what the toy has."""

    k: float = 0.4

    def step(self, weights: Weights, tokens: Tensor, *, dead: Tensor, share: float) -> Pass:
        """Return the gradients of one batch."""
        pairs = strongest_of_batch(weights.pre(tokens), round(self.k * len(tokens)))
        follow_threshold(weights, pairs.value, memory=self.memory)
        made = plain_pass(weights, tokens, pairs)
        self.aux.add(made, weights, tokens, dead=dead)
        return made


RULES: dict[str, Callable[[float], Any]] = {
    "ReLU, l1 .02": lambda variance: ReLU(l1=0.02 * variance, resample=None),
    "ReLU, l1 .1": lambda variance: ReLU(l1=0.1 * variance, resample=None),
    "BatchTopK, k .4": lambda variance: PartTopK(),
}


def trained(world: World, rule: Callable[[float], Any], *, seed: int, lr: float) -> dict[str, Any]:
    """Train on one world and measure the latent that is best for the parent."""
    sample = world.draw(50_000, np.random.default_rng(1000 + seed))
    rows, codes = sample.activations, sample.codes
    variance = float(((rows - rows.mean(axis=0)) ** 2).sum(axis=1).mean())
    config = TrainingConfig(
        rule(variance), 4, tokens=STEPS * BATCH, batch=BATCH, lr=lr, scale=False, seed=seed,
        device="cpu",
    )  # fmt: skip
    began = time.process_time()
    sae = train(lambda n, rng: world.activations(n, rng), config).autoencoder
    spent = time.process_time() - began
    unit = world.space.directions / np.linalg.norm(world.space.directions, axis=1, keepdims=True)
    length = np.linalg.norm(sae.directions, axis=1, keepdims=True)
    cosine = sae.directions / np.maximum(length, 1e-9) @ unit.T
    latents, nodes = linear_sum_assignment(-np.abs(cosine))
    latent = dict(zip(nodes, latents, strict=True))
    fires = sae.encode(rows) * length[:, 0] > 0.1
    f0, f1 = codes[:, 0] > 0, codes[:, 1] > 0
    return {
        "with": fires[f0 & f1, latent[0]].mean(),
        "alone": fires[f0 & ~f1, latent[0]].mean(),
        "mcc": np.abs(cosine)[latents, nodes].mean(),
        "child": cosine[latent[1], :2],
        "fvu": sae.unexplained(rows)["fvu"],
        "cosine": cosine[[latent[v] for v in range(4)]],
        "cpu": spent,
    }


def spread(values: list[float]) -> str:
    """Mean, with least and most where they differ."""
    low, high, mean = min(values), max(values), float(np.mean(values))
    return f"{mean:.3f}" if high - low < 5e-4 else f"{mean:.3f} ({low:.3f} to {high:.3f})"


def main() -> None:
    """Print both tables, draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--lr", type=float, default=1e-2)
    parser.add_argument("--figure")
    args = parser.parse_args()
    torch.set_num_threads(1)
    print_rates(("tree",), seeds=2 * args.seeds)
    found, kept = entry("tree"), {}
    heads = (
        "fires on parent alone",
        "fires on parent with child",
        "child's latent on parent, child",
    )
    print(f"\n| rule | firings | {' | '.join(heads)} | MCC | FVU | CPU s |\n|{'---|' * 8}")
    for rule, make in RULES.items():
        for kind in ("tree", "independent"):
            runs = []
            for seed in range(args.seeds):
                world = (
                    found.make(seed=seed) if kind == "tree" else found.make_control(kind, seed=seed)
                )
                runs.append(trained(world, make, seed=seed, lr=args.lr))
            kept[rule, kind] = runs
            child = np.mean([run["child"] for run in runs], axis=0)
            print(
                f"| {rule} | {kind} | {spread([r['alone'] for r in runs])} "
                f"| {spread([r['with'] for r in runs])} | {child[0]:.2f}, {child[1]:.2f} "
                f"| {spread([r['mcc'] for r in runs])} | {spread([r['fvu'] for r in runs])} "
                f"| {np.mean([r['cpu'] for r in runs]):.1f} |"
            )
    if args.figure:
        draw(kept, args.figure)


def draw(kept: dict[tuple[str, str], list[dict[str, Any]]], path: str) -> None:
    """Draw decoders of one seed beside the parent's latent on both kinds of rows."""
    figure, axes = plt.subplots(
        1, 3, figsize=(10, 3.3), layout="constrained", width_ratios=(1, 1, 1.9)
    )
    for ax, kind in zip(axes, ("tree", "independent"), strict=False):
        cosine = kept["ReLU, l1 .02", kind][0]["cosine"]
        ax.imshow(cosine, cmap="RdBu", vmin=-1, vmax=1)
        for (i, j), value in np.ndenumerate(cosine):
            ax.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=8,
                    color="white" if abs(value) > 0.6 else "black")  # fmt: skip
        ax.set_xticks(range(4), ["parent\nf0", "child\nf1", "f2", "f3"], fontsize=8)
        ax.set_yticks(range(4), [f"latent {i}" for i in range(4)], fontsize=8)
        ax.set_title(
            "child only with parent" if kind == "tree" else "independent, same rates", fontsize=9
        )
    ax = axes[2]
    for at, ((rule, kind), runs) in enumerate(kept.items()):
        y = -(at + (at // 2) * 0.6)
        for key, colour in (("alone", "tab:blue"), ("with", "tab:red")):
            shift = 0.12 if key == "alone" else -0.12
            ax.scatter([run[key] for run in runs], [y + shift] * len(runs), s=22, color=colour,
                       alpha=0.7, clip_on=False, label=None if at else
                       {"alone": "parent alone", "with": "parent with child"}[key])  # fmt: skip
        ax.text(-0.06, y, f"{rule}, {kind}", ha="right", va="center", fontsize=8)
    ax.set_yticks([])
    ax.set_xlim(0, 1)
    ax.set_xlabel("share of rows on which the parent's latent fires", fontsize=8)
    ax.tick_params(labelsize=8)
    ax.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
