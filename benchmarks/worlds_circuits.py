"""Which circuits are learned: the seven steps on networks of 128 to 24 neurons, and universal AND.

    python benchmarks/worlds_circuits.py --seeds 5 --figure docs/figures/worlds_circuits.png

Prints the tables of docs/worlds/circuits.md. About four CPU minutes with an empty cache.
"""

import argparse
import time

import numpy as np

from armillary.networks import (
    CircuitReport,
    draw_gates,
    learned_circuit,
    train_boolean,
    universal_and,
)
from armillary.networks.universal_and import and_accuracy, expected_accuracy
from armillary.worlds import entry

ALL = ("AND", "OR", "XOR", "ANDNOT")
NETWORKS = (
    (128, 0.1, ("AND", "XOR")),
    (64, 0.05, ("AND", "XOR")),
    (64, 0.05, ALL),
    (40, 0.02, ("AND", "XOR")),
    (24, 0.0, ("AND", "XOR")),
)
LAYERS = ((32, 256, 0.15), (32, 1024, 0.1), (64, 2048, 0.1), (128, 4096, 0.05), (128, 4096, 0.06))


def learned(neurons: int, l1: float, *, kinds: tuple[str, ...], seed: int) -> CircuitReport:
    """Train one network and its twin from another seed, and run the protocol."""
    gates = draw_gates(20, 40, kinds=kinds, rng=np.random.default_rng([seed, 21]))
    net, twin = (
        train_boolean(gates, 20, neurons, l1=l1, seed=start) for start in (seed, seed + 1000)
    )
    report = learned_circuit(
        net.outputs, 20, network=net, second=twin.outputs, rng=np.random.default_rng([seed, 5])
    )
    right = sum(
        gate is not None and gate.name == claim.name
        for gate, claim in zip(report.circuit, gates, strict=True)
    )
    assert right == report.n_from_function, "a gate was named that was not trained"
    return report


def spread(values: list[float]) -> str:
    """Mean and range, or the one value that all share."""
    if np.ptp(values) < 5e-4:
        return f"{values[0]:.3g}"
    return f"{np.mean(values):.3g} [{min(values):.3g}, {max(values):.3g}]"


def protocol_table(seeds: int) -> dict[str, list[CircuitReport]]:
    """Print the protocol's table and return the reports."""
    print(
        "| neurons | kinds | function | weights | holds | recovered | largest spurious "
        "| sufficiency (wrong) | necessity (wrong) | specificity | interchange (wrong) "
        "| second seed |"
    )
    print("|" + "---|" * 12)
    out: dict[str, list[CircuitReport]] = {}
    for neurons, l1, kinds in NETWORKS:
        reports = [learned(neurons, l1, kinds=kinds, seed=seed) for seed in range(seeds)]
        mixed = "all four" if kinds == ALL else "AND, XOR"
        out[f"{neurons}{' mixed' if kinds == ALL else ''}"] = reports
        cells = [
            str(neurons), mixed,
            spread([r.n_from_function for r in reports]),
            spread([r.n_from_weights for r in reports]),
            spread([r.n_causal for r in reports]),
            f"{sum(r.n_outputs == r.n_from_weights == r.n_causal for r in reports)} of {seeds}",
            spread([max(gate.reading.spurious for gate in r.gates) for r in reports]),
        ]  # fmt: skip
        for score in ("sufficiency", "necessity", "specificity", "interchange"):
            text = spread([r.mean(score) for r in reports])
            if score != "specificity":
                text += f" ({np.mean([r.mean(score, wrong=True) for r in reports]):.2f})"
            cells.append(text)
        cells.append(spread([r.n_second for r in reports]))
        print("| " + " | ".join(cells) + " |", flush=True)
    return out


def and_table(seeds: int) -> None:
    """Print the table of universal AND."""
    print("\n| inputs | neurons | ANDs | p | balanced accuracy | expected | worst | mean error |")
    print("|" + "---|" * 8)
    for n, d, p in LAYERS:
        found = [
            and_accuracy(
                universal_and(n, d, p=p, rng=np.random.default_rng([seed, 24])),
                rng=np.random.default_rng([seed, 6]),
            )
            for seed in range(seeds)
        ]
        balanced = [float(f.balanced.mean()) for f in found]
        print(
            f"| {n} | {d} | {n * (n - 1) // 2} | {p} | {np.mean(balanced):.5f} "
            f"[{min(balanced):.5f}, {max(balanced):.5f}] | {expected_accuracy(d, p=p):.5f} | "
            f"{min(float(f.balanced.min()) for f in found):.3f} | "
            f"{np.mean([f.mean_error for f in found]):.3f} |",
            flush=True,
        )


def and_protocol() -> None:
    """Print the protocol on a part of universal AND, at sparse and at dense inputs."""
    layer = universal_and(128, 4096, p=0.06, rng=np.random.default_rng([0, 24]))
    part = layer.only(np.arange(0, layer.n_outputs, 20))
    for density in (1 / 128, 0.5):
        report = learned_circuit(
            part.outputs, 128, network=part, density=density, rows=1000, swaps=100, examined=20,
            rng=np.random.default_rng(0),
        )  # fmt: skip
        print("\n" + "\n".join("    " + line for line in report.lines()))


def rates(seeds: int) -> None:
    """Print how often the truth of the tiny worlds is recovered, and that of their controls."""
    print()
    for name in ("bool_trained", "bool_uand"):
        found = entry(name)
        passed = [
            found.recover(found.make(seed=s), np.random.default_rng([s, 5])).passed
            for s in range(seeds)
        ]
        text = f"{name}: recovered on {sum(passed)} of {seeds} seeds"
        for control in found.controls:
            wrong = [
                found.recover(
                    found.make_control(control, seed=s), np.random.default_rng([s, 5])
                ).passed
                for s in range(seeds)
            ]
            text += f", {control} {sum(wrong)}"
        print(text)


def draw(reports: dict[str, list[CircuitReport]], path: str) -> None:
    """Draw how the claim survives each step as neurons become few."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), width_ratios=(1, 1.25))
    names = list(reports)
    steps = {
        "from function": lambda r: r.n_from_function / r.n_outputs,
        "from weights": lambda r: r.n_from_weights / r.n_outputs,
        "kept, cut, exchanged": lambda r: r.n_causal / r.n_outputs,
    }
    for shift, (label, share) in enumerate(steps.items()):
        values = np.array([[share(r) for r in reports[name]] for name in names])
        at = np.arange(len(names)) + 0.27 * (shift - 1)
        left.bar(at, values.mean(axis=1), width=0.25, label=label, color=f"C{shift}", alpha=0.75)
        for x, row in zip(at, values, strict=True):
            left.plot([x] * len(row), row, "k.", ms=3)
    left.set_xticks(range(len(names)), names)
    left.set(xlabel="neurons (for 40 gates)", ylabel="share of gates recovered", ylim=(0, 1.28))
    left.set_yticks(np.arange(0, 1.01, 0.25))
    left.legend(frameon=False, ncols=1, fontsize=8, loc="upper right")
    styles = {"128": "C0", "24": "C3"}
    for name, colour in styles.items():
        gates = [gate for report in reports[name] for gate in report.gates]
        true = [gate.reading.interaction for gate in gates]
        spurious = [gate.reading.spurious for gate in gates]
        right.plot(true, spurious, ".", color=colour, ms=6, alpha=0.5, label=f"{name} neurons")
    right.plot([0, 2.2], [0, 2.2], color="grey", lw=0.8)
    right.text(0.78, 0.86, "margin 0", rotation=38, color="grey", fontsize=8)
    right.set(xlabel="largest interaction of an output", ylabel="largest spurious coefficient")
    right.set(xlim=(0, 2.2), ylim=(-0.03, 1))
    right.legend(frameon=False, fontsize=8, loc="upper right")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main() -> None:
    """Print the tables and draw the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--figure")
    asked = parser.parse_args()
    start = time.process_time()
    reports = protocol_table(asked.seeds)
    and_table(asked.seeds)
    and_protocol()
    rates(2 * asked.seeds)
    if asked.figure:
        draw(reports, asked.figure)
    print(f"\n{time.process_time() - start:.0f} CPU seconds")


if __name__ == "__main__":
    main()
