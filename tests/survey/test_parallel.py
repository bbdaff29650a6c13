import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from armillary.core import BadInput, TooLarge
from armillary.survey.parallel import Runner
from armillary.survey.progress import Silent, Stopwatch, steps_of


class Counted(Silent):
    def __init__(self) -> None:
        self.seen: list[tuple[str, int]] = []
        self.done = 0

    def stage(self, name: str, total: int) -> None:
        self.seen.append((name, total))

    def advance(self, n: int = 1) -> None:
        self.done += n


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_task_runs_once_and_is_counted(jobs: int, tmp_path):
    told = Counted()
    with Runner(jobs) as runner:
        runner.run(os.mkdir, [(str(tmp_path / str(i)),) for i in range(6)], told)
    assert sorted(p.name for p in tmp_path.iterdir()) == list("012345")
    assert told.done == 6


def test_an_error_in_a_worker_is_the_callers():
    with pytest.raises(FileNotFoundError), Runner(2) as runner:
        runner.run(os.rmdir, [("/none/a",), ("/none/b",)], Silent())


def test_a_killed_worker_is_explained():
    with pytest.raises(TooLarge, match="run again with fewer jobs than 2"), Runner(2) as runner:
        runner.run(signal.raise_signal, [(signal.SIGKILL,)] * 2, Silent())


def test_an_unknown_backend_and_no_jobs_are_refused():
    with pytest.raises(BadInput, match="'slurm' is not known"):
        Runner(1, "slurm")
    with pytest.raises(BadInput, match="at least 1, got 0"):
        Runner(0)


SLEEPERS = """
from armillary.survey.parallel import Runner
from armillary.survey.progress import Silent
with Runner(2) as runner:
    task = "import pathlib, time; pathlib.Path('{}').touch(); time.sleep(60)"
    runner.run(exec, [(task.format("one"),), (task.format("two"),)], Silent())
"""


def processes_of(group: int) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "pgid=,args="], capture_output=True, text=True).stdout
    lines = [line.split(None, 1) for line in listed.splitlines()]
    return [args for pgid, args in lines if int(pgid) == group and "defunct" not in args]


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_their_parent_and_say_nothing(kill: signal.Signals, tmp_path: Path):
    parent = subprocess.Popen(
        [sys.executable, "-c", SLEEPERS],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=tmp_path,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # a shell starts what runs in its background with Ctrl-C ignored
    assert parent.stderr is not None
    try:
        in_task = [tmp_path / "one", tmp_path / "two"]
        wait_for(lambda: all(each.exists() for each in in_task), seconds=60)
        time.sleep(0.2)
        if kill is signal.SIGINT:
            os.killpg(parent.pid, kill)  # as a terminal sends it: to all of them
        else:
            parent.kill()
        parent.wait(20)
        wait_for(lambda: not processes_of(parent.pid), seconds=10)
        said = parent.stderr.read()
        assert said.count("Traceback") == (kill is signal.SIGINT)  # this script's own
        assert "LokyProcess" not in said
    finally:
        parent.stderr.close()
        if parent.poll() is None:
            os.killpg(parent.pid, signal.SIGKILL)
            parent.wait(10)


def wait_for(true, *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)


def test_a_stage_learns_its_total_from_its_first_step():
    told = Counted()
    step = steps_of(told, "neighbours")
    for done in (1, 2, 5):
        step(done, 5)
    assert told.seen == [("neighbours", 5)]
    assert told.done == 5


def test_a_stopwatch_keeps_the_seconds_of_each_stage():
    watch = Stopwatch()
    with watch.stage(Silent(), "a"):
        time.sleep(0.01)
    assert watch.seconds["a"] >= 0.01
