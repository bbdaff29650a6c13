"""Parallel: joblib tasks on this machine's processes, or on a cluster's."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import joblib
from threadpoolctl import threadpool_limits

from armillary.core import BadInput, MissingExtra
from armillary.survey.progress import Progress

Task = Callable[[], Any]


class Runner:
    """Runs picklable calls whose arguments are paths, ranges and seeds.

    Parameters
    ----------
    jobs
        Worker processes; default every core this process may use.
    backend
        ``None`` for processes on this machine, ``"dask"`` or ``"ray"`` for a cluster.
    scheduler
        Address of a Dask scheduler or Ray head.
    """

    def __init__(self, jobs: int | None, backend: str | None, scheduler: str | None) -> None:
        if backend not in (None, "loky", "dask", "ray"):
            raise BadInput(f"backend {backend!r} is not known: use dask or ray, or leave it out")
        self.jobs = jobs or len(os.sched_getaffinity(0))
        self.backend = None if backend == "loky" else backend
        self.scheduler = scheduler

    def run(
        self, call: Callable[..., Any], arguments: Iterable[tuple[Any, ...]], progress: Progress
    ) -> list[Any]:
        """Call once an argument tuple, in any order of time; results in order of arguments."""
        tasks = list(arguments)
        if self.jobs == 1 and self.backend is None:
            results: list[Any] = []
            for task in tasks:
                results.append(one_threaded(call, *task))
                progress.advance()
            return results
        with self.cluster():
            pool = joblib.Parallel(
                n_jobs=-1 if self.backend else self.jobs, return_as="generator", batch_size=1
            )
            results = []
            for result in pool(joblib.delayed(one_threaded)(call, *task) for task in tasks):
                results.append(result)
                progress.advance()
        return results

    @contextmanager
    def cluster(self) -> Iterator[None]:
        """Direct joblib to the chosen backend."""
        if self.backend is None:
            yield
        elif self.backend == "dask":
            with _dask_client(self.scheduler), joblib.parallel_config(backend="dask"):
                yield
        else:
            _register_ray(self.scheduler)
            with joblib.parallel_config(backend="ray"):
                yield


def one_threaded(call: Callable[..., Any], *arguments: Any) -> Any:
    """Call with one BLAS thread: the processes are the parallelism."""
    with threadpool_limits(1):
        return call(*arguments)


def _dask_client(scheduler: str | None) -> Any:
    try:
        from dask.distributed import Client
    except ImportError as error:
        raise MissingExtra(
            'backend dask needs dask.distributed: pip install "armillary[cluster-engine]"'
        ) from error
    return Client(scheduler) if scheduler else Client()


def _register_ray(scheduler: str | None) -> None:
    try:
        import ray
        from ray.util.joblib import register_ray
    except ImportError as error:
        raise MissingExtra('backend ray needs Ray: pip install "ray[default]"') from error
    ray.init(address=scheduler, ignore_reinit_error=True)
    register_ray()
