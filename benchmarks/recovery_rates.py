"""How often the tests of worlds recover their truth, and how often they are fooled by controls."""

import time
from collections.abc import Sequence

import numpy as np

from armillary.worlds import entry


def print_rates(names: Sequence[str], *, seeds: int) -> None:
    """Print, for tiny worlds, the seeds on which the test passes, on the world and its controls."""
    print(f"\n| world | on | test passed | value, least to most | bound | CPU s |\n|{'---|' * 6}")
    for name in names:
        found = entry(name)
        for control in ("", *found.controls):
            began, seen = time.process_time(), []
            for seed in range(seeds):
                make = (
                    found.make
                    if not control
                    else lambda f=found, c=control, **k: f.make_control(c, **k)
                )
                seen.append(found.recover(make(seed=seed), np.random.default_rng(100 + seed)))
            value = [one.value for one in seen]
            spent = (time.process_time() - began) / seeds
            print(
                f"| `{name}` | {control or 'itself'} | {sum(o.passed for o in seen)} of {seeds} "
                f"| {min(value):.3f} to {max(value):.3f} | {seen[0].bound:.3f} | {spent:.2f} |"
            )
