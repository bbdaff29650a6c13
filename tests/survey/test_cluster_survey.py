import os
import signal
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from armillary.core import BadInput
from armillary.survey import survey_space
from armillary.survey.parallel import Runner
from armillary.survey.progress import Silent

distributed = pytest.importorskip("dask.distributed")
pytestmark = pytest.mark.filterwarnings("ignore")  # of the cluster's own ends


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as running:
            yield running


class KillsAWorker(Silent):
    """Kills one of the cluster's processes, without warning, once the verdicts have begun."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.now = ""
        self.killed = 0

    def stage(self, name: str, total: int) -> None:
        self.now = name

    def advance(self, n: int = 1) -> None:
        if self.now == "shapes" and not self.killed:
            self.killed = next(iter(self.client.run(os.getpid).values()))
            os.kill(self.killed, signal.SIGKILL)


@pytest.mark.slow
def test_a_cluster_finds_the_same_also_when_a_worker_dies(
    cluster, world, found, quick, tables, claims
):
    with (
        distributed.Client(cluster) as client,
        Runner(None, "dask", cluster.scheduler_address) as r,
    ):
        told = KillsAWorker(client)
        again = survey_space(world.space, settings=quick, runner=r, cache=tables, progress=told)
    assert told.killed
    assert claims(again) == claims(found)


def test_a_scheduler_that_is_not_there_is_bad_input():
    distributed_timeout = {"distributed.comm.timeouts.connect": "1s"}
    import dask

    with (
        dask.config.set(distributed_timeout),
        pytest.raises(BadInput, match="no Dask scheduler answers at 'tcp://127.0.0.1:9'"),
        Runner(None, "dask", "tcp://127.0.0.1:9") as runner,
    ):
        runner.run(os.getpid, [(), ()], Silent())
