"""False discoveries where there is nothing to find: every claim counts as false.

    python benchmarks/structureless.py --kind isotropic spectrum permuted --seeds 20 --matrix E.npy

With nothing true, the false discovery proportion of a survey is 1 if it makes any claim at
q <= 0.05 and 0 otherwise; its mean over seeds is printed with its standard error. Finished
surveys are kept as JSON lines and not run again.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from runs import RESULTS, append_run, read_runs
from survey_adapter import surveyed

from armillary.core import FeatureSpace
from armillary.worlds import isotropic_space, permuted_space, spectrum_space

KINDS = ("isotropic", "spectrum", "permuted")
Survey = Callable[..., tuple[list[Any], list[Any]]]


def main(arguments: list[str] | None = None, *, survey: Survey = surveyed) -> list[dict[str, Any]]:
    """Run the surveys that are missing and print the mean false discovery proportion."""
    options = _options(arguments)
    console = Console(width=None if Console().is_terminal else 120)
    keys = [_key(options, kind, seed) for kind in options.kind for seed in range(options.seeds)]
    done = [run["key"] for run in read_runs(options.out)]
    for key in [key for key in keys if key not in done and not options.tables]:
        console.print(f"{key['kind']}, seed {key['seed']}")
        append_run(options.out, run_survey(key, options.matrix, survey, options.n_jobs))
    stored = [run for run in read_runs(options.out) if run["key"] in keys]
    lines = [_line(kind, [r for r in stored if r["key"]["kind"] == kind]) for kind in options.kind]
    table = Table("kind", "seeds", "mean FDP", "s.e.", "claims", "groups", "smallest q", "seconds")
    for line in lines:
        table.add_row(*(f"{v:.3g}" if isinstance(v, float) else str(v) for v in line.values()))
    console.print(table)
    return lines


def run_survey(
    key: dict[str, Any], matrix: Path | None, survey: Survey, n_jobs: int
) -> dict[str, Any]:
    """Draw one structureless space, survey it, and return what was claimed as JSON."""
    space = drawn_space(key, matrix)
    began = time.perf_counter()
    claims, groups = survey(space, seed=key["seed"], n_jobs=n_jobs)
    return {
        "key": key,
        "shapes": [claim.shape for claim in claims],
        "q": [float(claim.q) for claim in claims],
        "sizes": [int(claim.rows.size) for claim in claims],
        "groups": len(groups),
        "seconds": time.perf_counter() - began,
    }


def drawn_space(key: dict[str, Any], matrix: Path | None) -> FeatureSpace:
    """Draw the space that a key names; the same key gives the same space."""
    rng = np.random.default_rng([key["seed"], KINDS.index(key["kind"])])
    if key["kind"] == "isotropic":
        return isotropic_space(key["n"], key["d"], rng=rng)
    if key["kind"] == "spectrum":
        return spectrum_space(key["n"], key["d"], rng=rng)
    if matrix is None:
        raise SystemExit("kind 'permuted' needs a real matrix: give --matrix FILE.npy")
    return permuted_space(np.load(matrix)[: key["n"]], rng=rng)


def _line(kind: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
    fdp = np.array([float(len(run["q"]) > 0) for run in runs])
    smallest = min((q for run in runs for q in run["q"]), default=float("nan"))
    n = fdp.size
    return {
        "kind": kind,
        "seeds": n,
        "fdp": float(fdp.mean()) if n else float("nan"),
        "se": float(fdp.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan"),
        "claims": sum(len(run["q"]) for run in runs),
        "groups": float(np.mean([run["groups"] for run in runs])) if n else float("nan"),
        "smallest_q": smallest,
        "seconds": float(np.mean([run["seconds"] for run in runs])) if n else float("nan"),
    }


def _key(options: argparse.Namespace, kind: str, seed: int) -> dict[str, Any]:
    return {"kind": kind, "n": options.n, "d": options.d, "seed": seed}


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--n", type=int, default=49_152, help="rows (permuted: the first n)")
    parser.add_argument("--d", type=int, default=576, help="dimensions (permuted: the matrix's)")
    parser.add_argument("--matrix", type=Path, help="real matrix (.npy) to permute")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--tables", action="store_true", help="only print what is stored")
    parser.add_argument("--out", type=Path, default=RESULTS / "structureless.jsonl")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
