"""Worlds of modular addition: which algorithm each circle runs, what describes it, what SAEs see.

Run ``python benchmarks/worlds_modular.py --seeds 5 --figure docs/figures/worlds_modular.png``.
Prints the tables of ``docs/worlds/modular.md``. Networks come from the cache where they are there;
without it the script takes about ten CPU minutes, half of them for the networks of p = 113.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from printed import head, row

from armillary.networks.modular import (
    STEPS,
    TORI,
    MlpRecipe,
    ModularReport,
    describe_modular,
    isolate,
    profile,
    train_mlp,
)
from armillary.training import TopK, TrainingConfig, train
from armillary.worlds import World
from armillary.worlds.catalogue.modadd_pizza import adder, adder_world
from armillary.worlds.residues import recover_residues

MLPS = {
    "wide, ReLU, p 113": MlpRecipe(p=113, neurons=256, activation="relu", steps=250, batch=2048),
    "wide, square": MlpRecipe(),
    "wide, abs": MlpRecipe(activation="abs", weight_decay=3.0),
    "one door, square": MlpRecipe(d_embed=32, steps=400),
    "two doors, square": MlpRecipe(d_embed=32, steps=400, doors=2),
    "two doors, ReLU": MlpRecipe(
        activation="relu", neurons=256, d_embed=64, steps=600, weight_decay=2.0, lr=5e-3, doors=2
    ),
}


def spread(values: Iterable[float], digits: int = 3) -> str:
    """Say the mean, and the least and the most, of values over seeds."""
    v = np.array(list(values))
    if len(v) == 1:
        return f"{v[0]:.{digits}f}"
    return f"{v.mean():.{digits}f} ({v.min():.{digits}f} to {v.max():.{digits}f})"


def described(kind: str, *, seed: int, p: int) -> ModularReport:
    """Train a transformer, or take it from the cache, and describe it."""
    start = time.process_time()
    network, _ = adder(kind, seed=seed, p=p, trained=True)
    report = describe_modular(network, rng=np.random.default_rng(seed))
    print(f"\n{kind}, p {p}, seed {seed} ({time.process_time() - start:.0f} CPU s)")
    print("\n".join(report.lines()), flush=True)
    return report


def print_algorithms(title: str, reports: Sequence[ModularReport]) -> None:
    """Print a row of the table of algorithms: whole networks, kinds of circles, what is kept."""
    kinds = Counter(kind for report in reports for kind in report.kinds.values())
    row(
        title,
        spread(r.accuracy for r in reports),
        spread((r.distance_irrelevance for r in reports), 2),
        spread((r.gradient_symmetricity for r in reports), 2),
        ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())),
        *(spread(r.completeness[step] for r in reports) for step in STEPS),
    )


def print_mlps(seeds: int) -> None:
    """Print the MLPs: how fast, how many circles, what description they need."""
    head("MLP", "CPU s at most", "accuracy", "key frequencies", "GS", "circles", "disks", "tori")
    for name, recipe in MLPS.items():
        reports: list[ModularReport] = []
        seconds: list[float] = []
        for seed in range(seeds):
            start = time.process_time()
            network = train_mlp(MlpRecipe(**{**vars_of(recipe), "seed": seed}))
            seconds.append(time.process_time() - start)
            reports.append(describe_modular(network, rng=np.random.default_rng(seed)))
        kinds = Counter(kind for report in reports for kind in report.kinds.values())
        row(
            name,
            f"{max(seconds):.1f}",  # the others may have come from the cache
            spread((r.accuracy for r in reports), 4),
            spread((len(r.circles) for r in reports), 0),
            spread((r.gradient_symmetricity for r in reports), 2),
            ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())),
            spread(r.completeness[STEPS[0]] for r in reports),
            spread(r.completeness[TORI] for r in reports),
        )


def vars_of(recipe: MlpRecipe) -> dict[str, object]:
    """Return a recipe's fields."""
    return {name: getattr(recipe, name) for name in recipe.__slots__}


def print_recovery(seeds: int) -> None:
    """Print how often the truth of the trained worlds is recovered, and of the controls."""
    head("world (p 59, trained)", "recovered", "the other algorithm", "shuffled tokens")
    for kind, claim in (("pizza", "disks"), ("clock", "products")):
        other = {"pizza": "clock", "clock": "pizza"}[kind]
        passed = np.zeros(3, dtype=int)
        for seed in range(seeds):
            size = {"seed": seed, "size": "full", "p": 59, "trained": True}
            worlds = (
                adder_world("w", kind, claim, **size),
                adder_world("w", other, claim, **size),
                adder_world("w", kind, claim, **size, mixed=True),
            )
            for i, world in enumerate(worlds):
                passed[i] += recover_residues(world, np.random.default_rng(seed)).passed
        row(f"modadd_{kind}", *(f"{n} of {seeds}" for n in passed))


def purity(directions: np.ndarray, spans: Sequence[np.ndarray]) -> np.ndarray:
    """Share of a direction's energy on all planes that is on its best plane."""
    energy = np.stack([((directions @ span.T) ** 2).sum(axis=1) for span in spans])
    return energy.max(axis=0) / energy.sum(axis=0)


def print_autoencoders(seeds: int) -> None:
    """Train TopK 8 of 64 on both worlds; print purity beside its null."""
    head("world", "FVU", "alive", "purity", "null of same covariance", "above .9", "null")
    for kind, claim in (("pizza", "disks"), ("clock", "products")):
        numbers: list[tuple[float, ...]] = []
        for seed in range(seeds):
            world = adder_world(
                f"modadd_{kind}", kind, claim, seed=seed, size="full", p=59, trained=True
            )
            numbers.append(one_autoencoder(world, seed))
        row(f"modadd_{kind}", *(spread(column) for column in zip(*numbers, strict=True)))


def one_autoencoder(world: World, seed: int) -> tuple[float, ...]:
    """Train one autoencoder; return its numbers."""
    config = TrainingConfig(
        TopK(k=8), d_sae=64, tokens=1500 * 512, batch=512, lr=3e-3, seed=seed, log_every=500
    )
    trained = train(lambda n, rng: world.activations(n, rng), config).autoencoder
    rng = np.random.default_rng([seed, 7])
    rows = world.activations(8000, rng)
    alive = (trained.encode(rows) != 0).any(axis=0)
    spans = [factor.span for factor in world.truth.factors]
    found = purity(trained.directions[alive].astype(np.float64), spans)
    null = purity(rng.standard_normal((4000, len(rows))) @ rows / np.sqrt(len(rows)), spans)
    return (
        trained.unexplained(rows)["fvu"], float(alive.sum()), found.mean(), null.mean(),
        float((found > 0.9).mean()), float((null > 0.9).mean()),
    )  # fmt: skip


def draw_figure(
    path: Path, reports: dict[str, list[ModularReport]], *, seeds: dict[str, int]
) -> None:
    """Draw the circles, the profile over a - b, and what is left with each description."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    colours = {"pizza": "#c2571a", "clock": "#1f5f8b"}
    figure, axes = plt.subplots(2, 3, figsize=(10, 6.2), layout="constrained")
    for line, kind in enumerate(("pizza", "clock")):
        seed = seeds[kind]
        report = reports[kind][seed]
        network, _ = adder(kind, seed=seed, p=59, trained=True)
        main = next(c for c in report.circles if c.kind == kind)
        circle_axis, profile_axis, bar_axis = axes[line]
        alone = isolate(network.embedding, main.frequency)
        centred = alone - alone.mean(axis=0)
        _, _, plane = np.linalg.svd(centred, full_matrices=False)
        x, y = (centred @ plane[:2].T).T
        circle_axis.scatter(x, y, color=colours[kind], s=14)
        for residue in (0, 1, 2):
            place = (1.14 * x[residue], 1.14 * y[residue])
            circle_axis.text(*place, str(residue), ha="center", va="center", fontsize=8)
        circle_axis.set(
            aspect="equal", xticks=[], yticks=[],
            title=f"{kind}: the embedding's circle at w = {main.frequency}",
        )  # fmt: skip
        circle_axis.margins(0.14)
        difference = np.arange(59)
        single = network.with_embedding(alone)
        order = np.argsort(difference * main.frequency % 59)
        angle = np.sort(difference * main.frequency % 59) / 59 * 360
        strength = profile(single, main.frequency)[order]
        strength /= strength.max()
        profile_axis.plot(angle, strength, ".", color=colours[kind], label="network")
        slices = np.abs(np.cos(np.deg2rad(angle) / 2))
        profile_axis.plot(angle, slices, color="0.6", lw=1, label="pizza")
        profile_axis.axhline(1, color="0.6", lw=1, ls="--", label="clock")
        profile_axis.set(
            ylim=(-0.1, 1.15), xticks=[0, 90, 180, 270, 360], xlabel="w (a - b), degrees",
            title="strength of cos w (a + b - c) in its logits",
        )  # fmt: skip
        profile_axis.legend(frameon=False, fontsize=8, loc="lower left")
        kept = np.array([[r.completeness[step] for step in STEPS] for r in reports[kind]])
        bar_axis.bar(range(3), kept.mean(axis=0), color=colours[kind], alpha=0.35, width=0.6)
        jitter = np.linspace(-0.15, 0.15, len(kept))
        for i, values in enumerate(kept):
            bar_axis.plot(np.arange(3) + jitter[i], values, "o", ms=4, color=colours[kind])
        bar_axis.set(
            ylim=(0, 1.08), xticks=range(3), title="accuracy left with the description alone",
        )  # fmt: skip
        bar_axis.set_xticklabels(["disks", "+ circles\nof a + b", "+ circles\nof a - b"])
    for axis in axes.flat:
        axis.title.set_fontsize(10)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes[:, 0]:
        axis.set_axis_off()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    """Train, describe, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--figure", type=Path, default=Path("docs/figures/worlds_modular.png"))
    parser.add_argument("--small", action="store_true", help="leave the networks of p = 113 out")
    args = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    start = time.process_time()
    reports = {
        kind: [described(kind, seed=seed, p=59) for seed in range(args.seeds)]
        for kind in ("pizza", "clock")
    }
    head("network", "accuracy", "DI", "GS", "circles", *STEPS)
    for kind, found in reports.items():
        print_algorithms(f"{kind}, p 59", found)
    clearest = {
        kind: int(np.argmax([max(getattr(c, kind) for c in r.circles) for r in reports[kind]]))
        for kind in reports
    }
    draw_figure(args.figure, reports, seeds=clearest)
    print_mlps(args.seeds)
    print_recovery(args.seeds)
    print_autoencoders(args.seeds)
    large = {} if args.small else {k: [described(k, seed=0, p=113)] for k in ("pizza", "clock")}
    if large:
        head("network", "accuracy", "DI", "GS", "circles", *STEPS)
    for kind, found in large.items():
        print_algorithms(f"{kind}, p 113", found)
    print(f"\n{args.figure}, {time.process_time() - start:.0f} CPU s in all")


if __name__ == "__main__":
    main()
