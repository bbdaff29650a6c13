"""What a survey will cost, before it is run."""

import time
from typing import Any

import numpy as np

from armillary.load import cache_folder, load_space
from armillary.load.builtin import MINILM, SMOLLM2

BUILTIN = {
    "demo": (SMOLLM2, 49_152, 576),
    "smollm2:embed": (SMOLLM2, 49_152, 576),
    "minilm:embed": (MINILM, 30_522, 384),
    "minilm:position": (MINILM, 512, 384),
}
NEIGHBOURS = 16
OVER_PRODUCT = 0.7  # neighbour search, in times of one matrix product (each pair is taken once)
BASE_BYTES = 350e6  # interpreter and libraries
WORKER_BYTES = 180e6
COPIES = 6  # of the matrix at once, at most
CORE_SECONDS_PER_FEATURE = 18e-3  # groups, nulls and shapes of a first run, from the built-in model


def estimate(source: str, *, cores: int, **door: Any) -> dict[str, Any]:
    """Estimate memory and time of a survey from the size of its source and this machine's speed.

    Parameters
    ----------
    source
        As given to a survey. Files are opened; the built-in model is not fetched.
    cores
        Processor cores that will work.
    **door
        Further arguments of ``load_space``.

    Returns
    -------
    dict[str, Any]
        ``features``, ``d_model``, ``memory_bytes``, ``seconds`` (neighbours, the rest, both) and
        ``download_bytes``. Good to a factor of two.

    Raises
    ------
    BadInput
        If the source cannot be read.
    """
    download = 0
    if source in BUILTIN:
        model, n, d = BUILTIN[source]
        kept = cache_folder(door.get("cache")) / model.file_name
        download = 0 if kept.is_file() else model.wheel_bytes
    else:
        space = load_space(source, **door)
        n, d = space.n_features, space.d_model
    neighbours = OVER_PRODUCT * 2.0 * n * n * d / _flops()
    rest = CORE_SECONDS_PER_FEATURE * n / cores
    memory = BASE_BYTES + COPIES * 4 * n * d + 16 * n * NEIGHBOURS + 4e3 * n
    memory += WORKER_BYTES * (cores if cores > 1 else 0)
    return {
        "features": n,
        "d_model": d,
        "memory_bytes": int(memory),
        "seconds": {"neighbours": neighbours, "groups": rest, "all": neighbours + rest},
        "download_bytes": download,
    }


def _flops() -> float:
    """Measure how many float32 operations a second a matrix product does here."""
    a = np.ones((1024, 1024), dtype=np.float32)
    best = np.inf
    for _ in range(3):
        began = time.perf_counter()
        _ = a @ a
        best = min(best, time.perf_counter() - began)
    return 2.0 * 1024**3 / best
