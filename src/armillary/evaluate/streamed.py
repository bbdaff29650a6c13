"""Tables of similarity, read a tile at a time: the best of every row, the best k, the whole."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from armillary.affinity.top_k import RunningTopK
from armillary.evaluate.matching import Best
from armillary.evaluate.similar import Similar

BLOCK = 2048


def tiles(similar: Similar) -> Iterator[tuple[int, int, Float[np.ndarray, "row column"]]]:
    """Give every tile with its first row and column.

    Parameters
    ----------
    similar
        The table.

    Returns
    -------
    iterator
        Tiles of at most 2,048 x 2,048.
    """
    n_a, n_b = similar.shape
    for i in range(0, n_a, BLOCK):
        for j in range(0, n_b, BLOCK):
            yield i, j, similar.tile(slice(i, min(i + BLOCK, n_a)), slice(j, min(j + BLOCK, n_b)))


def whole(similar: Similar) -> Float[np.ndarray, "row column"]:
    """Return the whole table, float32.

    Parameters
    ----------
    similar
        The table.

    Returns
    -------
    array
        4 bytes a pair.
    """
    out = np.empty(similar.shape, dtype=np.float32)
    for i, j, tile in tiles(similar):
        out[i : i + tile.shape[0], j : j + tile.shape[1]] = tile
    return out


def nearest_both_ways(similar: Similar, k: int = 1) -> tuple[RunningTopK, RunningTopK]:
    """Return the k best columns of every row, and the k best rows of every column.

    Parameters
    ----------
    similar
        The table.
    k
        At least 1, at most the shorter side.

    Returns
    -------
    tuple of RunningTopK
        ``index`` and ``cosine`` (here the similarity) of each; ties go to the lower number.
    """
    n_a, n_b = similar.shape
    rows, columns = RunningTopK.empty(0, n_a, k), RunningTopK.empty(0, n_b, k)
    for i, j, tile in tiles(similar):
        tile = np.ascontiguousarray(tile)
        rows.offer(tile, row=i, column=j)
        columns.offer(tile, row=j, column=i, axis=1)
    return rows, columns


def best_both_ways(similar: Similar) -> tuple[Best, Best]:
    """Return the best column of every row, and the best row of every column.

    Parameters
    ----------
    similar
        The table.

    Returns
    -------
    tuple of Best
        Partner and similarity.
    """
    first, second = nearest_both_ways(similar)
    return (
        Best(first.index[:, 0].astype(np.int64), first.cosine[:, 0]),
        Best(second.index[:, 0].astype(np.int64), second.cosine[:, 0]),
    )
