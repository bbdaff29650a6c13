"""The bench: theories x seeds x gauges x readers of one subject, kept as they come."""

import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

from armillary.core.errors import BadInput
from armillary.explain.cells import Bench
from armillary.explain.described import read_descriptors
from armillary.explain.descriptors import adds_modulo
from armillary.explain.fingerprint import made_by
from armillary.explain.gather import gathered
from armillary.explain.gauges import gauge_named
from armillary.explain.group_edits import read_edits
from armillary.explain.ladder import ladder
from armillary.explain.readers.geometry import Geometry
from armillary.explain.reading import Reading, readings_for
from armillary.explain.subject import Subject
from armillary.explain.table import Explanation
from armillary.explain.workers import Request, fit_in_worker, processes_for, read_in_worker
from armillary.knockoffs import Theory
from armillary.survey.parallel import Runner
from armillary.survey.progress import Progress, Silent

GAUGES = ("none", "rotation")
Task = tuple[Theory, int]


def explain(
    subject: Subject | str,
    *,
    theories: Sequence[Theory] | None = None,
    readers: Sequence[str | Reading] | None = None,
    gauges: Sequence[str] = GAUGES,
    seeds: Sequence[int] | int = 3,
    folder: str | Path | None = None,
    jobs: int | None = None,
    resume: bool = True,
    progress: Progress | None = None,
    size: str = "full",
    source: str = "",
    options: Mapping[str, Any] | None = None,
) -> Explanation:
    """Measure how much of a space's function survives when only a theory of it is said.

    Every theory is fitted once; its message goes to disk, and what is placed is placed from the
    bytes on disk. A theory that draws nothing is placed once, every other once a seed. Each
    placed space is read by every reader under every gauge.

    Parameters
    ----------
    subject
        A subject, or a source that ``open_subject`` opens.
    theories
        Default: the ladder of the subject.
    readers
        Names or readings. Default: all that suit. ``cosine`` is always among them.
    gauges
        Names of re-fits.
    seeds
        Seeds of placing, or how many from 0 on.
    folder
        Where messages and finished cells are kept. Default: nowhere.
    jobs
        Processes. Default: every core, as far as memory holds a model for each. A subject that was
        not opened here from a source is read in this process.
    resume
        Whether cells kept in the folder are used. They are found by a hash of subject, theory,
        seed, gauge, reader, settings, code and version, so what changed is measured again.
    progress
        Told of stages, and of what the run will cost once the first cells are measured.
    size
        Of the default ladder: ``"tiny"`` or ``"full"``.
    source
        Where a subject that is passed open came from, so that workers can open it too.
    options
        For ``open_subject``.

    Returns
    -------
    Explanation
        Scores of every seed, pooled rows, the verdict.

    Raises
    ------
    BadInput
        If labels of theories repeat, or there is nothing to do.
    """
    told = progress or Silent()
    began = time.perf_counter()
    opened, origin = _opened(subject, options, told)
    names = [gauge_named(name) for name in gauges]
    readings = _readings(opened, readers)
    chosen = list(theories) if theories is not None else ladder(opened, size=size)
    numbers = tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)
    _check(chosen, numbers)
    with ExitStack() as stack:
        where = Path(folder) if folder else Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bench = Bench(opened, where, gauges=names, readings=readings)
        request = _request(bench, readers, source=source or origin, options=options)
        processes = 1 if request is None else (jobs or processes_for(opened))
        runner = stack.enter_context(Runner(processes))
        left_out = _fit_all(bench, chosen, told, request=request, runner=runner)
        stated = [theory for theory in chosen if theory.label not in left_out]
        tasks = [(t, s) for s in numbers for t in stated if t.drawn or s == numbers[0]]
        if not resume:
            _forget(bench, tasks)
        todo = [task for task in tasks if bench.missing(*task)]
        told.note(_cost(bench, stated, tasks=tasks, todo=todo))
        _read_all(bench, todo, told, request=request, runner=runner)
        asked = {reading.name for reading in readings}
        more = [read_edits(bench, told)] if "groups" in asked else []
        more += [read_descriptors(bench)] if "task" in asked and adds_modulo(opened) else []
        manifest = {
            "version": made_by(), "source": opened.name, "left_out": left_out,
            "settings": {"gauges": list(gauges), "seeds": list(numbers), "size": size,
                         "readers": [r.name for r in readings]},
            "ceiling": _ceiling(bench) if "geometry" in asked else {},
            "seconds": round(time.perf_counter() - began, 2), "computed": len(todo),
        }  # fmt: skip
        return gathered(bench, tasks, manifest=manifest, more=more)


def _opened(
    subject: Subject | str, options: Mapping[str, Any] | None, told: Progress
) -> tuple[Subject, str | None]:
    if isinstance(subject, Subject):
        return subject, None
    from armillary.explain.sources import open_subject

    return open_subject(subject, progress=told.note, **dict(options or {})), subject


def _readings(subject: Subject, readers: Sequence[str | Reading] | None) -> list[Reading]:
    if readers is None:
        return readings_for(subject)
    made = [one for one in readers if isinstance(one, Reading)]
    taken = {one.name for one in made}
    names = [one for one in readers if isinstance(one, str)]
    return made + [one for one in readings_for(subject, names) if one.name not in taken]


def _request(
    bench: Bench,
    readers: Sequence[str | Reading] | None,
    *,
    source: str | None,
    options: Mapping[str, Any] | None,
) -> Request | None:
    made = [one for one in readers or () if isinstance(one, Reading)]
    if source is None or made:
        return None
    return Request(
        source, tuple(sorted((options or {}).items())), bench.store.folder,
        bench.gauge_names(gauged=True), tuple(r.name for r in bench.readings), 0,
    )  # fmt: skip


def _check(theories: Sequence[Theory], seeds: Sequence[int]) -> None:
    labels = [theory.label for theory in theories]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise BadInput(f"two theories are called {twice[0]!r}: labels must differ")
    if not theories or not seeds:
        raise BadInput("nothing to do: give at least one theory and one seed")
    if min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise BadInput(f"seeds must be different whole numbers from 0, got {list(seeds)}")


def _fit_all(
    bench: Bench,
    theories: Sequence[Theory],
    told: Progress,
    *,
    request: Request | None,
    runner: Runner,
) -> dict[str, str]:
    """Fit what is not fitted, and return why some theories have nothing to say here."""
    todo = [theory for theory in theories if not bench.fitted(theory)]
    told.stage("fitting theories", len(todo))
    if request is not None and runner.jobs > 1 and len(todo) > 1:
        runner.run(fit_in_worker, [(request, theory) for theory in todo], told)
        runner.close()  # readers are larger than fits: workers that grow would be stopped
    left_out: dict[str, str] = {}
    for theory in theories:
        try:
            bench.fit(theory)
        except BadInput as error:
            left_out[theory.label] = str(error)
            told.note(f"left out: {theory.label}: {error}")
        if runner.jobs == 1:
            told.advance()
    return left_out


def _forget(bench: Bench, tasks: Sequence[Task]) -> None:
    for task in tasks:
        for file in bench.files(*task).values():
            file.unlink(missing_ok=True)


def _cost(
    bench: Bench, theories: Sequence[Theory], *, tasks: Sequence[Task], todo: Sequence[Task]
) -> str:
    kept = len(tasks) - len(todo)
    return (
        f"{len(theories)} theories, {len(tasks)} placings (drawn theories once a seed), each under "
        f"{', '.join(bench.gauge_names())} by {', '.join(r.name for r in bench.readings)}"
        + (f"; {kept} are kept from before" if kept else "")
    )


def _read_all(
    bench: Bench,
    todo: Sequence[Task],
    told: Progress,
    *,
    request: Request | None,
    runner: Runner,
) -> None:
    if request is None or runner.jobs == 1:
        _in_turn(bench, todo, told)
        return
    told.stage("reading", len(todo))
    with warnings.catch_warnings():  # a worker whose memory grows is replaced; it is meant to be
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
        runner.run(read_in_worker, [(request, *task) for task in todo], told)


def _ceiling(bench: Bench) -> dict[str, float]:
    """Return what a twin's geometry scores, empty where there is no twin."""
    if bench.subject.twin is None:
        return {}
    return cast(Geometry, bench.reader("geometry")).ceiling()


def _in_turn(bench: Bench, todo: Sequence[Task], told: Progress) -> None:
    told.stage("reading", len(todo))
    began = time.perf_counter()
    for done, task in enumerate(todo, start=1):
        bench.read(*task)
        told.advance()
        if done == 1:
            began = time.perf_counter()  # the first placing also makes the readers
        if done == 3 and len(todo) > 4:
            each = (time.perf_counter() - began) / 2
            left = (len(todo) - done) * each / 60
            told.note(f"{each:.1f} s a placing: about {left:.1f} min for {len(todo) - done} more")
