"""Time, memory and recall of exact neighbours, against one float32 product of the same FLOPs.

Run ``python benchmarks/neighbours.py --n 24576 --d 768``. Contenders take turns, so that a busy
machine slows them alike; times are medians. A ratio below 1 is possible: pairs are multiplied once.
"""

import argparse
import importlib.util
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from armillary.affinity import cosine_knn

LIMIT_RATIO, LIMIT_GB = 2.5, 1.0


def power_law_rows(n: int, d: int, rng: np.random.Generator) -> np.ndarray:
    """Draw Gaussian unit rows whose eigenvalues fall as i ** -0.5."""
    rows = rng.standard_normal((n, d), dtype=np.float32)
    rows *= np.arange(1, d + 1, dtype=np.float32) ** -0.25
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def one_product(rows: np.ndarray, block: int = 4096) -> None:
    """Multiply all rows with all rows once, 2 n^2 d FLOPs, into one reused strip."""
    strip = np.empty((block, len(rows)), dtype=np.float32)
    for start in range(0, len(rows), block):
        left = rows[start : start + block]
        np.matmul(left, rows.T, out=strip[: len(left)])


def sklearn_brute(rows: np.ndarray, k: int) -> np.ndarray:
    """Neighbours by scikit-learn; rows themselves are dropped from their lists."""
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(n_neighbors=k + 1, metric="cosine", algorithm="brute").fit(rows)
    return drop_self(search.kneighbors(rows, return_distance=False))


def faiss_flat(rows: np.ndarray, k: int) -> np.ndarray:
    """Neighbours by a flat inner-product index; rows themselves are dropped from their lists."""
    import faiss

    index: Any = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    return drop_self(index.search(rows, k + 1)[1])


def drop_self(found: np.ndarray) -> np.ndarray:
    """Remove each row from its own list."""
    own = found == np.arange(len(found))[:, None]
    own[~own.any(axis=1), -1] = True
    return found[~own].reshape(len(found), -1)


def recall(found: np.ndarray, rows: np.ndarray, k: int, sample: np.ndarray) -> float:
    """Share of the true k nearest (float64) found; closer than 1e-6 to the k-th counts as tied."""
    exact = rows.astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    cosine = exact[sample] @ exact.T
    cosine[np.arange(len(sample)), sample] = -np.inf
    kth = -np.partition(-cosine, k - 1, axis=1)[:, k - 1]
    hit = np.take_along_axis(cosine, found[sample].astype(np.int64), axis=1) >= kth[:, None] - 1e-6
    distinct = [np.unique(row[ok]).size for row, ok in zip(found[sample], hit, strict=True)]
    return sum(distinct) / (k * len(sample))


def peak_extra_gb(work: Callable[[], Any]) -> tuple[float, Any]:
    """Run ``work`` and return by how much the resident memory rose at its peak, in GB."""
    status = Path("/proc/self/statm")

    def resident() -> int:
        return int(status.read_text().split()[1]) * 4096

    before, peak, done = resident(), resident(), threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.002):
            peak = max(peak, resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        result = work()
    finally:
        done.set()
        watcher.join()
    return (peak - before) / 1e9, result


def seconds(work: Callable[[], Any]) -> tuple[float, float]:
    """Run ``work`` and return its wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Print one line a contender and whether the limits hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=24_576)
    parser.add_argument("--d", type=int, default=768)
    parser.add_argument("--k", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--matrix", type=Path, help="a .npy file instead of drawn rows")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    if options.matrix:
        rows = np.load(options.matrix).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    else:
        rows = power_law_rows(options.n, options.d, rng)
    k, sample = options.k, np.sort(rng.choice(len(rows), min(1024, len(rows)), replace=False))
    contenders: dict[str, Callable[[], Any]] = {
        "one float32 product": lambda: one_product(rows),
        "armillary cosine_knn": lambda: cosine_knn(rows, k=k).index,
    }
    if importlib.util.find_spec("sklearn"):
        contenders["scikit-learn brute"] = lambda: sklearn_brute(rows, k)
    if importlib.util.find_spec("faiss"):
        contenders["faiss flat"] = lambda: faiss_flat(rows, k)
    print(f"{len(rows):,} x {rows.shape[1]}, k={k}, median of {options.rounds} rounds in turn")
    one_product(rows[:4096])
    peaks = {name: peak_extra_gb(work) for name, work in contenders.items()}
    timed: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for _ in range(options.rounds):
        for name, work in contenders.items():
            timed[name].append(seconds(work))
    wall = {name: statistics.median(w for w, _ in t) for name, t in timed.items()}
    cpu = {name: statistics.median(c for _, c in t) for name, t in timed.items()}
    base = "one float32 product"
    heads = f"{'wall s':>8}{'CPU s':>8}{'ratio':>8}{'CPU ratio':>11}{'extra GB':>10}{'recall':>9}"
    print(" " * 22 + heads)
    for name, (gb, found) in peaks.items():
        share = "" if found is None else f"{recall(found, rows, k, sample):.6f}"
        print(
            f"{name:22}{wall[name]:8.2f}{cpu[name]:8.2f}{wall[name] / wall[base]:8.2f}"
            f"{cpu[name] / cpu[base]:11.2f}{gb:10.3f}{share:>9}"
        )
    ratio, gb = wall["armillary cosine_knn"] / wall[base], peaks["armillary cosine_knn"][0]
    held = ratio <= LIMIT_RATIO and gb < LIMIT_GB
    print(f"ratio {ratio:.2f} (limit {LIMIT_RATIO}), {gb:.3f} GB (limit {LIMIT_GB}): ", end="")
    print("held" if held else "NOT held")
    raise SystemExit(not held)


if __name__ == "__main__":
    main()
