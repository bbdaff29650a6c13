"""Level a once more, for the groups that pass it: their rows have length 1, and so have the null's.

The pooled Haar null costs nothing a group and is exact for Gaussian rows. Unit rows of a loose
group look structured to it. So it is only a screen: what it lets pass is tested against draws of
the group's own mean and spectrum with rows of length 1 (``shape.UnitLengthNull``).
"""

import contextlib
import hashlib
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from armillary.inference import NullTest, adaptive_pvalues, benjamini_hochberg, weighted
from armillary.shape import OMNIBUS_AXES, UnitLengthNull, omnibus_version, whiten
from armillary.survey.null_cache import UNIT_ROWS
from armillary.survey.omnibus import statistics
from armillary.survey.parallel import Runner
from armillary.survey.progress import Progress
from armillary.survey.settings import Settings
from armillary.survey.verdicts import Rows
from armillary.survey.workspace import load_arrays, save_arrays, written

NAME = "placement (unit rows)"
WORTH_KEEPING = 100_000  # draws
FIRST = 50  # draws of the first round
STOP_AFTER = 4  # exceedances that settle a group: what passes has hardly more in all its draws
SCALES = "scales.npz"
_NUMBERS = 2_000_000  # of one batch of draws
_CLOUDS = 400  # scored together
_POINTS = 400  # of groups in one task

Scale = tuple[Float[np.ndarray, " family"], Float[np.ndarray, " family"]]


def unit_length_tests(
    tests: Sequence[NullTest],
    p: Float[np.ndarray, " cluster"],
    scales: dict[int, Scale],
    *,
    size: Int[np.ndarray, " cluster"],
    weight: Float[np.ndarray, " cluster"],
    level: float,
    settings: Settings,
    folder: Path,
    kept_in: Path | None = None,
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
    weight
        Of each group in the adjustment.
    level
        False discovery rate at which a group passes.
    settings, folder
        Of the survey; the folder holds the rows.
    kept_in
        Where the draws of a large survey are kept for its next run, under a hash of its rows.
    runner, progress
        Runs the draws, told of them.

    Returns
    -------
    tuple
        The tests and their p: where ``p`` passes, those against unit rows. Every group that passes
        gets ``settings.n_unit`` draws unless exceedances settle it before; where that leaves
        too few for the smallest p to count, up to ``settings.n_omnibus`` are spent on what is open.
    """
    if not len(tests):
        return [], p
    save_arrays(folder / SCALES, **{str(n): np.stack(pair) for n, pair in scales.items()})
    value = np.array([test.observed for test in tests])
    draws = _Draws(size, settings.seed, folder, runner, progress)
    file = None if kept_in is None else kept_in / f"{UNIT_ROWS}{_digest(folder, settings)}.npz"
    before = {} if file is None else load_arrays(file) or {}
    if before and file is not None:
        with contextlib.suppress(OSError):  # another survey may have removed it
            os.utime(file)  # used last
    draws.made.update({int(group): null for group, null in before.items()})

    def tested(
        most: int,
    ) -> tuple[Float[np.ndarray, " cluster"], Int[np.ndarray, " cluster"]]:
        used = np.zeros(p.size, dtype=np.int64)

        def exceedances(
            asked: Int[np.ndarray, " asked"], n_draws: int, _rng: np.random.Generator
        ) -> Int[np.ndarray, " asked"]:
            last = draws.between(asked, int(used[asked[0]]), n_draws)
            used[asked] += n_draws
            counts = [
                int((null >= v - 1e-9).sum()) for null, v in zip(last, value[asked], strict=True)
            ]
            return np.array(counts)

        found = adaptive_pvalues(
            exceedances,
            p.size,
            level=level,
            first=min(FIRST, most),
            most=most,
            stop_after=STOP_AFTER,
            screened=p,
            weight=weight,
            rng=np.random.default_rng(settings.seed),
        )
        return found.p, used

    found, used = tested(settings.n_unit)
    rejected = int((benjamini_hochberg(weighted(found, weight)) <= level).sum())
    fine = float((weight / weight.mean()).max()) * (rejected + 1) * level / p.size
    if fine < 2 / (settings.n_unit + 1) and draws.made:  # the smallest p would hardly pass
        found, used = tested(max(settings.n_unit, min(settings.n_omnibus, int(p.size / level))))
    if file is not None and sum(null.size for null in draws.made.values()) >= WORTH_KEEPING:
        save_arrays(file, **{str(group): null for group, null in draws.made.items()})
    kept = list(tests)
    for group in map(int, np.flatnonzero(used)):  # and not what else the cache holds of it
        null = draws.made[group][: used[group]]
        kept[group] = NullTest(tests[group].observed, null, NAME)
    return kept, found


class _Draws:
    """Null statistics of groups, kept, and made by tasks where they are asked for."""

    def __init__(
        self,
        size: Int[np.ndarray, " cluster"],
        seed: int,
        folder: Path,
        runner: Runner,
        progress: Progress,
    ) -> None:
        self.made: dict[int, Float[np.ndarray, " draw"]] = {}
        self._size, self._seed, self._folder = size, seed, folder
        self._runner, self._progress = runner, progress

    def between(
        self, groups: Int[np.ndarray, " asked"], begin: int, n_draws: int
    ) -> list[Float[np.ndarray, " draw"]]:
        """Return ``n_draws`` of every group, from draw ``begin`` on."""
        there = np.array([self.made[int(g)].size if int(g) in self.made else 0 for g in groups])
        for have in np.unique(there[there < begin + n_draws]).tolist():
            self._make(groups[there == have], have, begin + n_draws - have)
        return [self.made[int(g)][begin : begin + n_draws] for g in groups]

    def _make(self, groups: Int[np.ndarray, " asked"], begin: int, n_draws: int) -> None:
        chunks = _chunks(groups, self._size)
        where = str(self._folder)
        task = partial(
            unit_length_chunk, begin=begin, n_draws=n_draws, seed=self._seed, folder=where
        )
        self._progress.stage(f"unit-length nulls from draw {begin:,}", len(chunks))
        self._runner.run(task, [(chunk,) for chunk in chunks], self._progress)
        for chunk in chunks:
            path = chunk_path(chunk, begin=begin, n_draws=n_draws, folder=self._folder)
            for name, fresh in written(path).items():
                before = self.made.get(int(name), np.empty(0))
                self.made[int(name)] = np.concatenate([before, fresh])


def _digest(folder: Path, settings: Settings) -> str:
    """Hash all that the draws depend on: rows, groups, seed, and what is computed of them."""
    digest = hashlib.sha256(f"{omnibus_version()} {settings.seed} {FIRST}".encode())
    for name in ("directions.npy", "members.npy", "offsets.npy", SCALES):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:16]


def unit_length_chunk(
    groups: tuple[int, ...], *, begin: int, n_draws: int, seed: int, folder: str
) -> None:
    """Draw the null statistics of these groups from draw ``begin`` on, and write them."""
    path = chunk_path(groups, begin=begin, n_draws=n_draws, folder=Path(folder))
    if path.exists():
        return
    held, scales = Rows(Path(folder)), written(Path(folder) / SCALES)
    nulls: dict[int, UnitLengthNull] = {}
    alike: dict[tuple[int, ...], list[int]] = {}
    for group in groups:
        rows = held.tested(group, seed)
        nulls[group] = UnitLengthNull(np.array(held.directions[rows], dtype=np.float64))
        alike.setdefault(nulls[group].scores.shape, []).append(group)
    out: dict[str, np.ndarray] = {}
    for (size, _), some in alike.items():
        together = max(1, _CLOUDS // n_draws)
        for start in range(0, len(some), together):
            now = some[start : start + together]
            rngs = [np.random.default_rng([seed, group, 5, begin]) for group in now]
            null = _drawn([nulls[group] for group in now], n_draws, rngs, scales[str(size)])
            out |= {str(group): each for group, each in zip(now, null, strict=True)}
    save_arrays(path, **out)


def _drawn(
    nulls: Sequence[UnitLengthNull], n_draws: int, rngs: Sequence[np.random.Generator],
    scale: np.ndarray,
) -> Float[np.ndarray, "group draw"]:  # fmt: skip
    """Draw null statistics of groups of one size and rank, scored together: that is quicker."""
    size = nulls[0].scores.shape[0]
    step = max(1, min(n_draws, _NUMBERS // size**2))
    values: list[np.ndarray] = []
    for start in range(0, n_draws, step):
        n = min(step, n_draws - start)
        drawn = [null.draw(n, rng=rng) for null, rng in zip(nulls, rngs, strict=True)]
        clouds = whiten(np.concatenate(drawn))
        found = statistics(clouds[:, :, : min(OMNIBUS_AXES, size - 2)])
        values.append(((found - scale[0]) / scale[1]).max(axis=1).reshape(len(nulls), n))
    return np.concatenate(values, axis=1)


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
