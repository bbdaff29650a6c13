"""Over seeds: how often the test of a world recovers it, and how often its controls."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from armillary.worlds import entry


@dataclass
class Rates:
    """Passes of one world or control, with the values the test saw."""

    world: str
    what: str
    size: str
    passed: int
    seeds: int
    values: list[float]
    bound: float


def rates(name: str, seeds: int, size: str = "tiny") -> list[Rates]:
    """Build a world and its controls with every seed; draw rows with another stream."""
    found = entry(name)
    table: list[Rates] = []
    for what in ("", *found.controls):
        seen = []
        for seed in range(seeds):
            world = (
                found.make_control(what, size, seed=seed) if what else found.make(size, seed=seed)
            )
            seen.append(found.recover(world, np.random.default_rng([seed, 1])))
        table.append(
            Rates(
                name, what or "the world", size, sum(s.passed for s in seen), seeds,
                [s.value for s in seen], seen[0].bound,
            )
        )  # fmt: skip
    return table


def print_rates(table: Sequence[Rates]) -> None:
    """Print them as a table in Markdown."""
    print("| world | rows from | passed | value (least to most) | bound |")
    print("|---|---|---|---|---|")
    for row in table:
        low, high = min(row.values) + 0.0, max(row.values) + 0.0
        print(
            f"| `{row.world}` | {row.what} | {row.passed}/{row.seeds} | {low:.3g} to {high:.3g} "
            f"| {row.bound:.3g} |"
        )
