"""Worlds that sparse codes rebuild exactly: recovery, closed forms, and what happens beside them.

Run ``python benchmarks/worlds_exact.py --seeds 10 --figure docs/figures/worlds_exact.png``.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from world_rates import print_rates, rates

from armillary.core import SparseAutoencoder
from armillary.worlds import entry
from armillary.worlds.bodies import BODIES
from armillary.worlds.catalogue.icosphere import body, corner_autoencoder, heights
from armillary.worlds.catalogue.polytope import build, recover
from armillary.worlds.exact import vertex_autoencoder
from armillary.worlds.solids import polygon, polygon_sides

ROWS = 20_000
SIDES = (4, 5, 6, 8, 12, 16, 24, 48)

Numbers = tuple[float, float, float]  # mean FVU, half of its range, mean L0


def polygon_autoencoder(n: int) -> SparseAutoencoder:
    """Return the exact autoencoder of the polygon in its own plane."""
    return vertex_autoencoder(polygon(n), np.eye(2), height=np.full(n, np.cos(2 * np.pi / n)))


def on_faces(corners: np.ndarray, facets: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """Draw points of the faces by uniform Dirichlet weights."""
    weights = rng.dirichlet(np.ones(facets.shape[1]), ROWS)
    return np.einsum("ij,ijk->ik", weights, corners[facets[rng.integers(len(facets), size=ROWS)]])


def on_sphere(dim: int, *, rng: np.random.Generator) -> np.ndarray:
    """Draw uniform points of the unit sphere."""
    points = rng.standard_normal((ROWS, dim))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def measured(sae: SparseAutoencoder, draw, seeds: int) -> Numbers:
    """Return FVU and L0 over seeds of rows."""
    seen = [sae.unexplained(draw(np.random.default_rng(seed))) for seed in range(seeds)]
    fvu = np.array([s["fvu"] for s in seen])
    return float(fvu.mean()), float(np.ptp(fvu) / 2), float(np.mean([s["l0"] for s in seen]))


def closed_forms(seeds: int) -> dict[str, dict[int, Numbers]]:
    """Measure every closed form where it is exact, and on the smooth body next to it."""
    table: dict[str, dict[int, Numbers]] = {"polygon": {}, "circle": {}, "faces": {}, "sphere": {}}
    for n in SIDES:
        sae, corners, sides = polygon_autoencoder(n), polygon(n), polygon_sides(n)
        table["polygon"][n] = measured(
            sae, lambda rng, c=corners, s=sides: on_faces(c, s, rng=rng), seeds
        )
        table["circle"][n] = measured(sae, lambda rng: on_sphere(2, rng=rng), seeds)
    for cuts in (0, 1, 2):
        corners, facets = body(cuts)
        sae = corner_autoencoder(corners, facets, np.eye(3))
        table["faces"][len(corners)] = measured(
            sae, lambda rng, c=corners, f=facets: on_faces(c, f, rng=rng), seeds
        )
        table["sphere"][len(corners)] = measured(sae, lambda rng: on_sphere(3, rng=rng), seeds)
    return table


def print_closed_forms(table: dict[str, dict[int, Numbers]]) -> None:
    """Print FVU and L0 in Markdown."""
    print("\n| corners | FVU on the polygon | L0 | FVU on the circle | L0 |")
    print("|---|---|---|---|---|")
    for n in SIDES:
        flat, smooth = table["polygon"][n], table["circle"][n]
        print(f"| {n} | {flat[0]:.1e} | {flat[2]:.2f} | {smooth[0]:.4f} +- {smooth[1]:.4f} "
              f"| {smooth[2]:.2f} |")  # fmt: skip
    print("\n| corners | neighbours uneven by | FVU on the faces | L0 | FVU on the sphere | L0 |")
    print("|---|---|---|---|---|---|")
    for cuts in (0, 1, 2):
        corners, facets = body(cuts)
        flat, smooth = table["faces"][len(corners)], table["sphere"][len(corners)]
        uneven = heights(corners, facets)[1]
        print(f"| {len(corners)} | {uneven:.4f} | {flat[0]:.2g} | {flat[2]:.2f} "
              f"| {smooth[0]:.4f} +- {smooth[1]:.4f} | {smooth[2]:.2f} |")  # fmt: skip


def print_bodies(seeds: int) -> None:
    """Print, for every body, its group and how often it is recovered."""
    print("\n| body | corners, dimensions | group (order) | recovered |")
    print("|---|---|---|---|")
    for name in BODIES:
        passed = 0
        for seed in range(seeds):
            world = build(seed=seed, size="custom", name=name, chance=0.05, d_model=8)
            passed += recover(world, np.random.default_rng([seed, 1])).passed
        corners, group = BODIES[name][0](), BODIES[name][1]
        symmetry = world.truth.symmetry
        print(f"| {name} | {corners.shape[0]}, {corners.shape[1]} | {group} ({symmetry.order}) "
              f"| {passed}/{seeds} |")  # fmt: skip


def draw_figure(table: dict[str, dict[int, Numbers]], path: Path) -> None:
    """Draw the codes of one corner, a hexagon's and a circle's errors, and FVU by corners."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    sae, corners = polygon_autoencoder(6), polygon(6)
    span = np.linspace(-1.15, 1.15, 201)
    plane = np.stack(np.meshgrid(span, span), axis=-1).reshape(-1, 2)
    code = sae.encode(plane)[:, 0].reshape(201, 201)
    left.contourf(span, span, np.where(code > 0, code, np.nan), 8, cmap="Blues")
    ring = np.vstack([corners, corners[:1]])
    left.plot(*ring.T, color="black", lw=1)
    left.plot(*corners.T, "o", color="tab:red", ms=4)
    left.axvline(np.cos(np.pi / 3), color="gray", lw=0.8, ls="--")
    left.set(title="code of the right corner of a hexagon", aspect="equal", xlim=(-1.15, 1.15))
    angle = np.linspace(0, 2 * np.pi, 721)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    for n, colour in ((5, "tab:green"), (12, "tab:blue"), (24, "tab:orange")):
        made = polygon_autoencoder(n).reconstruct(circle)
        middle.plot(*made.T, color=colour, lw=1, label=f"{n} corners")
    middle.plot(*circle.T, color="black", lw=0.8, ls=":", label="circle")
    middle.set(title="the circle, rebuilt by polygons' codes", aspect="equal")
    middle.legend(fontsize=7, loc="center", frameon=False)
    for name, colour in (("polygon", "tab:blue"), ("faces", "tab:red")):
        smooth = {"polygon": "circle", "faces": "sphere"}[name]
        for what, style in ((name, "o-"), (smooth, "s--")):
            x = list(table[what])
            y = [max(table[what][n][0], 1e-16) for n in x]
            right.plot(x, y, style, color=colour, ms=4, lw=1, label=what)
    right.set(
        xscale="log", yscale="log", xlabel="corners (latents)", ylabel="FVU",
        title="exact on flat pieces, not beside them", xticks=[5, 12, 42, 162],
    )  # fmt: skip
    right.set_xticklabels(["5", "12", "42", "162"])
    right.minorticks_off()
    right.legend(fontsize=7)
    figure.savefig(path, dpi=110)


def main() -> None:
    """Print the tables and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--figure", type=Path)
    args = parser.parse_args()
    started = time.process_time()
    print_rates(
        [r for n in ("polytope", "ngon_boundary", "icosphere") for r in rates(n, args.seeds)]
    )
    for name in ("polytope", "ngon_boundary", "icosphere"):
        full = entry(name)
        passed = [
            full.recover(full.make("full", seed=s), np.random.default_rng([s, 1])).passed
            for s in range(args.seeds)
        ]
        print(f"full size of {name}: {sum(passed)}/{args.seeds}")
    print_bodies(args.seeds)
    table = closed_forms(args.seeds)
    print_closed_forms(table)
    if args.figure:
        draw_figure(table, args.figure)
    print(f"\n{time.process_time() - started:.0f} CPU seconds")


if __name__ == "__main__":
    main()
