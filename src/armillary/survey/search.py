"""The search: the only file that knows the order in which a space is searched."""

import contextlib
import hashlib
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.core import FeatureSpace, Finding, Group, Neighbours, Partition
from armillary.inference import (
    NullTest,
    benjamini_hochberg,
    benjamini_yekutieli,
    weighted,
)
from armillary.load import cache_folder
from armillary.shape import omnibus_version
from armillary.survey.claims import make_findings
from armillary.survey.gate import admitted
from armillary.survey.groups import group_records
from armillary.survey.neighbourhood import neighbourhood
from armillary.survey.null_cache import forget_outdated
from armillary.survey.omnibus import NullTables, placement_tests
from armillary.survey.parallel import Runner
from armillary.survey.progress import Progress, Silent, Stopwatch
from armillary.survey.searched import searched_features
from armillary.survey.settings import Settings, judged_size, size_weights
from armillary.survey.spectrum import SHARES, joint, spectrum_block, spectrum_tests, write_shares
from armillary.survey.unit_length import unit_length_tests
from armillary.survey.verdicts import (
    CHUNK,
    chunks_of,
    judge_chunk,
    observe_chunk,
    observed_path,
    read_verdicts,
    write_flat_only,
    write_rows,
)
from armillary.survey.workspace import Workspace, written


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What a survey of one space found, before it becomes an atlas.

    Parameters
    ----------
    space
        What was searched; rows below are rows of it. Without special features and exact copies it
        may be smaller than the space given, its feature ids are the same.
    groups_list, findings_list
        Every group tested and every finding.
    neighbours, unit
        Neighbour lists and the flattened unit rows they were found in.
    record
        ``parameters`` and ``left_out``.
    shares
        Spectrum of the space, which the spectrum null draws from; None without any group.
    """

    space: FeatureSpace
    groups_list: list[Group]
    findings_list: list[Finding]
    neighbours: Neighbours
    unit: Float[np.ndarray, "feature d_model"]
    record: Mapping[str, Any]
    shares: Float[np.ndarray, " axis"] | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """What every step works with."""

    settings: Settings
    work: Workspace
    runner: Runner
    tell: Progress
    clock: Stopwatch


def open_workspace(
    space: FeatureSpace, settings: Settings, *, home: Path | None, resume: bool = True
) -> Workspace:
    """Open the folder of finished steps of this space, these settings and this armillary."""
    digest = hashlib.sha256(f"{version('armillary')} {omnibus_version()} ".encode())
    content: Any = np.ascontiguousarray(space.directions)
    digest.update(content)
    special = space.columns.get("special")
    if special is not None:
        digest.update(np.packbits(special.astype(np.bool_)).tobytes())
    return Workspace(home, settings.key(digest.hexdigest()), resume=resume)


def survey_space(
    space: FeatureSpace,
    *,
    seed: int = 0,
    n_jobs: int | None = None,
    settings: Settings | None = None,
    work: Workspace | None = None,
    runner: Runner | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
    watch: Stopwatch | None = None,
) -> Survey:
    """Survey a space in memory, without labels: groups, tests, verdicts, findings.

    Parameters
    ----------
    space
        What to survey.
    seed, n_jobs
        Seed and worker processes, where ``settings`` and ``runner`` do not say otherwise.
    settings
        Everything the result depends on.
    work
        Where finished steps are kept; None for a temporary folder.
    runner
        What runs the tasks.
    cache
        Folder of null tables, kept between surveys; see ``cache_folder``.
    progress, watch
        Told of stages, and of the time they took.

    Returns
    -------
    Survey
        Every group tested and every finding.

    Raises
    ------
    BadInput
        If fewer than two features can be searched.
    """
    settings = settings or Settings(seed=seed)
    with ExitStack() as open_here:
        if work is None:
            work = open_here.enter_context(open_workspace(space, settings, home=None))
        if runner is None:
            runner = open_here.enter_context(Runner(n_jobs))
        bench = Bench(settings, work, runner, progress or Silent(), watch or Stopwatch())
        return _searched(space, bench, cache=cache)


def _searched(space: FeatureSpace, bench: Bench, *, cache: Path | None) -> Survey:
    settings, folder = bench.settings, bench.work.folder
    space, left_out = searched_features(space)
    centred = space.directions - space.directions.mean(axis=0)
    near = neighbourhood(
        centred,
        work=bench.work,
        settings=settings,
        runner=bench.runner,
        clock=bench.clock,
        progress=bench.tell,
    )
    record = {
        "parameters": near.parameters(),
        "left_out": [*left_out, *near.left_out(settings)],
    }
    partition = near.partition
    if not len(partition):
        return Survey(space, [], [], near.neighbours, near.unit, record)
    write_rows(folder, centred, partition.members)
    weight = size_weights(partition.size)
    tests, p = _placement(centred, partition, bench, weight=weight, cache=cache)
    q = np.stack([benjamini_hochberg(weighted(each, weight)) for each in p])
    q_by = np.stack([benjamini_yekutieli(weighted(each, weight)) for each in p])
    structured: np.ndarray = np.less_equal(q, settings.level).max(axis=0)
    passed = admitted(partition, structured)
    q, q_by = np.where(passed, q, 1.0), np.where(passed, q_by, 1.0)
    chosen = np.flatnonzero(passed).tolist()
    bench.tell.note(f"{len(chosen)} of {len(partition)} groups are structured")
    write_flat_only(folder, np.greater(q[0], settings.level))
    chunks = chunks_of(chosen)
    with bench.clock.stage(bench.tell, "shapes", len(chunks)):
        judged = partial(judge_chunk, folder=str(folder), settings=settings)
        bench.runner.run(judged, [(chunk,) for chunk in chunks], bench.tell)
        verdicts = read_verdicts(chunks, folder=folder)
    with bench.clock.time("findings"):
        groups, rows = group_records(
            centred, partition, tests=tests, q=q.min(axis=0), folder=folder, settings=settings
        )
        findings = make_findings(
            verdicts,
            rows,
            placement=tests,
            q=q,
            q_by=q_by,
            tightness=np.array([g.mean_cosine for g in groups]),
            level=settings.level,
        )
    shares = np.load(folder / SHARES)
    return Survey(space, groups, findings, near.neighbours, near.unit, record, shares)


def _placement(
    centred: Float[np.ndarray, "feature d_model"],
    partition: Partition,
    bench: Bench,
    *,
    weight: Float[np.ndarray, " cluster"],
    cache: Path | None,
) -> tuple[list[NullTest], Float[np.ndarray, "test cluster"]]:
    """Level a of every group: the placement tests, and twice the p of either kind."""
    settings, clock = bench.settings, bench.clock
    tables = NullTables(_table_folder(cache), seed=settings.seed, runner=bench.runner)
    size = np.array([judged_size(int(n)) for n in partition.size])
    with clock.time("statistics"):
        observed, variance = _observed(len(partition), bench)
    with clock.time("null tables"):
        tests, p = placement_tests(
            size,
            observed,
            tables,
            level=settings.level,
            first=settings.n_placement,
            most=settings.n_omnibus,
            weight=weight,
            progress=bench.tell,
        )
    with clock.time("unit-length nulls"):
        tests, p = unit_length_tests(
            tests,
            p,
            {int(n): tables.scale(int(n)) for n in np.unique(size)},
            size=size,
            weight=weight,
            level=settings.level / 2,  # two placement tests a group
            settings=settings,
            folder=bench.work.folder,
            kept_in=tables.folder,
            runner=bench.runner,
            progress=bench.tell,
        )
    with clock.time("spectrum nulls"):
        spectra = _spectra(centred, [int(n) for n in size], variance, bench=bench)
    return joint(tests, p, spectra, sizes=[int(n) for n in size])


def _observed(n_groups: int, bench: Bench) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Omnibus statistics and spectrum of every group."""
    folder, step = bench.work.folder, 4 * CHUNK
    ranges = [(i, min(i + step, n_groups)) for i in range(0, n_groups, step)]
    bench.tell.stage("statistics", len(ranges))
    task = partial(observe_chunk, folder=str(folder), seed=bench.settings.seed)
    bench.runner.run(task, ranges, bench.tell)
    out: list[np.ndarray] = []
    variance: list[np.ndarray] = []
    for start, stop in ranges:
        held = written(observed_path(start, stop, folder=folder))
        out += [held[str(group)] for group in range(start, stop)]
        variance += [held[f"variance{group}"] for group in range(start, stop)]
    return out, variance


def _spectra(
    centred: Float[np.ndarray, "feature d_model"],
    sizes: list[int],
    variances: list[np.ndarray],
    *,
    bench: Bench,
) -> list[NullTest]:
    """Spectrum tests of all groups, their null drawn once a size."""
    folder, settings = bench.work.folder, bench.settings
    write_shares(folder, centred)
    tasks = [(n,) for n in sorted(set(sizes), reverse=True)]
    bench.tell.stage("spectrum nulls", len(tasks))
    task = partial(
        spectrum_block, n_draws=settings.n_spectrum, seed=settings.seed, folder=str(folder)
    )
    bench.runner.run(task, tasks, bench.tell)
    return spectrum_tests(sizes, variances, folder)


def _table_folder(cache: Path | None) -> Path:
    folder = cache_folder(cache) / "null-tables"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="armillary-null-"))
    with contextlib.suppress(OSError):  # another survey may be at it
        forget_outdated(folder)
    return folder
