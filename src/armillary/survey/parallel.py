"""Parallel: joblib tasks on this machine's processes, or on a cluster's."""

import importlib
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import joblib
from threadpoolctl import threadpool_limits

from armillary.core import BadInput, MissingExtra, TooLarge
from armillary.survey.machine import cores
from armillary.survey.progress import Progress

native: Any = joblib  # ships no types
_watching: set[int] = set()


class Runner:
    """Runs picklable calls whose arguments are paths, ranges and seeds.

    A context manager: workers and connections live until it is left.

    Parameters
    ----------
    jobs
        Worker processes; default every core this process may use.
    backend
        ``None`` for processes on this machine, ``"dask"`` or ``"ray"`` for a cluster.
    scheduler
        Address of a Dask scheduler or Ray head.
    """

    def __init__(
        self, jobs: int | None = None, backend: str | None = None, scheduler: str | None = None
    ) -> None:
        if backend not in (None, "loky", "dask", "ray"):
            raise BadInput(f"backend {backend!r} is not known: use dask or ray, or leave it out")
        if jobs is not None and jobs < 1:
            raise BadInput(f"jobs must be at least 1, got {jobs}")
        self.jobs = jobs or cores()
        self.backend = None if backend == "loky" else backend
        self.scheduler = scheduler
        self._client: Any = None
        self._pool = False

    def __enter__(self) -> "Runner":
        """Enter; nothing is started before the first task."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the workers, at once after a failure; leave a cluster's to the cluster."""
        self.close(at_once=kind is not None)

    def close(self, *, at_once: bool = False) -> None:
        """Stop this machine's workers and leave the cluster."""
        if self._pool:
            loky = importlib.import_module("joblib.externals.loky")
            loky.get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=at_once)
            self._pool = False
        if self._client is not None:
            self._client.close()
            self._client = None

    def run(
        self, call: Callable[..., Any], arguments: Iterable[tuple[Any, ...]], progress: Progress
    ) -> None:
        """Call once an argument tuple, in any order, for what the calls write."""
        for _ in self.parallel(native.delayed(call)(*task) for task in arguments):
            progress.advance()

    def parallel(self, tasks: Iterable[Any]) -> Generator[Any]:
        """Run delayed calls (``joblib.delayed(call)(...)``) and yield results as they finish."""
        waiting = list(tasks)
        if self.backend is None and (self.jobs == 1 or len(waiting) < 2):
            for call, positional, named in waiting:
                yield one_threaded(call, *positional, **named)
            return
        results = self._started(waiting)
        try:
            yield from results
        except BrokenProcessPool as error:
            raise TooLarge(
                "a worker process was killed, most likely for memory: run again with fewer jobs "
                f"than {self.jobs}; finished tasks are kept where the survey has a folder"
            ) from error
        finally:
            if not isinstance(results, list):
                with warnings.catch_warnings():  # joblib says that it cancels; it is meant to
                    warnings.simplefilter("ignore")
                    results.close()

    def _started(self, waiting: list[Any]) -> Any:
        ours = os.getpid() if self.backend is None else 0
        delayed = native.delayed(in_worker)
        calls = (delayed(ours, call, *args, **named) for call, args, named in waiting)
        if self.backend is None:
            self._pool = True
            with _interrupts_held():
                return native.Parallel(
                    n_jobs=self.jobs,
                    backend="loky",
                    batch_size=1,
                    return_as="generator_unordered",
                )(calls)
        with native.parallel_config(self.backend, **self._connected()):
            returned = "list" if self.backend == "ray" else "generator_unordered"
            pool = native.Parallel(n_jobs=-1, batch_size=1, return_as=returned)
        return pool(calls)

    def _connected(self) -> dict[str, Any]:
        """Connect to the cluster once, and say what joblib needs to know of it."""
        if self.backend == "ray":
            _register_ray(self.scheduler)
            return {}
        if self._client is None:
            self._client = _dask_client(self.scheduler)
        return {"client": self._client}


def one_threaded(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call with one BLAS thread: the processes are the parallelism."""
    with threadpool_limits(1):
        return call(*arguments, **named)


def in_worker(parent: int, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call in a worker process, which ends when its parent (0: not ours to watch) is gone."""
    if parent and parent not in _watching:
        _watching.add(parent)
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    return one_threaded(call, *arguments, **named)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


@contextmanager
def _interrupts_held() -> Generator[None]:
    """Hold Ctrl-C back while workers start: they inherit that, and so leave it to this process."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    tracker = importlib.import_module("joblib.externals.loky.backend.resource_tracker")
    tracker.ensure_running()  # its start would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _dask_client(scheduler: str | None) -> Any:
    try:
        distributed = importlib.import_module("dask.distributed")
    except ImportError as error:
        raise MissingExtra(
            'backend dask needs dask.distributed: pip install "armillary[cluster-engine]"'
        ) from error
    try:
        return distributed.Client(scheduler) if scheduler else distributed.Client()
    except (OSError, ValueError) as error:
        raise BadInput(f"no Dask scheduler answers at {scheduler!r}: {error}") from error


def _register_ray(scheduler: str | None) -> None:
    try:
        ray = importlib.import_module("ray")
        ray_joblib = importlib.import_module("ray.util.joblib")
    except ImportError as error:
        raise MissingExtra('backend ray needs Ray: pip install "ray[default]"') from error
    ray.init(address=scheduler, ignore_reinit_error=True)
    ray_joblib.register_ray()
