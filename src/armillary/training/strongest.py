"""The strongest features of a token, or of a whole batch, exactly and without ranking them all.

On a CPU the batch goes through in blocks that stay in the cache. A bound that is surely not above
the k-th largest value of a token (the k-th largest of the maxima of runs of features) leaves a few
more than k candidates, and only they are ranked.
"""

import torch
from torch import Tensor

from armillary.training.pairs import Sparse, entries
from armillary.training.weights import Weights

_BLOCK = 256
_RUN = 32
_SAMPLE = 65536


def strongest_of_token(weights: Weights, tokens: Tensor, k: int, *, signed: bool = False) -> Sparse:
    """Return the ``k`` largest pre-activations of each token; the positive ones unless signed."""
    parts: list[tuple[Tensor, Tensor]] = []
    rows = len(tokens) if tokens.is_cuda else _BLOCK
    buffer: Tensor | None = None
    bias = weights.pre_bias()
    for start in range(0, len(tokens), rows):
        block = tokens[start : start + rows]
        if buffer is None or len(buffer) != len(block):
            buffer = torch.empty(len(block), weights.n_features, dtype=block.dtype,
                                 device=block.device)  # fmt: skip
        pre = torch.addmm(bias, block, weights.encoder.T, out=buffer)
        parts.append(_top(pre, k))
    value = torch.cat([part[0] for part in parts])
    feature = torch.cat([part[1] for part in parts]).reshape(-1)
    token = torch.arange(len(tokens), device=tokens.device).repeat_interleave(k)
    pairs = (token, feature, value.reshape(-1))
    kept = pairs[2] > 0
    if not signed and not bool(kept.all()):
        pairs = (token[kept], feature[kept], pairs[2][kept])
    return Sparse.of(*pairs, shape=(len(tokens), weights.n_features))


def strongest_of_batch(pre: Tensor, n: int) -> Sparse:
    """Return the ``n`` largest positive pre-activations of a batch.

    A cut just below the wanted one is read off a sample of the batch; only what lies above it is
    ranked. Where the sample misled, everything positive is ranked.
    """
    flat = pre.reshape(-1)
    sample = flat[:: max(1, flat.numel() // _SAMPLE)]
    wanted = min(sample.numel(), int(1.25 * n / flat.numel() * sample.numel()) + 16)
    cut = torch.topk(sample, wanted, sorted=False).values.min().clamp_(min=0)
    token, feature, value = entries(pre > cut, pre)
    if value.numel() < n and float(cut) > 0:
        token, feature, value = entries(pre > 0, pre)
    if value.numel() > n:
        kept = torch.topk(value, n, sorted=False).indices.sort().values
        token, feature, value = token[kept], feature[kept], value[kept]
    return Sparse.of(token, feature, value, shape=(pre.shape[0], pre.shape[1]))


def _top(pre: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return values and features of the k largest of each row, in no order."""
    n_rows, n_features = pre.shape
    n_runs = n_features // _RUN
    if pre.is_cuda or n_runs <= k:
        value, feature = torch.topk(pre, k, sorted=False)
        return value, feature
    maxima = pre[:, : n_runs * _RUN].view(n_rows, _RUN, n_runs).amax(1)
    low = torch.topk(maxima, k, sorted=False).values.amin(1, keepdim=True)
    token, feature, value = entries(pre >= low, pre)
    count = torch.bincount(token, minlength=n_rows)
    place = torch.arange(len(token)) - (torch.cumsum(count, 0) - count)[token]
    shape = (n_rows, int(count.max()))
    values = torch.full(shape, -torch.inf, dtype=pre.dtype)
    features = torch.zeros(shape, dtype=torch.int64)
    values[token, place], features[token, place] = value, feature
    best = torch.topk(values, k, sorted=False)
    return best.values, features.gather(1, best.indices)
