"""Planted benchmark: recall, names and false discoveries on worlds whose truth is known.

    python benchmarks/planted.py --seeds 3 --noise 0.25 0.5 1.0 --rivals

Finished worlds are kept as JSON lines in ``benchmarks/results/`` and not run again; a fresh start
is ``--fresh``. ``--tables`` only prints what is there.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from runs import RESULTS, append_run, claims_to_json, read_runs, truth_to_json
from survey_adapter import surveyed
from tables import OURS, print_tables

from armillary.worlds import PlantedWorld, planted_world

Survey = Callable[..., tuple[list[Any], list[Any]]]


def main(arguments: list[str] | None = None, *, survey: Survey = surveyed) -> dict[str, Any]:
    """Run the worlds that are missing, print the tables, write the numbers."""
    options = _options(arguments)
    console = Console(width=None if Console().is_terminal else 140)
    if options.fresh:
        options.out.unlink(missing_ok=True)
    wanted = [
        _key(options, noise, seed) for noise in options.noise for seed in range(options.seeds)
    ]
    for key in wanted:
        stored = next((run for run in read_runs(options.out) if run["key"] == key), None)
        if options.tables or (stored and not (options.rivals and len(stored["claims"]) == 1)):
            continue
        console.print(f"noise {key['noise']:g}, seed {key['seed']}")
        run = run_world(key, survey=survey, n_jobs=options.n_jobs, rivals=options.rivals)
        append_run(options.out, run)
    last = {json.dumps(run["key"]): run for run in read_runs(options.out)}
    runs = [last[json.dumps(key)] for key in wanted if json.dumps(key) in last]
    if not runs:
        console.print(f"no finished world in {options.out}: run without --tables first")
        return {}
    numbers = print_tables(runs, console)
    options.out.with_suffix(".summary.json").write_text(json.dumps(numbers, indent=1))
    return numbers


def run_world(key: dict[str, Any], *, survey: Survey, n_jobs: int, rivals: bool) -> dict[str, Any]:
    """Draw one world, let everybody claim, and return the run as JSON."""
    world = drawn_world(key)
    began = time.perf_counter()
    ours, groups = survey(world.space, seed=key["seed"], n_jobs=n_jobs)
    claims = {OURS: claims_to_json(ours)}
    seconds = {OURS: time.perf_counter() - began}
    if rivals:
        import rivals as others  # scikit-learn and ripser are needed only here

        rng = np.random.default_rng(key["seed"])
        began = time.perf_counter()
        spectral = others.engels_claims(world.space.directions, rng=rng)
        seconds["spectral + indices"] = time.perf_counter() - began
        claims["spectral + indices"] = claims_to_json(spectral)
        began = time.perf_counter()
        ranked = others.irreducibility_claims(world.space.directions, [rows for rows, _ in groups])
        claims["indices, our groups"] = claims_to_json(ranked)
        seconds["indices, our groups"] = time.perf_counter() - began
        began = time.perf_counter()
        raw, calibrated = others.persistence_claims(groups, rng=rng)
        claims["H1 raw, our groups"] = claims_to_json(raw)
        claims["H1 vs Gaussian, our groups"] = claims_to_json(calibrated)
        seconds["H1 vs Gaussian, our groups"] = time.perf_counter() - began
    return {"key": key, "truth": truth_to_json(world.truth), "claims": claims, "seconds": seconds}


def drawn_world(key: dict[str, Any]) -> PlantedWorld:
    """Draw the world that a key names; the same key gives the same world."""
    return planted_world(
        n=key["n"],
        d=key["d"],
        n_structures=key["structures"],
        sizes=(key["sizes"][0], key["sizes"][1]),
        noise=key["noise"],
        nuisance=key["nuisance"],
        rng=np.random.default_rng([key["seed"], round(1000 * key["noise"])]),
    )


def _key(options: argparse.Namespace, noise: float, seed: int) -> dict[str, Any]:
    return {
        "n": options.n,
        "d": options.d,
        "structures": options.structures,
        "sizes": options.sizes,
        "nuisance": options.nuisance,
        "noise": noise,
        "seed": seed,
    }


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="worlds a noise level")
    parser.add_argument("--noise", type=float, nargs="+", default=[0.25, 0.5, 1.0])
    parser.add_argument("--n", type=int, default=24_576, help="rows of a world")
    parser.add_argument("--d", type=int, default=768, help="dimensions")
    parser.add_argument("--structures", type=int, default=60, help="and as many decoys")
    parser.add_argument("--sizes", type=int, nargs=2, default=[5, 200], help="least and most rows")
    parser.add_argument("--nuisance", type=float, default=0.0, help="strength of an extra axis")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--rivals", action="store_true", help="run both rivals too")
    parser.add_argument("--tables", action="store_true", help="only print what is stored")
    parser.add_argument("--fresh", action="store_true", help="forget stored runs")
    parser.add_argument("--out", type=Path, default=RESULTS / "planted.jsonl")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
