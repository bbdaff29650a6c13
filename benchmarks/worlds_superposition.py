"""Superposition: which polytopes training reaches, and which bags of words keep their order.

    python benchmarks/worlds_superposition.py --seeds 5 --figure FIGURE

Prints the tables of docs/worlds/superposition.md. About four CPU minutes with an empty cache.
"""

import argparse
import time

import numpy as np

from armillary.networks.bags_of_words import SHAPES, draw_bags, train_bag_model, word_places
from armillary.networks.superposition import POLYTOPES, dimensionality, train_toy_model
from armillary.worlds import entry
from armillary.worlds.catalogue.bows import circulant_share, concordance, gram_likeness

BAGS = ((12, 2, 0.0), (12, 2, 1.0), (12, 6, 0.0), (12, 6, 1.0), (12, 6, 6.0))


def spread(values: list[float]) -> str:
    """Mean and range."""
    return f"{np.mean(values):.3f} [{min(values):.3f}, {max(values):.3f}]"


def polytopes(seeds: int) -> dict[str, np.ndarray]:
    """Print which polytopes are reached; return a best instance of each."""
    print("| polytope | n, m | p | reached of 16, by seed | best D (ideal) | D of a failure |")
    print("|" + "---|" * 6)
    best: dict[str, np.ndarray] = {}
    for polytope in POLYTOPES:
        p = 0.03 if polytope.n == 8 else 0.05
        counts: list[int] = []
        failed = "none"
        for seed in range(seeds):
            model = train_toy_model(polytope.n, polytope.m, p=p, seed=seed)
            far = model.departures(polytope)
            counts.append(int((far <= 1).sum()))
            if seed == 0:
                best[polytope.name] = model.features[int(np.argmin(far))]
                if (far > 1).any():
                    lost = model.features[int(np.argmax(far))]
                    failed = " ".join(f"{d:.2f}" for d in np.sort(dimensionality(lost)))
        d = dimensionality(best[polytope.name])
        print(
            f"| {polytope.name} | {polytope.n}, {polytope.m} | {p} | {counts} | "
            f"{d.min():.3f} to {d.max():.3f} ({polytope.m / polytope.n:.3f}) | {failed} |",
            flush=True,
        )
    return best


def bags(seeds: int) -> dict[tuple[int, float], np.ndarray]:
    """Print what becomes of the order; return the circle's Gram matrices of the first seed."""
    print("\n| shape | n, m | weight decay | order on the circle | Gram against places | "
          "shuffled, largest | circulant | FVU |")  # fmt: skip
    print("|" + "---|" * 8)
    grams: dict[tuple[int, float], np.ndarray] = {}
    for shape in SHAPES:
        larger = ((48, 8, 0.0), (48, 8, 6.0))
        for n, m, decay in (*BAGS, *(larger if shape == "circle" else ())):
            if shape == "sphere" and m == 2:
                m = 3
            rows: list[tuple[float, ...]] = []
            for seed in range(seeds):
                epochs = 60
                model = train_bag_model(shape, n, m, weight_decay=decay, epochs=epochs, seed=seed)
                test, _ = draw_bags(shape, n, rows=4000, rng=np.random.default_rng([seed, 9]))
                error = ((model.rebuilt(test) - test) ** 2).mean() / test.var(axis=0).mean()
                like, most = gram_likeness(
                    model.features, word_places(shape, n), rng=np.random.default_rng(seed)
                )
                order = concordance(model.features) if shape == "circle" else np.nan
                circulant = circulant_share(model.features) if shape == "circle" else np.nan
                rows.append((order, like, most, circulant, float(error)))
                if seed == 0 and shape == "circle" and n == 12:
                    grams[m, decay] = model.features @ model.features.T
            column = [list(values) for values in zip(*rows, strict=True)]
            circle = shape == "circle"
            print(
                f"| {shape} | {n}, {m} | {decay:g} | {spread(column[0]) if circle else ''} | "
                f"{spread(column[1])} | {max(column[2]):.2f} | "
                f"{spread(column[3]) if circle else ''} | {np.mean(column[4]):.3f} |",
                flush=True,
            )
    return grams


def rates(seeds: int) -> None:
    """Print how often the truth of the tiny worlds is recovered, and that of their controls."""
    print()
    for name in ("tms", "bows"):
        found = entry(name)
        text = name
        for control in (None, *found.controls):
            passed = 0
            for seed in range(seeds):
                world = found.make_control(control, seed=seed) if control else found.make(seed=seed)
                passed += found.recover(world, np.random.default_rng([seed, 5])).passed
            text += f"; {control or 'recovered'} {passed} of {seeds}"
        print(text)


def draw(
    best: dict[str, np.ndarray], grams: dict[tuple[int, float], np.ndarray], path: str
) -> None:
    """Draw the pentagon, the cosines of each polytope, and what decay does to the order."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        1, 5, figsize=(10.5, 2.5), width_ratios=(1, 1.4, 1, 1, 1), layout="constrained"
    )
    pentagon = best["pentagon"]
    for row in pentagon:
        axes[0].plot([0, row[0]], [0, row[1]], color="C0", lw=1.5, marker="o", markevery=[1])
    axes[0].set(title="5 features, m = 2", aspect="equal")
    axes[0].set(xlim=(-1.4, 1.4), ylim=(-1.4, 1.4), xticks=[], yticks=[])
    shown = [polytope for polytope in POLYTOPES if polytope.n > 4]
    for at, polytope in enumerate(shown):
        rows = best[polytope.name]
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        cosines = (unit @ unit.T)[np.triu_indices(len(rows), 1)]
        ideal = np.unique(np.round(polytope.cosines, 4))
        axes[1].plot(ideal, np.full(ideal.size, at), "|", color="grey", ms=24, mew=1)
        jitter = np.random.default_rng(0).uniform(-0.12, 0.12, cosines.size)
        axes[1].plot(cosines, at + jitter, ".", color="C0", ms=4)
    axes[1].set_yticks(range(len(shown)), [polytope.name.replace(" ", "\n") for polytope in shown])
    axes[1].set(title="cosines of pairs (bars: ideal)", ylim=(-0.5, 2.5))
    shades = (
        ((2, 1.0), "12 words, m = 2"),
        ((6, 0.0), "m = 6, no decay"),
        ((6, 6.0), "m = 6, decay 6"),
    )
    for panel, (key, title) in zip(axes[2:], shades, strict=True):
        gram = grams[key].copy()
        np.fill_diagonal(gram, np.nan)
        top = np.nanmax(np.abs(gram))
        panel.imshow(gram, cmap="RdBu_r", vmin=-top, vmax=top)
        panel.set(title=title, xticks=[], yticks=[])
    for panel in axes:
        panel.title.set_fontsize(9)
    axes[1].spines[["top", "right"]].set_visible(False)
    figure.get_layout_engine().set(w_pad=0.08)
    figure.savefig(path, dpi=110)


def main() -> None:
    """Print the tables and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--figure")
    asked = parser.parse_args()
    start = time.process_time()
    best = polytopes(asked.seeds)
    grams = bags(asked.seeds)
    rates(2 * asked.seeds)
    if asked.figure:
        draw(best, grams, asked.figure)
    print(f"\n{time.process_time() - start:.0f} CPU seconds")


if __name__ == "__main__":
    main()
