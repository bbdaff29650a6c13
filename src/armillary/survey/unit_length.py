"""Level a once more, for the groups that pass it: their rows have length 1, and so have the null's.

The pooled Haar null costs nothing a group and is exact for Gaussian rows. Unit rows of a loose
group look structured to it. So what it lets pass is tested again against draws of the group's own
mean and spectrum with rows of length 1 (``shape.UnitLengthNull``), and keeps the larger p.
"""

import hashlib
from collections.abc import Sequence
from functools import partial
from math import ceil
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from armillary.inference import NullTest, adaptive_pvalues, benjamini_hochberg
from armillary.shape import OMNIBUS_AXES, UnitLengthNull, whiten
from armillary.survey.omnibus import statistics
from armillary.survey.parallel import Runner
from armillary.survey.progress import Progress
from armillary.survey.settings import Settings
from armillary.survey.verdicts import Rows
from armillary.survey.workspace import save_arrays, written

NAME = "placement (unit rows)"
FIRST = 100  # draws of the first round
STOP_AFTER = 10  # exceedances
SCALES = "scales.npz"
_NUMBERS = 2_000_000  # of one batch of draws
_POINTS = 400  # of groups in one task

Scale = tuple[Float[np.ndarray, " family"], Float[np.ndarray, " family"]]


def unit_length_tests(
    tests: Sequence[NullTest],
    p: Float[np.ndarray, " cluster"],
    scales: dict[int, Scale],
    *,
    size: Int[np.ndarray, " cluster"],
    level: float,
    settings: Settings,
    folder: Path,
    runner: Runner,
    progress: Progress,
) -> tuple[list[NullTest], Float[np.ndarray, " cluster"]]:
    """Test again every group that ``p`` lets pass, against unit rows.

    Parameters
    ----------
    tests, p
        The pooled test of every group and its p.
    scales
        Location and scale of the statistics, by group size.
    size
        Points that each group is tested on.
    level
        False discovery rate at which a group passes.
    settings, folder
        Of the survey; the folder holds the rows.
    runner, progress
        Runs the draws, told of them.

    Returns
    -------
    tuple
        For every group the test with the larger p, and that p. ``size`` and number of draws are
        fixed before the first of them: enough that a group with one exceedance would pass if half
        of those that ``p`` lets pass do, at most ``settings.n_omnibus``.
    """
    if not len(tests):
        return [], p
    save_arrays(folder / SCALES, **{str(n): np.stack(pair) for n, pair in scales.items()})
    passing = int((benjamini_hochberg(p) <= level).sum())
    most = min(settings.n_omnibus, ceil(4 * p.size / (level * max(1, passing))))
    drawn: dict[int, list[np.ndarray]] = {}
    value = np.array([test.observed for test in tests])

    def exceedances(
        asked: Int[np.ndarray, " asked"], n_draws: int, _rng: np.random.Generator
    ) -> Int[np.ndarray, " asked"]:
        begin = sum(part.size for part in drawn.get(int(asked[0]), []))
        chunks = _chunks(asked, size)
        progress.stage("unit-length nulls", len(chunks))
        task = partial(
            unit_length_chunk,
            begin=begin,
            n_draws=n_draws,
            seed=settings.seed,
            folder=str(folder),
        )
        runner.run(task, [(chunk,) for chunk in chunks], progress)
        for chunk in chunks:
            held = written(chunk_path(chunk, begin=begin, n_draws=n_draws, folder=folder))
            for group in chunk:
                drawn.setdefault(group, []).append(held[str(group)])
        last = [drawn[int(group)][-1] for group in asked]
        return np.array(
            [int((null >= value[g] - 1e-9).sum()) for g, null in zip(asked, last, strict=True)]
        )

    result = adaptive_pvalues(
        exceedances,
        p.size,
        level=level,
        first=min(FIRST, most),
        most=most,
        stop_after=STOP_AFTER,
        least=p,
        rng=np.random.default_rng(settings.seed),
    )
    kept = list(tests)
    for group, parts in drawn.items():
        null = NullTest(tests[group].observed, np.concatenate(parts), NAME)
        if null.pvalue >= tests[group].pvalue:
            kept[group] = null
    return kept, result.p


def unit_length_chunk(
    groups: tuple[int, ...], *, begin: int, n_draws: int, seed: int, folder: str
) -> None:
    """Draw the null statistics of these groups from draw ``begin`` on, and write them."""
    path = chunk_path(groups, begin=begin, n_draws=n_draws, folder=Path(folder))
    if path.exists():
        return
    held, scales = Rows(Path(folder)), written(Path(folder) / SCALES)
    out: dict[str, np.ndarray] = {}
    for group in groups:
        rows = held.tested(group, seed)
        null = UnitLengthNull(np.array(held.directions[rows], dtype=np.float64))
        middle, scale = scales[str(rows.size)]
        rng = np.random.default_rng([seed, group, 5, begin])
        step = max(1, min(n_draws, _NUMBERS // rows.size**2))
        values: list[np.ndarray] = []
        for start in range(0, n_draws, step):
            clouds = null.draw(min(step, n_draws - start), rng=rng)
            axes = min(OMNIBUS_AXES, rows.size - 2, clouds.shape[2])
            found = statistics(whiten(clouds)[:, :, :axes])
            values.append(((found - middle) / scale).max(axis=1))
        out[str(group)] = np.concatenate(values)
    save_arrays(path, **out)


def chunk_path(groups: tuple[int, ...], *, begin: int, n_draws: int, folder: Path) -> Path:
    """Name the draws of these groups."""
    digest = hashlib.sha256(repr((groups, begin, n_draws)).encode()).hexdigest()[:12]
    return folder / f"unit-{digest}.npz"


def _chunks(
    asked: Int[np.ndarray, " asked"], size: Int[np.ndarray, " cluster"]
) -> list[tuple[int, ...]]:
    """Deal groups out, largest first, in tasks of about as many points."""
    order = asked[np.argsort(-size[asked], kind="stable")]
    task = np.cumsum(size[order]) // _POINTS
    parts = np.split(order, np.flatnonzero(np.diff(task)) + 1)
    return [tuple(int(g) for g in part) for part in parts if part.size]
