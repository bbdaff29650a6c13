"""Edge tests: whether an earlier feature adds anything, on fresh tokens, given the others."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.inference import benjamini_hochberg

MOST_BLOCKS = 256  # neighbouring blocks are joined until there are so few


@dataclass(frozen=True, slots=True, eq=False)
class EdgeTests:
    """One test an edge.

    Parameters
    ----------
    t
        Studentised partial covariance on the tokens tested; its sign is the edge's.
    p
        Two-sided, in [1 / (1 + draws), 1].
    q
        Benjamini-Hochberg over all edges tested.
    draws
        Permutations.
    blocks
        What was permuted, and how many tokens long each is.
    """

    t: Float[np.ndarray, " edge"]
    p: Float[np.ndarray, " edge"]
    q: Float[np.ndarray, " edge"]
    draws: int
    blocks: tuple[int, int]


def edge_tests(
    earlier: Codes,
    later: Codes,
    edges: tuple[Int[np.ndarray, " edge"], Int[np.ndarray, " edge"]],
    *,
    rows: slice,
    block: int = 1,
    draws: int = 399,
    given: bool = True,
    rng: np.random.Generator,
) -> EdgeTests:
    """Test every edge against permuted blocks of tokens.

    ``r`` is the earlier code less its least squares fit on the later feature's other parents, ``e``
    the later code less its own. With ``s_b`` the sum of ``r e`` over block ``b``, the statistic is
    ``t = sum s_b / sqrt(sum s_b^2)``. Under the null the blocks of ``r`` are permuted against
    those of ``e``: what each layer does within a block, and how often a feature fires, is kept.
    What a code owes to its place within a block (its mean there) is taken out first: two layers
    that both follow position would otherwise look related given parents that follow it too.

    Parameters
    ----------
    earlier, later
        Codes of the same tokens. Give ones in place of values to test who fires with whom.
    edges
        Earlier and later column of each edge; edges of one later feature are each other's parents.
    rows
        Tokens tested; the edges must have been chosen on others.
    block
        Tokens that belong together (a document): every block begins where a document does. Blocks
        are exchangeable under the null; a remainder that fills none is left out.
    draws
        Permutations, the same for all edges.
    given
        Whether other parents are taken out; otherwise an edge is a plain association.
    rng
        Draws the permutations.

    Returns
    -------
    EdgeTests
        In the order of the edges.

    Raises
    ------
    BadInput
        If there are fewer than twenty blocks.

    Notes
    -----
    Exact where the earlier feature is independent of the later one and of its other parents; for
    dependent parents it is a studentised residual permutation, right for many blocks whatever the
    variances. Parents that are noisy copies of one cause each keep a part of it: then several
    edges are true of the codes though one cause is behind them.
    """
    first, second = edges
    start, stop, _ = rows.indices(earlier.n_tokens)
    n_blocks = (stop - start) // block
    if n_blocks < 20:
        raise BadInput(f"{n_blocks} blocks of {block} tokens: give at least 20, or a smaller block")
    joined = -(-n_blocks // MOST_BLOCKS)
    size, n_blocks = block * joined, n_blocks // joined
    within = slice(start, start + size * n_blocks)
    one, two = earlier.matrix()[within].tocsc(), later.matrix()[within].tocsc()
    shuffled = np.stack([rng.permutation(n_blocks) for _ in range(draws)])
    t, p = np.zeros(first.size), np.ones(first.size)
    order = np.argsort(second, kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(second[order])) + 1):
        if mine.size == 0:
            continue
        x = _columns(one, first[mine], block)
        y = _columns(two, second[mine[:1]], block)[:, 0]
        left, right = _residuals(x, y) if given else (x, np.repeat(y[:, None], mine.size, axis=1))
        t[mine], p[mine] = _permuted(left, right, shuffled, size=size)
    q = benjamini_hochberg(p) if p.size else p
    return EdgeTests(t, p, q, draws, (n_blocks, size))


def _columns(matrix: Any, which: np.ndarray, block: int) -> Float[np.ndarray, "token column"]:
    """Return columns less their mean at each place within a block."""
    dense = matrix[:, which].toarray().astype(np.float64).reshape(-1, block, which.size)
    return (dense - dense.mean(axis=0)).reshape(-1, which.size)


def _residuals(
    x: Float[np.ndarray, "token parent"], y: Float[np.ndarray, " token"]
) -> tuple[Float[np.ndarray, "token parent"], Float[np.ndarray, "token parent"]]:
    """Residual of each parent, and of the code, given the other parents."""
    gram = x.T @ x
    ridge = 1e-9 * np.maximum(np.diagonal(gram), 1e-300)
    inverse = np.linalg.pinv(gram + np.diag(ridge), hermitian=True)
    scale = np.diagonal(inverse)
    left = x @ (inverse / np.where(scale > 0, scale, 1.0))
    weight = inverse @ (x.T @ y)
    whole = y - x @ weight
    return left, whole[:, None] + left * weight


def _permuted(
    left: np.ndarray, right: np.ndarray, shuffled: Int[np.ndarray, "draw block"], *, size: int
) -> tuple[Float[np.ndarray, " parent"], Float[np.ndarray, " parent"]]:
    n_blocks, n_parents = int(shuffled.shape[1]), int(left.shape[1])
    here: np.ndarray = np.arange(n_blocks)
    t, p = np.zeros(n_parents), np.ones(n_parents)
    for k in range(n_parents):
        rows = left[:, k].reshape(n_blocks, size).astype(np.float32)
        others = right[:, k].reshape(n_blocks, size).astype(np.float32)
        sums = rows @ others.T
        t[k] = _studentised(sums[here, here][None])[0]
        null = np.abs(_studentised(sums[shuffled, here]))
        p[k] = (1 + np.count_nonzero(null >= abs(t[k]) - 1e-6)) / (1 + null.size)
    return t, p


def _studentised(sums: Float[np.ndarray, "draw block"]) -> Float[np.ndarray, " draw"]:
    sums = sums.astype(np.float64)
    spread = np.sqrt((sums**2).sum(axis=1))
    return np.where(spread > 0, sums.sum(axis=1) / np.where(spread > 0, spread, 1.0), 0.0)
