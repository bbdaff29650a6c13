"""Weekdays, months and years in real reconstructions of a published dictionary.

    python benchmarks/refdata.py [FOLDER]

FOLDER holds ``modell-2025`` (comma-separated rows without a header, one a token, and their labels);
by default $ARMILLARY_REFDATA, else ``../shared/refdata`` beside the repository.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from armillary import survey_points
from armillary.survey.points_result import PointsResult

DAYS = "monday tuesday wednesday thursday friday saturday sunday"
MONTHS = "january february march april may june july august september october november december"
SETS = {
    "days": ("cyclic", DAYS.split()),
    "months": ("cyclic", MONTHS.split()),
    "years": ("linear", [str(year) for year in range(1900, 2000)]),
}


def default_folder() -> Path:
    """Return where reference data lie unless told otherwise."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "refdata"
    return Path(os.environ.get("ARMILLARY_REFDATA", beside))


def survey_set(folder: Path, name: str, *, n_null: int = 999) -> PointsResult:
    """Survey one of the sets with its labels."""
    order, sequence = SETS[name]
    points = np.loadtxt(folder / "modell-2025" / f"{name}_reprs.csv", delimiter=",")
    labels = (folder / "modell-2025" / f"{name}_labels.csv").read_text().split()
    return survey_points(
        points, labels=labels, label_order=sequence, order=order, seed=0, n_null=n_null
    )


def main(arguments: list[str] | None = None) -> dict[str, PointsResult]:
    """Print a table of all sets found; return what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=default_folder())
    parser.add_argument("--n-null", type=int, default=999, help="draws of the placement null")
    options = parser.parse_args(arguments)
    console = Console(width=None if Console().is_terminal else 160)
    if not (options.folder / "modell-2025").is_dir():
        console.print(f"skipped: no modell-2025 in {options.folder}; give its folder")
        return {}
    table = Table(
        "set", "points", "labels", "shape", "runner-up", "neighbours", "held-out margin",
        "label p (floor)", "placement p", "turns", "stability", "seconds",
    )  # fmt: skip
    found: dict[str, PointsResult] = {}
    for name in SETS:
        began = time.perf_counter()
        found[name] = survey_set(options.folder, name, n_null=options.n_null)
        table.add_row(*_cells(name, found[name]), f"{time.perf_counter() - began:.1f}")
    console.print(table)
    for name, result in found.items():
        for note in result.notes:
            console.print(f"{name}: {note}")
    return found


def _cells(name: str, result: PointsResult) -> list[str]:
    kept, turns = result.adjacency, result.turns
    assert kept is not None
    assert turns is not None
    return [
        name,
        f"{result.n_points:,}",
        str(len(result.labels)),
        result.shape,
        result.runner_up.shape,
        f"{kept.leading} and {kept.fitted} of {kept.possible}",
        f"{result.margin:+.3f} (s.e. {result.margin_error:.3f})",
        f"{result.label_p:.2g} ({result.label_floor:.2g})",
        f"{result.placement.pvalue:.2g}",
        f"{turns.turns:.2f} [{turns.low:.2f}, {turns.high:.2f}]",
        f"{result.stability:.2f}",
    ]


if __name__ == "__main__":
    main()
