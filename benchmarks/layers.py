"""Edges between two layers whose relation is known, and how often layers without one get any.

Run: python benchmarks/layers.py --seeds 5 [--only circuit,correlated,trained,gates,uand,null]
"""

import argparse
import time
from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from armillary import worlds
from armillary.networks.residual_circuit import residual_circuit
from armillary.studies.layer_relations import RelationSettings, recovered, relate
from armillary.studies.layer_topology import topology
from armillary.studies.layer_worlds import circuit_pair, codes_of, pair_of
from armillary.studies.two_layers import LayerPair

TOKENS = 40_000
SURE = 0.8  # cosine from which a trained feature counts as a true one


def circuit(seed):
    """Both layers with their true dictionaries."""
    return circuit_pair("full", seed=seed)


def correlated(seed):
    """Draw bits that share topics: one is 8 times as likely in documents of its topic."""
    rng = np.random.default_rng([seed, 81])
    made = residual_circuit(40, 40, 96, forgotten=10, rng=rng)
    topic = rng.integers(8, size=(TOKENS // 32, 1))
    odds = np.where(np.arange(40) % 8 == topic, 0.4, 0.05).repeat(32, axis=0)
    bits = rng.random(odds.shape) < odds
    return pair_of(
        made.vectors(bits, rng), made.dictionaries(), name="topics", block=32,
        truth=frozenset(made.edges),
    )  # fmt: skip


def trained(seed):
    """Dictionaries trained on each layer alone; truth carried over to the features that match."""
    from armillary.training import BatchTopK, TrainingConfig, train

    rng = np.random.default_rng([seed, 82])
    made = residual_circuit(40, 40, 96, forgotten=10, rng=rng)
    learned = made.draw(100_000, rng)
    saes, names = [], []
    for rows, true, k in zip(learned, (made.bits, made.later_rows), (4, 7), strict=True):
        config = TrainingConfig(
            BatchTopK(k=k), d_sae=96, tokens=1_500_000, batch=1024, lr=3e-3, seed=seed
        )
        sae = train(rows, config).autoencoder
        unit = sae.directions / np.linalg.norm(sae.directions, axis=1, keepdims=True)
        cosine = true @ unit.T
        left, right = linear_sum_assignment(-cosine)
        sure = cosine[left, right] >= SURE
        names.append(dict(zip(left[sure].tolist(), right[sure].tolist(), strict=True)))
        saes.append(sae)
    truth = {(names[0].get(a), names[1].get(b)) for a, b in made.edges}
    pair = pair_of(made.draw(TOKENS, rng), tuple(saes), name="trained", truth=frozenset(truth))
    matched = tuple(frozenset(one.values()) for one in names)
    return pair, matched, [len(one) for one in names]


def gates(seed):
    """Take inputs and outputs of a trained boolean network: XOR and AND of pairs."""
    world = worlds.make("bool_trained", "full", seed=seed)
    sample = world.draw(TOKENS, np.random.default_rng([seed, 83]))
    network = world.network
    bits = np.asarray(sample.inputs, dtype=bool)
    said = network.outputs(bits)
    truth = {(bit, k) for k, gate in enumerate(network.gates) for bit in (gate.a, gate.b)}
    return _plain(bits, np.where(said > 0.5, said, 0), truth)


def uand(seed):
    """Take inputs of a hand-built layer and the ANDs read off its neurons, in superposition."""
    world = worlds.make("bool_uand", "tiny", seed=seed)
    sample = world.draw(TOKENS, np.random.default_rng([seed, 84]))
    layer = world.network
    bits = np.asarray(sample.inputs, dtype=bool)
    said = layer.outputs(bits)
    truth = {(bit, k) for k, gate in enumerate(layer.gates) for bit in (gate.a, gate.b)}
    return _plain(bits, np.where(said > 0.5, said, 0), truth)


def _plain(bits, later, truth):
    one, two = codes_of(bits.astype(np.float32)), codes_of(later)
    return LayerPair(one, two, None, TOKENS // 2, 1, "gates", truth=frozenset(truth))


def measured(make, seed):
    """Return precision and recall of the regression and of firing, and seconds."""
    made = make(seed)
    pair, matched, counts = made if isinstance(made, tuple) else (made, None, None)
    began = time.perf_counter()
    found = relate(pair, rng=np.random.default_rng(seed))
    seconds = time.perf_counter() - began
    spans = found.spans.facets()
    fired = frozenset((bit, later) for later, bits in spans.items() for bit in bits)
    every = [found.pairs, fired]
    if found.virtual is not None:
        every.append(frozenset(zip(*np.nonzero(found.virtual.strongest()), strict=True)))
    row = {"seconds": seconds, "counts": counts}
    for name, pairs in zip(("regression", "firing", "virtual"), every, strict=False):
        if matched is not None:  # edges between features that stand for something known
            pairs = frozenset(p for p in pairs if p[0] in matched[0] and p[1] in matched[1])
        truth = frozenset(pair_ for pair_ in pair.truth if None not in pair_)
        row[name] = recovered(pairs, truth)
        row[name, "all"] = len(pair.truth)
    return row


def shown(values):
    """Return a mean with the least and the most."""
    return f"{np.mean(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def table(names, seeds):
    """Print precision and recall of every world."""
    print("| world | edges by | precision | recall | true edges |")
    print("|---|---|---|---|---|")
    for name in names:
        rows = [measured(MAKERS[name], seed) for seed in range(seeds)]
        for how in ("regression", "firing", "virtual"):
            if how not in rows[0]:
                continue
            found = [row[how] for row in rows]
            print(
                f"| {name} | {how} | {shown([f.precision for f in found])} | "
                f"{shown([f.recall for f in found])} | {found[0].true} |",
                flush=True,
            )
        if rows[0]["counts"]:
            print(f"  matched features of 40 and 70: {[row['counts'] for row in rows]}")
        print(f"  {name}: {np.mean([row['seconds'] for row in rows]):.1f} s a seed", flush=True)


def strangers(seed):
    """Layers of bursty features, in documents of 32 tokens, that share nothing."""
    rng = np.random.default_rng([seed, 85])

    def layer(n):
        topic = rng.random((400, 1, n)) < 0.2
        value = rng.exponential(1.0, (400, 32, n)) * topic * (rng.random((400, 32, n)) < 0.2)
        return codes_of(value.reshape(-1, n))

    return LayerPair(layer(60), layer(60), None, 6400, 32, "strangers")


def null(runs):
    """Print how often layers without relation, and complexes without structure, are called."""
    share, called, spanned, edges = [], 0, 0, 0
    asked = replace(RelationSettings(), worth=0.0, share=0.02, lift=1.0, draws=199)
    for seed in range(runs):
        found = relate(strangers(seed), asked, rng=np.random.default_rng(seed))
        share.append(float((found.tests.p <= 0.05).mean()))
        called += bool(found.kept.any())
        edges += int(found.kept.sum())
        spanned += bool(found.spans.kept.any())
    error = np.std(share, ddof=1) / np.sqrt(runs)
    print(f"strangers, {runs} runs: p <= 0.05 in {np.mean(share):.4f} (s.e. {error:.4f}) of "
          f"{found.parents.n_edges} edges a run; {edges} edges in {called} runs pass q <= 0.05; "
          f"{spanned} runs span anything")  # fmt: skip
    rng, rejected = np.random.default_rng(86), []
    for _ in range(4 * runs):
        facets = {k: tuple(sorted(rng.choice(15, n, replace=False).tolist()))
                  for k, n in enumerate(rng.integers(1, 5, size=30).tolist())}  # fmt: skip
        found = topology(facets, dict.fromkeys(facets, 1.0), draws=39, n_clamps=2, rng=rng)
        tests = [*found.betti, *found.areas, *(t for one in found.clamps for t in one.change)]
        rejected.append([one.pvalue <= 0.05 for one in tests])
    size = np.mean(rejected, axis=0)
    print(f"random complexes, {4 * runs} runs: p <= 0.05 in {size.round(3).tolist()} "
          "(Betti 0, 1, 2; areas 0, 1, 2; two clamps of three each); "
          f"nominal + 3 s.e. = {0.05 + 3 * np.sqrt(0.05 * 0.95 / (4 * runs)):.3f}")  # fmt: skip


MAKERS = {
    "circuit": circuit, "correlated": correlated, "trained": trained, "gates": gates, "uand": uand,
}  # fmt: skip


def main():
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--only", default=",".join([*MAKERS, "null"]))
    asked = parser.parse_args()
    names = asked.only.split(",")
    table([name for name in names if name in MAKERS], asked.seeds)
    if "null" in names:
        null(asked.runs)


if __name__ == "__main__":
    main()
