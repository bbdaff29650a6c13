"""Count the shapes that groups rebuilt from codes claim where the placement is random.

    python benchmarks/ray_control.py --draws 3 [--source demo:sae --codes FOLDER]

Everything is kept (codes, text, number and length of the rows) but the rows' directions, which are
drawn anew. Groups are found again in every draw, by rows and by the company features fire in, so
that choosing groups is controlled too. Claims in such a draw are false, or are owed to the
codes alone.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

import armillary
from armillary.load import as_space
from armillary.shape import random_rays


def main() -> None:
    """Survey drawn spaces one after the other, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default="demo:sae")
    parser.add_argument("--codes", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    space = as_space(asked.source)
    rows = []
    for draw in range(asked.draws):
        rays = random_rays(space.directions, rng=np.random.default_rng([draw, 9]))
        drawn = replace(space, directions=rays.astype(np.float32))
        atlas = armillary.survey(drawn, codes=asked.codes, map=False, lexicon=False, seed=draw)
        claims = [r for r in atlas.rebuilt.to_pylist() if r["shape"] != "none"]
        rows.append(
            {
                "draw": draw,
                "groups_tested": atlas.rebuilt.num_rows,
                "claims": len(claims),
                "against_rivals": sum("rivals" in r["grade"] for r in claims),
                "shapes": sorted(r["shape"] for r in claims),
                "findings_in_rows": atlas.findings.num_rows,
                "p_below_0.05": float(np.mean([r["p"] <= 0.05 for r in atlas.rebuilt.to_pylist()]))
                if atlas.rebuilt.num_rows
                else None,
            }
        )
        print(json.dumps(rows[-1]), file=sys.stderr, flush=True)
    print(json.dumps(rows, indent=1))
    if asked.out:
        asked.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
