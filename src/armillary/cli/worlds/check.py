"""``armillary worlds check``: is the truth recovered, and does the test fail where it must."""

import json
import sys
import time
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from scipy import stats

from armillary.cli.options import AsJson, Debug, Quiet
from armillary.cli.progress import ShownProgress
from armillary.cli.worlds.choosing import SizeName, chosen, shown
from armillary.worlds import Entry

_LEVEL = 0.05


def check_command(
    names: Annotated[
        list[str] | None, typer.Argument(help="Worlds; none stands for all of them.")
    ] = None,
    *,
    size: Annotated[SizeName, typer.Option("--size", help="How large.")] = SizeName.tiny,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many worlds of each.")] = 10,
    first: Annotated[int, typer.Option("--first-seed", min=0, help="The first of them.")] = 0,
    as_json: AsJson = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Build worlds, recover their truth, and run the same test on every control.

    Counts stand beside the rates that each world states. A rate is missed where so few passes (of
    a control: so many) have a chance below 5 % under it; then the exit code is 1.
    """
    del debug  # read by main
    found = chosen(names, everything=not names)
    records: list[dict[str, Any]] = []
    with shown(quiet=quiet, resumed="trained networks are kept") as progress:
        progress.stage("checking", len(found) * seeds)
        for e in found:
            records.append(checked(e, size, seeds=range(first, first + seeds), progress=progress))
    if as_json:
        sys.stdout.write(json.dumps(records) + "\n")
    else:
        _print(records, Console(highlight=False))
    if any(record["missed"] for record in records):
        raise typer.Exit(1)


def checked(
    e: Entry, size: SizeName, *, seeds: range, progress: ShownProgress | None = None
) -> dict[str, Any]:
    """Run one world's test on itself and on its controls, seed by seed.

    Parameters
    ----------
    e
        Of the catalogue.
    size
        Of the worlds.
    seeds
        Each makes a world, a draw, and one of every control.
    progress
        Told of every seed.

    Returns
    -------
    dict
        Counts of passes, the stated rates, every value beside its bound, CPU seconds a seed, and
        in ``missed`` what fell short.
    """
    began = time.process_time()
    kinds = ("world", *e.controls)
    passed = dict.fromkeys(kinds, 0)
    values: dict[str, list[float]] = {kind: [] for kind in kinds}
    statistic, bound = "", 0.0
    for seed in seeds:
        for kind in kinds:
            control = kind != "world"
            made = (
                e.make_control(kind, size.value, seed=seed)
                if control
                else e.make(size.value, seed=seed)
            )
            seen = e.recover(made, np.random.default_rng([seed, 404]))
            passed[kind] += seen.passed
            values[kind].append(float(seen.value))
            statistic, bound = seen.statistic, seen.bound
        if progress is not None:
            progress.advance()
    n = len(seeds)
    missed = [kind for kind in kinds if _missed(passed[kind], n, e.rates, control=kind != "world")]
    return {
        "name": e.name, "size": size.value, "seeds": n, "statistic": statistic, "bound": bound,
        "passed": passed["world"], "rate": e.rates[0], "false_rate": e.rates[1],
        "controls": {kind: passed[kind] for kind in kinds[1:]}, "values": values,
        "cpu_seconds": round((time.process_time() - began) / n, 2), "missed": missed,
    }  # fmt: skip


def _missed(passed: int, n: int, rates: tuple[float, float], *, control: bool) -> bool:
    """Return whether a count is too far on the wrong side of its stated rate to be chance."""
    binomial: Any = stats.binom
    if control:
        return float(binomial.sf(passed - 1, n, rates[1])) < _LEVEL
    return float(binomial.cdf(passed, n, rates[0])) < _LEVEL


def _print(records: list[dict[str, Any]], console: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("world", "recovered", "stated", "controls passed", "stated", "CPU s a seed", ""):
        table.add_column(name)
    for r in records:
        n = r["seeds"]
        fooled = ", ".join(f"{kind} {count}/{n}" for kind, count in r["controls"].items() if count)
        fooled = fooled or f"0/{n} of each of {len(r['controls'])}"
        table.add_row(
            Text(r["name"]), f"{r['passed']}/{n}", f">= {r['rate']:.0%}", Text(fooled),
            f"<= {r['false_rate']:.0%}", f"{r['cpu_seconds']:.1f}",
            Text(f"missed: {', '.join(r['missed'])}" if r["missed"] else "held"),
        )  # fmt: skip
    console.print(table)
    spent = sum(r["cpu_seconds"] * r["seeds"] for r in records)
    console.print(Text(f"{len(records)} worlds, {spent:.0f} CPU seconds."))
