"""Cluster-restricted reconstruction: one pass for all clusters against the loop over triples.

    python benchmarks/reconstruction.py [--clusters 1000] [--triples 3000000] [--reference 3]

Codes are made up (features of very different frequency, 30 firings a token); the clusters are the
published partition of 24,576 features where ``engels-2024`` lies in the reference data, else one
with sizes drawn to resemble it. The reference loop is written from its definition: for one cluster
it walks over three arrays, triple by triple, and adds value times decoder row where the feature is
a member. It takes half a second a cluster or more, so it runs on ``--reference`` clusters over all
triples, and its time is scaled to all of them; the printout says so. The same loop over Python
lists, which is faster, is timed beside it. Those clusters are compared with the loop point by
point, all others with a sparse matrix product. One thread for everything.
"""

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from refdata import default_folder
from rich.console import Console
from threadpoolctl import threadpool_limits

from armillary.core import Codes, Partition
from armillary.load import load_partition
from armillary.reconstruct import Reconstructions, reconstruct_clusters

D_MODEL = 768
A_TOKEN = 30


def reference(
    triples: Sequence[Iterable[Any]],
    directions: np.ndarray,
    cluster: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Rebuild the tokens of one cluster, triple by triple; return token numbers and vectors."""
    members = set(cluster.tolist())
    tokens: list[int] = []
    rebuilt: list[np.ndarray] = []
    last, current, fired = -1, np.zeros(directions.shape[1]), False
    for token, feature, value in zip(*triples, strict=True):
        if token != last:
            if fired:
                tokens.append(last)
                rebuilt.append(current)
            last, current, fired = token, np.zeros(directions.shape[1]), False
        if feature in members:
            current += value * directions[feature]
            fired = True
    if fired:
        tokens.append(last)
        rebuilt.append(current)
    return np.array(tokens), np.array(rebuilt)


def made_codes(n_triples: int, n_features: int, *, rng: np.random.Generator) -> Codes:
    """Draw codes: each token fires distinct features, frequent ones far more often than rare."""
    n_tokens = -(-n_triples // A_TOKEN)
    weight = np.cumsum((1 + rng.permutation(n_features)) ** -0.7)
    # twice as many as wanted, because repeats on a token are dropped
    drawn = np.searchsorted(weight, rng.uniform(0, weight[-1], (n_tokens, 2 * A_TOKEN)))
    pair = np.unique(np.arange(n_tokens)[:, None] * n_features + drawn)
    pair = np.sort(rng.choice(pair, n_triples, replace=False))
    token, feature = np.divmod(pair, n_features)
    value = rng.exponential(1.0, n_triples) + 0.01
    return Codes.from_triples(token, feature, value, n_tokens=n_tokens, n_features=n_features)


def made_partition(n_clusters: int, *, rng: np.random.Generator) -> Partition:
    """Cut 24,576 features into clusters of log-normal size."""
    size = np.maximum(2, rng.lognormal(np.log(16), 0.9, n_clusters)).astype(int)
    cut = np.split(rng.permutation(size.sum()), np.cumsum(size)[:-1])
    members = tuple(np.sort(rows) for rows in cut)
    return Partition(members, np.zeros(n_clusters), ("made up",) * n_clusters, int(size.sum()))


def differing(made: Reconstructions, codes: Codes) -> int:
    """Count clusters that differ from a sparse product of codes and decoder rows."""
    table = codes.matrix().tocsc()
    wrong = 0
    for found in made:
        own = table[:, found.rows].tocsr()
        token = np.flatnonzero(np.diff(own.indptr))
        same = np.array_equal(token, found.token)
        wrong += not (same and np.allclose(own[token] @ found.directions, found.points, atol=1e-4))
    return wrong


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Print the times and their ratio; return them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=int, default=1000)
    parser.add_argument("--triples", type=int, default=3_000_000)
    parser.add_argument("--reference", type=int, default=3, help="clusters given to the loop")
    parser.add_argument("--json", type=Path, help="write the numbers here too")
    options = parser.parse_args(arguments)
    console, rng = Console(), np.random.default_rng(0)
    published = default_folder() / "engels-2024" / "gpt2_l7_spectral_n1000.json"
    if options.clusters == 1000 and published.exists():
        partition = load_partition(published)
    else:
        partition = made_partition(options.clusters, rng=rng)
    codes = made_codes(options.triples, partition.n_features, rng=rng)
    directions = rng.standard_normal((codes.n_features, D_MODEL))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    console.print(f"{codes!r}; {len(partition):,} clusters of {partition.covered:,} features")

    with threadpool_limits(1):
        began = time.perf_counter()
        made = reconstruct_clusters(codes, directions, partition, cap=codes.n_tokens, rng=rng)
        sorted_at = time.perf_counter() - began
        n_points = sum(found.coordinates.shape[0] for found in made)
        ours = time.perf_counter() - began

    chosen = rng.choice(len(partition), options.reference, replace=False)
    triples = (codes.token_of_firing(0, codes.n_tokens), codes.feature, codes.value)
    began = time.perf_counter()
    expected = [reference(triples, directions, partition.members[i]) for i in chosen]
    loop = (time.perf_counter() - began) * len(partition) / options.reference
    lists = [column.tolist() for column in triples]
    began = time.perf_counter()
    for i in chosen:
        reference(lists, directions, partition.members[i])
    quick = (time.perf_counter() - began) * len(partition) / options.reference
    unequal = 0
    for i, (token, rebuilt) in zip(chosen, expected, strict=True):
        found = made[int(i)]
        same = np.array_equal(found.token, token)
        unequal += not (same and np.allclose(found.points, rebuilt, rtol=1e-5, atol=1e-5))
    numbers = {
        "ours_s": ours, "pass_s": sorted_at, "loop_s": loop, "loop_over_lists_s": quick,
        "ratio": loop / ours, "ratio_to_lists": quick / ours, "points": n_points,
        "unequal_to_loop": unequal, "unequal_to_product": differing(made, codes),
    }  # fmt: skip
    of_all = f"of {len(partition):,}"
    console.print(
        f"one pass: {sorted_at:.2f} s; with coordinates of {n_points:,} points in their clusters' "
        f"spans: {ours:.2f} s",
        f"loop: measured on {options.reference} {of_all} clusters over all {codes.n_firings:,} "
        f"triples and scaled: {loop:,.0f} s over arrays, {quick:,.0f} s over lists",
        f"ratio {loop / ours:,.0f} (lists: {quick / ours:,.0f}); clusters unequal to the loop: "
        f"{unequal} of {options.reference}, to a sparse product: "
        f"{numbers['unequal_to_product']} {of_all}",
        sep="\n",
        soft_wrap=True,
    )
    if options.json:
        options.json.write_text(json.dumps(numbers, indent=1))
    return numbers


if __name__ == "__main__":
    main()
