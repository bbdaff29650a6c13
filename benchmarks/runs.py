"""Runs on disk: one JSON line a world, so that a benchmark can stop and go on."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scoring import Claim

from armillary.worlds import Planted, PlantedTruth

RESULTS = Path(__file__).parent / "results"


def read_runs(path: Path) -> list[dict[str, Any]]:
    """Return the finished runs of a file; a line cut short by an interruption is dropped."""
    runs: list[dict[str, Any]] = []
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            runs.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return runs


def append_run(path: Path, run: Mapping[str, Any]) -> None:
    """Add one finished run to a file, on a line of its own even after a broken one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    broken = path.exists() and path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
    with path.open("a") as file:
        file.write(("\n" if broken else "") + json.dumps(run) + "\n")


def claims_to_json(claims: Sequence[Claim]) -> list[list[Any]]:
    """Return claims as lists ``[rows, shape, score, q or null]``."""
    return [
        [c.rows.tolist(), c.shape, float(c.score), None if np.isnan(c.q) else float(c.q)]
        for c in claims
    ]


def claims_from_json(stored: Sequence[Sequence[Any]]) -> list[Claim]:
    """Undo ``claims_to_json``."""
    return [
        Claim(np.array(rows, dtype=np.int64), shape, score, float("nan") if q is None else q)
        for rows, shape, score, q in stored
    ]


def truth_to_json(truth: PlantedTruth) -> dict[str, Any]:
    """Return the truth of a world as JSON."""

    def listed(groups: Sequence[Planted]) -> list[dict[str, Any]]:
        return [
            {
                "kind": g.kind,
                "rows": g.rows.tolist(),
                "noise": g.noise,
                "parameters": dict(g.parameters),
            }
            for g in groups
        ]

    return {"structures": listed(truth.structures), "decoys": listed(truth.decoys)}


def truth_from_json(stored: Mapping[str, Any]) -> PlantedTruth:
    """Undo ``truth_to_json``."""

    def groups(name: str) -> tuple[Planted, ...]:
        return tuple(
            Planted(
                g["kind"],
                np.array(g["rows"], dtype=np.int64),
                g["noise"],
                len(g["rows"]),
                g["parameters"],
            )
            for g in stored[name]
        )

    return PlantedTruth(groups("structures"), groups("decoys"))
