"""Beliefs of a hidden Markov process: read off activations, and what small autoencoders see.

    python benchmarks/worlds_beliefs.py --seeds 5 --figure docs/figures/worlds_beliefs.png

Trains on the tiny ``mess3``: 3 latents under an L1 penalty, 12 latents of which 2 fire. Vertices
are compared with decoder rows as they are, and less their mean (what a bias may carry).
"""

import argparse
import time
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from recovery_rates import print_rates

from armillary.core import SparseAutoencoder
from armillary.training import ReLU, TopK, TrainingConfig, train
from armillary.worlds import World, entry

STEPS, BATCH = 1500, 512


def rules(d_model: int) -> dict[str, tuple[Any, int]]:
    """Name the autoencoders that are trained: rule and number of latents."""
    return {
        "ReLU, l1 .02, 3 latents": (ReLU(l1=0.02 * d_model**0.5, resample=None), 3),
        "TopK 2, 12 latents": (TopK(k=2), 12),
    }


def trained(world: World, rule: Any, d_sae: int, *, seed: int) -> dict[str, Any]:
    """Train on one world and compare decoder rows with the vertices."""
    config = TrainingConfig(
        rule, d_sae, tokens=STEPS * BATCH, batch=BATCH, lr=3e-3, seed=seed, device="cpu"
    )
    began = time.process_time()
    sae = train(lambda n, rng: world.activations(n, rng), config).autoencoder
    spent = time.process_time() - began
    rows = world.activations(20_000, np.random.default_rng(2000 + seed))
    fires = sae.encode(rows) > 0
    alive = fires.any(axis=0)
    vertices = world.space.directions
    quality = sae.unexplained(rows)
    return {
        "fvu": quality["fvu"], "l0": quality["l0"], "cpu": spent, "alive": int(alive.sum()),
        "plain": largest_cosines(vertices, sae.directions[alive]),
        "centred": largest_cosines(vertices - vertices.mean(axis=0), sae.directions[alive]),
        "sae": sae, "fires": fires, "rows": rows,
    }  # fmt: skip


def largest_cosines(vertices: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return each vertex' largest cosine to a row."""
    unit = vertices / np.linalg.norm(vertices, axis=1, keepdims=True)
    return (unit @ (rows / np.linalg.norm(rows, axis=1, keepdims=True)).T).max(axis=1)


def main() -> None:
    """Print both tables, draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--figure")
    args = parser.parse_args()
    torch.set_num_threads(1)
    print_rates(("mess3",), seeds=2 * args.seeds)
    found, kept = entry("mess3"), {}
    print("\n| autoencoder | FVU (largest) | L0 | alive | largest cosine to a vertex | the same, "
          f"vertices centred | CPU s |\n|{'---|' * 7}")  # fmt: skip
    names = rules(found.make().d_model)
    for name, (rule, d_sae) in names.items():
        runs = [trained(found.make(seed=s), rule, d_sae, seed=s) for s in range(args.seeds)]
        kept[name] = runs
        plain, centred = (np.concatenate([run[k] for run in runs]) for k in ("plain", "centred"))
        cells = [
            f"{np.mean([r['fvu'] for r in runs]):.4f} ({max(r['fvu'] for r in runs):.4f})",
            f"{np.mean([r['l0'] for r in runs]):.2f}",
            f"{np.mean([r['alive'] for r in runs]):.1f}",
            f"{plain.mean():.2f} ({plain.min():.2f} to {plain.max():.2f})",
            f"{centred.mean():.2f} ({centred.min():.2f} to {centred.max():.2f})",
            f"{np.mean([r['cpu'] for r in runs]):.1f}",
        ]
        print(f"| {name} | {' | '.join(cells)} |")
    exact = found.make().truth.exact_sae
    rows = found.make().activations(20_000, np.random.default_rng(0))
    print(f"\nthe vertices themselves as latents: {exact.unexplained(rows)}")
    print(f"next symbols named by the readout: {reading(found.make()):.3f}")
    if args.figure:
        draw(found.make(), kept, args.figure)


def reading(world: World) -> float:
    """Return the accuracy of the readout on the truth."""
    sample = world.draw(5000, np.random.default_rng(3))
    return world.truth.readout.accuracy(sample.activations, sample)


def flat(world: World, rows: np.ndarray) -> np.ndarray:
    """Lay rows into the plane of the triangle."""
    vertices = world.space.directions
    corner = np.array([[0, 1], [-(3**0.5) / 2, -0.5], [3**0.5 / 2, -0.5]])
    return rows @ (vertices / (vertices**2).sum(axis=1, keepdims=True)).T @ corner


def draw(world: World, kept: dict[str, list[dict[str, Any]]], path: str) -> None:
    """Draw the beliefs, and where decoder rows point in the plane of the triangle."""
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.5))
    sample = world.draw(20_000, np.random.default_rng(5))
    at, corner = flat(world, sample.activations), flat(world, world.space.directions)
    likely = world.truth.readout.outputs(sample.activations, sample)
    for number, ax in enumerate(axes):
        ax.fill(*corner.T, facecolor="none", edgecolor="0.6", lw=0.8)
        ax.set_aspect("equal")
        ax.axis("off")
        if number == 0:
            ax.scatter(*at.T, s=0.6, c=np.clip(likely, 0, 1), rasterized=True)
            ax.set_title("beliefs, coloured by next symbols", fontsize=9)
    for ax, (name, runs) in zip(axes[1:], kept.items(), strict=True):
        show(ax, world, runs[0])
        ax.set_title(f"{name}: FVU {runs[0]['fvu']:.0e}", fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def show(ax: Any, world: World, run: dict[str, Any]) -> None:
    """Colour beliefs by the latents that fire, draw decoder rows as arrows from the bias."""
    sae: SparseAutoencoder = run["sae"]
    place = flat(world, run["rows"])
    _, pattern = np.unique(run["fires"], axis=0, return_inverse=True)
    ax.scatter(*place.T, s=0.6, c=pattern % 20, cmap="tab20", rasterized=True)
    origin = flat(world, sae.decoder_bias[None])[0]
    strength = sae.encode(run["rows"]).max(axis=0)
    for row, most in zip(sae.directions, strength, strict=True):
        if most > 0:
            tip = flat(world, (sae.decoder_bias + most * row)[None])[0]
            ax.annotate("", tip, origin, arrowprops={"arrowstyle": "->", "lw": 0.9})


if __name__ == "__main__":
    main()
