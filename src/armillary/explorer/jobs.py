"""Jobs: computations that a page asks for, one at a time, in a thread of their own."""

import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from queue import Full, Queue

from armillary.core.errors import ArmillaryError
from armillary.explorer.schema import JobBody, Panel, Row

WAITING = 8  # jobs that may wait for the one that runs
KEPT = 64  # jobs whose result can be asked for; the oldest go

Tell = Callable[[str, float], None]
Show = Callable[[Panel], None]
Work = Callable[[Sequence[int], Tell, Show], tuple[Row, Panel]]

log = logging.getLogger(__name__)


class TooMany(Exception):
    """As many jobs wait as may wait."""


class Stopped(Exception):
    """The server ends, and with it the job."""


class Jobs:
    """A queue of selections and what came of each.

    Parameters
    ----------
    waiting
        How many may wait.
    """

    def __init__(self, *, waiting: int = WAITING) -> None:
        self._queue: Queue[tuple[str, Work, tuple[int, ...]]] = Queue(waiting)
        self._state: dict[str, JobBody] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def ask(self, work: Work, features: Sequence[int]) -> JobBody:
        """Queue a job and return it as it stands.

        Parameters
        ----------
        work
            Given the features, told where to report stages and a first panel.
        features
            What it is about.

        Returns
        -------
        JobBody
            Its id is new and random.

        Raises
        ------
        TooMany
            If the queue is full.
        """
        job = JobBody(secrets.token_hex(8), "running", "waiting", 0.0, "", None, None)
        with self._lock:
            try:
                self._queue.put_nowait((job.id, work, tuple(features)))
            except Full:
                raise TooMany from None
            self._state[job.id] = job
            ended = [key for key, one in self._state.items() if one.state != "running"]
            for key in ended[: max(0, len(self._state) - KEPT)]:
                del self._state[key]
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
                self._thread.start()
        return job

    def state(self, job: str) -> JobBody | None:
        """Return how far a job is; None if there is none of this id.

        Parameters
        ----------
        job
            Its id.
        """
        with self._lock:
            return self._state.get(job)

    def stop(self) -> None:
        """End the running job at its next stage, and start no other."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            job, work, features = self._queue.get()
            try:
                self._work(job, work, features)
            except Stopped:
                return

    def _work(self, job: str, work: Work, features: Sequence[int]) -> None:
        def tell(stage: str, share: float) -> None:
            if self._stop.is_set():
                raise Stopped
            self._set(job, stage=stage, share=share)

        try:
            row, panel = work(features, tell, lambda panel: self._set(job, panel=panel))
        except Stopped:
            raise
        except ArmillaryError as refusal:
            self._set(job, state="failed", error=str(refusal))
        except Exception as error:
            log.exception("job of %d features", len(features))
            said = f"A fault in armillary ({type(error).__name__}): the terminal has the rest."
            self._set(job, state="failed", error=said)
        else:
            self._set(job, state="done", stage="done", share=1.0, row=row, panel=panel)

    def _set(self, job: str, **changes: object) -> None:
        with self._lock:
            self._state[job] = replace(self._state[job], **changes)
