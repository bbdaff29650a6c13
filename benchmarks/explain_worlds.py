"""Explanations of worlds, where the answers are known: what placement is worth, and to whom.

Run ``python benchmarks/explain_worlds.py --seeds 3``. Prints the tables of
``docs/explanations-worlds.md`` and draws ``docs/figures/explain_worlds.png``; with ``--only NAME``
one section. Networks and autoencoders come from the cache where they are there; without it the
script takes about ten CPU minutes.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from printed import head, row

from armillary.explain import GAUGES, Knockoff, Reader, Subject
from armillary.explain.bench import explain
from armillary.explain.compatible import compatible_over
from armillary.explain.descriptors import describe
from armillary.explain.readers.geometry import Geometry
from armillary.explain.readers.probes import Probes
from armillary.explain.readers.task import Task
from armillary.explain.sources import world_subject
from armillary.knockoffs import Exact, RandomUnit, Theory, place
from armillary.knockoffs.attributes import Attributes
from armillary.knockoffs.clusters import Clusters
from armillary.knockoffs.controls import Dealt, Foreign
from armillary.knockoffs.interference import SignFlip
from armillary.knockoffs.permuted import Permuted
from armillary.worlds import SaePlan

WIDE = SaePlan("relu", 256, l1=0.05)  # more live latents than the pizza's 128 dimensions
PAIRS = SaePlan("relu", 40, l1=0.4)  # of the product world: latents of combinations
READ = (
    "modadd_pizza", "modadd_clock", "modadd_torus", "modadd_mlp", "tms", "bows", "mess3",
    "analogy", "blue_boats", "bool_trained", "bool_uand",
)  # fmt: skip
GRID = tuple(SaePlan("relu", width, l1=l1) for width in (12, 40) for l1 in (0.02, 0.1, 0.4))
Results = dict[str, Any]


def spread(values: Iterable[float], digits: int = 3) -> str:
    """Say the mean, and the least and the most, of values over seeds."""
    v = np.array([x for x in values if np.isfinite(x)])
    if not v.size:
        return "nothing to read"
    if np.ptp(v) < 0.5 * 10**-digits:
        return f"{v.mean():.{digits}f}"
    return f"{v.mean():.{digits}f} ({v.min():.{digits}f} to {v.max():.{digits}f})"


def said(subject: Subject, theory: Theory, *, seed: int = 0) -> tuple[np.ndarray, int]:
    """Return what a receiver places from a theory's bytes, and how many bits they are."""
    rng = np.random.default_rng([seed, 0])
    message = theory.fit(subject.space, subject.shared, rng=rng)
    sent = message.to_bytes()
    placed = place(sent, subject.shared, rng=np.random.default_rng([seed, 1]))
    return placed.directions, 8 * len(sent)


def seen(subject: Subject, directions: np.ndarray, gauge: str = "none") -> Knockoff:
    """Return directions through a gauge that is fitted on calibration rows."""
    true = subject.made(subject.space.directions, subject.calibration)
    refit = GAUGES[gauge].fit(subject.made(directions, subject.calibration), true)
    return Knockoff(directions, refit)


def rotated(subject: Subject, *, seed: int) -> np.ndarray:
    """Return all true directions under one random rotation: the Gram matrix is kept."""
    d = subject.space.d_model
    turn, _ = np.linalg.qr(np.random.default_rng([seed, 2]).standard_normal((d, d)))
    return (subject.space.directions @ turn).astype(np.float32)


def accuracy(task: Task, knockoff: Knockoff) -> float:
    """Return raw accuracy."""
    return float(task.score(knockoff)[0].raw["accuracy"])


def known(seeds: int) -> Results:
    """Print the pattern that the literature and our own networks lead one to expect."""
    names = ("learned", "permuted", "random", "jointly rotated")
    gauges = ("none", "rotation", "linear")
    found: Results = {}
    for world in ("pizza", "clock"):
        cells: dict[tuple[str, str], list[float]] = {(n, g): [] for n in names for g in gauges}
        about: list[dict[str, float]] = []
        for seed in range(seeds):
            subject = world_subject(world, seed=seed, twin=False)
            task = Task(subject, seed=seed)
            about.append(dict(subject.record))
            directions = {
                "learned": said(subject, Exact())[0],
                "permuted": said(subject, Permuted(bits=32), seed=seed)[0],
                "random": said(subject, RandomUnit(), seed=seed)[0],
                "jointly rotated": rotated(subject, seed=seed),
            }
            for name, gauge in cells:
                made = seen(subject, directions[name], gauge)
                cells[name, gauge].append(accuracy(task, made))
        print(f"\n{world}: {seeds} networks; FVU {spread(a['fvu'] for a in about)}, "
              f"live latents {spread((a['n_live'] for a in about), 0)} of 64 in 128 dimensions, "
              f"network {spread(a['accuracy'] for a in about)}")  # fmt: skip
        head("decoder", *("as is" if g == "none" else f"best {g}" for g in gauges))
        for name in names:
            row(name, *(spread(cells[name, gauge]) for gauge in gauges))
        found[world] = {f"{n} {g}": v for (n, g), v in cells.items()}
    return found


def linear(seeds: int) -> Results:
    """Print when an unrestricted linear re-fit undoes a random placement."""
    head("dictionary", "live latents", "dimensions", "as is", "best rotation", "best linear map",
         "missed by the linear map")  # fmt: skip
    found: Results = {}
    chosen: tuple[tuple[str, Any], ...] = (("TopK 8 of 64", "plan"), ("L1 .05 of 256", WIDE))
    for name, plan in chosen:
        numbers: list[list[float]] = []
        for seed in range(seeds):
            subject = world_subject("pizza", seed=seed, twin=False, dictionary=plan)
            task = Task(subject, seed=seed)
            random, _ = said(subject, RandomUnit(), seed=seed)
            made = [seen(subject, random, gauge) for gauge in ("none", "rotation", "linear")]
            true = subject.made(subject.space.directions, subject.test)
            error = made[-1].activations(subject, subject.test) - true
            missed = (error**2).sum() / ((true - true.mean(axis=0)) ** 2).sum()
            live = float(subject.space.n_features)
            numbers.append([live, *(accuracy(task, one) for one in made), float(missed)])
        live, *kept, missed = np.array(numbers).T
        row(name, spread(live, 0), 128, *map(spread, kept), f"{missed.min():.1e} to "
            f"{missed.max():.1e}")  # fmt: skip
        found[name] = numbers
    return found


def descriptors(seeds: int) -> Results:
    """Print what is left of a network when only a description of its inputs is said."""
    head("world", "description", "bits", "accuracy", "of the dictionary's function")
    found: Results = {}
    for world in ("pizza", "clock"):
        runs = [describe(world_subject(world, seed=seed, twin=False)) for seed in range(seeds)]
        for same in zip(*runs, strict=True):
            kept = [one.score.raw["accuracy"] for one in same]
            bits = [one.message.bits for one in same]
            row(world, same[0].label, spread(bits, 0), spread(kept),
                spread(one.score.value for one in same))  # fmt: skip
            found[f"{world}: {same[0].label}"] = {"bits": bits, "accuracy": kept}
    return found


def boats(seeds: int) -> Results:
    """Print attributes against clusters at equal bits, on combinations and on an autoencoder."""
    found: Results = {}
    head("dictionary", "theory", "bits", "Gram correlation", "probe relu: colour", "shape",
         "task", "task, best rotation")  # fmt: skip
    chosen: tuple[tuple[str, Any, tuple[int, int]], ...] = (
        ("36 cells", "cells", (6, 6)),
        ("L1 .4 of 40", PAIRS, (7, 7)),
    )
    for name, plan, levels in chosen:
        lines: dict[str, list[list[float]]] = {}
        for seed in range(seeds):
            subject = world_subject(
                "blue_boats:tiny",
                seed=seed,
                twin=False,
                dictionary=plan,
            )
            readers = [kind(subject, seed=seed) for kind in (Task, Probes, Geometry)]
            for label, theory in ladder_of_boats(subject, levels).items():
                scores = boat_scores(subject, theory, readers, seed=seed)
                lines.setdefault(label, []).append(scores)
        for label, numbers in lines.items():
            bits, *kept = np.array(numbers).T
            row(name, label, spread(bits, 0), *map(spread, kept))
        found[name] = lines
    return found


def ladder_of_boats(subject: Subject, levels: tuple[int, int]) -> dict[str, Theory]:
    """Return attributes, and the clusters that cost just less and just more."""
    attributes = Attributes(levels)
    bits = said(subject, attributes)[1]
    price = {k: said(subject, Clusters(k))[1] for k in range(2, subject.space.n_features, 2)}
    below = max((k for k in price if price[k] <= bits), default=2)
    above = min((k for k in price if price[k] >= bits), default=max(price))
    return {
        f"attributes {levels[0]} x {levels[1]}": attributes,
        "clusters, as many as cost no more": Clusters(below),
        "clusters, as few as cost no less": Clusters(above),
        "attributes, dealt to other features": Dealt(attributes),
        "random": RandomUnit(),
    }


def boat_scores(
    subject: Subject, theory: Theory, readers: Sequence[Reader], *, seed: int
) -> list[float]:
    """Return bits and what every reader keeps of one theory."""
    directions, bits = said(subject, theory, seed=seed)
    as_is = seen(subject, directions)
    kept = {(s.reader, s.group): s.value for reader in readers for s in reader.score(as_is)}
    return [
        bits,
        kept["geometry: gram", ""],
        kept["probe relu", "factor colour"],
        kept["probe relu", "factor shape"],
        kept["task", ""],
        readers[0].score(seen(subject, directions, "rotation"))[0].value,
    ]


def controls(seeds: int) -> Results:
    """Print what must fail: scrambled order, wrong clusters, a fit of another space."""
    head("world", "said", "reader", "R2 or kept", "the true decoder")
    found: Results = {}
    for label, order in (("in order", False), ("order scrambled", True)):
        kept: dict[str, list[tuple[float, float]]] = {}
        for seed in range(seeds):
            subject = world_subject("circle:tiny", seed=seed, twin=False)
            directions = subject.space.directions.copy()
            if order:
                rows = subject.groups[0].rows
                directions[rows] = directions[np.random.default_rng([seed, 3]).permutation(rows)]
            for score in Probes(subject, seed=seed).score(seen(subject, directions)):
                if "R2" in score.raw:
                    pair = (score.raw["R2"], score.raw["R2 of the true decoder"])
                    kept.setdefault(f"{score.reader}, {score.group}", []).append(pair)
        for reader, pairs in kept.items():
            made, true = np.array(pairs).T
            row("circle", label, reader, spread(made), spread(true))
        found[label] = kept
    for label, theory in (("12 clusters", Clusters), ("dealt to other features", Dealt),
                          ("fitted on another space", Foreign)):  # fmt: skip
        values: list[float] = []
        for seed in range(seeds):
            subject = world_subject("blue_boats:tiny", seed=seed, twin=False, dictionary="cells")
            stated: Theory = Clusters(12)
            if theory is Dealt:
                stated = Dealt(Clusters(12))
            elif theory is Foreign:
                other = world_subject(
                    "blue_boats:tiny", seed=seed + 50, twin=False, dictionary="cells"
                )
                stated = Foreign(Clusters(12), other.space)
            made = seen(subject, said(subject, stated, seed=seed)[0])
            values.append(Task(subject).score(made)[0].value)
        row("blue_boats, cells", label, "task", spread(values), 1)
        found[label] = values
    return found


def every(seeds: int) -> Results:
    """Print the bench on every world with a readout, in its tiny size."""
    gauges = ("none", "rotation", "linear")
    theories = (RandomUnit(), Permuted(), SignFlip(), Exact())
    head("world", "live / dimensions", "accuracy: network, dictionary, mean vector", "theory",
         *("as is" if g == "none" else f"best {g}" for g in gauges))  # fmt: skip
    found: Results = {}
    for name in READ:
        subject = world_subject(name, size="tiny", twin=False)
        large = subject.space.d_model > 512  # a rotation of 1,024 dimensions takes long to fit
        used = gauges[:1] if large else gauges
        made = explain(subject, theories=theories, readers=["task"], gauges=used, seeds=seeds)
        kept = {(r.theory, r.gauge): r for r in made.rows if r.reader == "task"}
        fixed = Task(subject).score(seen(subject, subject.space.directions))[0].raw
        for i, theory in enumerate(theories):
            cells = [kept.get((theory.label, g)) for g in gauges]
            row(*((name, f"{subject.space.n_features} / {subject.space.d_model}",
                   ", ".join(f"{fixed[k]:.3f}" for k in ("network", "true decoder", "mean-ablated"))
                   ) if i == 0 else ("", "", "")),
                theory.label, *("" if c is None else f"{c.value:.3f}" for c in cells))  # fmt: skip
        found[name] = {f"{t} {g}": r.value for (t, g), r in kept.items()}
    return found


def possible(seeds: int) -> Results:
    """Print which theories remain possible as width and penalty of an autoencoder change."""
    theories = (RandomUnit(), Permuted(), Clusters(6), Clusters(12), Attributes((7, 7)), Exact(8))
    made = [
        explain(
            world_subject("blue_boats:tiny", dictionary=plan, twin=False), theories=theories,
            readers=["task", "probes"], gauges=("none",), seeds=seeds,
        )
        for plan in GRID
    ]  # fmt: skip
    head("width", "FVU", "L0", "pairs not told apart", "possible", "bits a feature of the cheapest")
    rows = compatible_over(made)
    for one in rows:
        row(one["width"], f"{one['fvu']:.4f}", f"{one['l0']:.2f}",
            f"{one['compatible']} of {one['pairs']}", ", ".join(one["possible"]) or "none",
            f"{one['cheapest_bits']:.0f}")  # fmt: skip
    return {"rows": [{k: v for k, v in one.items() if k != "pairs"} for one in rows]}


SECTIONS: dict[str, Callable[[int], Results]] = {
    "known": known, "linear": linear, "descriptors": descriptors, "boats": boats,
    "controls": controls, "every": every, "possible": possible,
}  # fmt: skip


def draw_figure(path: Path, found: Results) -> None:
    """Draw accuracy by placement and gauge, descriptors against bits, attributes and clusters."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(12, 3.9), layout="constrained")
    colours = ("#b9b4a8", "#1f5f8b", "#c2571a")
    bars, line, boat = axes
    names = ("learned", "jointly rotated", "random", "permuted")
    for i, (gauge, words) in enumerate(
        (("none", "as is"), ("rotation", "best rotation"), ("linear", "best linear map"))
    ):
        values = [found["known"]["pizza"][f"{name} {gauge}"] for name in names]
        at = np.arange(4) + 0.27 * (i - 1)
        bars.bar(at, [np.mean(v) for v in values], 0.25, color=colours[i], label=words)
        for x, v in zip(at, values, strict=True):
            bars.plot(np.full(len(v), x), v, "o", ms=3, color="0.2")
    bars.axhline(1 / 59, color="0.5", lw=0.8, ls=":")
    bars.set(title="pizza: accuracy by placement", ylim=(0, 1.3), yticks=np.arange(0, 1.1, 0.25))
    bars.set_xticks(range(4), ("learned", "jointly\nrotated", "random", "permuted"))
    bars.legend(frameon=False, ncols=3, fontsize=8, loc="upper center", columnspacing=1,
                handlelength=1)  # fmt: skip
    for world, colour in (("pizza", "#c2571a"), ("clock", "#1f5f8b")):
        steps = [v for k, v in found["descriptors"].items() if k.startswith(world)][:3]
        bits = [np.mean(s["bits"]) / 1000 for s in steps]
        line.plot(bits, [np.mean(s["accuracy"]) for s in steps], color=colour, label=world)
        for x, s in zip(bits, steps, strict=True):
            line.plot(np.full(len(s["accuracy"]), x), s["accuracy"], "o", ms=4, color=colour)
    line.set(title="disks; + circle of a + b; + of a - b", xlabel="thousand bits",
             ylabel="accuracy", ylim=(0.6, 1.03))  # fmt: skip
    line.legend(frameon=False, loc="lower right")
    boats_found = found["boats"]["36 cells"]
    shown = {
        "attributes": "attributes 6 x 6",
        "clusters, no dearer": "clusters, as many as cost no more",
        "clusters, no cheaper": "clusters, as few as cost no less",
    }
    readers = ("Gram", "colour", "shape", "task")
    for i, label in enumerate(shown.values()):
        kept = np.array(boats_found[label])[:, 1:5]
        at = np.arange(4) + 0.25 * (i - 1)
        boat.bar(at, kept.mean(axis=0), 0.23, label=list(shown)[i],
                 color=("#c2571a", "#1f5f8b", "#7fb0d0")[i])  # fmt: skip
        for x, values in zip(at, kept.T, strict=True):
            boat.plot(np.full(len(values), x), values, "o", ms=3, color="0.2")
    boat.axhline(0, color="0.5", lw=0.8)
    boat.set(title="36 combinations at equal bits: kept", ylim=(-0.1, 1.35),
             yticks=np.arange(0, 1.1, 0.25))  # fmt: skip
    boat.set_xticks(range(4), readers)
    boat.legend(frameon=False, ncols=2, fontsize=8, loc="upper center")
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.title.set_fontsize(10)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=sorted(SECTIONS), action="append")
    parser.add_argument("--figure", type=Path, default=Path("docs/figures/explain_worlds.png"))
    parser.add_argument("--kept", type=Path, help="JSON of numbers, added to section by section")
    args = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    start = time.process_time()
    found: Results = {}
    if args.kept is not None and args.kept.exists():
        found = json.loads(args.kept.read_text())
    for name in args.only or SECTIONS:
        print(f"\n## {name}")
        found[name] = SECTIONS[name](args.seeds)
        if args.kept is not None:
            args.kept.write_text(json.dumps(found, default=str))
    if {"known", "descriptors", "boats"} <= set(found):
        draw_figure(args.figure, found)
    print(f"\n{time.process_time() - start:.0f} CPU s")


if __name__ == "__main__":
    main()
