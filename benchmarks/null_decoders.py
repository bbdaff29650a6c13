"""Null decoders beside each other: what each keeps, what it costs, in bits and in seconds.

    python benchmarks/null_decoders.py                       # 2,048 x 128, with the usual way
    python benchmarks/null_decoders.py --n 24576 --d 768     # the size of a real dictionary
    python benchmarks/null_decoders.py --only "firing phi"

A decoder is planted (clusters, a mean, noise, unequal lengths) with codes that fire by cluster, and
every null is fitted, sent as bytes and placed. CPU seconds are those of placing, on one thread; the
memory is the largest that this process has held so far. Up to 4,096 features the least coherent
frame is also searched the usual way, by Adam on the hinge of a dense Gram (torch). Frames that cost
much are taken from the cache folder if they were searched before.
"""

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from armillary.affinity.null_decoder import isotropic
from armillary.core.codes import Codes
from armillary.core.space import FeatureSpace
from armillary.knockoffs import (
    FiringGram,
    MinimumCoherence,
    Permuted,
    RandomUnit,
    Shared,
    SignFlip,
    SpectrumMatched,
    Theory,
    TotalInterference,
    place,
)
from armillary.knockoffs.frame import affordable_steps, minimum_coherence, welch_bound
from armillary.knockoffs.interference import total_interference

Row = dict[str, Any]
_SAMPLE = 1_024


def planted_decoder(
    n: int, d: int, *, n_tokens: int, rng: np.random.Generator
) -> tuple[FeatureSpace, Shared, np.ndarray]:
    """Return half clusters of about 24, half background, with codes; and the clusters (-1: none).

    A token has six clusters, of each of which four features fire, and twelve of the background.
    """
    n_clusters = max(2, n // 48)
    cluster = np.full(n, -1)
    cluster[: n // 2] = rng.integers(n_clusters, size=n // 2)
    centre = rng.standard_normal((n_clusters, d)) / np.arange(1, d + 1) ** 0.35
    centre /= np.linalg.norm(centre, axis=1, keepdims=True)
    rows = 1.2 * rng.standard_normal((n, d)) / d**0.5
    rows[: n // 2] += centre[cluster[: n // 2]]
    rows += 0.2 * rng.standard_normal(d) / d**0.5
    rows *= rng.uniform(0.7, 1.4, size=(n, 1))
    order = np.argsort(cluster[: n // 2], kind="stable")
    start = np.searchsorted(cluster[: n // 2][order], np.arange(n_clusters + 1))
    which = rng.integers(n_clusters, size=(n_tokens, 6, 1))
    size = np.diff(start)[which]
    member = (rng.random((n_tokens, 6, 4)) * size).astype(np.int64)
    fired = order[np.minimum(start[which] + member, n // 2 - 1)].reshape(n_tokens, 24)
    fired = np.concatenate([fired, rng.integers(n // 2, n, size=(n_tokens, 12))], axis=1)
    pair = np.unique(np.arange(n_tokens)[:, None] * n + fired)
    value = rng.uniform(0.5, 2, size=pair.size).astype(np.float32)
    codes = Codes.from_triples(pair // n, pair % n, value, n_tokens=n_tokens, n_features=n)
    space = FeatureSpace(rows.astype(np.float32), np.arange(n))
    return space, Shared(np.arange(n), d, codes=codes), cluster


def measured(true: np.ndarray, made: np.ndarray, *, rng: np.random.Generator) -> Row:
    """Return cosine statistics of some rows against all, and what is kept of the true rows."""
    rows = np.sort(rng.choice(len(made), min(_SAMPLE, len(made)), replace=False))
    cosine, before = (_cosine(table, rows) for table in (made, true))
    own = (np.arange(rows.size), rows)
    squares = (cosine**2).sum() - rows.size
    cosine[own] = before[own] = 0
    other = np.ones_like(cosine, dtype=bool)
    other[own] = False
    return {
        "rms cos": float(np.sqrt(squares / (cosine.size - rows.size))),
        "mean max": float(np.abs(cosine).max(axis=1).mean()),
        "max": float(np.abs(cosine).max()),
        "interference r": _correlation(total_interference(true), total_interference(made)),
        "gram r": _correlation(before[other], cosine[other]),
        "same neighbour": float((before.argmax(axis=1) == cosine.argmax(axis=1)).mean()),
    }


def theories(cluster: np.ndarray, only: str) -> Iterator[Theory]:
    """Yield the nulls whose label holds ``only``."""
    every: list[Theory] = [RandomUnit(), MinimumCoherence(), Permuted()]
    every += [Permuted(within=cluster), SpectrumMatched(), SpectrumMatched(axes=False)]
    every += [SignFlip(), TotalInterference(), TotalInterference(axes=False)]
    every += [FiringGram("phi"), FiringGram("phi", diagonal="fitted"), FiringGram("correlation")]
    every += [FiringGram("covariance"), FiringGram("cosine"), FiringGram("pmi")]
    yield from (theory for theory in every if only in theory.label)


def run(theory: Theory, space: FeatureSpace, shared: Shared, *, seed: int) -> Row:
    """Fit, send and place one null."""
    message = theory.fit(space, shared, rng=np.random.default_rng(seed))
    began = time.process_time()
    made = place(message.to_bytes(), shared, rng=np.random.default_rng(seed)).directions
    seconds = time.process_time() - began
    kept = measured(space.directions, made, rng=np.random.default_rng(seed))
    bits = message.bits / space.n_features
    return {"null": theory.label, "bits": bits, **kept, "CPU s": seconds, "GB": _memory()}


def usual(space: FeatureSpace, steps: int) -> Row:
    """Search the frame by Adam on the hinge of the dense Gram, as is usual."""
    import torch

    torch.set_num_threads(1)
    n, d = space.directions.shape
    began = time.process_time()
    rows = torch.tensor(isotropic(n, d, rng=np.random.default_rng(0)), requires_grad=True)
    adam = torch.optim.Adam([rows], lr=0.01)
    high, low = 3.5 / d**0.5, 1.3 * welch_bound(n, d)
    for step in range(steps):
        unit = torch.nn.functional.normalize(rows, dim=1)
        gram = (unit @ unit.T).fill_diagonal_(0).abs()
        loss = torch.relu(gram - (high + (low - high) * step / steps)).square().sum()
        adam.zero_grad()
        loss.backward()
        adam.step()
    seconds = time.process_time() - began
    kept = measured(space.directions, rows.detach().numpy(), rng=np.random.default_rng(0))
    name = f"(usual: dense hinge, Adam, {steps} steps)"
    return {"null": name, "bits": 0.0, **kept, "CPU s": seconds, "GB": _memory()}


def search(n: int, d: int, steps: int, *, tell: Callable[[str], None]) -> None:
    """Search one frame with a line a step."""
    began = time.process_time()

    def progress(step: int, most: float) -> None:
        spent = time.process_time() - began
        tell(f"step {step}: max |cos| {most:.4f} before it, {spent:.1f} CPU s, {_memory():.2f} GB")

    minimum_coherence(n, d, rng=np.random.default_rng(0), steps=steps, progress=progress)


def main(arguments: list[str] | None = None) -> list[Row]:
    """Print the table in markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--n", type=int, default=2_048)
    parser.add_argument("--d", type=int, default=128)
    parser.add_argument("--tokens", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="nulls whose name holds this")
    parser.add_argument("--frame", action="store_true", help="search the frame, a line a step")
    options = parser.parse_args(arguments)
    n, d = options.n, options.d
    if options.frame:
        search(n, d, affordable_steps(n, d), tell=lambda line: print(line, flush=True))
        return []
    rng = np.random.default_rng(options.seed)
    space, shared, cluster = planted_decoder(n, d, n_tokens=options.tokens, rng=rng)
    print(f"{n:,} x {d}; {shared.codes}; Welch bound {welch_bound(n, d):.4f}\n")
    true = measured(space.directions, space.directions, rng=np.random.default_rng(options.seed))
    rows = [{"null": "(planted)", "bits": 0.0, **true, "CPU s": 0.0, "GB": _memory()}]
    print("| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0]))
    print(_line(rows[0]))
    for theory in theories(cluster, options.only):
        rows.append(run(theory, space, shared, seed=options.seed))
        print(_line(rows[-1]), flush=True)
    if n <= 4_096 and "coherence".find(options.only) >= 0:
        rows.append(usual(space, 60))
        print(_line(rows[-1]))
    return rows


def _line(row: Row) -> str:
    cells = [f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in row.values()]
    return "| " + " | ".join(cells) + " |"


def _cosine(table: np.ndarray, rows: np.ndarray) -> np.ndarray:
    unit = table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-30)
    return unit[rows] @ unit.T


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
