"""Families: time and memory of one-to-one matching, planted splits and absorption after training.

    python benchmarks/families.py speed --size 24576 --d-model 768 [--rows related]
    python benchmarks/families.py dense --size 8192 --d-model 768
    python benchmarks/families.py trained --seeds 3

``speed`` takes the sparse way, ``dense`` runs both ways one after the other at a size that both can
do. Unrelated rows are the hardest case: nothing stands out, and many want the same partner.
"""

import argparse
import resource
import time
from typing import Any

import numpy as np

from armillary.core import FeatureSpace
from armillary.evaluate.assignment import Assignment, assign
from armillary.evaluate.cosines import Cosines
from armillary.evaluate.lineage import BOTH, SPLITS, lineage
from armillary.studies.family_step import MEASURES, absorption, similarity
from armillary.studies.series import Dictionary, codes_on
from armillary.worlds import World
from armillary.worlds.catalogue.tree import ENTRY, build

NODES, KIDS, D = 48, 4, 96


def unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length 1."""
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def two(size: int, d_model: int, *, related: bool) -> Cosines:
    """Two dictionaries: unrelated, or one a shuffled and noisy copy of the other (cosine 0.45)."""
    rng = np.random.default_rng(0)
    a = unit(rng.standard_normal((size, d_model), dtype=np.float32))
    b = rng.standard_normal((size, d_model), dtype=np.float32)
    if related:
        b = a[rng.permutation(size)] + 2 * b / np.float32(np.sqrt(d_model))
    return Cosines.of(a, unit(b))


def timed(similar: Cosines, **options: Any) -> Assignment:
    """Assign, and print what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = assign(similar, **options)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{found.method}: {wall:.1f} s, {cpu:.1f} s of processor, peak so far {peak:.2f} GiB, "
        f"mean {found.mean:.5f}, at most {found.bound:.5f}",
        flush=True,
    )
    return found


def fit(world: World, width: int, *, seed: int, lr: float, k: int | None = None) -> Any:
    """Train a ReLU autoencoder on a world, or one that keeps k codes a row."""
    from armillary.training import BatchTopK, ReLU, TrainingConfig, train

    config = TrainingConfig(
        BatchTopK(k) if k else ReLU(l1=0.05, resample=None), width, tokens=1500 * 512, batch=512,
        lr=lr, scale=False, seed=seed, device="cpu",
    )  # fmt: skip
    return train(lambda n, rng: world.activations(n, rng), config).autoencoder


def dictionary(name: str, sae: Any, rows: np.ndarray) -> Dictionary:
    """Directions with codes."""
    space = FeatureSpace(sae.directions, np.arange(sae.n_features))
    return Dictionary(name, space, codes_on(sae, rows))


def known(one: Dictionary, on: np.ndarray) -> np.ndarray:
    """Which node each feature fires with (F1 past .8), -1 where with none; weak firings aside."""
    assert one.codes is not None
    dense = np.asarray(one.codes.matrix().todense())
    fires = (dense > 0.25 * dense.max(axis=0)).astype(np.float64)
    both = fires.T @ on.astype(np.float64)
    count = fires.sum(axis=0)[:, None] + on.sum(axis=0)[None]
    score = 2 * both / np.maximum(count, 1)
    return np.where(score.max(axis=1) > 0.8, score.argmax(axis=1), -1)


def splits(seed: int) -> None:
    """Train narrow on 48 nodes with four children each, wide on the same, and look for splits."""
    parents = [-1] * NODES + np.repeat(np.arange(NODES), KIDS).tolist()
    chances = [0.05] * NODES + [0.24] * (NODES * KIDS)
    world = build(seed=seed, size="b", d_model=D, magnitude=1.0, parents=parents, chances=chances)
    sample = world.draw(20_000, np.random.default_rng(seed))
    on, rows = sample.codes > 0, sample.activations
    a = dictionary("48", fit(world, NODES, seed=seed, lr=3e-3, k=3), rows)
    b = dictionary("192", fit(world, NODES * KIDS, seed=seed + 50, lr=3e-3, k=3), rows)
    node, child = known(a, on[:, :NODES]), known(b, on[:, NODES:])
    planted = {
        (i, j)
        for i in np.flatnonzero(node >= 0).tolist()
        for j in np.flatnonzero((child >= 0) & (child // KIDS == node[i])).tolist()
    }
    for by in MEASURES:
        edges = lineage(similarity(a, b, by=by), rng=np.random.default_rng(seed))
        split = np.isin(edges.kind, (SPLITS, BOTH))
        found = set(zip(edges.parent[split].tolist(), edges.child[split].tolist(), strict=True))
        print(
            f"splits, seed {seed}, {by}: {len(found & planted)} of {len(planted)} planted found",
            flush=True,
        )


def absorbed(seed: int, *, control: bool) -> None:
    """Train on 48 nodes of which 16 have a child, and look for absorption."""
    n, kids = 48, 16
    options: dict[str, Any] = {
        "seed": seed, "size": "b", "d_model": D, "magnitude": 1.0,
        "parents": [-1] * n + list(range(kids)), "chances": [0.05] * n + [0.2] * kids,
    }  # fmt: skip
    world = ENTRY.controls["independent"](**options) if control else build(**options)
    sample = world.draw(40_000, np.random.default_rng(seed))
    on, rows = sample.codes > 0, sample.activations
    a = dictionary("48", fit(world, n, seed=seed, lr=1e-2), rows)
    b = dictionary("64", fit(world, n + kids, seed=seed + 50, lr=1e-2), rows)
    assert world.space is not None
    assert b.codes is not None
    cosine = unit(b.space.directions) @ unit(world.space.directions).T
    fires = np.asarray(b.codes.matrix(binary=True).todense()) > 0
    holes: set[tuple[int, int]] = set()
    for node in range(kids):
        heir, child = int(cosine[:, node].argmax()), int(cosine[:, n + node].argmax())
        with_it, alone = on[:, node] & on[:, n + node], on[:, node] & ~on[:, n + node]
        if heir != child and fires[with_it, heir].mean() <= 0.5 * fires[alone, heir].mean():
            holes.add((heir, child))
    rng = np.random.default_rng(seed)
    edges = lineage(similarity(a, b, by="cosine"), rng=rng)
    seen = absorption(a, b, edges, by="cosine", rng=rng)
    found = set(zip(seen.heir.tolist(), seen.child.tolist(), strict=True))
    print(
        f"absorption, seed {seed}, {'independent firings' if control else 'tree'}: "
        f"{len(found & holes)} of {len(holes)} holes found, {len(found - holes)} elsewhere",
        flush=True,
    )


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["speed", "dense", "trained"])
    parser.add_argument("--size", type=int, default=24_576)
    parser.add_argument("--d-model", type=int, default=768)
    parser.add_argument("--rows", choices=["unrelated", "related"], default="unrelated")
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    if asked.what == "trained":
        for seed in range(asked.seeds):
            splits(seed)
            absorbed(seed, control=False)
            absorbed(seed, control=True)
        return
    similar = two(asked.size, asked.d_model, related=asked.rows == "related")
    timed(similar, dense_bytes=0)
    if asked.what == "dense":
        timed(similar, dense_bytes=1 << 40)


if __name__ == "__main__":
    main()
