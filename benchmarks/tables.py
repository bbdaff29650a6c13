"""Tables of the planted benchmark, all computed from stored runs."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from runs import claims_from_json, truth_from_json
from scoring import recall_at_fdp, score_claims, structure_records

LEAST = 12  # points from which the promised recall counts
SIZE_BINS = ((5, 12), (12, 25), (25, 50), (50, 100), (100, 201))
OURS = "armillary"

Record = dict[str, Any]


def judged(run: Record) -> tuple[list[Record], Record]:
    """Return one record a structure, and one for the world, of armillary's claims."""
    truth = truth_from_json(run["truth"])
    claims = claims_from_json(run["claims"][OURS])
    scored = score_claims(claims, truth)
    records = structure_records(claims, truth, scored, seed=run["key"]["seed"])
    world = {
        **run["key"],
        "claims": len(claims),
        "false": int(scored.false.sum()),
        "on_decoys": int(scored.on_decoy.sum()),
        "fdp": scored.fdp,
        "strict_fdp": scored.strict_fdp,
        "seconds": run["seconds"].get(OURS, float("nan")),
    }
    return records, world


def print_tables(runs: Sequence[Record], console: Console) -> Record:
    """Print every table and return the numbers behind the summary, JSON-ready."""
    records: list[Record] = []
    worlds: list[Record] = []
    for run in runs:
        some, world = judged(run)
        records += some
        worlds.append(world)
    noises = sorted({w["noise"] for w in worlds})
    summary = [_summary(noise, records, worlds) for noise in noises]
    console.print(_summary_table(summary))
    large = [r for r in records if r["n"] >= LEAST]
    small = [r for r in records if r["n"] < LEAST]
    for title, chosen in ((f"{LEAST} points or more", large), (f"under {LEAST} points", small)):
        console.print(_share_table(f"Recall by shape, {title}", chosen, noises, _kind, "found"))
    console.print(_share_table("Recall by size", records, noises, _size_bin, "found"))
    found = [r for r in records if r["found"]]
    console.print(_share_table("Right name among found", found, noises, _kind, "right"))
    console.print(_confusion_table(found))
    rivals = rival_rows(runs, summary)
    if rivals:
        console.print(_rival_table(rivals))
    return {"summary": summary, "structures": records, "worlds": worlds, "rivals": rivals}


def rival_rows(runs: Sequence[Record], summary: Sequence[Record]) -> list[Record]:
    """Return each rival's recall at armillary's measured FDP, or 0.05 if that is larger."""
    rows: list[Record] = []
    for line in summary:
        fdp = max(0.05, line["fdp"])
        chosen = [run for run in runs if run["key"]["noise"] == line["noise"]]
        names = dict.fromkeys(name for run in chosen for name in run["claims"])
        for name in names:
            worlds = [
                (claims_from_json(run["claims"][name]), truth_from_json(run["truth"]))
                for run in chosen
                if name in run["claims"]
            ]
            recall, reached, kept = recall_at_fdp(worlds, fdp, least=LEAST)
            rows.append(
                {
                    "noise": line["noise"],
                    "source": name,
                    "fdp_allowed": fdp,
                    "fdp": reached,
                    "recall": recall,
                    "recall_all": recall_at_fdp(worlds, fdp)[0],
                    "claims": kept,
                    "worlds": len(worlds),
                    "seconds": _mean([run["seconds"].get(name) for run in chosen]),
                }
            )
    return rows


def _summary(noise: float, records: Sequence[Record], worlds: Sequence[Record]) -> Record:
    here = [r for r in records if r["noise"] == noise]
    large = [r for r in here if r["n"] >= LEAST]
    there = [w for w in worlds if w["noise"] == noise]
    fdp = np.array([w["fdp"] for w in there])
    found = [r for r in here if r["found"]]
    found_large = [r for r in large if r["found"]]
    return {
        "noise": noise,
        "worlds": len(there),
        "recall_large": _mean([r["found"] for r in large]),
        "recall_small": _mean([r["found"] for r in here if r["n"] < LEAST]),
        "type_strict": _mean([r["right_strict"] for r in found_large]),
        "type_lenient": _mean([r["right"] for r in found_large]),
        "type_lenient_all": _mean([r["right"] for r in found]),
        "fdp": float(fdp.mean()),
        "fdp_se": float(fdp.std(ddof=1) / np.sqrt(fdp.size)) if fdp.size > 1 else float("nan"),
        "strict_fdp": _mean([w["strict_fdp"] for w in there]),
        "claims": _mean([w["claims"] for w in there]),
        "on_decoys": _mean([w["on_decoys"] for w in there]),
        "seconds": _mean([w["seconds"] for w in there]),
    }


def _summary_table(summary: Sequence[Record]) -> Table:
    columns = {
        "noise": "noise",
        "worlds": "worlds",
        "recall_large": f"recall n>={LEAST}",
        "recall_small": f"recall n<{LEAST}",
        "type_strict": "name strict",
        "type_lenient": "name",
        "fdp": "FDP",
        "fdp_se": "s.e.",
        "strict_fdp": "strict FDP",
        "claims": "claims",
        "on_decoys": "on decoys",
        "seconds": "seconds",
    }
    title = "Planted worlds (noise: root mean squared norm over the shape's; names for large found)"
    table = Table(*columns.values(), title=title)
    for line in summary:
        table.add_row(*(_text(line[name]) for name in columns))
    return table


def _share_table(
    title: str,
    records: Sequence[Record],
    noises: Sequence[float],
    key: Callable[[Record], str],
    what: str,
) -> Table:
    table = Table("", *(f"noise {noise:g}" for noise in noises), title=title)
    for name in dict.fromkeys(sorted((key(r) for r in records), key=_size_order)):
        cells: list[str] = []
        for noise in noises:
            hits = [bool(r[what]) for r in records if key(r) == name and r["noise"] == noise]
            cells.append(f"{sum(hits)}/{len(hits)}" if hits else "")
        table.add_row(name, *cells)
    return table


def _confusion_table(found: Sequence[Record]) -> Table:
    table = Table("planted", "found", "called (times)", title="What is called what, all noises")
    for kind in sorted({r["kind"] for r in found}):
        called = Counter(r["claimed"] for r in found if r["kind"] == kind)
        names = ", ".join(f"{name} {count}" for name, count in called.most_common())
        table.add_row(kind, str(called.total()), names)
    return table


def _rival_table(rows: Sequence[Record]) -> Table:
    columns = {
        "noise": "noise",
        "source": "source",
        "recall": f"recall n>={LEAST}",
        "recall_all": "recall all",
        "fdp": "FDP",
        "fdp_allowed": "FDP allowed",
        "claims": "claims kept",
        "worlds": "worlds",
        "seconds": "seconds",
    }
    title = "At equal FDP (one score threshold over all worlds, the best in hindsight)"
    table = Table(*columns.values(), title=title)
    for row in rows:
        table.add_row(*(_text(row[name]) for name in columns))
    return table


def _kind(record: Record) -> str:
    return str(record["kind"])


def _size_bin(record: Record) -> str:
    low, high = next((b for b in SIZE_BINS if record["n"] < b[1]), SIZE_BINS[-1])
    return f"{low} to {high - 1}"


def _size_order(name: str) -> tuple[int, str]:
    first = name.split()[0]
    return (int(first), "") if first.isdigit() else (0, name)


def _mean(values: Sequence[Any]) -> float:
    known = [float(v) for v in values if v is not None]
    return float(np.mean(known)) if known else float("nan")


def _text(value: Any) -> str:
    if isinstance(value, float):
        return "-" if np.isnan(value) else f"{value:.3g}"
    return str(value)
