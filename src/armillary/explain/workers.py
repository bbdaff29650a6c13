"""Workers: processes that open a subject by its source, once, and fit or read for the bench."""

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from armillary.core.errors import BadInput
from armillary.explain.cells import Bench
from armillary.explain.gauges import gauge_named
from armillary.explain.reading import readings_for
from armillary.explain.sources import open_subject
from armillary.explain.subject import Subject
from armillary.knockoffs import Theory
from armillary.survey.machine import memory_bytes
from armillary.survey.parallel import Runner

_MODEL_BYTES = 3_500_000_000  # of a process that reads a model and a large dictionary


@dataclass(frozen=True, slots=True)
class Request:
    """What a worker needs to set the same bench up again.

    Parameters
    ----------
    source, options
        For ``open_subject``.
    folder, gauges, readers, seed
        As given to ``explain``.
    """

    source: str
    options: tuple[tuple[str, Any], ...]
    folder: Path
    gauges: tuple[str, ...]
    readers: tuple[str, ...]
    seed: int


def processes_for(subject: Subject) -> int:
    """Return as many as there are cores; where a model is read, as many as memory holds.

    Parameters
    ----------
    subject
        What is explained.
    """
    if subject.parts.get("lm") is None:
        return Runner().jobs
    return max(1, min(Runner().jobs, (memory_bytes()[1] or 0) // _MODEL_BYTES))


def fit_in_worker(request: Request, theory: Theory) -> None:
    """Fit one theory in a process that opens the subject itself, once.

    Parameters
    ----------
    request
        Which bench.
    theory
        What to fit; if it has nothing to say, that is kept.
    """
    with suppress(BadInput):
        _bench_of(request).fit(theory)


def read_in_worker(request: Request, theory: Theory, seed: int) -> None:
    """Measure one theory and seed in a process that opens the subject itself, once.

    Parameters
    ----------
    request
        Which bench.
    theory, seed
        What to place.
    """
    _bench_of(request).read(theory, seed)


@lru_cache(maxsize=1)
def _bench_of(request: Request) -> Bench:
    subject = open_subject(request.source, **dict(request.options))
    if subject.parts.get("lm") is not None:
        import_module("torch").set_num_threads(1)  # the processes are the parallelism
    readings = readings_for(subject, request.readers, seed=request.seed)
    gauges = [gauge_named(name) for name in request.gauges]
    return Bench(subject, request.folder, gauges=gauges, readings=readings)
