"""Worlds that are manifolds: recovery over seeds, closed forms, and what tells them from controls.

Run ``python benchmarks/worlds_manifolds.py --seeds 10 --figure docs/figures/worlds_manifolds.png``.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from world_rates import print_rates, rates

from armillary.worlds import World, entry
from armillary.worlds.catalogue.hypersurface import sheet
from armillary.worlds.charts import moebius, normalised, swiss_roll

NAMES = ("circle", "sphere", "torus", "helix", "hypersurface", "manifold_mix")


def closed_forms(seeds: int) -> None:
    """Print FVU and L0 of the closed forms of the helix and of the mix."""
    print("\n| world | size | latents | FVU at most | L0 | sum of active span dimensions |")
    print("|---|---|---|---|---|---|")
    for name in ("helix", "manifold_mix"):
        for size in ("tiny", "full"):
            fvu, l0, dims = [], [], []
            for seed in range(seeds):
                world = entry(name).make(size, seed=seed)
                sample = world.draw(4000, np.random.default_rng([seed, 3]))
                seen = world.truth.exact_sae.unexplained(sample.activations)
                fvu.append(seen["fvu"])
                l0.append(seen["l0"])
                dims.append(
                    sum(len(f.span) * sample.active[f.name].mean() for f in world.truth.factors)
                )
            latents = world.truth.exact_sae.n_features
            print(f"| `{name}` | {size} | {latents} | {max(fvu):.1e} | {np.mean(l0):.2f} "
                  f"| {np.mean(dims):.2f} |")  # fmt: skip


def lengths(world: World) -> np.ndarray:
    """Return the lengths of all factors' parts of 500 rows, unmixed by the claimed frames."""
    rows = world.activations(500, np.random.default_rng(3)).astype(np.float64)
    stacked = np.vstack([f.span for f in world.truth.factors])
    parts = np.split(
        rows @ np.linalg.pinv(stacked),
        np.cumsum([len(f.span) for f in world.truth.factors])[:-1],
        axis=1,
    )
    return np.sort(np.concatenate([np.linalg.norm(p, axis=1) for p in parts]))[::-1]


def draw_figure(path: Path) -> None:
    """Draw five manifolds, and how parts of the mix separate from those of its controls."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(11, 5.6), layout="constrained")
    rng = np.random.default_rng(0)
    shown = [
        ("saddle (hypersurface)", normalised(sheet("saddle")), 0),
        ("Moebius band (in the mix)", normalised(moebius()), 0),
        ("Swiss roll (in the mix)", normalised(swiss_roll()), 0),
    ]
    helix = entry("helix").make("full")
    sample = helix.draw(1500, rng)
    axes = figure.add_subplot(2, 3, 1, projection="3d")
    axes.scatter(*(sample.activations @ helix.truth.factors[0].span.T).T, s=3,
                 c=sample.cells["position"], cmap="viridis")  # fmt: skip
    axes.set_title("helix, by position", fontsize=10)
    panels = [axes]
    for i, (title, chart, column) in enumerate(shown):
        at = chart.draw(900, rng=rng)
        axes = figure.add_subplot(2, 3, i + 2, projection="3d")
        axes.scatter(*chart.points(at).T, s=3, c=at[:, column], cmap="viridis")
        axes.set_title(title, fontsize=10)
        panels.append(axes)
    for axes in panels:
        axes.set(xticklabels=[], yticklabels=[], zticklabels=[])
    flat = figure.add_subplot(2, 3, 5)
    found = entry("circle")
    for i, name in enumerate(("", "clusters", "arc", "polygon", "gaussian")):
        world = found.make_control(name) if name else found.make()
        points = world.activations(600, rng) @ world.truth.factors[0].span.T
        flat.plot(points[:, 0] + 3.2 * i, points[:, 1], ".", ms=1.5)
        flat.text(3.2 * i, -2.4, name or "circle", ha="center", fontsize=7)
    flat.set(aspect="equal", title="circle and its controls", xlim=(-1.6, 15.2), ylim=(-2.7, 2.2))
    flat.title.set_fontsize(10)
    flat.axis("off")
    last = figure.add_subplot(2, 3, 6)
    mix = entry("manifold_mix")
    for name in ("", "gaussian", "frames_redrawn", "one_more_active"):
        world = mix.make_control(name) if name else mix.make()
        sizes = np.maximum(lengths(world), 1e-9)
        last.plot(np.linspace(0, 12, sizes.size), sizes, lw=1.5, label=name or "manifold_mix")
    last.set(yscale="log", xlabel="parts a row, longest first", ylabel="length of part")
    last.set_title("unmixed: 3 of 12 parts, the rest rounding", fontsize=10)
    last.legend(fontsize=7)
    figure.savefig(path, dpi=110)
    from PIL import Image

    Image.open(path).quantize(96).save(path, optimize=True)


def main() -> None:
    """Print the tables and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--figure", type=Path)
    args = parser.parse_args()
    started = time.process_time()
    print_rates([r for name in NAMES for r in rates(name, args.seeds)])
    print("\n| world, full size | passed |\n|---|---|")
    for name in NAMES:
        found = entry(name)
        passed = [
            found.recover(found.make("full", seed=s), np.random.default_rng([s, 1])).passed
            for s in range(args.seeds)
        ]
        print(f"| `{name}` | {sum(passed)}/{args.seeds} |")
    closed_forms(5)
    if args.figure:
        draw_figure(args.figure)
    print(f"\n{time.process_time() - started:.0f} CPU seconds")


if __name__ == "__main__":
    main()
