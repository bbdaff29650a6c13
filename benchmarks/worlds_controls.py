"""The positive and the negative control: recovery over seeds, and what codes make of nothing.

Run ``python benchmarks/worlds_controls.py --seeds 10 --figure docs/figures/worlds_controls.png``.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from world_rates import print_rates, rates

from armillary.core import SparseAutoencoder
from armillary.core.firing import TopK
from armillary.worlds import entry
from armillary.worlds.beyond_covariance import beyond_covariance

ROWS = 20_000
DIM = 16
KEPT = (1, 2, 4, 6, 8, 10, 12, 14, 16)
Curves = dict[str, np.ndarray]


def top_codes(k: int) -> SparseAutoencoder:
    """Return the cross-polytope code of the Gaussian world that keeps its k largest codes."""
    exact = entry("gauss").build(seed=0, size="d 16", dim=DIM, d_model=DIM).truth.exact_sae
    return SparseAutoencoder(
        exact.directions, exact.encoder, exact.encoder_bias, exact.decoder_bias, TopK(k),
        centred=False,
    )  # fmt: skip


def worth_of_nothing(seeds: int) -> Curves:
    """Measure FVU on isotropic Gaussian rows of the k largest of 32 codes, one row a seed."""
    out: list[list[float]] = []
    for seed in range(seeds):
        rows = np.random.default_rng(seed).standard_normal((ROWS, DIM))
        out.append([top_codes(k).unexplained(rows)["fvu"] for k in KEPT])
    return {"codes": np.array(out), "axes": 1 - np.array(KEPT) / DIM}


def kurtoses(seeds: int) -> dict[str, list[float]]:
    """Measure the kurtosis of the Gaussian world and its controls."""
    found = entry("gauss")
    out: dict[str, list[float]] = {}
    for what in ("", *found.controls):
        for seed in range(seeds):
            world = found.make_control(what, seed=seed) if what else found.make(seed=seed)
            rows = world.activations(1000, np.random.default_rng([seed, 1]))
            points = rows @ world.truth.factors[0].span.T
            seen = beyond_covariance(points, draws=1, rng=np.random.default_rng(0))
            out.setdefault(what or "gauss", []).append(seen.kurtosis)
    return out


def size_of_the_test(seeds: int) -> str:
    """Count rejections of Gaussian worlds at the level of 0.01."""
    found = entry("gauss")
    passed = [
        found.recover(found.make(seed=s), np.random.default_rng([s, 2])).passed
        for s in range(seeds)
    ]
    return f"{seeds - sum(passed)} of {seeds}"


def draw_figure(curves: Curves, seen: dict[str, list[float]], path: Path) -> None:
    """Draw the worth of codes on nothing, and what the test sees in its controls."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.3), layout="constrained")
    left.plot(KEPT, curves["axes"], "s--", color="gray", label="k of 16 axes: 1 - k / 16")
    left.plot(KEPT, curves["codes"].mean(axis=0), "o-", label="k largest of 32 codes")
    left.set(
        xlabel="codes kept, k", ylabel="FVU", title="Gaussian rows, 16 dimensions", ylim=(0, 1)
    )
    left.legend(frameon=False)
    for i, (name, values) in enumerate(seen.items()):
        right.plot(values, np.full(len(values), -i) + np.linspace(-0.15, 0.15, len(values)), "o",
                   ms=4, alpha=0.7)  # fmt: skip
        right.text(2.45, -i, name, ha="right", va="center")
    right.axvline(1, color="gray", lw=0.8)
    right.set(
        xlabel="kurtosis over a Gaussian's", yticks=[], ylim=(-3.5, 0.5), xlim=(0.7, 2.5),
        title="what equal covariance hides, by seed",
    )  # fmt: skip
    figure.savefig(path, dpi=110)


def main() -> None:
    """Print the tables and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--figure", type=Path)
    args = parser.parse_args()
    started = time.process_time()
    print_rates([r for name in ("iid_sparse", "gauss") for r in rates(name, args.seeds)])
    print_rates([r for name in ("iid_sparse", "gauss") for r in rates(name, 3, "full")])
    print(f"\nGaussian worlds rejected at level 0.01: {size_of_the_test(200)}")
    for name in ("iid_sparse", "gauss"):
        seen = []
        for seed in range(args.seeds):
            world = entry(name).make(seed=seed)
            rows = world.activations(ROWS, np.random.default_rng([seed, 3]))
            seen.append(world.truth.exact_sae.unexplained(rows))
        worst, l0 = max(s["fvu"] for s in seen), np.mean([s["l0"] for s in seen])
        print(f"closed form of {name}: FVU at most {worst:.1e}, L0 {l0:.2f}")
    curves = worth_of_nothing(args.seeds)
    print("\n| codes kept of 32 | FVU, k largest codes | FVU, k axes |\n|---|---|---|")
    for k, column, axes in zip(KEPT, curves["codes"].T, curves["axes"], strict=True):
        print(f"| {k} | {column.mean():.3f} +- {np.ptp(column) / 2:.3f} | {axes:.3f} |")
    if args.figure:
        draw_figure(curves, kurtoses(args.seeds), args.figure)
    print(f"\n{time.process_time() - started:.0f} CPU seconds")


if __name__ == "__main__":
    main()
