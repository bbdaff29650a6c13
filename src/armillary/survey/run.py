"""The main job: the only file that knows the order of the rooms."""

import hashlib
import resource
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.affinity import edge_threshold, flatten, nearest
from armillary.atlas import Atlas
from armillary.cluster import find_groups
from armillary.core import FeatureSpace, Finding, Group, MissingExtra, Neighbours, Partition
from armillary.inference import NullTest, benjamini_hochberg, benjamini_yekutieli
from armillary.lexicon import load_lexicon
from armillary.load import as_space, cache_folder
from armillary.survey.claims import make_findings
from armillary.survey.groups import group_records, hypothesis_groups
from armillary.survey.hypotheses import tested_hypotheses
from armillary.survey.maps import umap_of
from armillary.survey.omnibus import NullTables, placement_tests
from armillary.survey.parallel import Runner
from armillary.survey.progress import Progress, Silent, Stopwatch
from armillary.survey.spectrum import either, spectrum_block, spectrum_tests
from armillary.survey.settings import Settings, judged_size
from armillary.survey.verdicts import CHUNK, judge_chunk, observe_chunk, read_verdicts, write_rows
from armillary.survey.workspace import Workspace, load_arrays


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What a survey of one space found, before it becomes an atlas."""

    space: FeatureSpace
    groups_list: list[Group]
    findings_list: list[Finding]
    neighbours: Neighbours
    unit: Float[np.ndarray, "feature d_model"]
    record: Mapping[str, Any]


def survey(
    source: Any = "demo",
    *,
    out: str | Path | None = None,
    labels: Any = None,
    orientation: str = "auto",
    tensor: str | None = None,
    d_model: int | None = None,
    seed: int = 0,
    lexicon: bool | str | Path = True,
    map: bool = True,
    jobs: int | None = None,
    backend: str | None = None,
    scheduler: str | None = None,
    resume: bool = True,
    offline: bool = False,
    cache: str | Path | None = None,
    progress: Progress | None = None,
    min_size: int = 5,
    max_size: int = 5000,
    level: float = 0.05,
    command: str | None = None,
) -> Atlas:
    """Survey a source: find groups of features that form a shape, and say how sure it is.

    Parameters
    ----------
    source
        ``"demo"``, a path or other uri, an array (one row a feature), or a FeatureSpace.
    out
        Folder to write the atlas and its report to; None keeps it in memory.
    labels, orientation, tensor, d_model, offline, cache
        As for ``armillary.load.load_space``.
    seed
        Of everything random.
    lexicon
        True for the built-in word lists, a TOML file to add to them, False for none.
    map
        Whether to draw the UMAP (needs the extra ``maps``; left out with a note without it).
    jobs, backend, scheduler
        Worker processes; ``"dask"`` or ``"ray"`` to run the tasks on a cluster, and its address.
    resume
        Go on from ``<out>.partial`` if an earlier run with the same settings was interrupted.
    progress
        Told of stages, steps and facts.
    min_size, max_size
        Smallest and largest group considered.
    level
        False discovery rate.
    command
        What was typed, for the record.

    Returns
    -------
    Atlas
        Findings, groups, features, nulls and the record of how they were made.

    Raises
    ------
    BadInput
        If the source cannot be read or ``out`` holds something else.
    """
    tell = progress or Silent()
    watch = Stopwatch()
    with watch.stage(tell, "load"):
        space = _loaded(
            source,
            labels=labels,
            orientation=orientation,
            d_model=d_model,
            tensor=tensor,
            offline=offline,
            cache=cache,
            progress=tell.note,
        )
    settings = Settings(seed=seed, min_size=min_size, max_size=max_size, level=level)
    found = survey_space(
        space,
        settings=settings,
        home=Path(out) if out is not None else None,
        runner=Runner(jobs, backend, scheduler),
        resume=resume,
        cache=Path(cache) if cache else None,
        progress=tell,
        watch=watch,
    )
    groups, findings = found.groups_list, found.findings_list
    left_out = list(found.record["left_out"])
    if lexicon is not False and "label" in space.columns:
        with watch.stage(tell, "lexicon"):
            entries = load_lexicon(None if lexicon is True else Path(lexicon))
            named = tested_hypotheses(space, entries, seed=seed)
            groups, named = hypothesis_groups(space, groups, named)
            findings = findings + named
    xy, note = None, None
    if map:
        try:
            with watch.stage(tell, "map"):
                xy, note = umap_of(found.unit, found.neighbours, seed=seed)
        except MissingExtra as missing:
            left_out.append(f"map: {missing}")
            tell.note(str(missing))
    manifest = {
        "version": version("armillary"),
        "command": command,
        "seed": seed,
        "parameters": {**asdict(settings), **found.record["parameters"]},
        "timings": watch.seconds,
        "peak_memory_bytes": peak_memory(),
        "left_out": left_out,
    }
    with watch.stage(tell, "atlas"):
        atlas = Atlas.from_survey(
            space, groups, findings, manifest=manifest, map_xy=xy, map_note=note
        )
        if out is not None:
            atlas.write(out)
    return atlas


def survey_space(
    space: FeatureSpace,
    *,
    seed: int = 0,
    n_jobs: int | None = None,
    settings: Settings | None = None,
    home: Path | None = None,
    runner: Runner | None = None,
    resume: bool = True,
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
    settings, home, runner, resume, cache, progress, watch
        As ``survey`` passes them on; ``home`` is the atlas folder beside which an interrupted run
        keeps its finished steps.

    Returns
    -------
    Survey
        Every group tested and every finding.
    """
    settings = settings or Settings(seed=seed)
    run = runner or Runner(n_jobs, None, None)
    tell, clock = progress or Silent(), watch or Stopwatch()
    centred = space.directions - space.directions.mean(axis=0)
    identity = hashlib.sha256(np.ascontiguousarray(centred).view(np.uint8)).hexdigest()
    with Workspace(home, settings.key(identity), resume=resume) as work:
        unit, neighbours, partition, record = _neighbourhood(centred, work, settings, clock, tell)
        if not len(partition):
            return Survey(space, [], [], neighbours, unit, record)
        write_rows(work.folder, centred, partition.members)
        tables = NullTables(_table_folder(cache), seed=settings.seed, runner=run)
        size = np.array([judged_size(int(n)) for n in partition.size])
        with clock.stage(tell, "placement"):
            observed, variance = _observed(work, len(partition), settings, run, tell)
            tests, p = placement_tests(
                size,
                observed,
                tables,
                level=settings.level,
                first=settings.n_placement,
                most=settings.n_omnibus,
                progress=tell,
            )
            spectra = _spectra(work, centred, [int(n) for n in size], variance, settings, run, tell)
            tests, p = either(tests, p, spectra)
        q, q_by = benjamini_hochberg(p), benjamini_yekutieli(p)
        structured = np.flatnonzero(q <= settings.level)
        tell.note(f"{structured.size} of {len(partition)} groups are structured")
        with clock.stage(tell, "shapes", -(-structured.size // CHUNK)):
            chunks = [structured[i : i + CHUNK] for i in range(0, structured.size, CHUNK)]
            tasks = [(str(work.folder), tuple(int(g) for g in c), settings) for c in chunks]
            run.run(judge_chunk, tasks, tell)
            verdicts = read_verdicts(work.folder)
        groups, judged_rows = group_records(space, centred, partition, tests, q, work.folder, settings)
        tightness = np.array([g.mean_cosine for g in groups])
        findings = make_findings(
            verdicts, judged_rows, tests, q, q_by, tightness, level=settings.level
        )
    return Survey(space, groups, findings, neighbours, unit, record)


def _neighbourhood(
    centred: Float[np.ndarray, "feature d_model"],
    work: Workspace,
    settings: Settings,
    clock: Stopwatch,
    tell: Progress,
) -> tuple[Float[np.ndarray, "feature d_model"], Neighbours, Partition, dict[str, Any]]:
    """Flatten, find neighbours, threshold and group; every step is kept for a resumed run."""
    rng = np.random.default_rng([settings.seed, 0])
    with clock.stage(tell, "flatten"):
        unit = flatten(centred, strength=settings.flatten)
    with clock.stage(tell, "neighbours"):
        held = work.load("neighbours")
        if held is None:
            found = nearest(
                unit, k=min(settings.n_neighbours, len(unit) - 1), progress=_steps(tell), rng=rng
            )
            work.save("neighbours", index=found.index, cosine=found.cosine, recall=found.recall)
            held = {"index": found.index, "cosine": found.cosine, "recall": np.array(found.recall)}
        neighbours = Neighbours(held["index"], held["cosine"], float(held["recall"]))
    with clock.stage(tell, "edge threshold"):
        rng = np.random.default_rng([settings.seed, 1])
        edge = edge_threshold(
            centred, rng=rng, flatten_strength=settings.flatten, quantile=settings.quantile
        )
    with clock.stage(tell, "groups"):
        partition = find_groups(
            unit,
            neighbours.graph(edge.cosine),
            resolutions=settings.resolutions,
            cuts=settings.cuts,
            min_size=settings.min_size,
            max_size=settings.max_size,
            seed=settings.seed,
            progress=_steps(tell),
        )
    reached = float((neighbours.cosine[:, 0] > edge.cosine).mean())
    record = {
        "parameters": {
            "edge_threshold": edge.cosine,
            "edge_threshold_by_null": dict(edge.by_null),
            "share_of_features_past_threshold": reached,
            "neighbour_recall": neighbours.recall,
            "giant_component": partition.giant,
            "groups": len(partition),
            "features_in_groups": partition.covered,
        },
        "left_out": [
            f"{len(unit) - partition.covered:,} features are in no group of "
            f"{settings.min_size} to {settings.max_size}",
            f"the graph's largest component has {partition.giant:,} features; "
            "it is cut by Leiden and linkage, not tested as one group",
        ],
    }
    return unit, neighbours, partition, record


def _observed(
    work: Workspace, n_groups: int, settings: Settings, run: Runner, tell: Progress
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Omnibus statistics and spectrum of every group."""
    step = 4 * CHUNK
    ranges = [(i, min(i + step, n_groups)) for i in range(0, n_groups, step)]
    tell.stage("statistics", len(ranges))
    run.run(observe_chunk, [(str(work.folder), a, b, settings.seed) for a, b in ranges], tell)
    out: list[np.ndarray] = []
    variance: list[np.ndarray] = []
    for a, b in ranges:
        held = load_arrays(work.path(f"observed-{a}-{b}.npz"))
        assert held is not None
        out += [held[str(group)] for group in range(a, b)]
        variance += [held[f"variance{group}"] for group in range(a, b)]
    return out, variance


def _spectra(
    work: Workspace,
    centred: Float[np.ndarray, "feature d_model"],
    sizes: list[int],
    variances: list[np.ndarray],
    settings: Settings,
    run: Runner,
    tell: Progress,
) -> list[NullTest]:
    """Spectrum tests of all groups, their null drawn once a size."""
    unit = centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    unit = unit - unit.mean(axis=0)
    shares = np.linalg.eigvalsh((unit.T @ unit / len(unit)).astype(np.float64))
    np.save(work.path("shares.npy"), np.maximum(shares, 0))
    tasks = [
        (n, settings.n_spectrum, settings.seed, str(work.path("shares.npy")),
         str(work.path(f"spectrum-{n}.npz")))
        for n in sorted(set(sizes), reverse=True)
    ]
    tell.stage("spectrum nulls", len(tasks))
    run.run(spectrum_block, tasks, tell)
    return spectrum_tests(sizes, variances, work.folder)


def _loaded(source: Any, *, cache: str | Path | None, **options: Any) -> FeatureSpace:
    return as_space(source, cache=Path(cache) if cache else None, **options)


def _table_folder(cache: Path | None) -> Path:
    folder = cache_folder(cache) / "null-tables"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="armillary-null-"))
    return folder


def _steps(tell: Progress) -> Any:
    """Adapt (done, total) callbacks: each call is one step done."""
    last = [0]

    def step(done: int, total: int) -> None:
        del total
        tell.advance(done - last[0])
        last[0] = done

    return step


def peak_memory() -> int:
    """Return the largest resident size of this process or any finished worker, in bytes."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, worker) * (1 if sys.platform == "darwin" else 1024)


