"""Turn the circle of months or weekdays in a language model, with controls.

    python benchmarks/turn_the_circle.py --out results        # everything; see docs/steering.md
    python benchmarks/turn_the_circle.py --out results --quick

Per word list: every layer (weekdays: every sixth) at the word's position; all controls at the
middle layer; the last position in the upper half; the effect on ordinary text; at the middle
layer all steps, and curves of 1 to 6 harmonics; all positions from the word on. Each part is a
folder that ``armillary.intervene`` wrote; one that is there is kept, so an interrupted run goes on.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from armillary.intervene import builtin_task, class_means, fit_geometry, steer, text_effects
from armillary.intervene.edits import ALONE, USUAL, sliding
from armillary.models import load_lm

NEAR = (-3, -2, -1, 1, 2, 3)
FULL = {"months": tuple(range(1, 12)), "weekdays": tuple(range(1, 7))}
SWEPT = ("circle", "second", "random", "span", "swap", "circle alone")
KINDS = ("ring", "circle", "calendar", "second", "span", "swap", "in plane", "off plane")
KINDS += ("circle alone",)


def part(folder: Path, name: str, lm, task, **settings) -> None:
    """Run one steering, unless its folder is there already."""
    if (folder / name / "results.json").exists():
        print(f"{name}: there already")
        return
    began = time.monotonic()
    found = steer(lm, task, **settings)
    found.write(folder / name)
    print(f"\n{name} ({time.monotonic() - began:.0f} s): {', '.join(found.chosen)}")
    print(f"{'layer':>5} {'edit':13} {'slope':22} {'slope of mean':22} {'hits':22} stay mass  KL")
    for row in found.summary():
        print(
            f"{row['layer']:5d} {row['edit']:13} {row['slope']!s:22} {row['soft_slope']!s:22} "
            f"{row['hits']!s:22} {row['stays']:.2f} {row['mass']:.2f} {row['kl']:5.2f} "
            f"{'' if row['over_control'] is None else 'over ' + row['best_control']} "
            f"{row['over_control'] or ''}",
            flush=True,
        )


def ordinary(folder: Path, lm, task, *, layers: list[int]) -> None:
    """Measure what turns do to text that is not about the words."""
    means = class_means(lm, task, layers)
    rows = []
    n = len(task.words)
    for at, layer in enumerate(layers):
        for step in (1, 3):
            angle = 2 * np.pi * step / n
            rows += text_effects(lm, fit_geometry(means[at]), layer=layer, angle=angle)
    for r in rows:
        print(
            f"{r.layer:3d} {r.plane:7} {np.degrees(r.angle):4.0f} deg  loss {r.base_loss:.3f} -> "
            f"{r.loss:.3f}  KL {r.kl:.4f}  length {r.size:.2f}"
        )
    shown = [{name: getattr(r, name) for name in r.__slots__} for r in rows]
    (folder / "text.json").write_text(json.dumps(shown, indent=1) + "\n")


def main() -> None:
    """Run every part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--quick", action="store_true", help="every fifth layer, two templates")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    lm = load_lm(options.model)
    last, most = lm.n_layers - 1, 2 if options.quick else 4
    sweep = [*range(-1, last + 1, 5 if options.quick else 1)]
    some = [*range(0, last + 1, 6 if options.quick else 3)]
    few = [last // 6, last // 2, 2 * last // 3]
    near = {"steps": NEAR, "most": most}
    spare = ["circle", "second", "swap"]
    for words in ("months", "weekdays"):
        task, out = builtin_task(words), options.out / words
        swept = sweep if words == "months" else some[::2]
        part(out, "layers", lm, task, layers=swept, edits=SWEPT, **near)
        part(out, "controls", lm, task, layers=few[1:2], edits=[*USUAL, *ALONE], **near)
        part(
            out, "last", lm, task, layers=some[len(some) // 2 :], edits=spare, where="last", **near
        )
        ordinary(out, lm, task, layers=few)
    for words in ("months", "weekdays"):
        task, out = builtin_task(words), options.out / words
        part(out, "full", lm, task, layers=few[1:2], edits=KINDS, steps=FULL[words], most=most)
        curves = {f"curve {h}": sliding(h) for h in range(1, len(task.words) // 2 + 1)}
        part(out, "curves", lm, task, layers=few[1:2], edits=curves, **near)
        part(out, "after", lm, task, layers=few[1:], edits=spare[:2], where="after", **near)


if __name__ == "__main__":
    main()
