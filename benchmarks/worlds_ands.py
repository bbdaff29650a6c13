"""Whether latents stand for a circuit's ANDs, beside pairs that are no gate, and shuffled rows.

Run: python benchmarks/worlds_ands.py --seeds 5
"""

import argparse

import numpy as np

from armillary import worlds
from armillary.experiments import train_on
from armillary.worlds.scoring.translation import best_detectors

ROWS = 5000


def pairs_of(world, rng, n):
    """Return up to n pairs that are gates, and as many that are not (none where all are)."""
    n_inputs = world.draw(2, rng).inputs.shape[1]
    gates = sorted({tuple(sorted((gate.a, gate.b))) for gate in world.truth.circuit})
    every = [(a, b) for a in range(n_inputs) for b in range(a + 1, n_inputs)]
    others = [pair for pair in every if pair not in set(gates)]

    def some(pairs):
        return [pairs[i] for i in rng.permutation(len(pairs))[:n]]

    return some(gates), some(others)


def ands(bits, pairs):
    """Return the AND of every pair, one column each."""
    return np.stack([bits[:, a] & bits[:, b] for a, b in pairs], axis=1)


def measured(name, size, seed):
    """Return mean best-unit F1 by what was asked of which units."""
    world = worlds.make(name, size, seed=seed)
    sae = train_on(world, worlds.entry(name).sae[size], seed=seed)
    rng = np.random.default_rng([seed, 7])
    sample = world.draw(ROWS, rng)
    bits = sample.inputs.astype(bool)
    gates, others = pairs_of(world, rng, 40)
    units = {"latents": sae.encode(sample.activations), "neurons": sample.activations}
    asked = {"gates": ands(bits, gates), "gates, rows shuffled": ands(rng.permutation(bits), gates)}
    if others:
        asked["pairs that are no gate"] = ands(bits, others)
    return {
        (unit, what): float(best_detectors(values, wanted).f1.mean())
        for unit, values in units.items()
        for what, wanted in asked.items()
    }


def main():
    """Print the mean F1 over seeds, least and most in brackets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    seeds = range(parser.parse_args().seeds)
    print("| world | units | asked for the AND of | best F1, mean (least to most seed) |")
    print("|---|---|---|---|")
    for name, size in (("bool_trained", "full"), ("bool_uand", "tiny")):
        found = [measured(name, size, seed) for seed in seeds]
        for unit, what in found[0]:
            f1 = [one[unit, what] for one in found]
            spread = f"{np.mean(f1):.2f} ({min(f1):.2f} to {max(f1):.2f})"
            print(f"| `{name}` {size} | {unit} | {what} | {spread} |", flush=True)


if __name__ == "__main__":
    main()
