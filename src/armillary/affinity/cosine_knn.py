"""Exact nearest neighbours by cosine, in blocked products with a running top-k."""

import tempfile
from pathlib import Path

import numpy as np
from jaxtyping import Float

from armillary.affinity.tiles import Parallel, Progress, gather, plan, run_plan, scan, write_matrix
from armillary.affinity.top_k import RunningTopK
from armillary.affinity.unit_rows import unit_rows
from armillary.core.errors import BadInput
from armillary.core.graph import Neighbours


def cosine_knn(
    directions: Float[np.ndarray, "feature d_model"],
    *,
    k: int = 16,
    block: int = 2048,
    progress: Progress | None = None,
    parallel: Parallel | None = None,
    folder: Path | None = None,
) -> Neighbours:
    """Find the k rows with the largest cosine to each row.

    Every pair of blocks of rows is multiplied once; from the product each side takes the entries
    that reach its current k-th best, so selection costs two comparisons an entry and no n x n
    array exists. Equal cosines go to the lower row number.

    Parameters
    ----------
    directions
        Any lengths; only directions matter. Centre or flatten them first if you want that.
    k
        Neighbours a row; fewer are returned when there are not k other rows.
    block
        Rows of one matrix product; one tile takes ``4 * block ** 2`` bytes.
    progress
        Called with ``(done, total)`` after every tile.
    parallel
        A ``joblib.Parallel``: the search becomes tasks of paths and row ranges that it runs
        under whatever backend is configured. None: one process, threads inside the products.
    folder
        Where tasks leave their tiles; must be visible to every worker. A later run on the same
        directions goes on from what is there. None: a temporary folder, removed at the end.

    Returns
    -------
    Neighbours
        Exact up to float32 rounding of the cosines (about 1e-7); ``recall`` is 1.

    Raises
    ------
    BadInput
        If there are fewer than two rows, k or block is below 1, or a row has no direction.

    Notes
    -----
    Unchanged by rotation and by rescaling rows. Time n^2 d / 2 multiply-adds; memory one unit copy
    of ``directions``, one tile, and O(n k).
    """
    n = directions.shape[0]
    if n < 2:
        raise BadInput(f"found {n} rows, neighbours need at least 2")
    if k < 1 or block < 1:
        raise BadInput(f"k and block must be at least 1, got k={k}, block={block}")
    if n > np.iinfo(np.int32).max:
        raise BadInput(f"found {n} rows, row numbers are 32-bit: split the matrix")
    k = min(k, n - 1)
    unit = unit_rows(directions)
    if parallel is None:
        best = RunningTopK.empty(0, n, k)
        scan(unit, best, best, block=min(block, n), progress=progress)
        return Neighbours(best.index, best.cosine)
    with tempfile.TemporaryDirectory(prefix="armillary-tiles-") as temporary:
        matrix = write_matrix(unit, folder or Path(temporary))
        tile_rows = block * max(1, -(-n // (8 * block)))
        tasks = plan(matrix, n, k=k, block=min(block, n), tile_rows=tile_rows)
        run_plan(tasks, parallel=parallel, progress=progress)
        best = gather(tasks, n, k)
    return Neighbours(best.index, best.cosine)
