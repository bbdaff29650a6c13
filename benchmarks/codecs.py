"""Generic codecs on token embeddings: bits a feature, counted whole, against what is lost.

    python benchmarks/codecs.py [--space demo] [--quick] [--out FILE.json]

Rows are centred first, as every theory finds them. Bits are 8 times the length of the message,
codebooks, axes and headers included, over the number of features. FVU is
``sum |row - placed|^2 / sum |row|^2``. The bound is reverse water-filling on the eigenvalues: no
codec of Gaussian rows with this covariance does better, axes not even counted; rows that are not
Gaussian can be said shorter. ``faiss`` rows are its scalar quantiser, codes not entropy-coded, its
ranges not counted, to compare with our own. CPU seconds are of fit and place together, one thread.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

from armillary import load_space
from armillary.core.space import FeatureSpace
from armillary.knockoffs import (
    KMeans,
    LowRank,
    Product,
    RandomUnit,
    Residual,
    Scalar,
    Shared,
    Theory,
    Transform,
    place,
)
from armillary.knockoffs.bound import gaussian_bound

RATES = (16, 32, 64, 128, 256, 512)


def theories(d: int, *, quick: bool) -> Iterator[Theory]:
    """Yield codecs near every rate."""
    yield RandomUnit()
    yield from (Transform(rate) for rate in RATES)
    yield from (Scalar(rate) for rate in RATES)
    yield from (LowRank(rank) for rank in (2, 4, 8, 16, 32, 64))
    slices = [s for s in (4, 8, 16, 32, 64, 96, 144, 192, 288) if d % s == 0]
    yield from (Product(s, nbits=4) for s in slices)
    yield from (Product(s, nbits=2) for s in slices if s >= 8)
    yield from (Residual(stages, nbits=4) for stages in (2, 4, 8, 16, 32))
    if quick:
        return
    yield from (Product(s, nbits=8) for s in slices if s in (8, 16, 32, 64))
    yield from (KMeans(k) for k in (64, 256, 1024))


def measured(space: FeatureSpace, theory: Theory) -> dict[str, Any]:
    """Return bits and distortion of one theory."""
    shared = Shared(space.feature_id, space.d_model, space.columns)
    start = time.process_time()
    message = theory.fit(space, shared, rng=np.random.default_rng(0))
    placed = place(message.to_bytes(), shared, rng=np.random.default_rng(1)).directions
    seconds = time.process_time() - start
    return distortion(space.directions, placed) | {
        "theory": theory.label,
        "bits": message.bits / space.n_features,
        "parts": {name: 8 * len(p) / space.n_features for name, p in message.parts.items()},
        "seconds": seconds,
    }


def distortion(rows: np.ndarray, placed: np.ndarray) -> dict[str, float]:
    """Return FVU and mean cosine."""
    lost = ((rows - placed).astype(np.float64) ** 2).sum()
    length = np.linalg.norm(rows, axis=1) * np.linalg.norm(placed, axis=1)
    cosine = (rows * placed).sum(axis=1) / np.where(length > 0, length, 1)
    return {"fvu": lost / (rows.astype(np.float64) ** 2).sum(), "cosine": float(cosine.mean())}


def faiss_scalar(space: FeatureSpace) -> Iterator[dict[str, Any]]:
    """Yield faiss' scalar quantiser at 4, 6 and 8 bits a number."""
    kinds = {4: faiss.ScalarQuantizer.QT_4bit, 6: faiss.ScalarQuantizer.QT_6bit}
    kinds[8] = faiss.ScalarQuantizer.QT_8bit
    rows = np.ascontiguousarray(space.directions)
    for bits, kind in kinds.items():
        start = time.process_time()
        codec = faiss.ScalarQuantizer(space.d_model, kind)
        codec.train(rows)
        placed = codec.decode(codec.compute_codes(rows))
        used = time.process_time() - start
        name = {"theory": f"faiss scalar, {bits} bits a number", "bits": bits * space.d_model}
        yield name | distortion(rows, placed) | {"parts": {}, "seconds": used}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--space", default="demo")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    threadpool_limits(1)
    faiss.omp_set_num_threads(1)
    loaded = load_space(options.space)
    rows = loaded.directions - loaded.directions.mean(axis=0)
    space = FeatureSpace(rows, loaded.feature_id, loaded.columns, loaded.source)
    print(space)
    print("| theory | bits a feature | books, axes | FVU | bound at these bits | cosine | CPU s |")
    print("|---|---|---|---|---|---|---|")
    value = np.linalg.eigvalsh(rows.T.astype(np.float64) @ rows)
    found: list[dict[str, Any]] = []

    def told(row: dict[str, Any]) -> None:
        row["bound"] = gaussian_bound(value, row["bits"]) / value.sum()
        side = sum(row["parts"].get(name, 0) for name in ("axes", "books", "centres"))
        print(
            f"| {row['theory']} | {row['bits']:.1f} | {side:.1f} | {row['fvu']:.4f} | "
            f"{row['bound']:.4f} | {row['cosine']:.3f} | {row['seconds']:.1f} |", flush=True
        )  # fmt: skip
        found.append(row)
        if options.out:
            options.out.write_text(json.dumps({"space": str(space), "rows": found}, indent=1))

    for theory in theories(space.d_model, quick=options.quick):
        told(measured(space, theory))
    for row in faiss_scalar(space):
        told(row)


if __name__ == "__main__":
    main()
