"""Company: where the shared text alone would put features, from the neighbours they keep in it."""

from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import sparse as _sparse

from armillary.core.codes import Codes
from armillary.core.errors import BadInput
from armillary.knockoffs.shared import Shared
from armillary.knockoffs.subspace import leading_factor

sparse: Any = _sparse  # ships no types
_MOST_PAIRS = 400_000_000  # pairs of firings looked at: above it, memory and minutes run out


def company(
    shared: Shared,
    *,
    rank: int,
    window: int = 4,
    smoothing: float = 0.75,
    seed: int = 0,
    rounds: int = 4,
) -> Float[np.ndarray, "feature rank"]:
    """Embed features by who fires near them in the text: free, since the receiver has the text.

    ``log max(1, p(i, j) / (p(i) q(j)))``, the positive pointwise mutual information of feature i
    and feature j firing at another token at most ``window`` away in the same document (left and
    right are different j; a pair at distance k counts 1/k; ``q`` is ``p`` to the power
    ``smoothing``, rescaled), then the ``rank`` leading left singular vectors times the square
    roots of their singular values. The equivalence of such tables with skip-gram embeddings is
    Levy and Goldberg's (2014); the skip-gram is arXiv:1301.3781.

    Parameters
    ----------
    shared
        With codes, and the codes with their tokens.
    rank
        Dimensions wanted, at most the number of features.
    window
        Tokens to either side, at least 1.
    smoothing
        Power on the frequency of the neighbour; 1 is none. Below 1 rare neighbours count less.
    seed
        Of the subspace iteration.
    rounds
        Of the subspace iteration.

    Returns
    -------
    Float[np.ndarray, "feature rank"]
        float32. A feature that never fires, or never near another, is at zero.

    Raises
    ------
    BadInput
        If there are no codes, or no text, or so many firings a token that counting the pairs
        would not end.
    """
    table = company_table(shared, window=window, smoothing=smoothing)
    if not table.nnz:
        return np.zeros((shared.n_features, rank), dtype=np.float32)
    other: Any = table.T.tocsr()
    factor, value = leading_factor(
        lambda block: table @ (other @ block),
        shared.n_features,
        rank=min(rank, shared.n_features),
        rng=np.random.default_rng(seed),
        rounds=rounds,
    )
    # value are squared singular values and the factor is U S: make it U sqrt(S)
    scale = np.where(value > 0, np.maximum(value, 1e-30) ** -0.25, 0.0).astype(np.float32)
    return factor * scale


def company_table(shared: Shared, *, window: int = 4, smoothing: float = 0.75) -> Any:
    """Return the sparse table whose left singular vectors ``company`` takes.

    Parameters
    ----------
    shared, window, smoothing
        As there.

    Returns
    -------
    scipy.sparse.csr_array
        One row a feature, float32; column j is feature j to the left, column m + j to the right.

    Raises
    ------
    BadInput
        As there.
    """
    codes = _with_text(shared)
    fires = sparse.csr_array(codes.matrix(binary=True))
    after = _neighbours(codes, window)
    pairs = _n_pairs(codes, after)
    if pairs > _MOST_PAIRS:
        raise BadInput(
            f"{pairs:,} pairs of firings lie within {window} tokens of each other, at most "
            f"{_MOST_PAIRS:,} can be counted: take a smaller window or fewer tokens"
        )
    right: Any = fires.T.tocsr() @ (after @ fires)
    left: Any = right.T.tocsr()
    return _positive_pmi(sparse.hstack([left, right], format="csr"), smoothing)


def _with_text(shared: Shared) -> Codes:
    if shared.codes is None:
        raise BadInput("company needs codes: this source shares none")
    if shared.codes.tokens is None:
        raise BadInput("company needs the text of the codes: store documents and positions")
    return shared.codes


def _neighbours(codes: Codes, window: int) -> Any:
    """Return a sparse (token, token) table: 1/k where the second stands k after the first."""
    tokens = codes.tokens
    assert tokens is not None
    n = codes.n_tokens
    row, column, weight = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    for step in range(1, window + 1):
        at = np.arange(max(0, n - step))
        same = tokens.document[at] == tokens.document[at + step]
        same &= tokens.position[at] + step == tokens.position[at + step]
        at = at[same]
        row.append(at)
        column.append(at + step)
        weight.append(np.full(at.size, 1 / step, dtype=np.float32))
    where = (np.concatenate(row), np.concatenate(column))
    return sparse.csr_array((np.concatenate(weight), where), shape=(n, n))


def _n_pairs(codes: Codes, after: Any) -> int:
    firings = np.diff(codes.offset).astype(np.float64)
    return int(firings @ ((after > 0).astype(np.float64) @ firings))


def _positive_pmi(count: Any, smoothing: float) -> Any:
    """Return log(p(i, j) / p(i) q(j)) where it is positive, from counts."""
    mine = np.asarray(count.sum(axis=1), dtype=np.float64).ravel()
    theirs = np.asarray(count.sum(axis=0), dtype=np.float64).ravel() ** smoothing
    theirs /= max(theirs.sum(), 1e-300)
    table: Any = sparse.csr_array(count)
    start: np.ndarray = table.indptr
    row = np.repeat(np.arange(start.size - 1), np.diff(start))
    with np.errstate(divide="ignore"):
        score = np.log(table.data / (mine[row] * theirs[table.indices]))
    kept = score > 0
    where: Any = (row[kept], table.indices[kept])
    return sparse.csr_array((score[kept].astype(np.float32), where), shape=table.shape)
