"""The tree of a whole dictionary: seconds and memory beside what one would otherwise call.

    python benchmarks/hierarchy.py [--full 24576] [--both 4096] [--d 768]

Rows are half clusters (of 4 to 200, cosine 0.2 to 0.6) and half background of the spectrum of an
embedding. At --both rows, `scipy.cluster.hierarchy.linkage` on `pdist` (cosine) and fastcluster on
the same distances grow the same tree; at --full rows only ours, in a process of its own, whose peak
memory is told. CPU seconds are told too: on a shared machine they are the steadier figure.
"""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable

import fastcluster
import numpy as np
from printed import head, row
from scipy.cluster import hierarchy
from scipy.spatial.distance import pdist

from armillary.trees import average_tree
from armillary.worlds import spectrum_space


def dictionary(n: int, d: int) -> np.ndarray:
    """Return unit rows, half of them in clusters, float32."""
    rng = np.random.default_rng(0)
    rows = np.array(spectrum_space(n, d, rng=rng).directions, dtype=np.float32)
    at = 0
    while at < n // 2:
        size = int(np.exp(rng.uniform(np.log(4), np.log(200))))
        share = rng.uniform(0.2, 0.6)
        some = slice(at, min(at + size, n // 2))
        rows[some] = np.sqrt(share) * rows[at] + np.sqrt(1 - share) * rows[some]
        at += size
    rows -= rows.mean(axis=0)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def timed(call: Callable[[], np.ndarray]) -> tuple[np.ndarray, float, float]:
    """Return what a call gives, its wall seconds and its CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    return call(), time.perf_counter() - wall, time.process_time() - cpu


def full(n: int, d: int) -> None:
    """Grow one tree in this process and print what it took."""
    unit = dictionary(n, d)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _, wall, cpu = timed(lambda: average_tree(unit))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    row("armillary", f"{n:,} x {d}", f"{wall:.1f}", f"{cpu:.1f}", f"{peak / 1e6:.2f}",
        f"{before / 1e6:.2f} before", "")  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", type=int, default=24_576)
    parser.add_argument("--both", type=int, default=4096)
    parser.add_argument("--d", type=int, default=768)
    asked = parser.parse_args()
    head("tree by", "rows", "wall s", "CPU s", "peak GB", "note", "CPU s over armillary's")
    unit = dictionary(asked.both, asked.d)
    ours, wall, cpu = timed(lambda: average_tree(unit))
    row("armillary", f"{asked.both:,} x {asked.d}", f"{wall:.1f}", f"{cpu:.1f}", "", "", "1")
    rivals = {
        "scipy linkage of pdist": lambda: hierarchy.linkage(pdist(unit, "cosine"), "average"),
        "fastcluster of pdist": lambda: fastcluster.linkage(pdist(unit, "cosine"), "average"),
    }
    for name, call in rivals.items():
        tree, wall, theirs = timed(call)
        apart = np.abs(hierarchy.cophenet(tree) - hierarchy.cophenet(ours)).max()
        row(name, f"{asked.both:,} x {asked.d}", f"{wall:.1f}", f"{theirs:.1f}", "",
            f"heights of pairs differ by at most {apart:.1e}", f"{theirs / cpu:.1f}")  # fmt: skip
    child = multiprocessing.get_context("spawn").Process(target=full, args=(asked.full, asked.d))
    child.start()
    child.join()


if __name__ == "__main__":
    main()
