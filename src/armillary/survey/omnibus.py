"""Level a: is there structure at all? One pooled, exact null a group size."""

from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from armillary.inference import NullTest, adaptive_pvalues, benjamini_hochberg, weighted
from armillary.shape import OMNIBUS_AXES, haar_clouds, omnibus_scores, omnibus_version, whiten
from armillary.survey.parallel import Runner
from armillary.survey.progress import Progress, Silent
from armillary.survey.workspace import save_arrays, written

BLOCK = 250  # null draws in one task
N_REFERENCE = 1  # blocks that fix location and scale of every statistic, never counted in p

Statistics = Float[np.ndarray, "draw family"]


def statistics(whitened: Float[np.ndarray, "draw point axis"]) -> Statistics:
    """Return the omnibus statistics of a batch of whitened clouds, families in sorted order."""
    scores = omnibus_scores(whitened)
    return np.column_stack([scores[name] for name in sorted(scores)])


def null_block(n_points: int, block: int, *, seed: int, folder: str) -> None:
    """Draw one block of null statistics for clouds of ``n_points`` and write it."""
    path = block_path(n_points, block, seed=seed, folder=Path(folder))
    if path.exists():
        return
    rng = np.random.default_rng([seed, n_points, block])
    frame = np.ones((n_points, min(OMNIBUS_AXES, n_points - 2)))
    clouds = haar_clouds(frame, n_draws=BLOCK, rng=rng)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_arrays(path, statistics=statistics(whiten(clouds)))


def block_path(n_points: int, block: int, *, seed: int, folder: Path) -> Path:
    """Name a block by everything its content depends on."""
    return folder / f"{omnibus_version()}-n{n_points}-b{block}-s{seed}.npz"


class NullTables:
    """Null draws of the omnibus statistic by group size, grown as they are asked for."""

    def __init__(self, folder: Path, *, seed: int, runner: Runner) -> None:
        self.folder, self.seed, self.runner = folder, seed, runner
        self.blocks: dict[tuple[int, int], Statistics] = {}
        self.nulls: dict[tuple[int, int], Float[np.ndarray, " draw"]] = {}

    def grow(self, wanted: dict[int, int], progress: Progress) -> None:
        """Make sure that each size has at least the wanted number of counted draws."""
        missing = [
            (size, block)
            for size, n_draws in sorted(wanted.items())
            for block in range(N_REFERENCE + -(-n_draws // BLOCK))
            if (size, block) not in self.blocks
        ]
        task = partial(null_block, seed=self.seed, folder=str(self.folder))
        where = partial(block_path, seed=self.seed, folder=self.folder)
        tasks = [pair for pair in missing if not where(*pair).exists()]
        if tasks:
            progress.stage("null tables", len(tasks))
            self.runner.run(task, tasks, progress)
        for pair in missing:
            self.blocks[pair] = written(where(*pair))["statistics"]

    def standardised(self, size: int, values: Statistics) -> Float[np.ndarray, " draw"]:
        """Return the omnibus statistic: the largest standardised score over the families."""
        middle, scale = self.scale(size)
        return ((values - middle) / scale).max(axis=1)

    def scale(self, size: int) -> tuple[Float[np.ndarray, " family"], Float[np.ndarray, " family"]]:
        """Return what is taken from every statistic of a size, and what it is divided by."""
        reference = np.vstack([self.blocks[size, block] for block in range(N_REFERENCE)])
        middle = np.median(reference, axis=0)
        return middle, np.maximum(np.quantile(reference, 0.95, axis=0) - middle, 0.5)

    def null(self, size: int, n_draws: int) -> Float[np.ndarray, " draw"]:
        """Return the first ``n_draws`` counted null draws of a size (one array, shared)."""
        if (size, n_draws) not in self.nulls:
            self.nulls[size, n_draws] = self._drawn(size, n_draws)
        return self.nulls[size, n_draws]

    def _drawn(self, size: int, n_draws: int) -> Float[np.ndarray, " draw"]:
        last = N_REFERENCE + -(-n_draws // BLOCK)
        drawn = np.vstack([self.blocks[size, block] for block in range(N_REFERENCE, last)])
        return self.standardised(size, drawn)[:n_draws]


def placement_tests(
    size: Int[np.ndarray, " cluster"],
    observed: list[np.ndarray],
    tables: NullTables,
    *,
    level: float,
    first: int,
    most: int,
    weight: Float[np.ndarray, " cluster"] | None = None,
    progress: Progress | None = None,
) -> tuple[list[NullTest], Float[np.ndarray, " cluster"]]:
    """Test every group against the placement null, spending draws where they decide.

    Every group first gets ``first`` draws of its size's table and p = (c + 1) / (first + 1). If
    that cannot carry the smallest p-values below ``level`` after Benjamini-Hochberg, draws are
    spent adaptively, up to ``most``, on the groups whose decision is open.

    Returns
    -------
    tuple
        The tests (with the null draws that were spent) and their p-values.
    """
    tell = progress or Silent()
    if not len(observed):
        return [], np.empty(0)
    tables.grow({int(s): first for s in np.unique(size)}, tell)
    value = np.array(
        [tables.standardised(int(s), o[None])[0] for s, o in zip(size, observed, strict=True)]
    )

    def tests(n_draws: Int[np.ndarray, " cluster"]) -> list[NullTest]:
        return [
            NullTest(float(v), tables.null(int(s), int(n)), "placement (Haar)")
            for v, s, n in zip(value, size, n_draws, strict=True)
        ]

    fixed = tests(np.full(size.size, first))
    p = np.array([test.pvalue for test in fixed])
    rejected = int((benjamini_hochberg(weighted(p, weight)) <= level).sum())
    if (rejected + 1) * level / size.size >= 2 / (first + 1):
        return fixed, p  # a group with the smallest p, or the next, would be rejected: fine enough
    used = np.zeros(size.size, dtype=np.int64)

    def exceedances(
        asked: Int[np.ndarray, " asked"], n_draws: int, _rng: np.random.Generator
    ) -> Int[np.ndarray, " asked"]:
        wanted: dict[int, int] = {}
        for group in asked:
            s = int(size[group])
            wanted[s] = max(wanted.get(s, 0), int(used[group]) + n_draws)
        tables.grow(wanted, tell)
        count = np.empty(asked.size, dtype=np.int64)
        for i, group in enumerate(asked):
            null = tables.null(int(size[group]), int(used[group]) + n_draws)
            count[i] = int((null[used[group] :] >= value[group] - 1e-12).sum())
        used[asked] += n_draws
        return count

    result = adaptive_pvalues(
        exceedances,
        size.size,
        level=level,
        first=first,
        most=max(first, min(most, int(size.size / level))),
        weight=weight,
        rng=np.random.default_rng(0),
    )
    return tests(np.maximum(used, BLOCK)), result.p
