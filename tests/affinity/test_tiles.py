import os
import signal
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest

from armillary.affinity import cosine_knn
from armillary.affinity.tiles import TileTask, gather, plan, run_tile, write_matrix
from armillary.affinity.unit_rows import unit_rows
from armillary.core.errors import BadInput

DIRECTIONS = np.random.default_rng(0).standard_normal((1000, 16)).astype(np.float32)


def one_process(tasks):
    return joblib.Parallel(n_jobs=1)(tasks)


def assert_same(left, right):
    np.testing.assert_array_equal(left.index, right.index)
    np.testing.assert_array_equal(left.cosine, right.cosine)


def test_tiles_run_by_joblib_processes_equal_one_process():
    here = cosine_knn(DIRECTIONS, block=64)
    with joblib.Parallel(n_jobs=2) as parallel:
        assert_same(cosine_knn(DIRECTIONS, block=64, parallel=parallel), here)


@pytest.mark.parametrize(
    ("n", "block", "k"), [(2, 5, 3), (7, 2, 10), (130, 16, 4), (1000, 400, 16)]
)
def test_tiles_equal_one_process_for_ragged_shapes(n, block, k):
    found = cosine_knn(DIRECTIONS[:n], k=k, block=block, parallel=one_process)
    assert_same(found, cosine_knn(DIRECTIONS[:n], k=k, block=block))


def test_a_second_run_computes_only_the_tile_that_is_gone(tmp_path):
    first = cosine_knn(DIRECTIONS, block=64, parallel=one_process, folder=tmp_path)
    tiles = sorted(tmp_path.glob("*.npz"))
    written = {tile: tile.stat().st_mtime_ns for tile in tiles}
    tiles[3].unlink()
    second = cosine_knn(DIRECTIONS, block=64, parallel=one_process, folder=tmp_path)
    assert_same(first, second)
    assert sorted(tmp_path.glob("*.npz")) == tiles
    assert [t for t in tiles if t.stat().st_mtime_ns != written[t]] == [tiles[3]]
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 and then nothing", None])
def test_a_damaged_tile_is_computed_again(tmp_path, damage):
    first = cosine_knn(DIRECTIONS, block=64, parallel=one_process, folder=tmp_path)
    tile = sorted(tmp_path.glob("*.npz"))[5]
    tile.write_bytes(tile.read_bytes()[:-100] if damage is None else damage)
    assert_same(first, cosine_knn(DIRECTIONS, block=64, parallel=one_process, folder=tmp_path))


def test_tiles_of_other_directions_are_not_taken_for_these(tmp_path):
    cosine_knn(DIRECTIONS, block=64, parallel=one_process, folder=tmp_path)
    other = DIRECTIONS[::-1]
    found = cosine_knn(other, block=64, parallel=one_process, folder=tmp_path)
    assert_same(found, cosine_knn(other, block=64))


def test_every_pair_of_rows_is_in_exactly_one_task():
    tasks = plan(Path("m.npy"), 10, k=1, block=2, tile_rows=4)
    met = np.zeros((10, 10), dtype=int)
    for task in tasks:
        met[slice(*task.first), slice(*task.second)] += 1
    assert (np.triu(met) == np.triu(np.ones((10, 10)))).sum() == 100


def test_a_missing_tile_is_refused_when_gathering(tmp_path):
    matrix = write_matrix(unit_rows(DIRECTIONS), tmp_path)
    tasks = [TileTask(str(matrix), (0, 500), (500, 1000), 4, 100)]
    with pytest.raises(BadInput, match="every worker can read and write"):
        gather(tasks, 1000, 4)
    run_tile(tasks[0])
    assert gather(tasks, 1000, 4).index.shape == (1000, 4)


def test_a_worker_killed_midway_changes_no_neighbour(tmp_path):
    distributed = pytest.importorskip("distributed")
    directions = np.random.default_rng(3).standard_normal((6000, 64)).astype(np.float32)
    here = cosine_knn(directions, block=64)
    tiles = tmp_path / "tiles"
    unfinished = []
    with (
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=str(tmp_path / "dask"),
            silence_logs=50,
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        warnings.filterwarnings("ignore", category=ResourceWarning)

        victim, survivor = sorted(client.run(os.getpid).values())

        def kill_at_first_tile(done, total):
            if done == 1:
                os.kill(victim, signal.SIGKILL)
                unfinished.append(total - len(list(tiles.glob("*.npz"))))

        with joblib.parallel_config(backend="dask", client=client):
            parallel = joblib.Parallel(batch_size=1, return_as="generator_unordered")
            found = cosine_knn(
                directions, block=64, parallel=parallel, folder=tiles, progress=kill_at_first_tile
            )
        after = set(client.run(os.getpid).values())
    assert unfinished[0] > 0, "the worker died after all the work was done: nothing was tested"
    assert victim not in after
    assert survivor in after
    assert_same(found, here)
