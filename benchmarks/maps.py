"""Maps of one source by every method, each beside the same method on noise of the same spectrum.

    python benchmarks/maps.py demo:sae --out maps.json                 # 8,192 features
    python benchmarks/maps.py demo --rows 24576 --out maps.json        # some of its embeddings
    python benchmarks/maps.py --calibration 20 --out calibration.json  # small spaces, true or empty

Every method runs in a process of its own, on one thread, with two seeds on the source and five null
decoders; the first null decoder is then treated as the source was: two seeds, and tested against
the other four. Seconds are processor time of one map after the method's functions are compiled,
memory is the largest that its process held before anything was measured. Calibration plants 20
groups of 12 among 600 features, or nothing, and counts how often p is at most .1 with nine nulls.
"""

import argparse
import json
import multiprocessing
import os
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from armillary.load import as_space
from armillary.maps import (
    METHODS,
    agreement,
    lay_out,
    null_decoder,
    prepare,
    share_of,
    structure_of,
    trust_of,
)
from armillary.survey.searched import searched_features
from armillary.worlds.structureless import spectrum_space

Row = dict[str, Any]


def directions_of(source: str, rows: int | None, *, seed: int) -> np.ndarray:
    """Return the searched rows of a source, centred; so many of them at random if asked."""
    space, _ = searched_features(as_space(source))
    table = space.directions
    if rows is not None and rows < len(table):
        kept = np.random.default_rng(seed).choice(len(table), rows, replace=False)
        table = table[np.sort(kept)]
    return table - table.mean(axis=0)


def measured(task: tuple[str, str, int, int]) -> Row:
    """Run one method on the source and on its nulls; in a process of its own."""
    name, file, nulls, seed = task
    table = np.load(file)
    n = len(table)
    _compile(name)
    began = time.process_time()
    real = prepare(table, rng=np.random.default_rng(0))
    near = time.process_time() - began
    drawn = [null_decoder(table, rng=np.random.default_rng([seed, 9, i])) for i in range(nulls)]
    seeds = [seed, seed + 1] if METHODS[name].seeded else [seed]
    seconds: list[float] = []

    def laid_out(one: Any, own: int) -> np.ndarray:
        began = time.process_time()
        xy, _ = lay_out(name, *one, seed=own)
        seconds.append(time.process_time() - began)
        return xy

    of_real = [laid_out(real, own) for own in seeds]
    of_null = [laid_out(one, seed) for one in drawn]
    again = [laid_out(drawn[0], own) for own in seeds[1:]]
    row: Row = {
        "method": METHODS[name].title,
        "features": n,
        "d_model": table.shape[1],
        "seconds_neighbours": near,
        "seconds_map": float(np.median(seconds)),
        "peak_bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "chance": real[1].index.shape[1] / (n - 1),
    }
    row["source"] = _facts(real, of_real, of_null, seed=seed)
    row["noise"] = _facts(drawn[0], [of_null[0], *again], of_null[1:], seed=seed)
    row["peak_bytes_with_trust"] = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return row


def _facts(one: Any, maps: list[np.ndarray], nulls: list[np.ndarray], *, seed: int) -> Row:
    unit, neighbours = one
    k = neighbours.index.shape[1]
    began = time.process_time()
    facts: Row = trust_of(unit, maps[0], k=k, rng=np.random.default_rng(seed)).record()
    facts["seconds_trust"] = time.process_time() - began
    if len(maps) > 1:
        facts["stability"] = share_of(agreement(maps, k=k)).record()
    began = time.process_time()
    facts["structure"] = structure_of(maps[0], nulls, seed=seed).record()
    facts["seconds_test"] = time.process_time() - began
    return facts


def _compile(name: str) -> None:
    rows = np.random.default_rng(0).standard_normal((200, 8)).astype(np.float32)
    lay_out(name, *prepare(rows, rng=np.random.default_rng(0)), seed=0)


def calibrated(task: tuple[str, bool, int]) -> Row:
    """Return p and effect of one small space, with groups planted in it or without."""
    name, planted, draw = task
    rng = np.random.default_rng([draw, planted])
    rows = spectrum_space(600, 32, rng=rng).directions.copy()
    if planted:
        middle = spectrum_space(20, 32, rng=rng).directions
        rows[:240] = middle[np.arange(240) % 20] + 0.6 * rows[:240]
    real = prepare(rows, rng=rng)
    nulls = [null_decoder(rows, rng=rng) for _ in range(9)]
    xy, *others = [lay_out(name, *one, seed=draw)[0] for one in (real, *nulls)]
    test = structure_of(xy, others, seed=draw)
    facts = {"p": test.test.pvalue, "effect": test.effect, "clumps": test.modes}
    return {"method": METHODS[name].title, "planted": planted, **facts}


def calibration(draws: int, methods: list[str], jobs: int) -> list[Row]:
    """Run every method on as many small spaces of either kind."""
    tasks = [(name, planted, i) for name in methods for planted in (False, True)
             for i in range(draws)]  # fmt: skip
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        return pool.map(calibrated, tasks, chunksize=max(1, draws // 4))


def print_maps(rows: list[Row], console: Console) -> None:
    """Print one line a method for the source, and one for noise."""
    table = Table(title=f"{rows[0]['features']:,} x {rows[0]['d_model']}")
    for name in ("map", "of", "s", "MB", "trustworthy", "continuous", "kept", "seeds agree",
                 "clumpiness", "p", "null sd", "clumps"):  # fmt: skip
        table.add_column(name)
    for row in rows:
        for what in ("source", "noise"):
            one = row[what]
            test = one["structure"]
            table.add_row(
                row["method"], what, f"{row['seconds_map']:.1f}", f"{row['peak_bytes'] / 1e6:.0f}",
                f"{one['trustworthiness']:.3f}", f"{one['continuity']:.3f}",
                f"{one['kept_neighbours']:.3f}",
                f"{one['stability'][0]:.3f}" if "stability" in one else "-",
                f"{test['observed']:.2f}", f"{test['p']:.3f} (of {test['nulls']})",
                f"{test['effect']:+.1f}", f"{test['clumps']:,}",
            )  # fmt: skip
    console.print(table)
    console.print(f"neighbours kept or agreed on by chance: {rows[0]['chance']:.4f}")


def print_calibration(rows: list[Row], console: Console) -> None:
    """Print how often p is at most .1, by method and truth."""
    table = Table(title="600 features in 32 dimensions, nine nulls")
    for name in ("map", "groups", "spaces", "p <= .1", "mean p", "median null sd", "clumps"):
        table.add_column(name)
    for key in dict.fromkeys((row["method"], row["planted"]) for row in rows):
        some = [row for row in rows if (row["method"], row["planted"]) == key]
        p = np.array([row["p"] for row in some])
        table.add_row(
            key[0], "20 of 12" if key[1] else "none", str(len(some)), f"{(p <= 0.1001).mean():.2f}",
            f"{p.mean():.2f}", f"{np.median([row['effect'] for row in some]):+.1f}",
            f"{np.median([row['clumps'] for row in some]):.0f}",
        )  # fmt: skip
    console.print(table)


def main() -> None:
    """Read options, run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", nargs="?", default="demo:sae")
    parser.add_argument("--rows", type=int)
    parser.add_argument("--methods", default="umap,pacmap,pca")
    parser.add_argument("--nulls", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--calibration", type=int, metavar="SPACES")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[threads] = "1"  # of the processes started below
    methods, console = asked.methods.split(","), Console(width=150)
    if asked.calibration:
        rows = calibration(asked.calibration, methods, asked.jobs)
        print_calibration(rows, console)
    else:
        context = multiprocessing.get_context("spawn")
        with TemporaryDirectory() as folder, context.Pool(asked.jobs, maxtasksperchild=1) as pool:
            file = f"{folder}/rows.npy"
            np.save(file, directions_of(asked.source, asked.rows, seed=asked.seed))
            tasks = [(m, file, asked.nulls, asked.seed) for m in methods]
            rows = pool.map(measured, tasks, chunksize=1)
        print_maps(rows, console)
    if asked.out:
        asked.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
