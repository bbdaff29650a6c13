"""The worked table of docs/worlds/report.md: small autoencoders on worlds, several seeds each.

Run: python benchmarks/worlds_report.py --seeds 5 --figure docs/figures/worlds_report.png
"""

import argparse
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from armillary import worlds
from armillary.experiments import filled_dimensions
from armillary.training import ReLU, TopK, TrainingConfig, train

STEPS, BATCH, RATE = 800, 512, 3e-3
SPARSITIES = (2, 3, 4, 6, 8, 16)


def trained(world, architecture, d_sae, seed, *, steps=STEPS):
    """Train on fresh draws of a world."""
    config = TrainingConfig(
        architecture, d_sae=d_sae, tokens=steps * BATCH, batch=BATCH, lr=RATE, seed=seed
    )
    return train(world.activations, config).autoencoder


def gaussian_fvu(d_model, architecture, d_sae, seed, *, steps=STEPS):
    """FVU of the same plan on an isotropic Gaussian."""
    config = TrainingConfig(
        architecture, d_sae=d_sae, tokens=steps * BATCH, batch=BATCH, lr=RATE, seed=seed
    )

    def draw(n, rng):
        return rng.standard_normal((n, d_model), dtype=np.float32)

    return train(draw, config).autoencoder.unexplained(draw(5000, np.random.default_rng(9)))["fvu"]


def l1(weight, world):
    """Return a penalty in units of FVU plus weight times codes, for vectors of length 1."""
    return ReLU(l1=weight * world.d_model**0.5)


CASES = (
    # label, world, architecture, latents
    ("blue_boats, L1 .02, 12", "blue_boats", lambda w: l1(0.02, w), 12),
    ("blue_boats, L1 .4, 40", "blue_boats", lambda w: l1(0.4, w), 40),
    ("tesseract, L1 .05, 32", "tesseract", lambda w: l1(0.05, w), 32),
    ("circle, L1 .05, 12", "circle", lambda w: l1(0.05, w), 12),
    ("circle, TopK 1, 24", "circle", lambda w: TopK(k=1), 24),
    ("tree, L1 .1, 4", "tree", lambda w: l1(0.1, w), 4),
    ("iid_sparse, L1 .05, 16", "iid_sparse", lambda w: l1(0.05, w), 16),
    ("bool_trained, L1 .03, 48", "bool_trained", lambda w: l1(0.03, w), 48),
    ("modadd_mlp, TopK 8, 64", "modadd_mlp", lambda w: TopK(k=8), 64),
)


def measured(case, seeds, steps):
    """Return the reports of one case, one a seed, each with a twin of the next seed."""
    _, name, architecture, d_sae = case
    controls = {}  # by dimensions filled
    reports = []
    for seed in range(seeds):
        world = worlds.make(name, seed=seed)
        filled = filled_dimensions(world)
        if filled not in controls:
            plan = architecture(SimpleNamespace(d_model=filled))
            controls[filled] = gaussian_fvu(filled, plan, d_sae, 0, steps=steps)
        control = controls[filled]
        made = [
            trained(world, architecture(world), d_sae, 2 * seed + twin, steps=steps)
            for twin in range(2)
        ]
        reports.append(worlds.report(world, made[0], twin=made[1], control_fvu=control, seed=seed))
    return reports


def spread(values):
    """Mean and range over the seeds."""
    known = [v for v in values if v is not None]
    if not known:
        return "-"
    low, high = min(known), max(known)
    return (
        f"{np.mean(known):.2g}" if low == high else f"{np.mean(known):.2g} ({low:.2g}-{high:.2g})"
    )


def row(label, reports):
    """One row of the table."""
    r = reports[0]
    cells = [
        label,
        spread([x.quality.fvu for x in reports]),
        spread([x.quality.l0 for x in reports]),
    ]
    cells.append(spread([x.quality.excess for x in reports]))
    if r.matching:
        nulls = np.mean([x.matching.covariant_mean for x in reports])
        cells.append(f"{spread([x.matching.mcc for x in reports])}; {nulls:.2f}")
    else:
        cells.append("-")
    if r.purity:
        nulls = np.mean([x.purity.null_mean for x in reports])
        cells.append(f"{spread([x.purity.mean for x in reports])}; {nulls:.2f}")
    else:
        cells.append("-")
    paired = np.mean([x.agreement.random_paired for x in reports])
    cells.append(f"{spread([float(x.agreement.paired.mean()) for x in reports])}; {paired:.2f}")
    cells.append(special(reports))
    return "| " + " | ".join(cells) + " |"


def special(reports):
    """Say what is particular to the world."""
    parts, r = [], reports[0]
    if r.factors:
        verdicts = {}
        for x in reports:
            for score in x.factors:
                verdicts[score.verdict] = verdicts.get(score.verdict, 0) + 1
        total = sum(verdicts.values())
        parts.append(", ".join(f"{n}/{total} {v}" for v, n in sorted(verdicts.items())))
    if r.census:
        kinds = [k for k in r.census.counts if sum(x.census.counts[k] for x in reports)]
        said = ", ".join(
            f"{k} {spread([x.census.counts[k] for x in reports])}"
            + (
                ""
                if k == "other"
                else f" [chance {np.mean([x.census.expected[k] for x in reports]):.1f}]"
            )
            for k in kinds
        )
        parts.append(said)
    if r.absorption:
        holes = [h.hole for x in reports for h in x.absorption]
        parts.append(f"recall hole {spread(holes)}")
    if r.equivariance:
        nulls = np.mean([x.equivariance.null_mean for x in reports])
        parts.append(f"equivariance {spread([x.equivariance.mean for x in reports])}; {nulls:.2f}")
    if r.circuit:
        tables = [x.circuit for x in reports]
        parts.append(
            f"AND F1 {spread([t.and_f1 for t in tables])} (neurons "
            f"{spread([t.neuron_and_f1 for t in tables])}), outputs "
            f"{spread([t.output_f1 for t in tables])} "
            f"({spread([t.neuron_output_f1 for t in tables])})"
        )
        parts.append(
            f"necessity {spread([t.necessity for t in tables])}, on others "
            f"{spread([t.side_effect for t in tables])}, sufficiency "
            f"{spread([t.sufficiency for t in tables])}"
        )
    if r.readout:
        parts.append(f"readout kept {spread([x.readout.kept for x in reports])}")
    return "; ".join(parts)


def mixture(seeds, steps):
    """R2 at span dimension and at 12, support and FVU of a manifold mixture, by k."""
    found = {}
    for k in SPARSITIES:
        scores = []
        for seed in range(seeds):
            world = worlds.make("manifold_mix", seed=seed)
            made = worlds.report(world, trained(world, TopK(k=k), 96, seed, steps=steps))
            of = [[f.r2_span, f.r2_few, f.support] for f in made.factors]
            captured = np.mean([f.verdict == "spanned" for f in made.factors])
            scores.append([made.quality.fvu, *np.mean(of, axis=0), captured])
        found[k] = np.array(scores)
    exact = []
    for seed in range(seeds):
        world = worlds.make("manifold_mix", seed=seed)
        exact.append(
            np.mean([f.r2_span for f in worlds.report(world, world.truth.exact_sae).factors])
        )
    return found, float(np.mean(exact))


def draw(found, exact, path):
    """Draw restricted R2 by k, with FVU beside it."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    ks = list(found)
    for column, label, colour in (
        (1, "latents = span dimension", "#1f6f8b"),
        (2, "12 latents", "#d98324"),
    ):
        values = np.array([found[k][:, column] for k in ks])
        left.plot(ks, values.mean(axis=1), "o-", color=colour, label=label)
        left.fill_between(ks, values.min(axis=1), values.max(axis=1), color=colour, alpha=0.2, lw=0)
    left.axhline(exact, color="#1f6f8b", ls=":", lw=1)
    left.annotate(
        "exact autoencoder, at span dimension", (ks[-1], exact), ha="right", va="bottom",
        fontsize=8, color="#1f6f8b", xytext=(0, 3), textcoords="offset points",
    )  # fmt: skip
    left.set(
        xlabel="k of TopK (3 factors active)", ylabel="held-out R2 of a factor", ylim=(0, 1.03)
    )
    left.legend(frameon=False, fontsize=8, loc="lower right")
    fvu = np.array([found[k][:, 0] for k in ks])
    right.plot(ks, fvu.mean(axis=1), "o-", color="#444444")
    right.set(xlabel="k of TopK", ylabel="FVU", yscale="log")
    support = right.twinx()
    values = np.array([found[k][:, 3] for k in ks])
    support.plot(ks, values.mean(axis=1), "s--", color="#8a4f7d", ms=4)
    support.set_ylabel("latents to 95 % of the best R2", color="#8a4f7d")
    for axis in (left, right):
        axis.set_xticks(ks)
        axis.spines["top"].set_visible(False)
    support.spines["top"].set_visible(False)
    figure.savefig(path, dpi=110)


def main():
    """Print the tables and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--mixture-steps", type=int, default=1000)
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--only", default="", help="cases whose name holds this")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    start = time.process_time()
    print("| autoencoder | FVU | L0 | excess | MCC; null | purity; null | twins; random | and |")
    print("|---|---|---|---|---|---|---|---|")
    for case in CASES:
        if asked.only in case[0]:
            print(row(case[0], measured(case, asked.seeds, asked.steps)), flush=True)
    print(f"\n{time.process_time() - start:.0f} CPU s\n", flush=True)
    if asked.figure is None:
        return
    found, exact = mixture(asked.seeds, asked.mixture_steps)
    print(
        "| k | FVU | R2 at span | R2 at 12 | support to 95 % | spanned |\n|---|---|---|---|---|---|"
    )
    for k, scores in found.items():
        print(f"| {k} | " + " | ".join(spread(scores[:, c]) for c in range(5)) + " |")
    print(f"| exact | 0 | {exact:.2f} | | | |\n\n{time.process_time() - start:.0f} CPU s")
    draw(found, exact, asked.figure)


if __name__ == "__main__":
    main()
